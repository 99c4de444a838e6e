"""Triple barriers on minutes, signals.md 7.5: what a plan that nobody made would have done."""

import pytest
from msgspec.structs import replace

from pawang.market.minute_bars import MinuteBars
from pawang.market.plays import PATIENCE, PLAYS_MAX, Plays
from pawang.model.hypothesis import Ending, Hypothesis
from pawang.model.market import Candle, Side
from pawang.model.refs import MINUTE, SECOND

SLOT = 29_000_000 * MINUTE + 12 * SECOND
FIRST = 29_000_001  # the first whole minute after it

LONG = Hypothesis(
    ref_id="snp_20250220_0520_SOL",
    coin="SOL",
    ts=SLOT,
    code="no_magnet",
    sent=False,
    standard=False,
    side=Side.LONG,
    entry=100.0,
    stop=99.0,
    tp1_price=101.0,
    tp2_price=102.0,
    tick=0.01,
    stop_pct=1.0,
    tp1_pct=1.0,
    tp2_pct=2.0,
    share_tp1=0.5,
    cost_win_pct=0.04,
    cost_loss_pct=0.10,
    p0_tp1=0.5,
    p0_tp2=0.33,
    p0_source="minutes",
    ts_expiry=SLOT + 6 * MINUTE,
    time_stop_ns=60 * MINUTE,
)
SHORT = replace(LONG, side=Side.SHORT, stop=101.0, tp1_price=99.0, tp2_price=98.0)
R = 1.1  # percent: the stop and its costs


def bars(*made: tuple[float, float, float], begin: int = FIRST) -> MinuteBars:
    """`(low, high, close)` of consecutive minutes."""
    minutes = MinuteBars()
    for place, (low, high, close) in enumerate(made):
        minutes.candle(
            Candle(
                instrument="SOL-USDT-SWAP",
                ts_event=(begin + place) * MINUTE,
                ts_recv=(begin + place + 1) * MINUTE,
                bar=MINUTE,
                open=close,
                high=high,
                low=low,
                close=close,
                volume=1.0,
                volume_usd=1.0,
                closed=True,
            )
        )
    return minutes


def mirrored(made: tuple[float, float, float]) -> tuple[float, float, float]:
    low, high, close = made
    return 200 - high, 200 - low, 200 - close


def ending(of: Hypothesis, *made: tuple[float, float, float], after_min: int = 0) -> Ending | None:
    """How it ended along these minutes, None where it is still open."""
    plays = Plays(bars(*made))
    plays.follow(of)
    told = plays.endings((FIRST + len(made) + after_min) * MINUTE)
    return told[0] if told else None


FILL = (99.99, 100.2, 100.1)
CALM = (99.5, 100.5, 100.0)


def ended(label: str, minutes: int, net_pct: float, **flags: bool) -> Ending:
    """Filled in the first minute, over with the given one."""
    return Ending(
        ref_id=LONG.ref_id,
        label=label,
        filled=True,
        tp1=flags.get("tp1", False),
        tp2=flags.get("tp2", False),
        net_r=pytest.approx(net_pct / R),
        ts_filled=(FIRST + 1) * MINUTE,
        ts_ended=(FIRST + minutes) * MINUTE,
    )


PATHS = {
    "the stop": ((FILL, CALM, (98.9, 100.0, 99.5)), ended("sl", 3, -1.1)),
    "both targets, one after the other": (
        (FILL, (99.5, 101.01, 101.0), (100.5, 102.01, 102.0)),
        ended("tp2", 3, 1.5 - 0.04, tp1=True, tp2=True),
    ),
    "both targets in one minute": (
        (FILL, (99.5, 102.01, 102.0)),
        ended("tp2", 2, 1.5 - 0.04, tp1=True, tp2=True),
    ),
    "the first target, then the stop": (
        (FILL, (99.5, 101.01, 101.0), (98.0, 101.0, 98.5)),
        ended("tp1_then_sl", 3, 0.5 * 0.96 - 0.5 * 1.1, tp1=True),
    ),
    "time": ((FILL, *[CALM] * 60), ended("timeout", 61, -0.1)),
    "the first target, then time": (
        (FILL, (99.5, 101.01, 101.0), *[CALM] * 59),
        ended("tp1_then_timeout", 61, 0.5 * 0.96 - 0.5 * 0.1, tp1=True),
    ),
    "a minute that holds stop and target": (
        (FILL, (98.9, 102.5, 102.0)),
        ended("sl", 2, -1.1),
    ),
    "the minute of the fill that goes on to the stop": (
        ((98.9, 103.0, 102.0),),
        ended("sl", 1, -1.1),
    ),
    "a fall beyond the stop": ((FILL, (97.0, 98.0, 97.5)), ended("sl", 2, -2.1)),
}


@pytest.mark.parametrize("name", PATHS)
def test_a_long_ends_at(name):
    path, expected = PATHS[name]
    assert ending(LONG, *path) == expected


@pytest.mark.parametrize("name", PATHS)
def test_a_short_is_the_mirror_and_ends_at(name):
    path, expected = PATHS[name]
    assert ending(SHORT, *map(mirrored, path)) == expected


