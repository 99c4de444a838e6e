"""Sizes of parents: quantiles, the medium bucket, and whether they look made up (1.4, 1.5)."""

from math import log10

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pawang.market import Market, MarketParams
from pawang.market.census import Census, FlowQuality
from pawang.model.refs import DAY
from pawang.model.view import Memory

LOT = 1e-4
MEDIUM = MarketParams(medium_parents_min=100, parent_share_max=1.0)
HOUR_MS = 3_600_000


def test_a_quantile_is_right_to_a_sixteenth_of_an_octave():
    census = Census(LOT)
    for k in range(1, 10_001):
        census.count(0, 10.0 * k, 1.0)
    p90, p999 = census.quantiles((0.9, 0.999), 0, 1, 10_000)
    assert p90 == pytest.approx(90_000, rel=0.045)
    assert p999 == pytest.approx(99_900, rel=0.045)


def test_too_few_parents_have_no_quantile():
    census = Census(LOT)
    for _ in range(99):
        census.count(0, 10.0, 1.0)
    assert census.quantiles((0.9,), 0, 1, 100) is None
    census.count(0, 10.0, 1.0)
    assert census.quantiles((0.9,), 0, 1, 100) is not None


def test_a_quantile_looks_at_its_days_alone_and_a_day_leaves_after_a_week():
    census = Census(LOT)
    for day in range(20):
        census.count(day * DAY, 2.0**day, 1.0)
    assert census.quantiles((0.5,), 19, 20, 1)[0] == pytest.approx(2.0**19, rel=0.045)
    assert census.quantiles((0.5,), 0, 12, 1) is None, "eight days are kept: 12 to 19"
    census.count(3 * DAY, 5.0, 1.0)  # of a day long gone
    assert census.quantiles((0.5,), 0, 12, 1) is None


def test_washed_sizes_are_round_and_their_digits_flat():
    """1000 lots of a real-looking tape against 1000 of even digits and round sizes."""
    real, made = Census(LOT), Census(LOT)
    for k in range(1000):
        real.count(0, 1.0, round(10.0 ** (2.0 + 3.0 * k / 1000)) * LOT)
        made.count(0, 1.0, (1 + k % 9) * 100 * LOT)
    natural, invented = real.quality(0), made.quality(0)
    assert natural.parents == invented.parents == 1000
    assert natural.round_share < 0.02 < 1.0 == invented.round_share
    assert natural.digits_chi2 < 15.5 < invented.digits_chi2, "15.5 is chi2's 5 % of 8 degrees"


def test_the_figures_by_hand():
    census = Census(LOT)
    for lots in (100, 123, 250, 99, 2000):  # 99 lots are too few to count
        census.count(0, 1.0, lots * LOT)
    one, two = log10(2), log10(1.5)
    others = 4 * (1 - one - two)
    chi2 = (2 - 4 * one) ** 2 / (4 * one) + (2 - 4 * two) ** 2 / (4 * two) + others
    assert census.quality(0) == FlowQuality(
        day=0, parents=4, round_share=0.5, digits_chi2=pytest.approx(chi2)
    )
    assert census.quality(1) is None


@given(st.lists(st.tuples(st.integers(0, 30), st.floats(0, 1e14), st.floats(0, 1e9)), max_size=50))
def test_no_size_is_too_strange_to_count(parents):
    census = Census(LOT)
    for day, usd, size in parents:
        census.count(day * DAY, usd, size)
    newest = max((day for day, _, _ in parents), default=0)
    census.quantiles((0.9, 0.99), 0, newest + 1, 1)
    census.quality(newest)


def test_the_last_whole_day_is_told_on_the_first_day_todays(btc, tape, feed):
    market = Market({"BTC": btc})
    assert market.quality("BTC", tape.at(0)) is None
    feed(market, [tape.trade(3000 * k, "buy", 50_000.0, 0.02) for k in range(22)])
    today = market.quality("BTC", tape.at(HOUR_MS))
    assert (today.parents, today.round_share) == (20, 1.0), "the last two are not over yet"
    assert market.quality("BTC", tape.at(24 * HOUR_MS)) == today
    assert market.quality("BTC", tape.at(48 * HOUR_MS)) is None


# The medium bucket, through the market.


def small_hands(tape, hour, hands=200):
    """Sizes of 1 to 200 thousand dollars, one a second, buying and selling in turn."""
    for k in range(1, hands + 1):
        side = "buy" if k % 2 else "sell"
        yield tape.trade(HOUR_MS * hour + 3000 * k, side, 50_000.0, k * 0.02)


