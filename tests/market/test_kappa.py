"""kappa: how much wider than chance z spreads on a coin (signals.md 1.3)."""

from statistics import stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pawang.market import Market, MarketParams
from pawang.market.kappa import LongMemory
from pawang.model.refs import DAY, HOUR, MINUTE
from pawang.model.view import Memory

EARLY = MarketParams(kappa_windows_min=2)


def memory_of(scores, params=None, every=5 * MINUTE):
    memory = LongMemory(params or MarketParams())
    for place, z in enumerate(scores):
        memory.add(place * every, z)
    return memory


def test_kappa_is_the_default_until_enough_windows():
    scores = [(-1.0) ** k * 2.0 for k in range(100)]
    assert memory_of(scores[:99]).kappa(DAY) == 1.25
    assert memory_of(scores).kappa(DAY) == pytest.approx(stdev(scores))


@given(st.lists(st.floats(-4, 4), min_size=2, max_size=200))
def test_kappa_is_the_standard_deviation_between_1_and_2_5(scores):
    kappa = memory_of(scores, EARLY).kappa(DAY)
    assert kappa == pytest.approx(min(2.5, max(1.0, stdev(scores))), abs=1e-6)


def test_what_is_older_than_seven_days_is_forgotten():
    memory = LongMemory(EARLY)
    for k in range(10):
        memory.add(k * MINUTE, (-1.0) ** k * 2.4)
    for k in range(10):
        memory.add(7 * DAY + k * MINUTE, (-1.0) ** k * 1.5)
    both = [(-1.0) ** k * size for size in (2.4, 1.5) for k in range(10)]
    assert memory.kappa(7 * DAY + MINUTE) == pytest.approx(stdev(both))
    assert memory.kappa(7 * DAY + HOUR) == pytest.approx(stdev(both[10:]))


def test_a_month_of_minutes_takes_what_a_week_takes():
    memory = LongMemory(MarketParams())
    for minute in range(31 * 24 * 60):
        memory.add(minute * MINUTE, (-1.0) ** minute)
    assert len(memory) == 7 * 24 + 1


def params(windows):
    return MarketParams(kappa_windows_min=windows, parent_share_max=1.0)


def heartbeat(tape, ms):
    return tape.delta(ms, bids=[(49_000.0, 1.0 + ms % 2)])


def minutes(tape, scores):
    """A minute each, with whales of these sides, and a book that moves every second."""
    yield tape.plain_book(0, 50_000.0)
    for minute, sides in enumerate(scores):
        for place, side in enumerate(sides):
            yield tape.trade(60_000 * minute + 9000 + 3000 * place, side, 50_000.0, 30.0 + place)
        for second in range(60):
            yield heartbeat(tape, 60_000 * minute + 1000 * second + 500)
    yield heartbeat(tape, 60_000 * len(scores) + 3000)


def test_each_window_of_a_coin_is_read_once_when_it_is_over(btc, tape, feed):
    """The first minute began before the first print, the quiet one has no z; four are left."""
    scores = [["buy"], ["buy", "buy"], ["sell", "sell"], [], ["buy", "buy"], ["sell", "sell"]]
    market = Market({"BTC": btc}, params(4))
    feed(market, list(minutes(tape, scores)))
    flow = market.freeze("BTC", tape.at(363_000), Memory()).flow
    whole = (30.0 + 31.0) / (30.0**2 + 31.0**2) ** 0.5
    spread = stdev([whole, -whole, whole, -whole])
    assert [window.kappa for window in flow] == [pytest.approx(spread), 1.25, 1.25]
    few = Market({"BTC": btc}, params(5))
    feed(few, list(minutes(tape, scores)))
    assert few.freeze("BTC", tape.at(363_000), Memory()).window(60).kappa == 1.25


def test_z_is_divided_by_kappa_and_the_view_says_by_which(btc, tape, feed):
    scores = [["buy"], ["buy", "buy"], ["sell", "sell"], ["buy", "buy"], ["sell", "sell"]]
    market = Market({"BTC": btc}, params(4))
    feed(market, list(minutes(tape, scores)))
    flow = market.freeze("BTC", tape.at(303_000), Memory()).window(60)
    whole = (30.0 + 31.0) / (30.0**2 + 31.0**2) ** 0.5
    assert flow.kappa > 1.25
    assert flow.z == pytest.approx(-whole / flow.kappa)


def test_a_window_with_a_gap_teaches_nothing(btc, tape, feed):
    scores = [["buy"], ["buy", "buy"], ["sell", "sell"], ["buy", "buy"]]
    records = [*minutes(tape, scores), tape.lost(130_000, "trades")]
    records.sort(key=lambda record: record.ts_event)
    market = Market({"BTC": btc}, params(3))
    feed(market, records)
    assert market.freeze("BTC", tape.at(243_000), Memory()).window(60).kappa == 1.25


@pytest.mark.parametrize(("late_s", "taught"), [(120, True), (121, False)])
def test_a_window_that_nobody_looked_at_within_two_minutes_teaches_nothing(
    btc, tape, feed, late_s, taught
):
    """Five minutes of buyers, five of sellers; then the book is silent for so long."""
    market = Market({"BTC": btc}, MarketParams(windows_s=(300,), kappa_windows_min=2))
    sides = [(1000, "buy"), (310_000, "buy"), (330_000, "buy"), (610_000, "sell")]
    sides += [(630_000, "sell"), (640_000, "sell")]
    records = [tape.trade(ms, side, 50_000.0, 30.0) for ms, side in sides]
    looks = [heartbeat(tape, 1000 * second) for second in range(1, 890)]
    records = sorted([*records, *looks], key=lambda record: record.ts_event)
    feed(market, [tape.plain_book(0, 50_000.0), *records, heartbeat(tape, 900_000 + 1000 * late_s)])
    kappa = market.freeze("BTC", tape.at(1_030_000), Memory()).window(300).kappa
    assert (kappa != 1.25) is taught
