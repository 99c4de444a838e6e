"""What takes seconds to work out, beside the desk and never in its way.

Every night at 00:20 UTC of desk time the ledger is asked what the day has taught (signals.md 4.5),
once for each kind and coin: the answer is an event, and the desk remembers when it had it, so a
restart neither repeats nor skips a night. With it the rules in force are scored, as a trial (7.5).
People's /kpi, /report and /calibrate are worked out here too, and every Monday's report.
Reading and fitting go through the executor; what is found comes back through the journal.
"""

import asyncio
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from pawang import learning, track_record
from pawang.alerts.words import FALLBACK
from pawang.engine import KINDS
from pawang.hall import Executor, Hall
from pawang.model.desk import Desk
from pawang.model.event import Calibrated, Consult, Consulted, Drifted, Effect, Event, Scored
from pawang.model.ports import Clock
from pawang.model.refs import DAY, MINUTE
from pawang.model.report import Report
from pawang.track_record import TrackLedger

NIGHT_NS = 20 * MINUTE  # after midnight UTC

Answers = tuple[Calibrated | Drifted, ...]
Question = tuple[str, int, str]  # what, in which chat, of which week
Keep = Callable[[Report, str, str], None]
"""Where a report's file goes: the report, its ref, the chat's language. It must not fail."""


class Research:
    """Two parts of a desk: `nightly` and `answer`. One question is worked on at a time."""

    def __init__(
        self,
        hall: Hall,
        ledger: TrackLedger,
        clock: Clock,
        executor: Executor,
        keep: Keep = lambda *_: None,
    ) -> None:
        self._hall = hall
        self._ledger = ledger
        self._clock = clock
        self._executor = executor
        self._working = asyncio.Lock()
        self._waiting: dict[Question, Consult] = {}  # by question and chat: the newest
        self._answering: Question | None = None
        self._keep = keep
        self._asked = asyncio.Event()
        hall.listeners.append(self._hear)

    def _hear(self, _: Event, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            # A week that is due is asked for every minute until it is told.
            if isinstance(effect, Consult) and _question(effect) != self._answering:
                self._waiting[_question(effect)] = effect
                self._asked.set()

    async def nightly(self) -> None:
        """The day's question, at once if the desk was away at its time; for ever."""
        while True:
            now = self._clock.now()
            async with self._working:
                await self._calibrate(unanswered(self._hall.desk, self._hall.world.coins, now), now)
            await self._clock.wait_until(last_night(now) + DAY)

    async def answer(self) -> None:
        """People's questions in turn; who asks again before it is his turn is answered once."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            while self._waiting:
                self._answering = next(iter(self._waiting))
                asked = self._waiting.pop(self._answering)
                try:
                    async with self._working:
                        await self._consult(asked)
                finally:
                    self._answering = None

    async def _consult(self, asked: Consult) -> None:
        found = Consulted(chat_id=asked.chat_id, ref_id=asked.ref_id, thread_id=asked.thread_id)
        found = replace(found, weekly=asked.weekly)
        if asked.question == "kpi":
            measured = await self._executor(lambda: track_record.measure(self._ledger))
            found = replace(found, measured=measured)
        elif asked.question == "report":
            found = replace(found, report=await self._executor(lambda: self._report(asked)))
        elif asked.question == "day":
            zone = asked.timezone
            day = await self._executor(lambda: track_record.day_report(self._ledger, zone))
            found = replace(found, day=day)
        else:
            every = [(kind, coin) for kind in KINDS for coin in self._hall.world.coins]
            answers = await self._calibrate(every, self._clock.now())
            found = replace(found, answers=answers)
        now = self._clock.now()
        await self._hall.apply(found, ts_event=now, ts_recv=now, ref_id=asked.ref_id)

    def _report(self, asked: Consult) -> Report:
        """The report; its file lies there before its message goes out."""
        made = track_record.report(self._ledger, asked.week, asked.timezone)
        chat = self._hall.desk.chats.get(asked.chat_id)
        self._keep(made, asked.ref_id, FALLBACK if chat is None else chat.language)
        return made

    async def _calibrate(self, wanted: Sequence[tuple[str, str]], now: int) -> Answers:
        if not wanted:
            return ()
        desk, rules = self._hall.desk, self._hall.world.rules.hash
        answers, trial = await self._executor(
            lambda: (
                _answers(self._ledger, desk, wanted, now),
                track_record.trial_of(self._ledger, rules, now),
            )
        )
        found = answers if trial is None else (*answers, Scored(trial=trial))
        for body in found:
            await self._hall.apply(body, ts_event=now, ts_recv=self._clock.now())
        return answers


def _answers(
    ledger: TrackLedger, desk: Desk, wanted: Sequence[tuple[str, str]], now: int
) -> Answers:
    known = track_record.known(ledger, now)
    return tuple(
        found
        for kind in KINDS
        for found in learning.daily(desk, kind, [c for k, c in wanted if k == kind], known, now)
    )


def _question(asked: Consult) -> Question:
    return asked.question, asked.chat_id, asked.week


def last_night(now: int) -> int:
    """The newest 00:20 UTC at or before `now`.

    >>> last_night(2 * DAY + NIGHT_NS - 1) == DAY + NIGHT_NS
    True
    """
    return (now - NIGHT_NS) // DAY * DAY + NIGHT_NS


def unanswered(desk: Desk, coins: Sequence[str], now: int) -> list[tuple[str, str]]:
    """The kinds and coins that have had no answer since the last 00:20."""
    night = last_night(now)
    return [
        (kind, coin)
        for kind in KINDS
        for coin in coins
        if desk.learned.get(f"{kind}:{coin}", 0) < night
    ]
