"""The wall under a plan falls (signals.md 5.4, test 13)."""

import pytest

from pawang.market import Edge
from pawang.model.event import WallFell
from pawang.model.market import Aggressor

WALL = 59_940.0
SIZES = (40.0, 30.0, 14.0, 13.0, 12.0)


def stand(market, tape, feed, age_s, start_ms=0):
    """A wall of 40 BTC, `age_s` old, under guard; the time of its last look in ms."""
    feed(market, [tape.plain_book(start_ms), tape.delta(start_ms + 100, bids=[(WALL, 40.0)])])
    end = start_ms + 100 + int(age_s * 1000)
    feed(market, [tape.delta(ms) for ms in range(start_ms + 200, start_ms + 1200, 100)])
    market.guard_wall("BTC", WALL, Aggressor.BUY)
    assert feed(market, [tape.delta(ms) for ms in range(start_ms + 1200, end + 1, 100)]) == []
    return end


def fall(tape, start_ms, traded, sizes=SIZES):
    """One book every 100 ms; all prints come just before the third."""
    for k, size in enumerate(sizes):
        if k == 2 and traded:
            yield tape.trade(start_ms + 100 * k - 1, "sell", WALL, traded)
        yield tape.delta(start_ms + 100 * k, bids=[(WALL, size)])


def fell(tape, ms, how):
    return [Edge(ts=tape.at(ms), body=WallFell(coin="BTC", price=WALL, how=how))]


@pytest.mark.parametrize(("traded", "how"), [(3.0, "pulled"), (20.0, "eaten"), (0.0, "pulled")])
def test_example_13_collapse_at_the_third_sample_at_or_below_16(market, tape, feed, traded, how):
    end = stand(market, tape, feed, 45)
    assert feed(market, list(fall(tape, end + 100, traded))) == fell(tape, end + 500, how)


def test_example_13_half_of_the_loss_traded_is_eaten(market, tape, feed):
    end = stand(market, tape, feed, 45)
    assert feed(market, list(fall(tape, end + 100, 14.0))) == fell(tape, end + 500, "eaten")


def test_example_13_a_wall_of_12_seconds_was_never_one(market, tape, feed):
    end = stand(market, tape, feed, 12)
    assert feed(market, list(fall(tape, end + 100, 3.0))) == []


@pytest.mark.parametrize(
    ("age_s", "falls"), [(30.8, False), (30.9, True), (31.2, True)], ids=["young", "ripe", "older"]
)
def test_example_13_a_wall_qualifies_at_thirty_seconds(market, tape, feed, age_s, falls):
    """It was first looked at 0.9 s after it came; the fall itself adds nothing to its age."""
    end = stand(market, tape, feed, age_s)
    path = list(fall(tape, end + 100, 3.0, (12.0, 12.0, 12.0)))
    assert bool(feed(market, path)) is falls


@pytest.mark.parametrize(("rest", "falls"), [(16.0, True), (16.1, False)])
def test_example_13_forty_percent_of_the_median_is_low(market, tape, feed, rest, falls):
    end = stand(market, tape, feed, 45)
    assert bool(feed(market, list(fall(tape, end + 100, 3.0, (rest,) * 5)))) is falls


def test_example_13_the_median_is_that_of_the_last_ten_seconds(market, tape, feed):
    """Eleven seconds at 26 of 40: 11 is less than 40 % of the peak, and more than 40 % of now."""
    end = stand(market, tape, feed, 45)
    feed(market, [tape.delta(end + 100 * k, bids=[(WALL, 26.0)]) for k in range(1, 111)])
    low = [tape.delta(end + 11_000 + 100 * k, bids=[(WALL, 11.0)]) for k in range(1, 6)]
    assert feed(market, low) == []
    lower = [tape.delta(end + 12_000 + 100 * k, bids=[(WALL, 10.4)]) for k in range(1, 6)]
    assert len(feed(market, lower)) == 1


@pytest.mark.parametrize(("traded", "how"), [(13.9, "pulled"), (14.0, "eaten")])
def test_example_13_eaten_begins_at_half_of_the_loss(market, tape, feed, traded, how):
    end = stand(market, tape, feed, 45)
    assert feed(market, list(fall(tape, end + 100, traded))) == fell(tape, end + 500, how)


@pytest.mark.parametrize(("gone", "falls"), [(80, True), (81, False)])
def test_example_13_within_fifty_bp_of_the_mid(market, tape, feed, gone, falls):
    """So many rows of asks are gone that the mid is 49.8 or 50.3 bp above the wall."""
    end = stand(market, tape, feed, 45)
    away = [(60_000.1, 0.0)] + [(60_000.0 + 6.0 * k, 0.0) for k in range(1, gone)]
    feed(market, [tape.delta(end + 50, asks=away)])
    path = list(fall(tape, end + 100, 3.0, (40.0, 14.0, 13.0, 12.0)))
    assert bool(feed(market, path)) is falls


def test_a_silence_of_eleven_seconds_is_a_stale_book_not_a_fall(market, tape, feed):
    end = stand(market, tape, feed, 45)
    assert feed(market, [tape.delta(end + 100, bids=[(WALL, 12.0)])]) == []
    assert feed(market, [tape.delta(end + 11_200)]) == []


