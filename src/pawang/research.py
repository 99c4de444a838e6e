"""What takes seconds to work out, beside the desk and never in its way.

Every night at 00:20 UTC of desk time the ledger is asked what the day has taught (signals.md 4.5),
once for each kind and coin: the answer is an event, and the desk remembers when it had it, so a
restart neither repeats nor skips a night. People's /kpi and /calibrate are worked out here too.
Reading and fitting go through the executor; what is found comes back through the journal.
"""

import asyncio
from collections.abc import Sequence

from msgspec.structs import replace

from pawang import learning, track_record
from pawang.engine import KINDS
from pawang.hall import Executor, Hall
from pawang.model.desk import Desk
from pawang.model.event import Calibrated, Consult, Consulted, Drifted, Effect, Event
from pawang.model.ports import Clock
from pawang.model.refs import DAY, MINUTE
from pawang.track_record import TrackLedger

NIGHT_NS = 20 * MINUTE  # after midnight UTC

Answers = tuple[Calibrated | Drifted, ...]


class Research:
    """Two parts of a desk: `nightly` and `answer`. One question is worked on at a time."""

    def __init__(self, hall: Hall, ledger: TrackLedger, clock: Clock, executor: Executor) -> None:
        self._hall = hall
        self._ledger = ledger
        self._clock = clock
        self._executor = executor
        self._working = asyncio.Lock()
        self._waiting: dict[tuple[str, int], Consult] = {}  # by question and chat: the newest
        self._asked = asyncio.Event()
        hall.listeners.append(self._hear)

    def _hear(self, _: Event, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            if isinstance(effect, Consult):
                self._waiting[effect.question, effect.chat_id] = effect
                self._asked.set()

    async def nightly(self) -> None:
        """The day's question, at once if the desk was away at its time; for ever."""
        while True:
            now = self._clock.now()
            await self.night(now)
            await self._clock.wait_until(last_night(now) + DAY)

    async def night(self, now: int) -> None:
        """All that had no answer since the last 00:20. A backtest asks when its tape is there."""
        async with self._working:
            await self._calibrate(unanswered(self._hall.desk, self._hall.world.coins, now), now)

    async def answer(self) -> None:
        """People's questions in turn; who asks again before it is his turn is answered once."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            while self._waiting:
                asked = self._waiting.pop(next(iter(self._waiting)))
                async with self._working:
                    await self._consult(asked)

    async def _consult(self, asked: Consult) -> None:
        found = Consulted(chat_id=asked.chat_id, ref_id=asked.ref_id, thread_id=asked.thread_id)
        if asked.question == "kpi":
            measured = await self._executor(lambda: track_record.measure(self._ledger))
            found = replace(found, measured=measured)
        else:
            every = [(kind, coin) for kind in KINDS for coin in self._hall.world.coins]
            answers = await self._calibrate(every, self._clock.now())
            found = replace(found, answers=answers)
        now = self._clock.now()
        await self._hall.apply(found, ts_event=now, ts_recv=now, ref_id=asked.ref_id)

    async def _calibrate(self, wanted: Sequence[tuple[str, str]], now: int) -> Answers:
        if not wanted:
            return ()
        desk = self._hall.desk
        answers = await self._executor(lambda: _answers(self._ledger, desk, wanted, now))
        for found in answers:
            await self._hall.apply(found, ts_event=now, ts_recv=self._clock.now())
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
