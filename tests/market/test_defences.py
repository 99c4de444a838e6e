"""What counts of a whale's parent: no wash, no liquidation, no lone hand (signals.md 1.1, 1.5)."""

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pawang.market import Market, MarketParams
from pawang.market.defences import Kept, Liquidations, Sums, count, taken, weigh
from pawang.market.mids import Mids
from pawang.market.parents import Parent
from pawang.model.market import BestQuote, Side
from pawang.model.refs import HOUR
from pawang.model.view import Memory

MS = 1_000_000
PRICE = 50_000.0  # 20 coins are a million


def window(market, ts, window_s=60):
    flow = market.freeze("BTC", ts, Memory()).window(window_s)
    assert flow is not None
    return flow


def other_hands(tape):
    """Ten whales of $2M, five a side, none near another: what is tested is beside them."""
    return [
        tape.trade(3000 * k, "buy" if k % 2 else "sell", PRICE, 40.0 + 2.0 * k, recv_ms=3000 * k)
        for k in range(1, 11)
    ]


def found(market, tape, feed, records, at=60_000):
    """(parents, washed) that `records` add to a window of other hands."""
    feed(market, sorted([*other_hands(tape), *records], key=lambda record: record.ts_event))
    flow = window(market, tape.at(at))
    return flow.parents - 10, round(flow.washed_usd)


# Pairs.


@pytest.mark.parametrize(
    ("ms", "price", "size", "counted", "why"),
    [
        (40_000, PRICE, 22.0, 0, "the same moment, size and price"),
        (41_000, PRICE, 22.0, 0, "a second apart is within a second"),
        (40_500, PRICE + 0.1, 22.0, 0, "a tick apart"),
        (40_500, PRICE, 21.78, 0, "1 % smaller"),
        (41_001, PRICE, 22.0, 2, "more than a second apart"),
        (40_500, PRICE + 0.2, 22.0, 2, "two ticks apart"),
        (40_500, PRICE, 21.77, 2, "more than 1 % smaller"),
    ],
)
def test_a_whale_and_its_twin_of_the_other_side_wash_each_other(
    market, tape, feed, ms, price, size, counted, why
):
    first = tape.trade(40_000, "buy", PRICE, 22.0)
    twin = tape.trade(ms, "sell", price, size)
    washed = 0 if counted else round(PRICE * 22.0 + price * size)
    assert found(market, tape, feed, [first, twin]) == (counted, washed), why


def test_two_of_one_side_are_no_pair(market, tape, feed):
    both = [tape.trade(ms, "buy", PRICE, 22.0) for ms in (40_000, 40_500)]
    assert found(market, tape, feed, both) == (2, 0)


def test_of_three_the_first_two_are_the_pair(market, tape, feed):
    three = [
        tape.trade(40_000, "buy", PRICE, 22.0),
        tape.trade(40_400, "sell", PRICE, 22.0),
        tape.trade(40_800, "buy", PRICE, 22.1),
    ]
    assert found(market, tape, feed, three) == (1, 2_200_000)


def test_a_twin_just_below_theta_washes_the_whale_all_the_same(market, tape, feed):
    pair = [tape.trade(40_000, "buy", PRICE, 20.0), tape.trade(40_100, "sell", PRICE, 19.9)]
    assert found(market, tape, feed, pair) == (0, 1_000_000)


def test_a_twin_after_the_windows_end_is_not_known_yet(market, tape, feed):
    pair = [tape.trade(59_900, "buy", PRICE, 22.0), tape.trade(60_000, "sell", PRICE, 22.0)]
    assert found(market, tape, feed, pair) == (1, 0)
    assert window(market, tape.at(60_001)).washed_usd == 2_200_000.0


# Impact.


def quote(tape, ms, mid):
    return BestQuote(
        instrument=tape.name,
        ts_event=tape.at(ms),
        ts_recv=tape.at(ms) + MS,
        bid=mid - 0.05,
        bid_size=1.0,
        ask=mid + 0.05,
        ask_size=1.0,
    )


@pytest.mark.parametrize(
    ("path", "washed", "why"),
    [
        ([(39_000, 0.0), (40_500, -1.0), (41_500, 9.0)], 550_000, "down a tick within the second"),
        ([(39_000, 0.0), (41_000, -1.0), (41_500, 9.0)], 550_000, "the second includes its end"),
        ([(39_000, 0.0), (41_001, -1.0), (41_500, 9.0)], 0, "too late to count"),
        ([(39_000, 0.0), (40_500, 1.0), (41_500, -9.0)], 0, "it went with the parent"),
        ([(39_000, 0.0), (41_500, -9.0)], 0, "it stood still"),
        ([(39_000, 9.0), (39_901, 0.0), (40_500, 1.0), (41_500, 0.0)], 550_000, "0.1 s before"),
        ([(39_000, -9.0), (39_950, 0.0), (40_500, -1.0), (41_500, 0.0)], 0, "and no later"),
        ([(39_950, 0.0), (40_500, -1.0), (41_500, 0.0)], 0, "unknown before"),
        ([], 0, "never known"),
        ([(39_000, 0.0), (40_500, -6000.0), (41_500, 0.0)], 0, "an absurd mid says nothing (A20)"),
    ],
)
def test_half_counts_of_a_whale_that_the_mid_went_against(market, tape, feed, path, washed, why):
    quotes = [quote(tape, ms, PRICE + move) for ms, move in path]
    whale = tape.trade(40_000, "buy", PRICE, 22.0)
    assert found(market, tape, feed, [whale, *quotes]) == (1, washed), why