@pytest.mark.parametrize(
    "path",
    [
        (FILL, CALM),
        (FILL, (99.01, 101.0, 100.0)),  # touched, not traded through
        (FILL, *[CALM] * 59),
        ((99.99, 102.5, 101.0), CALM),  # the minute of the fill gives no target
    ],
)
def test_until_a_barrier_is_met_it_goes_on(path):
    assert ending(LONG, *path) is None


@pytest.mark.parametrize("of", [LONG, SHORT])
def test_a_touch_is_no_fill(of):
    touch = (100.0, 100.0, 100.0)
    unfilled = Ending(
        ref_id=LONG.ref_id,
        label="unfilled",
        filled=False,
        tp1=False,
        tp2=False,
        net_r=0.0,
        ts_filled=None,
        ts_ended=LONG.ts_expiry,
    )
    assert ending(of, *[touch] * 8) == unfilled


def test_an_entry_may_fill_in_whole_minutes_before_its_expiry_only():
    high = (100.5, 100.6, 100.5)
    assert ending(LONG, *[high] * 4, FILL) is None
    late = ending(LONG, *[high] * 5, FILL)
    assert late is not None
    assert late.label == "unfilled"


def test_the_minute_of_the_slot_itself_is_history():
    plays = Plays(bars((90.0, 110.0, 100.0), begin=FIRST - 1))
    plays.follow(LONG)
    assert plays.endings(FIRST * MINUTE) == ()


def test_a_slot_on_the_full_minute_begins_with_it():
    plays = Plays(bars((98.0, 100.0, 99.0), begin=FIRST))
    plays.follow(replace(LONG, ts=FIRST * MINUTE))
    assert [one.label for one in plays.endings((FIRST + 1) * MINUTE)] == ["sl"]


def test_minutes_that_are_not_there_yet_are_waited_for():
    minutes = bars(FILL)
    plays = Plays(minutes)
    plays.follow(LONG)
    assert plays.endings((FIRST + 30) * MINUTE) == ()
    for place in range(1, 3):
        minutes.candle(
            Candle(
                instrument="SOL-USDT-SWAP", ts_event=(FIRST + place) * MINUTE, ts_recv=0,
                bar=MINUTE, open=100.0, high=100.0, low=98.0, close=99.0, volume=1.0,
                volume_usd=1.0, closed=True,
            )
        )  # fmt: skip
    assert plays.endings((FIRST + 30) * MINUTE) == (ended("sl", 2, -1.1),)


def test_minutes_that_never_come_make_it_unknown_and_not_a_win():
    over = LONG.ts_expiry + LONG.time_stop_ns + PATIENCE
    plays = Plays(bars(FILL))
    plays.follow(LONG)
    assert plays.endings(over) == ()
    assert plays.endings(over + 1) == (
        Ending(
            ref_id=LONG.ref_id, label="unknown", filled=False, tp1=False, tp2=False, net_r=0.0,
            ts_filled=None, ts_ended=(FIRST + 2) * MINUTE,
        ),
    )  # fmt: skip


def test_each_ending_is_told_once():
    plays = Plays(bars(FILL, (98.0, 100.0, 99.0)))
    plays.follow(LONG)
    plays.follow(LONG)
    assert len(plays.endings((FIRST + 2) * MINUTE)) == 1
    assert plays.endings((FIRST + 2) * MINUTE) == ()
    assert len(plays) == 0


def test_a_plan_that_the_desk_cut_is_cut_at_the_newest_price():
    minutes = bars(FILL)
    minutes.trade((FIRST + 1) * MINUTE + SECOND, 99.6)
    plays = Plays(minutes)
    plays.follow(LONG)
    now = (FIRST + 1) * MINUTE + 2 * SECOND
    plays.cut(LONG.ref_id, "cut", now)
    expected = ended("cut", 1, -0.4 - 0.1)
    assert plays.endings(now) == (replace(expected, ts_ended=now),)


def test_a_cut_that_became_a_flip_is_called_one():
    minutes = bars(FILL, (99.5, 101.01, 101.0))
    minutes.trade((FIRST + 2) * MINUTE + SECOND, 100.0)
    plays = Plays(minutes)
    plays.follow(LONG)
    now = (FIRST + 2) * MINUTE + 2 * SECOND
    plays.cut(LONG.ref_id, "cut", now)
    plays.cut(LONG.ref_id, "flipped", now)
    assert [one.label for one in plays.endings(now)] == ["tp1_then_flipped"]


def test_cutting_what_never_filled_or_is_over_takes_nothing_back():
    plays = Plays(bars((100.5, 100.6, 100.5)))
    plays.follow(LONG)
    plays.cut(LONG.ref_id, "cut", (FIRST + 1) * MINUTE)
    plays.cut("snp_nobody", "cut", (FIRST + 1) * MINUTE)
    assert [one.label for one in plays.endings((FIRST + 1) * MINUTE)] == ["unfilled"]
    stopped = Plays(bars(FILL, (98.0, 100.0, 99.0)))
    stopped.follow(LONG)
    stopped.cut(LONG.ref_id, "cut", (FIRST + 2) * MINUTE)
    assert [one.label for one in stopped.endings((FIRST + 2) * MINUTE)] == ["sl"]


def test_however_many_are_supposed_memory_is_bounded():
    plays = Plays(bars())
    for number in range(PLAYS_MAX + 5):
        plays.follow(replace(LONG, ref_id=f"snp_{number}"))
    assert len(plays) == PLAYS_MAX
