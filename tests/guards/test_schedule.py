from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pawang.guards.schedule import Due, Schedule, Slot
from pawang.model.refs import DAY, HOUR, MINUTE, SECOND

COINS = ("BTC", "ETH", "SOL", "AVAX")
NOON = 20_000 * DAY + 12 * HOUR  # a whole number of hours, so of both periods
desks = st.integers(1, 36).map(lambda count: tuple(f"C{place}" for place in range(count)))
times = st.integers(0, 4 * 10**18)


def walk(schedule, ts, until):
    slots = []
    while (slot := schedule.after(ts)).ts < until:
        slots.append(slot)
        ts = slot.ts
    return slots


def test_the_first_slots_of_the_default_desk():
    def at(minute, second):
        return NOON + minute * MINUTE + second * SECOND

    assert walk(Schedule(COINS), NOON - 1, at(3, 0)) == [
        Slot(kind="ib", coin="BTC", ts=at(0, 0)),
        Slot(kind="snp", coin="BTC", ts=at(0, 2)),
        Slot(kind="snp", coin="AVAX", ts=at(0, 17)),  # 3 minutes on is its own minute again
        Slot(kind="ib", coin="ETH", ts=at(1, 5)),
        Slot(kind="snp", coin="ETH", ts=at(1, 7)),
        Slot(kind="ib", coin="SOL", ts=at(2, 10)),
        Slot(kind="snp", coin="SOL", ts=at(2, 12)),
    ]


def test_a_slots_ref_carries_the_minute_of_the_slot():
    assert Schedule(COINS).after(NOON - 1).ref_id == "ib_20241004_1200_BTC"


@given(desks, times)
def test_no_two_slots_fall_together(coins, ts):
    slots = walk(Schedule(coins), ts, ts + 15 * MINUTE)
    stamps = [slot.ts for slot in slots]
    assert stamps == sorted(set(stamps))


@given(desks, times)
def test_S8_each_coin_gets_exactly_one_bias_per_5_min_and_one_plan_per_3_min(coins, ts):
    slots = walk(Schedule(coins), ts, ts + 15 * MINUTE + 1)
    for kind, count, period in (("ib", 3, 5 * MINUTE), ("snp", 5, 3 * MINUTE)):
        for coin in coins:
            turns = [slot.ts for slot in slots if (slot.kind, slot.coin) == (kind, coin)]
            assert len(turns) == count
            assert {later - sooner for sooner, later in pairwise(turns)} == {period}


@given(desks, times)
def test_S7_refs_never_repeat(coins, ts):
    refs = [slot.ref_id for slot in walk(Schedule(coins), ts, ts + 20 * MINUTE)]
    assert len(refs) == len(set(refs))


@given(desks, times, st.integers(0, 2 * MINUTE))
def test_a_clock_that_ticks_often_is_given_every_slot_once(coins, ts, tick):
    """Slots handed out tick by tick are those of `after`, none skipped."""
    schedule, last, until, handed = Schedule(coins), ts, ts + 10 * MINUTE, []
    while last < until:
        now = min(until, last + tick + 1)
        due = schedule.due(last, now)
        assert due.skipped == 0
        handed += due.slots
        last = now
        tick = max(tick, 10 * SECOND)  # keep the walk short
    assert handed == walk(schedule, ts, until + 1)


@given(desks, times, st.integers(0, 2 * DAY))
def test_D15_a_clock_that_jumps_gives_only_the_newest_slot_of_each_turn(coins, ts, jump):
    schedule = Schedule(coins)
    due = schedule.due(ts, ts + jump)
    turns = [(slot.kind, slot.coin) for slot in due.slots]
    assert len(turns) == len(set(turns))
    for slot in due.slots:
        period = 5 * MINUTE if slot.kind == "ib" else 3 * MINUTE
        assert ts < slot.ts <= ts + jump < slot.ts + period


def test_D16_what_a_ten_minute_sleep_passed_over_is_counted():
    due = Schedule(("BTC",)).due(NOON, NOON + 10 * MINUTE)
    assert due == Due(
        slots=(
            Slot(kind="snp", coin="BTC", ts=NOON + 9 * MINUTE + 2 * SECOND),
            Slot(kind="ib", coin="BTC", ts=NOON + 10 * MINUTE),
        ),
        skipped=4,  # ib at 5; snp at 0, 3 and 6 min
    )


def test_D15_a_clock_that_goes_back_repeats_nothing():
    assert Schedule(COINS).due(NOON, NOON - HOUR) == Due(slots=(), skipped=0)


@pytest.mark.parametrize("coins", [(), ("BTC", "BTC"), tuple(f"C{place}" for place in range(37))])
def test_a_desk_whose_slots_would_collide_is_refused(coins):
    with pytest.raises(AssertionError):
        Schedule(coins)