@pytest.mark.parametrize(("at", "washed"), [(40_999, 0), (41_000, 550_000), (60_000, 550_000)])
def test_an_impact_that_is_not_over_by_the_windows_end_takes_nothing_away(
    market, tape, feed, at, washed
):
    quotes = [
        quote(tape, ms, PRICE + move) for ms, move in [(39_000, 0), (40_100, -5), (41_001, 0)]
    ]
    whale = tape.trade(40_000, "buy", PRICE, 22.0)
    assert found(market, tape, feed, [whale, *quotes], at) == (1, washed)


def test_the_mid_of_the_book_serves_where_no_quotes_come(market, tape, feed):
    """It is looked at once a second: 39 s before the parent, 41 s after it."""
    books = [tape.plain_book(1000 * k, PRICE - (k >= 41)) for k in range(1, 44)]
    whale = tape.trade(40_000, "buy", PRICE, 22.0)
    assert found(market, tape, feed, [whale, *books]) == (1, 550_000)


def test_a_mid_lost_on_the_way_says_nothing(market, tape, feed):
    quotes = [quote(tape, ms, PRICE + move) for ms, move in [(39_000, 0.0), (41_500, -1.0)]]
    whale = tape.trade(40_000, "buy", PRICE, 22.0)
    low = quote(tape, 40_100, PRICE - 1.0)
    records = [whale, *quotes, low, tape.lost(40_200, "bbo-tbt")]
    assert found(market, tape, feed, records) == (1, 0)


def test_a_verdict_outlives_the_mids_it_was_made_of(btc, tape, feed):
    """An hour's window still knows it when forty minutes of quotes have passed."""
    market = Market({"BTC": btc}, MarketParams(parent_share_max=1.0))
    late = [quote(tape, 42_000 + 100 * k, PRICE + k % 2) for k in range(24_000)]
    early = [quote(tape, 39_000, PRICE), tape.trade(40_000, "buy", PRICE, 22.0)]
    feed(market, [*early, quote(tape, 40_100, PRICE - 1.0), *late[:30]])
    feed(market, [tape.plain_book(50_000, PRICE), *late[30:]])
    assert window(market, tape.at(2_400_000), 3600).washed_usd == 550_000.0


# One hand.


def test_one_parent_counts_for_at_most_half_of_the_windows_gross(market, tape, feed):
    feed(
        market,
        [
            tape.trade(1000, "buy", PRICE, 160.0),
            tape.trade(5000, "sell", PRICE, 20.0),
            tape.trade(9000, "sell", PRICE, 20.0),
        ],
    )
    flow = window(market, tape.at(10_000))
    capped = 5e6  # 8 of 10 millions
    assert (flow.net_usd, flow.gross_usd, flow.washed_usd) == (capped - 2e6, capped + 2e6, 3e6)
    assert flow.z == pytest.approx(3e6 / (1.25 * sqrt(25 + 1 + 1) * 1e6))


def test_a_lone_parent_counts_half_and_is_no_more_significant_than_before(market, tape, feed):
    feed(market, [tape.trade(0, "sell", PRICE, 60.0)])
    flow = window(market, tape.at(1000))
    assert (flow.net_usd, flow.washed_usd, flow.z) == (-1.5e6, 1.5e6, -1 / 1.25)


# Liquidations.


def forced(tape, ms, side, size):
    return tape.liquidation(ms, side, PRICE, size)


@pytest.mark.parametrize(
    ("ms", "side", "size", "out", "why"),
    [
        (40_000, Side.LONG, 5.0, -250_000.0, "a long that died is a sale"),
        (42_000, Side.LONG, 5.0, -250_000.0, "two seconds after is within two seconds"),
        (38_000, Side.LONG, 5.0, -250_000.0, "and before"),
        (42_001, Side.LONG, 5.0, 0.0, "too far"),
        (40_000, Side.SHORT, 5.0, 0.0, "a short that died is a purchase"),
        (40_000, Side.LONG, 30.0, -1_500_000.0, "the whole parent"),
        (40_000, Side.LONG, 30.1, 0.0, "larger than the parent"),
    ],
)
def test_a_matched_liquidation_is_taken_out_of_its_parent(
    market, tape, feed, ms, side, size, out, why
):
    whale = tape.trade(40_000, "sell", PRICE, 30.0)
    feed(market, [*other_hands(tape), whale, forced(tape, ms, side, size)])
    flow = window(market, tape.at(60_000))
    before = sum((1 if k % 2 else -1) * PRICE * (40.0 + 2.0 * k) for k in range(1, 11))
    assert flow.forced_net_usd == out, why
    assert flow.net_usd == pytest.approx(before - 1.5e6 - out)
    assert flow.washed_usd == 0.0


