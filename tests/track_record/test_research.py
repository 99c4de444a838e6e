"""The nightly question, and what people ask meanwhile (signals.md 4.5, rows L1 and T9)."""

import asyncio
import statistics
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from tests.track_record.conftest import fill

from pawang import engine, track_record
from pawang.actions import ActionParams
from pawang.guards.schedule import Schedule
from pawang.hall import Hall, inline
from pawang.journal import MemoryLedger
from pawang.live import FollowedClock
from pawang.market import Market
from pawang.model.chat import ChatInput, Send
from pawang.model.codec import decode
from pawang.model.event import Calibrated, Consulted, Drifted
from pawang.model.refs import DAY, HOUR, MINUTE, SECOND
from pawang.replay import replay
from pawang.research import Research, last_night
from pawang.venues.ghost import GhostVenue

NIGHT = int(datetime(2025, 9, 17, 0, 20, tzinfo=UTC).timestamp()) * SECOND
CODE = "48151623"
EVERY = [("ib", "BTC"), ("ib", "SOL"), ("snp", "BTC"), ("snp", "SOL")]


class Doors:
    async def answer(self, answer):
        """Presses are not part of these stories."""

    def wake_outbox(self):
        """Nor is the way of a message."""

    def health(self):
        return {}


class Night:
    """A desk without a market, its research, and a clock that is moved by hand."""

    def __init__(self, ledger, names, now, executor=inline):
        world = engine.World(
            coins=names.coins,
            instruments=names.instruments,
            actions=ActionParams(pairing_hash=sha256(CODE.encode()).hexdigest()),
        )
        self.clock = FollowedClock(now)
        self.hall = Hall(
            world,
            ledger,
            Market(names.instruments),
            GhostVenue(names.instruments.values()),
            Schedule(names.coins),
            Doors(),
            inline,
        )
        self.research = Research(self.hall, ledger, self.clock, executor)
        self.events = []
        self.hall.listeners.append(lambda event, _: self.events.append(event))

    async def __aenter__(self):
        await self.hall.start(self.clock.now(), "1")
        parts = (self.research.nightly(), self.research.answer())
        self._tasks = [asyncio.create_task(part) for part in parts]
        await self.settle()
        return self

    async def __aexit__(self, *_):
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def pass_until(self, ts):
        self.clock.tick(ts)
        await self.settle()

    async def settle(self):
        """Until nobody has anything to do: nothing here waits for a real clock."""
        for _ in range(50):
            await asyncio.sleep(0)

    async def says(self, user, text, update=1):
        heard = ChatInput(
            update_id=update,
            chat_id=user,
            chat_kind="private",
            user_id=user,
            user_name="ana",
            language="en",
            ts_sent=self.clock.now(),
            text=text,
        )
        await self.hall.hear(heard, self.clock.now())
        await self.settle()

    @property
    def answers(self):
        """(kind, coin) of every answer of the night, in order."""
        found = [event.body for event in self.events]
        return [(body.kind, body.coin) for body in found if isinstance(body, Calibrated | Drifted)]


def told(story):
    """Run it to its end."""
    return asyncio.run(asyncio.wait_for(story(), 60))


def test_at_twenty_past_midnight_every_kind_and_coin_is_asked_once(memory, names):
    async def story():
        async with Night(memory, names, NIGHT - HOUR) as night:
            await night.pass_until(NIGHT - 1)
            assert night.answers == []
            await night.pass_until(NIGHT)
            assert night.answers == EVERY
            await night.pass_until(NIGHT + 23 * HOUR)
            assert night.answers == EVERY
            await night.pass_until(NIGHT + DAY)
            assert night.answers == EVERY + EVERY

    told(story)


def test_a_desk_that_comes_back_after_the_hour_asks_at_once_and_only_for_the_last_night(
    memory, names
):
    async def story():
        async with Night(memory, names, NIGHT - HOUR):
            pass
        async with Night(memory, names, NIGHT + 3 * DAY + HOUR) as night:
            assert night.answers == EVERY
        async with Night(memory, names, NIGHT + 3 * DAY + 2 * HOUR) as night:
            assert night.answers == []

    told(story)


def test_a_desk_that_died_between_two_answers_asks_for_the_others_only(memory, names):
    def die(event, _):
        assert not isinstance(event.body, Calibrated), "dies here, after the first commit"

    async def story():
        async with Night(memory, names, NIGHT - HOUR) as night:
            night.hall.listeners.append(die)
            await night.pass_until(NIGHT)
            assert night.answers == EVERY[:1]
        async with Night(memory, names, NIGHT + MINUTE) as night:
            assert night.answers == EVERY[1:]

    told(story)


def test_a_new_desk_has_nothing_to_be_asked_before_its_first_night(memory, names):
    async def story():
        async with Night(memory, names, NIGHT + 5 * HOUR) as night:
            await night.pass_until(NIGHT + 23 * HOUR)
            assert night.answers == []

    told(story)


def test_L1_a_month_of_boasting_is_in_force_a_day_and_a_night_later(memory, names, past):
    past(memory).foretell(names.forecasts(45, until=NIGHT - HOUR))

    async def story():
        async with Night(memory, names, NIGHT - HOUR) as night:
            await night.pass_until(NIGHT)
            made = night.hall.desk.calibrators["ib:BTC"]
            assert made.live is None
            assert (made.shadow.version, made.shadow.ts_fit) == ("ib-BTC-20250917", NIGHT)
            assert 0.2 <= made.shadow.b < 0.6
            remembered = engine.memory(night.hall.desk, "BTC", "BTC", NIGHT + DAY)
            assert remembered.calibration == made.shadow

    told(story)