def medium(market, tape, ms):
    return market.freeze("BTC", tape.at(ms), Memory()).window(300).medium_imbalance


def test_the_medium_bucket_is_p90_to_p99_of_the_hours_before(btc, tape, feed):
    """Bounds are about 180 and 198 thousand: 150 and 300 are not medium, 188 and 190 are."""
    market = Market({"BTC": btc}, MEDIUM)
    start = HOUR_MS + 200_000
    sizes = [(3.75, "buy"), (3.0, "sell"), (3.8, "sell"), (6.0, "sell"), (3.75, "buy")]
    hands = [
        tape.trade(start + 3000 * k, side, 50_000.0, size) for k, (size, side) in enumerate(sizes)
    ]
    opening = [tape.trade(HOUR_MS + ms, "buy", 50_000.0, 0.1) for ms in (0, 1000, 2000)]
    feed(market, [*small_hands(tape, 0), *opening, *hands])
    assert medium(market, tape, HOUR_MS + 320_000) == pytest.approx((3.75 + 3.75 - 3.8) / 11.3)


def test_there_is_no_medium_bucket_before_its_bounds(btc, tape, feed):
    market = Market({"BTC": btc}, MEDIUM)
    feed(market, list(small_hands(tape, 0)))
    assert medium(market, tape, 601_000) is None
    feed(market, [tape.trade(HOUR_MS + ms, "buy", 50_000.0, 0.1) for ms in (0, 1000, 2000)])
    assert medium(market, tape, HOUR_MS + 299_999) is None, "a part of it is before the bounds"
    assert medium(market, tape, HOUR_MS + 300_000) == 0.0, "known, and nobody of that size came"


def test_a_medium_sweep_that_is_not_over_yet_counts_all_the_same(btc, tape, feed):
    market = Market({"BTC": btc}, MEDIUM)
    opening = [tape.trade(HOUR_MS + ms, "buy", 50_000.0, 0.1) for ms in (0, 1000, 2000)]
    last = tape.trade(HOUR_MS + 310_000, "sell", 50_000.0, 3.75)
    feed(market, [*small_hands(tape, 0), *opening, last])
    assert medium(market, tape, HOUR_MS + 310_000) == 0.0
    assert medium(market, tape, HOUR_MS + 310_001) == -1.0


# The threshold.


def whales(tape, day, hands=300):
    """Parents of 10 to 3000 thousand dollars."""
    for k in range(1, hands + 1):
        yield tape.trade(24 * HOUR_MS * day + 3000 * k, "buy", 50_000.0, k * 0.2)


def theta(market, tape, ms):
    return market.freeze("BTC", tape.at(ms), Memory()).theta_usd


def test_the_quantile_threshold_is_frozen_for_the_day(btc, tape, feed):
    params = MarketParams(
        threshold_mode="quantile", theta_parents_min=298, theta_quantile=0.9, windows_s=(60,)
    )
    market = Market({"BTC": btc}, params)
    feed(market, list(whales(tape, 0)))  # the last two of them are not over yet
    assert theta(market, tape, HOUR_MS) == 1e6, "until a day is over, the fixed one"
    assert "298 parents of earlier days" in market.warming("BTC", tape.at(HOUR_MS))["theta"]
    tomorrow = 24 * HOUR_MS
    first = theta(market, tape, tomorrow)
    assert first == pytest.approx(2.7e6, rel=0.05)
    feed(market, [tape.trade(tomorrow + 3000 * k, "buy", 5e4, 99.0) for k in range(500)])
    assert theta(market, tape, tomorrow + HOUR_MS) == first
    assert "theta" not in market.warming("BTC", tape.at(tomorrow))


def test_a_quantile_below_the_least_is_the_least(btc, tape, feed):
    params = MarketParams(threshold_mode="quantile", theta_parents_min=100, windows_s=(60,))
    market = Market({"BTC": btc}, params)
    feed(market, [tape.trade(3000 * k, "buy", 50_000.0, 0.01) for k in range(200)])
    assert theta(market, tape, 24 * HOUR_MS) == 100_000.0


@pytest.mark.parametrize(("mode", "known"), [("fixed", True), ("equal_impact", False)])
def test_the_fixed_threshold_is_one_for_every_coin(btc, sol, tape, mode, known):
    market = Market({"BTC": btc, "SOL": sol}, MarketParams(threshold_mode=mode, theta_usd=7e5))
    assert market.freeze("SOL", tape.at(0), Memory()).theta_usd == 7e5
    assert ("theta" not in market.warming("SOL", tape.at(0))) is known
