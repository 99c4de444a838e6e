"""Walls: far above their band, big in USD, and old enough (signals.md 5.4)."""

import numpy as np
import pytest

from pawang.market import MarketParams, kernel
from pawang.market.grid import Grid
from pawang.market.walls import no_bands, pull_score
from pawang.model.market import Aggressor
from pawang.model.view import Memory, Wall

WALL = 59_940.0  # ten buckets below the mid


def walls(market, tape, ms):
    return market.freeze("BTC", tape.at(ms), Memory()).walls


def stand(tape, seconds, size=40.0, price=WALL):
    """A plain book with one wall in it, then a heartbeat a second."""
    yield tape.plain_book(0)
    yield tape.delta(1, bids=[(price, size)])
    for second in range(1, seconds + 1):
        yield tape.delta(1000 * second + 1)


def test_a_wall_is_told_whole_and_qualifies_after_thirty_seconds(market, tape, feed):
    feed(market, list(stand(tape, 31)))
    assert walls(market, tape, 31_001) == (
        Wall(
            side=Aggressor.BUY,
            price=WALL,
            size=40.0,
            notional_usd=WALL * 40.0,
            distance_bps=pytest.approx(10.0),
            z=pytest.approx((40 - 1) / (1.4826 * 0.05)),
            age_s=30.0,
            peak=40.0,
            pull_score=0.5,
            strength=pytest.approx(1.0 * 0.25 * 0.5),
            qualified=True,
        ),
    )


def test_a_younger_wall_is_only_a_candidate(market, tape, feed):
    feed(market, list(stand(tape, 29)))
    [wall] = walls(market, tape, 29_001)
    assert (wall.age_s, wall.qualified) == (28.0, False)


@pytest.mark.parametrize(
    ("size", "why"),
    [(8.0, "under half of theta"), (1.3, "not far above its band")],
)
def test_what_is_no_candidate_is_not_shown(market, tape, feed, size, why):
    feed(market, list(stand(tape, 5, size=size)))
    assert walls(market, tape, 6000) == (), why


def test_beyond_100_bp_nothing_is_a_wall(market, tape, feed):
    feed(market, list(stand(tape, 5, price=59_388.0)))
    assert walls(market, tape, 6000) == ()


def test_losing_more_than_40_percent_of_the_peak_starts_the_age_anew(market, tape, feed):
    feed(market, list(stand(tape, 40)))
    feed(market, [tape.delta(41_001, bids=[(WALL, 24.0)]), tape.delta(42_001)])
    assert walls(market, tape, 42_001)[0].age_s == 41.0  # 60 % of the peak is still the wall
    feed(market, [tape.delta(43_001, bids=[(WALL, 23.9)]), tape.delta(44_001)])
    assert walls(market, tape, 44_001)[0].age_s == 1.0


def test_an_ask_wall_is_named_by_its_lowest_price(market, tape, feed):
    feed(
        market,
        [
            tape.plain_book(0),
            tape.delta(1, asks=[(60_062.0, 20.0), (60_064.0, 20.0)]),
            tape.delta(1001),
        ],
    )
    [wall] = walls(market, tape, 1001)
    assert (wall.side, wall.price, wall.size) == (Aggressor.SELL, 60_060.0, 41.0)


def test_walls_do_not_move_when_the_mid_moves(market, tape, feed):
    feed(market, list(stand(tape, 31)))
    feed(market, [tape.delta(31_500, asks=[(60_000.1, 0.0)]), tape.delta(32_600)])
    [wall] = walls(market, tape, 32_600)
    assert (wall.price, wall.qualified) == (WALL, True)


def test_after_a_gap_every_age_starts_anew(market, tape, feed):
    feed(market, list(stand(tape, 40)))
    feed(market, [tape.lost(40_500, "books"), *stand(tape, 2)])
    assert [wall.age_s for wall in walls(market, tape, 2001)] == [1.0]


def test_at_most_ten_walls_a_side_the_strongest_first(market, tape, feed):
    feed(market, [tape.plain_book(0)])
    big = [(60_000.0 - 6.0 * k, 40.0 + k) for k in (30, 35, 40, 45, 55, 60, 65, 70, 75, 80, 85, 90)]
    feed(market, [tape.delta(1000 * k + 1, bids=big) for k in range(40)])
    seen = walls(market, tape, 40_000)
    assert len(seen) == 10
    assert [wall.strength for wall in seen] == sorted((w.strength for w in seen), reverse=True)