def test_what_is_left_below_theta_is_no_whale(market, tape, feed):
    whale = tape.trade(40_000, "sell", PRICE, 30.0)
    feed(market, [*other_hands(tape), whale, forced(tape, 40_000, Side.LONG, 11.0)])
    flow = window(market, tape.at(60_000))
    assert (flow.parents, flow.forced_net_usd, flow.washed_usd) == (10, -550_000.0, 0.0)


def test_a_liquidation_after_the_windows_end_is_left_out(market, tape, feed):
    feed(market, [tape.trade(59_500, "sell", PRICE, 30.0), forced(tape, 60_000, Side.LONG, 5.0)])
    assert window(market, tape.at(60_000)).forced_net_usd == 0.0
    assert window(market, tape.at(60_001)).forced_net_usd == -250_000.0


def test_the_nearest_parent_is_meant_and_each_coin_is_forced_once():
    parents = [parent(0, -1, 10.0), parent(1000, -1, 10.0), parent(1500, -1, 3.0)]
    known = Liquidations(HOUR)
    for ms, size in [(100, 1.0), (900, 6.0), (950, 6.0), (1600, 3.0), (1700, 3.0)]:
        known.add(ms * MS, -1, size)
    # The third finds 4 coins left at 1000 and goes to 0; the last finds them there.
    assert taken(parents, known.before(HOUR), MarketParams()) == [7.0, 9.0, 3.0]


@given(st.permutations([(900, 6.0), (950, 6.0), (1600, 3.0), (1700, 3.0), (1700, 1.0)]))
def test_the_order_in_which_liquidations_come_does_not_matter(told):
    parents = [parent(0, -1, 10.0), parent(1000, -1, 10.0), parent(1500, -1, 3.0)]
    known = Liquidations(HOUR)
    for ms, size in told:
        known.add(ms * MS, -1, size)
    assert taken(parents, known.before(HOUR), MarketParams()) == [6.0, 10.0, 3.0]


def test_liquidation_first_or_parent_first_is_the_same(btc, tape, feed):
    whale, dead = tape.trade(40_000, "sell", PRICE, 30.0), forced(tape, 40_001, Side.LONG, 5.0)
    seen = []
    for records in ([whale, dead], [dead, whale]):
        market = Market({"BTC": btc})
        feed(market, records)
        seen.append(window(market, tape.at(60_000)))
    assert seen[0] == seen[1]
    assert seen[0].forced_net_usd == -250_000.0


def test_liquidations_older_than_the_longest_window_leave():
    known = Liquidations(HOUR)
    for second in range(20_000):
        known.add(second * 1_000 * MS, 1, 1.0)
    assert len(known.before(10**20)) == 3601


# All at once, by hand.


def parent(ms, sign, size, price=PRICE):
    ts = ms * MS
    return Parent(sign=sign, t0=ts, t1=ts, size=size, notional_usd=size * price, prints=1)


def test_all_defences_together_by_hand():
    """$9M bought against the mid, $2M washed, $3M sold of which one was forced, $1M bought."""
    mids = Mids()
    for ms, mid in [(0, PRICE), (1500, PRICE - 1), (3000, PRICE - 1)]:
        mids.quote(ms * MS, mid)
    kept = [
        Kept(parent(1000, 1, 180.0)),
        Kept(parent(5000, 1, 20.0)),
        Kept(parent(5100, -1, 20.0)),
        Kept(parent(9000, -1, 60.0)),
        Kept(parent(12_000, 1, 20.0)),
    ]
    known = Liquidations(HOUR)
    known.add(9500 * MS, -1, 20.0)
    params = MarketParams()
    weighed = weigh(kept, known.before(HOUR), 20_000 * MS, 1e6, 0.1, mids, params)
    # Weighed: 4.5 bought, 2 sold, 1 bought; half of their gross caps the first at 3.75.
    assert count(weighed, params.parent_share_max) == Sums(
        parents=3,
        net_usd=pytest.approx(2.75e6),
        gross_usd=pytest.approx(6.75e6),
        z=pytest.approx(2.75 / sqrt(3.75**2 + 2**2 + 1)),
        washed_usd=pytest.approx(9e6 + 2e6 + 2e6 + 1e6 - 6.75e6),
        forced_net_usd=-1e6,
    )