def test_nothing_is_raised_while_the_coin_is_halted(market, tape, feed):
    """Seven seconds of absurd prints: whoever is mad here, no plan is cut because of it (A20)."""
    end = stand(market, tape, feed, 45)
    absurd = [tape.trade(end + 1000 * k, "buy", 600_000.0, 1.0) for k in range(1, 8)]
    assert [edge.body.state for edge in feed(market, absurd)] == ["halted"]
    assert feed(market, list(fall(tape, end + 7100, 3.0))) == []


def test_after_the_cool_down_a_wall_may_fall_again(market, tape, feed):
    end = stand(market, tape, feed, 45)
    assert len(feed(market, list(fall(tape, end + 100, 3.0)))) == 1
    feed(market, [tape.delta(end + 1000, bids=[(WALL, 40.0)])])
    feed(market, [tape.delta(end + 100 * k) for k in range(11, 310)])
    market.guard_wall("BTC", WALL, Aggressor.BUY)  # 30.4 s later
    feed(market, [tape.delta(end + 100 * k) for k in range(310, 720)])
    assert len(feed(market, list(fall(tape, end + 72_000, 3.0)))) == 1


def test_a_dip_of_two_samples_is_no_collapse(market, tape, feed):
    end = stand(market, tape, feed, 45)
    assert feed(market, list(fall(tape, end + 100, 0.0, (14.0, 13.0, 40.0, 14.0, 13.0)))) == []


def test_books_closer_than_a_sample_do_not_count_twice(market, tape, feed):
    end = stand(market, tape, feed, 45)
    quick = [tape.delta(end + 100 + 10 * k, bids=[(WALL, 12.0)]) for k in range(5)]
    assert feed(market, quick) == []


def test_a_quiet_book_completes_the_fall_with_its_next_word(market, tape, feed):
    end = stand(market, tape, feed, 45)
    assert feed(market, [tape.delta(end + 100, bids=[(WALL, 12.0)])]) == []
    assert feed(market, [tape.delta(end + 500)]) == fell(tape, end + 500, "pulled")


def test_a_wall_falls_once(market, tape, feed):
    end = stand(market, tape, feed, 45)
    assert len(feed(market, list(fall(tape, end + 100, 3.0)))) == 1
    market.guard_wall("BTC", WALL, Aggressor.BUY)  # within the cool-down: not again
    assert feed(market, list(fall(tape, end + 1000, 3.0))) == []


def test_guarding_twice_is_guarding_once(market, tape, feed):
    end = stand(market, tape, feed, 45)
    market.guard_wall("BTC", WALL, Aggressor.BUY)
    assert len(feed(market, list(fall(tape, end + 100, 3.0)))) == 1


def test_a_released_wall_falls_in_silence(market, tape, feed):
    end = stand(market, tape, feed, 45)
    market.release_wall("BTC")
    assert feed(market, list(fall(tape, end + 100, 3.0))) == []


def test_nothing_is_raised_while_the_book_is_lost(market, tape, feed):
    end = stand(market, tape, feed, 45)
    lost = [tape.lost(end + 150, "books"), *list(fall(tape, end + 200, 3.0))]
    assert feed(market, lost) == []


def test_a_wall_gone_over_a_resync_is_raised_after_three_good_books(market, tape, feed):
    end = stand(market, tape, feed, 45)
    back = tape.plain_book(end + 1000)
    deltas = [tape.delta(end + 1000 + 100 * k) for k in range(1, 3)]
    assert feed(market, [tape.lost(end + 150, "books"), back, *deltas]) == fell(
        tape, end + 1200, "pulled"
    )


def test_a_wall_far_from_the_mid_is_nobodys_business(market, tape, feed):
    end = stand(market, tape, feed, 45)
    away = [(60_000.1, 0.0)] + [(60_000.0 + 6.0 * k, 0.0) for k in range(1, 100)]
    feed(market, [tape.delta(end + 50, asks=away)])  # mid is now half a percent higher
    assert feed(market, list(fall(tape, end + 100, 3.0, (40.0, 14.0, 13.0, 12.0)))) == []


def test_a_slow_melt_is_no_collapse(market, tape, feed):
    end = stand(market, tape, feed, 45)
    melt = [tape.delta(end + 1000 * k, bids=[(WALL, 40.0 * 0.93**k)]) for k in range(1, 40)]
    assert feed(market, melt) == []


def test_an_ask_wall_is_eaten_by_buyers_not_by_sellers(market, tape, feed):
    wall = 60_060.0
    feed(market, [tape.plain_book(0), tape.delta(100, asks=[(wall, 40.0)])])
    market.guard_wall("BTC", wall, Aggressor.SELL)
    feed(market, [tape.delta(100 * k) for k in range(2, 450)])
    path = [tape.delta(45_000 + 100 * k, asks=[(wall, 12.0)]) for k in range(3)]
    [edge] = feed(market, [tape.trade(44_990, "sell", wall, 28.0), *path])
    assert edge.body == WallFell(coin="BTC", price=wall, how="pulled")