def test_the_pull_score_learns_from_walls_the_price_came_to():
    bands = no_bands()
    assert pull_score(bands[0, 2]) == 0.5
    for _ in range(100):
        kernel.end(bands, 0, 2, 1.0)
    assert pull_score(bands[0, 2]) == pytest.approx((2 + 20) / (4 + 20))
    assert pull_score(bands[1, 2]) == pull_score(bands[0, 1]) == 0.5


def test_a_wall_pulled_from_under_the_price_is_remembered_one_from_afar_is_not(market, tape, feed):
    feed(market, list(stand(tape, 35)))
    feed(market, [tape.delta(36_001, bids=[(WALL, 0.0)]), tape.delta(37_001, bids=[(WALL, 40.0)])])
    assert walls(market, tape, 37_001)[0].pull_score == 0.5
    feed(market, [tape.delta(1000 * k + 1) for k in range(38, 75)])
    top = [(60_000.0 - 0.1, 0.0)] + [(60_000.0 - 6.0 * k, 0.0) for k in range(1, 10)]
    low = [(59_941.0, 1.0), (59_942.0, 1.0)]  # the price is down at the wall now
    feed(market, [tape.delta(75_001, bids=top, asks=low), tape.delta(76_001, bids=[(WALL, 0.0)])])
    feed(market, [tape.delta(77_001, bids=[(59_880.0, 40.0)]), tape.delta(78_001)])
    [wall] = [wall for wall in walls(market, tape, 78_001) if wall.side is Aggressor.BUY]
    assert wall.pull_score == pytest.approx(3 / 5)


@pytest.mark.parametrize(
    ("pulled", "score"),
    [
        ((1.0,), (2 + 1) / (4 + 1)),
        ((1.0,) * 20, (2 + 20) / (4 + 20)),
        ((0.0,) * 60 + (1.0,) * 20, (2 + 20 * 0.867) / 24),  # the old ones fade: 0.865 stay
    ],
)
def test_the_pull_score_is_an_ewma_of_twenty_ends(pulled, score):
    bands = no_bands()
    for share in pulled:
        kernel.end(bands, 0, 2, share)
    assert pull_score(bands[0, 2]) == pytest.approx(score, abs=2e-3)


# Refills, icebergs, flight.


def told(market, tape, ms):
    [wall] = walls(market, tape, ms)
    return wall.refill_ratio, wall.iceberg, wall.flees


def sold(tape, ms, size):
    return tape.trade(ms, "sell", WALL, size)


@pytest.mark.parametrize(
    ("later", "refilled", "why"),
    [
        ([(5001, 30.0), (5900, 38.0), (6001, 38.0)], 0.8, "8 of 10 back in the same second"),
        ([(5001, 30.0), (6001, 36.0)], 0.6, "6 of 10 back a second later"),
        ([(5001, 30.0), (6001, 33.0), (6201, 39.0), (7001, 39.0)], 0.3, "the rest came too late"),
        ([(5001, 30.0), (6001, 60.0)], 1.0, "more than traded is a new order, not a refill"),
        ([(5001, 30.0), (8001, 40.0)], 0.0, "the book was silent: when it came back is unknown"),
        ([(5001, 40.0), (6001, 40.0)], 1.0, "all of it at once"),
    ],
)
def test_a_refill_is_what_came_back_within_two_seconds_of_a_trade(
    market, tape, feed, later, refilled, why
):
    """Ten coins are sold into a wall of forty, 0.8 s before it is looked at."""
    books = [tape.delta(ms, bids=[(WALL, size)]) for ms, size in later]
    feed(market, [*stand(tape, 4), sold(tape, 4200, 10.0), *books])
    ratio, iceberg, _ = told(market, tape, later[-1][0])
    assert (ratio, iceberg) == (pytest.approx(refilled), False), why


def test_two_trades_are_paid_one_after_the_other(market, tape, feed):
    """10 and 8 are taken a second apart; 14 come back: the older ten first, four of the newer.
    Of nine more that come only four were owed."""
    feed(
        market,
        [
            *stand(tape, 4),
            sold(tape, 4200, 10.0),
            tape.delta(5001, bids=[(WALL, 30.0)]),
            sold(tape, 5200, 8.0),
            tape.delta(6001, bids=[(WALL, 36.0)]),
            tape.delta(7001, bids=[(WALL, 45.0)]),
        ],
    )
    assert told(market, tape, 7001) == (pytest.approx((14 + 4) / 18), False, 0)


