"""TP1 and TP2 against luck, signals.md 9 and row L2."""

import pytest
from msgspec.structs import replace

from pawang.learning.evidence import MET_PROVEN, MET_UNPROVEN, MISSED, UNKNOWN, e_value
from pawang.learning.hit_rates import (
    WINDOW_NS,
    SetupRate,
    fill_rate,
    hit_rate,
    rated_and_unrated,
    setup_rates,
)
from pawang.learning.intervals import shrunk, wilson
from pawang.model.kpi import Kpi
from pawang.model.order import Book
from pawang.model.refs import DAY

NULL = 0.5556


def record(played_of, n: int, hits: int) -> list:
    return [played_of(i, (i * hits) % n < hits) for i in range(n)]


def test_65_of_100_is_met_and_not_proven_with_everything_that_says_so(played_of):
    found = hit_rate(record(played_of, 100, 65), "tp1", Book.GHOST)
    assert found.z == pytest.approx(1.900, abs=5e-4)
    assert found.e_value == pytest.approx(5.930, abs=5e-4)
    assert replace(found, z=None, e_value=None) == Kpi(
        name="tp1",
        value=0.65,
        unit="share",
        n=100,
        target=0.60,
        verdict=MET_UNPROVEN,
        interval=wilson(65, 100),
        null=pytest.approx(NULL),
        excess=pytest.approx(0.65 - NULL),
    )


def test_130_of_200_is_met_and_proven(played_of):
    assert hit_rate(record(played_of, 200, 130), "tp1", Book.GHOST).verdict == MET_PROVEN


@pytest.mark.parametrize("hits", [0, 50, 60])
def test_not_above_the_target_is_missed(played_of, hits: int):
    assert hit_rate(record(played_of, 100, hits), "tp1", Book.GHOST).verdict == MISSED


def test_tp2_has_its_own_target_and_null(played_of):
    rows = [replace(one, tp2=i < 40) for i, one in enumerate(record(played_of, 100, 65))]
    found = hit_rate(rows, "tp2", Book.GHOST)
    assert (found.value, found.target, found.null) == (0.40, 0.35, pytest.approx(0.3684))
    assert found.e_value == pytest.approx(e_value([1] * 40 + [0] * 60, [0.3684] * 100))


def test_nothing_played_is_unknown(played_of):
    assert hit_rate([], "tp1", Book.GHOST).verdict == UNKNOWN
    assert hit_rate([], "tp1", Book.GHOST).value is None


def test_unfilled_plans_are_in_the_fill_rate_only(played_of):
    rows = record(played_of, 20, 12)
    unfilled = [played_of(100 + i, False, filled=False, net_r=0.0) for i in range(5)]
    assert hit_rate([*rows, *unfilled], "tp1", Book.GHOST) == hit_rate(rows, "tp1", Book.GHOST)
    filled = fill_rate([*rows, *unfilled], Book.GHOST)
    assert (filled.value, filled.n) == (0.8, 25)


def test_books_are_never_summed(played_of):
    ghost = record(played_of, 20, 20)
    shadow = [replace(one, book=Book.SHADOW, tp1=False) for one in ghost]
    assert hit_rate([*ghost, *shadow], "tp1", Book.GHOST).value == 1.0
    assert hit_rate([*ghost, *shadow], "tp1", Book.SHADOW).value == 0.0


def test_the_rolling_window_begins_thirty_days_ago(played_of, now):
    rows = [played_of(0, True), played_of(30 * 24, False)]
    assert [now - row.ts_resolved > 30 * DAY for row in rows] == [True, False]
    assert hit_rate(rows, "tp1", Book.GHOST, now - WINDOW_NS).n == 1
    assert hit_rate(rows, "tp1", Book.GHOST).n == 2


def test_plans_open_together_are_not_as_many_as_they_look(played_of):
    rows = record(played_of, 50, 40)
    four = [replace(one, coin=coin) for one in rows for coin in ("BTC", "ETH", "SOL", "AVAX")]
    alone, together = (hit_rate(group, "tp1", Book.GHOST).z for group in (rows, four))
    assert together == pytest.approx(alone)


def test_setups_are_told_with_their_record_and_what_it_is_worth_so_far(played_of):
    rows = [played_of(i, i < 13) for i in range(20)]
    assert setup_rates(rows, Book.GHOST) == (
        SetupRate(
            setup="wall",
            coin="SOL",
            regime="trend",
            n=20,
            hits=13,
            rate=0.65,
            shrunk=pytest.approx(shrunk(13, 20, NULL)),
            interval=wilson(13, 20),
        ),
    )


def test_setups_of_fewer_than_five_are_hidden_and_the_most_frequent_comes_first(played_of):
    rows = [
        *(played_of(i, True, setup="zone") for i in range(5)),
        *(played_of(i, True, regime="range") for i in range(9)),
        *(played_of(i, True, coin="AVAX") for i in range(4)),
    ]
    shown = [(one.setup, one.regime, one.n) for one in setup_rates(rows, Book.GHOST)]
    assert shown == [("wall", "range", 9), ("zone", "trend", 5)]


def test_rated_and_unrated_plans_stand_side_by_side(played_of):
    rows = [played_of(i, i < 8) for i in range(20)]
    liked = {row.ref_id for row in rows[:10]}
    rated, unrated = rated_and_unrated(rows, Book.GHOST, liked)
    assert (rated.value, rated.n, unrated.value, unrated.n) == (0.8, 10, 0.0, 10)
    assert rated.interval == wilson(8, 10)


def test_where_nobody_rated_there_is_nothing_to_compare(played_of):
    rated, unrated = rated_and_unrated([played_of(1, True)], Book.GHOST, set())
    assert (rated.value, rated.n, unrated.value) == (None, 0, 1.0)