def test_I16_the_same_ledger_gives_the_same_events(names, past):
    async def story():
        nights = []
        for _ in range(2):
            ledger = MemoryLedger(*names.keys)
            past(ledger).foretell(names.forecasts(20, until=NIGHT - HOUR, gaps=0.1))
            async with Night(ledger, names, NIGHT - HOUR) as night:
                await night.pass_until(NIGHT)
            nights.append(ledger.read())
        assert nights[0] == nights[1]

    told(story)


def test_the_fit_goes_through_the_executor_and_only_its_answer_through_the_journal(memory, names):
    asked = []

    async def counted(work):
        asked.append(len(memory.read()))
        return work()

    async def story():
        async with Night(memory, names, NIGHT - HOUR, counted) as night:
            await night.pass_until(NIGHT)
            assert asked == [len(memory.read()) - len(EVERY)]

    told(story)


# People.


def reply(ledger, ref="re_1"):
    ((_, body),) = ledger.sent(ref)
    return decode(body.encode(), Send)


def test_T9_calibrate_asks_now_and_tells_every_refusal_in_words(memory, past, names):
    past(memory).foretell(names.forecasts(1))

    async def story():
        async with Night(memory, names, NIGHT + HOUR) as night:
            await night.says(names.admin, "/calibrate")
            assert night.answers == EVERY

    told(story)
    lines = reply(memory).text.splitlines()
    assert lines[0] == "🎓 Calibration"
    assert "Plan BTC, SOL: nothing changes" in lines
    assert "· 0.0 effective samples in 60 days, 30 needed" in lines


def test_calibrate_before_the_night_does_not_take_the_nights_place(memory, past, names):
    past(memory).happen(NIGHT - DAY)

    async def story():
        async with Night(memory, names, NIGHT - MINUTE) as night:
            await night.says(names.admin, "/calibrate")
            await night.pass_until(NIGHT)
            assert night.answers == EVERY + EVERY

    told(story)


def test_who_asks_again_before_it_is_his_turn_is_answered_once(memory, past, names):
    past(memory).happen(NIGHT - DAY)
    gate = asyncio.Event()

    async def slow(work):
        await gate.wait()
        return work()

    async def story():
        async with Night(memory, names, NIGHT + HOUR, slow) as night:
            for update in (1, 2, 3):
                await night.says(names.admin, "/kpi", update)
            gate.set()
            await night.settle()
            return [event.ref_id for event in night.events if isinstance(event.body, Consulted)]

    assert told(story) == ["re_1", "re_3"]


def test_a_panic_is_not_held_up_by_a_question_that_takes_its_time(memory, past, names):
    past(memory).happen(NIGHT - DAY)

    async def never(work):
        await asyncio.Event().wait()

    async def story():
        async with Night(memory, names, NIGHT + HOUR, never) as night:
            await night.says(names.admin, "/kpi", 1)
            await night.says(names.admin, "/panic", 2)
            assert night.hall.desk.trading.state == "halted"

    told(story)


def test_L4_what_was_answered_can_be_recomputed_byte_for_byte(memory, names):
    async def story():
        async with Night(memory, names, NIGHT + HOUR) as night:
            await night.says(names.admin, f"/start {CODE}", 1)
            await night.says(names.admin, "/kpi", 2)
            await night.says(names.admin, "/calibrate", 3)

    told(story)
    assert "not measured" in reply(memory, "re_2").text
    assert [replay(memory, ref).verdict for ref in ("re_2", "re_3")] == ["equal", "equal"]


@pytest.mark.parametrize(
    ("now", "night"),
    [
        (NIGHT, NIGHT),
        (NIGHT - 1, NIGHT - DAY),
        (NIGHT + DAY - 1, NIGHT),
        (NIGHT + DAY, NIGHT + DAY),
    ],
)
def test_the_last_night_is_the_newest_twenty_past_midnight(now, night):
    assert last_night(now) == night


# The rules, scored (signals.md 7.5)


def test_every_night_the_rules_in_force_are_scored_and_stay_one_idea(memory, names):
    remembered = fill(memory, days=1)

    async def story():
        start = last_night(names.now) + DAY - HOUR
        async with Night(remembered, names, start) as night:
            await night.pass_until(start + HOUR)
            await night.pass_until(start + HOUR + DAY)
            return night.hall.world.rules.hash

    rules = told(story)
    known = track_record.registry(remembered)
    first, second = known.trials
    assert {first.params_hash, second.params_hash} == {rules}
    assert second.ts - first.ts == DAY
    assert list(known.ideas) == [rules]
    assert 0 <= known.deflated(second) <= 1


def test_the_score_of_the_rules_is_that_of_every_shadow_in_the_ledger(remembered, names):
    found = track_record.trial_of(remembered, "a" * 64, names.now)
    assert found is not None
    net_r = [
        outcome.net_r
        for _, outcome in remembered.outcomes(names.now - 60 * DAY)
        if outcome.book == "shadow" and outcome.filled
    ]
    mean, deviation = statistics.fmean(net_r), statistics.pstdev(net_r)
    assert (found.trades, found.sharpe) == (len(net_r), pytest.approx(mean / deviation))
    assert (found.ts_from, found.ts_to) == (names.now - 60 * DAY, names.now)


def test_a_desk_that_sent_nothing_has_nothing_to_score(memory, names):
    assert track_record.trial_of(memory, "a" * 64, names.now) is None
    assert track_record.gate_records(memory, names.now) == ()
