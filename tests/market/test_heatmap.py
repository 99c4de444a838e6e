"""The map's past and present: warm after a day of open interest, whatever the order (6.3)."""

from decimal import Decimal

import pytest

from pawang.market import Market, MarketParams
from pawang.market.history import coins_at
from pawang.model.codec import encode
from pawang.model.instrument import PositionTier
from pawang.model.market import Side, TiersListed
from pawang.model.refs import HOUR, MINUTE
from pawang.model.view import Memory

HOUR_MS = 3_600_000
FIVE_MS = 300_000


def past(tape, hours, until_ms=0):
    """Hourly open interest and five-minute candles up to `until_ms`."""
    start = until_ms - hours * HOUR_MS
    rows = [tape.interest(start + k * HOUR_MS, 1e4 + 20.0 * k) for k in range(hours + 1)]
    for k in range(hours * 12):
        close = 60_000.0 + 100.0 * (k % 5)
        ms = start + k * FIVE_MS
        rows.append(tape.candle(ms, 5 * MINUTE, close + 30.0, close - 30.0, close))
    return rows


def live(tape, minutes, start_ms=0):
    for k in range(minutes):
        ms = start_ms + k * 60_000
        yield tape.mark(ms + 1, 60_000.0 + 10.0 * (k % 7))
        yield tape.trade(ms + 2, "buy" if k % 3 else "sell", 60_000.0 + 10.0 * (k % 7), 5.0)
        yield tape.interest(ms + 30_000, 1.1e4 + 10.0 * k)
        if k == 3:
            yield tape.liquidation(ms + 40_000, Side.LONG, 59_000.0, 3.0)


def seen(market, tape, ms):
    view = market.freeze("BTC", tape.at(ms), Memory())
    return view.magnets, view.magnets_problem


def test_less_than_a_day_of_open_interest_is_not_warm(market, tape, feed):
    feed(market, past(tape, 3))
    assert seen(market, tape, 1000) == (None, "open interest history 3 of 24 h")
    assert market.warming("BTC", tape.at(1000))["magnets"] == "open interest history 3 of 24 h"


def test_a_day_of_back_fill_is_warm_once_there_is_a_price(market, tape, feed):
    feed(market, past(tape, 24))
    assert seen(market, tape, 1000) == (None, "no price yet")
    feed(market, [tape.mark(500, 60_200.0)])
    magnets, problem = seen(market, tape, 1000)
    assert problem is None
    assert 0 < len(magnets) <= 20
    assert {magnet.side for magnet in magnets} == {Side.LONG, Side.SHORT}


def test_holes_in_the_history_do_not_count(market, tape, feed):
    feed(market, [*past(tape, 20, -10 * HOUR_MS), *past(tape, 3)])
    assert seen(market, tape, 1000)[1] == "open interest history 23 of 24 h"


def test_old_open_interest_makes_the_map_history(market, tape, feed):
    feed(market, [*past(tape, 30), tape.mark(1, 60_000.0)])
    assert seen(market, tape, 3_600_000)[1] is None
    assert seen(market, tape, 3_720_000) == (None, "open interest is 62 min old")