def test_refills_make_a_wall_stronger(market, tape, feed):
    feed(market, list(stand(tape, 4)))
    plain = walls(market, tape, 4001)[0].strength
    feed(market, [sold(tape, 4100, 10.0), tape.delta(5001, bids=[(WALL, 40.0)])])
    [wall] = walls(market, tape, 4001)
    assert (wall.refill_ratio, wall.strength) == (1.0, pytest.approx(plain * 1.5))


@pytest.mark.parametrize(("sales", "iceberg"), [(6, False), (7, True)])
def test_an_iceberg_has_traded_more_than_was_ever_seen_and_stands(
    market, tape, feed, sales, iceberg
):
    """Forty are seen; ten are sold and come back, again and again: 60 is 1.5 times, 70 is more."""
    feed(market, list(stand(tape, 4)))
    for k in range(sales):
        feed(market, [sold(tape, 5000 + 1000 * k, 10.0), tape.delta(5001 + 1000 * k)])
    assert told(market, tape, 12_000) == (1.0, iceberg, 0)


def nearer(tape, ms, gone, bid):
    """The price comes: the asks down to just over `bid` and no bid above it."""
    bids = [(59_999.9, 0.0)] + [(60_000.0 - 6.0 * k, 0.0) for k in range(1, gone)]
    return tape.delta(ms, bids=bids, asks=[(bid + 0.1, 1.0)])


@pytest.mark.parametrize(
    ("price", "size", "flees", "why"),
    [
        (59_928.0, 40.0, 1, "two buckets farther"),
        (59_880.0, 30.0, 1, "much farther, three quarters of its size"),
        (59_934.0, 40.0, 0, "one bucket is a shift"),
        (59_952.0, 40.0, 0, "nearer to the price"),
        (59_880.0, 15.0, 0, "not its size"),
        (59_880.0, 80.0, 0, "not its size either"),
    ],
)
def test_a_wall_that_comes_back_farther_off_as_the_price_comes_flees(
    market, tape, feed, price, size, flees, why
):
    feed(market, list(stand(tape, 4)))
    feed(market, [nearer(tape, 4500, 3, 59_982.0)])
    moved = [(WALL, 0.0), (price, size)]
    feed(market, [tape.delta(5001, bids=moved), tape.delta(6001)])
    assert told(market, tape, 6001)[2] == flees, why


def test_who_flees_again_is_known_to_have_fled_twice(market, tape, feed):
    feed(market, list(stand(tape, 4)))
    feed(market, [nearer(tape, 4500, 3, 59_982.0)])
    feed(market, [tape.delta(5001, bids=[(WALL, 0.0), (59_928.0, 40.0)])])
    feed(market, [nearer(tape, 5500, 6, 59_964.0), tape.delta(5600)])
    feed(market, [tape.delta(6001, bids=[(59_928.0, 0.0), (59_910.0, 40.0)])])
    assert told(market, tape, 6001)[2] == 2


def test_who_leaves_while_the_price_stands_does_not_flee(market, tape, feed):
    feed(market, list(stand(tape, 4)))
    feed(market, [tape.delta(5001, bids=[(WALL, 0.0), (59_928.0, 40.0)]), tape.delta(6001)])
    assert told(market, tape, 6001)[2] == 0


def test_an_ask_wall_flees_upwards(market, tape, feed):
    wall = 60_060.0
    feed(market, [tape.plain_book(0), tape.delta(1, asks=[(wall, 40.0)])])
    feed(market, [tape.delta(1000 * k + 1) for k in range(1, 5)])
    gone = [(60_000.1, 0.0)] + [(60_000.0 + 6.0 * k, 0.0) for k in range(1, 4)]
    feed(market, [tape.delta(4500, asks=gone)])
    feed(market, [tape.delta(5001, asks=[(wall, 0.0), (60_072.0, 40.0)]), tape.delta(6001)])
    assert told(market, tape, 6001)[2] == 1


def test_what_came_back_and_was_pulled_after_all_is_pulled():
    """Forty: thirty traded, thirty back, all forty cancelled. 40 of 70 lost were not traded."""
    sizes = np.zeros((1, 8))
    sizes[0, [kernel.PEAK, kernel.TRADED, kernel.REFILLED]] = 40.0, 30.0, 30.0
    assert kernel.pulled_share(0.0, sizes, 0) == pytest.approx(40 / 70)


def test_a_bucket_is_at_least_a_tick_wide(sol):
    grid = Grid(sol.tick_size, 30.0, MarketParams().bucket_bps)
    assert (grid.ticks, grid.edge(grid.bucket(1, 29.99))) == (1, 29.99)