def test_back_fill_before_between_and_after_live_gives_the_same_map(btc, tape, feed):
    history, present = past(tape, 26, -FIVE_MS), list(live(tape, 20))
    orders = [
        [*history, *present],
        [*present[:31], *reversed(history), *present[31:]],
        [*present, *history],
    ]
    frozen = []
    for records in orders:
        market = Market({"BTC": btc})
        feed(market, records[: len(records) // 2])
        seen(market, tape, 600_000)  # looking early changes nothing
        feed(market, records[len(records) // 2 :])
        frozen.append(seen(market, tape, 1_200_000))
    assert frozen[0][1] is None
    assert frozen[0] == frozen[1] == frozen[2]


def test_looking_at_the_map_every_minute_changes_nothing(btc, tape, feed):
    records = [*past(tape, 26), *live(tape, 300)]
    busy, quiet = Market({"BTC": btc}), Market({"BTC": btc})
    for k, record in enumerate(records):
        feed(busy, [record])
        if k % 50 == 0:
            seen(busy, tape, 0)
    feed(quiet, records)
    ts = tape.at(300 * 60_000)
    assert encode(busy.freeze("BTC", ts, Memory())) == encode(quiet.freeze("BTC", ts, Memory()))


def test_live_openings_make_magnets_stronger(market, tape, feed):
    feed(market, [*past(tape, 26), *live(tape, 2)])
    before = sum(magnet.mass_usd for magnet in seen(market, tape, 130_000)[0])
    feed(market, [tape.interest(140_000, 2e4), tape.mark(180_001, 60_000.0)])
    assert sum(magnet.mass_usd for magnet in seen(market, tape, 190_000)[0]) > 2 * before


def test_the_mark_not_the_last_price_consumes(market, tape, feed):
    feed(market, [*past(tape, 26), *live(tape, 2)])

    def below(ms):
        """Longs that die within 1 % under the price."""
        return [m for m in seen(market, tape, ms)[0] if -0.9 < m.distance_pct < 0]

    assert below(130_000)
    spike = [tape.trade(130_000, "sell", 59_000.0, 1.0), tape.mark(180_001, 60_000.0)]
    feed(market, spike)
    assert below(190_000)
    feed(
        market,
        [tape.mark(190_000, 59_300.0), tape.mark(200_000, 60_000.0), tape.mark(240_001, 60_000.0)],
    )
    assert not below(250_000)


@pytest.mark.parametrize(
    ("hours", "coins"),
    [(0, 10.0), (1, 12.0), (0.5, 11.0), (2, None), (4, 20.0), (-1, None), (9, None)],
)
def test_open_interest_between_points_is_on_the_line_but_not_over_a_hole(hours, coins):
    points = [(0, 10.0), (HOUR, 12.0), (4 * HOUR, 20.0)]
    assert coins_at(points, int(hours * HOUR)) == coins


# Tiers, and what was foretold.


def tier(rate, leverage="100"):
    return PositionTier(
        tier=1,
        size_min=Decimal(0),
        size_max=Decimal(1000),
        maintenance_rate=Decimal(rate),
        initial_rate=Decimal("0.01"),
        leverage_max=Decimal(leverage),
    )


def listed(tape, ms, *tiers):
    return TiersListed(**tape._when(ms), tiers=tiers)


def test_the_coins_own_tiers_move_its_magnets(btc, tape, feed):
    seen_with = []
    for rate in ("0.004", "0.008"):
        market = Market({"BTC": btc})
        feed(market, [*past(tape, 26), listed(tape, 1, tier(rate)), *live(tape, 3)])
        seen_with.append(seen(market, tape, 200_000)[0])
    assert seen_with[0] != seen_with[1]


def test_tiers_of_the_default_rate_change_nothing(btc, tape, feed):
    plain, told = Market({"BTC": btc}), Market({"BTC": btc})
    feed(plain, [*past(tape, 26), *live(tape, 3)])
    feed(told, [*past(tape, 26), listed(tape, 1, tier("0.004")), *live(tape, 3)])
    rows = [
        {magnet.price: magnet.mass_usd for magnet in seen(market, tape, 200_000)[0]}
        for market in (plain, told)
    ]
    assert rows[0] == pytest.approx(rows[1])


def test_tiers_before_or_after_back_fill_give_the_same_map(btc, tape, feed):
    rows, tiers = [*past(tape, 26), *live(tape, 3)], listed(tape, 1, tier("0.008", "50"))
    first, last = Market({"BTC": btc}), Market({"BTC": btc})
    feed(first, [tiers, *rows])
    feed(last, rows)
    seen(last, tape, 200_000)
    feed(last, [tiers])
    assert seen(first, tape, 200_000) == seen(last, tape, 200_000)


def test_an_older_listing_does_not_replace_a_newer_one(btc, tape, feed):
    right, wrong = Market({"BTC": btc}), Market({"BTC": btc})
    rows = [*past(tape, 26), *live(tape, 3)]
    feed(right, [*rows, listed(tape, 9, tier("0.008"))])
    feed(wrong, [*rows, listed(tape, 9, tier("0.008")), listed(tape, 5, tier("0.02"))])
    assert seen(right, tape, 200_000) == seen(wrong, tape, 200_000)


def fall(tape, minutes=260):
    """Live minutes until the past is sealed, then 0.5 % down with one liquidation on the way."""
    yield from live(tape, minutes)
    ms = minutes * 60_000
    yield tape.mark(ms + 1_000, 59_900.0)
    yield tape.mark(ms + 20_000, 59_700.0)
    yield tape.liquidation(ms + 21_000, Side.LONG, 59_800.0, 2.0)
    for k in range(1, 8):
        yield tape.mark(ms + k * 60_000, 59_700.0)
        yield tape.interest(ms + k * 60_000 + 1, 1.4e4)


def test_the_live_market_keeps_what_the_map_foretold_where_the_mark_came(market, tape, feed):
    feed(market, [*past(tape, 26), *fall(tape)])
    told = market.crossings("BTC")
    assert {one.side for one in told} == {Side.LONG}
    assert {one.ts for one in told} <= {
        tape.at(260 * 60_000 + 1_000),
        tape.at(260 * 60_000 + 20_000),
    }
    assert all(59_670.0 < one.price < 60_000.0 for one in told)
    assert all(one.age_s >= 4 * 3600 for one in told)
    assert sum(one.mass_usd for one in told) > 0.0
    assert sum(one.forced_usd for one in told) == pytest.approx(2.0 * 59_800.0)
    assert market.crossings("BTC") == ()


def test_what_was_foretold_is_the_same_for_any_cut_of_the_stream(btc, tape, feed):
    rows = [*past(tape, 26), *fall(tape)]
    whole, cut = Market({"BTC": btc}), Market({"BTC": btc})
    feed(whole, rows)
    for start in range(0, len(rows), 37):
        feed(cut, rows[start : start + 37])
        seen(cut, tape, 0)
    assert whole.crossings("BTC") == cut.crossings("BTC") != ()


def test_nothing_is_judged_while_the_past_may_still_change(market, tape, feed):
    """Four hours of live minutes seal it."""
    feed(market, [*past(tape, 26), *fall(tape, minutes=200)])
    assert market.crossings("BTC") == ()


def test_nothing_is_judged_before_the_map_is_warm(market, tape, feed):
    feed(market, [*past(tape, 3), *fall(tape)])
    assert market.crossings("BTC") == ()


def test_a_coins_map_is_unvalidated_until_it_is_said_to_have_passed(btc, tape):
    said = MarketParams(magnets_validated=("BTC",))
    views = [
        Market({"BTC": btc}, params).freeze("BTC", tape.at(0), Memory())
        for params in (MarketParams(), said)
    ]
    assert [view.magnets_validated for view in views] == [False, True]
