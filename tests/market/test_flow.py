"""Windows over taker flow: `[ts - W, ts)`, parents whole, prints by their own time (1.3)."""

from math import sqrt

import pyarrow.parquet as pq
import pytest

from pawang.market import Market, MarketParams
from pawang.market.defences import significance
from pawang.market.flow import PRINTS_MAX, PRINTS_TRIM, Prints
from pawang.model.market import Aggressor, Side, Trade
from pawang.model.refs import DAY, SECOND
from pawang.model.view import FlowWindow, LastBias, Memory


@pytest.fixture
def market(btc):
    """Here one hand may be the whole window: what the cap does is `test_defences`' matter."""
    return Market({"BTC": btc}, MarketParams(parent_share_max=1.0))


def window(market, ts, window_s=60):
    flow = market.freeze("BTC", ts, Memory()).window(window_s)
    assert flow is not None
    return flow


def test_example_02_net_gross_imbalance_and_z():
    usd = [400e3, -150e3, 1200e3, 300e3, -250e3, 800e3]
    net, gross, z = significance(usd, kappa=1.0)
    assert (net, gross, round(net / gross, 6)) == (2.3e6, 3.1e6, 0.741935)
    # The text prints 1.480015; 2300 / sqrt(2415000) is 1.480026.
    assert round(z, 6) == 1.480026
    assert round(significance(usd, kappa=1.25)[2], 3) == 1.184


def test_example_02_through_the_market(tape, feed):
    parents = [
        (400, "buy"),
        (150, "sell"),
        (1200, "buy"),
        (300, "buy"),
        (250, "sell"),
        (800, "buy"),
    ]
    market = Market({"BTC": tape.instrument}, MarketParams(theta_usd=100_000.0))
    feed(
        market,
        [
            tape.trade(1000 * k, side, 50_000.0, thousand / 50.0)
            for k, (thousand, side) in enumerate(parents, 1)
        ],
    )
    ts = tape.at(10_000)
    assert window(market, ts) == FlowWindow(
        window_s=60,
        ts_from=ts - 60 * SECOND,
        ts_to=ts,
        theta_usd=100_000.0,
        parents=6,
        net_usd=2.3e6,
        gross_usd=3.1e6,
        imbalance=23 / 31,
        z=pytest.approx(2300 / (1.25 * sqrt(2_415_000))),
        taker_net_usd=2.3e6,
        taker_gross_usd=3.1e6,
        gap=False,
    )


def test_no_print_is_a_flat_window_not_an_error(market, tape):
    ts = tape.at(0)
    assert window(market, ts) == FlowWindow(
        window_s=60,
        ts_from=ts - 60 * SECOND,
        ts_to=ts,
        theta_usd=1e6,
        parents=0,
        net_usd=0.0,
        gross_usd=0.0,
        imbalance=0.0,
        z=0.0,
        taker_net_usd=0.0,
        taker_gross_usd=0.0,
        gap=False,
    )


def test_one_print_however_large_is_never_significant_alone(market, tape, feed):
    feed(market, [tape.trade(0, "sell", 60_000.0, 500.0)])
    assert window(market, tape.at(1000)).z == -1 / 1.25


def test_a_print_exactly_at_the_slot_belongs_to_the_next_window(market, tape, feed):
    feed(
        market,
        [tape.trade(59_000, "buy", 60_000.0, 20.0), tape.trade(60_000, "buy", 60_000.0, 30.0)],
    )
    assert window(market, tape.at(60_000)).taker_net_usd == 1.2e6
    assert window(market, tape.at(120_000)).taker_net_usd == 1.8e6


def test_a_print_exactly_at_the_windows_start_belongs_to_it(market, tape, feed):
    feed(market, [tape.trade(0, "buy", 60_000.0, 20.0)])
    assert window(market, tape.at(60_000)).parents == 1
    assert window(market, tape.at(60_001)).parents == 0


def test_a_parent_over_the_slot_counts_whole_and_its_prints_by_their_own_time(market, tape, feed):
    feed(
        market,
        [
            tape.trade(59_998, "buy", 60_000.0, 10.0),
            tape.trade(60_001, "buy", 60_000.0, 15.0),
            tape.trade(60_100, "buy", 60_000.0, 40.0),
        ],
    )
    flow = window(market, tape.at(60_000))
    assert (flow.parents, flow.net_usd, flow.taker_net_usd) == (1, 1.5e6, 0.6e6)


def test_theta_is_inclusive(market, tape, feed):
    feed(market, [tape.trade(0, "buy", 50_000.0, 20.0), tape.trade(500, "buy", 50_000.0, 19.99)])
    flow = window(market, tape.at(1000))
    assert (flow.parents, flow.net_usd) == (1, 1e6)


def test_a_print_told_twice_counts_once(market, tape, feed):
    whale = tape.trade(0, "buy", 60_000.0, 20.0, trade_id="7")
    feed(market, [whale, whale])
    feed(market, [whale])
    flow = window(market, tape.at(1000))
    assert (flow.parents, flow.net_usd, flow.taker_gross_usd) == (1, 1.2e6, 1.2e6)


def test_prints_of_one_push_are_taken_in_trade_id_order(market, tape, feed):
    """A buy sweep walks up: in arrival order these three would be three parents."""
    prints = [
        tape.trade(3, "buy", 60_000.2, 7.0, trade_id="103", recv_ms=9),
        tape.trade(1, "buy", 60_000.0, 7.0, trade_id="101", recv_ms=9),
        tape.trade(2, "buy", 60_000.1, 7.0, trade_id="102", recv_ms=9),
    ]
    feed(market, prints)
    flow = window(market, tape.at(1000))
    assert (flow.parents, round(flow.net_usd, 1)) == (1, 1_260_002.1)


def test_a_late_print_lands_in_its_own_window(market, tape, feed):
    feed(
        market,
        [tape.trade(61_000, "buy", 60_000.0, 1.0), tape.trade(30_000, "sell", 60_000.0, 2.0)],
    )
    assert window(market, tape.at(60_000)).taker_net_usd == -120_000.0
    assert window(market, tape.at(90_001)).taker_net_usd == 60_000.0


@pytest.mark.parametrize(
    ("ms", "void"),
    [
        (30_000, False),
        (60_000, False),
        (60_001, True),
        (105_000, True),
        (140_000, True),
        (170_000, False),
    ],
)
def test_a_window_that_overlaps_an_interruption_is_void(market, tape, feed, ms, void):
    """Lost at 60 s, back with the print at 100 s."""
    feed(
        market,
        [
            tape.trade(1000, "buy", 60_000.0, 1.0),
            tape.lost(60_000),
            tape.trade(100_000, "buy", 60_000.0, 1.0),
        ],
    )
    assert window(market, tape.at(ms)).gap is void


def test_a_lost_book_says_nothing_about_the_prints(market, tape, feed):
    feed(market, [tape.trade(0, "buy", 60_000.0, 1.0), tape.lost(10, channel="books")])
    assert not window(market, tape.at(1000)).gap


def test_nothing_joins_a_sweep_across_a_gap(market, tape, feed):
    feed(
        market,
        [
            tape.trade(0, "buy", 60_000.0, 10.0),
            tape.lost(1),
            tape.trade(2, "buy", 60_000.0, 10.0),
        ],
    )
    assert window(market, tape.at(1000)).parents == 0


def test_cvd_begins_anew_at_midnight(market, tape, feed):
    midnight = 12 * 3600 * 1000
    feed(
        market,
        [
            tape.trade(midnight - 2, "buy", 60_000.0, 1.0),
            tape.trade(midnight - 1, "buy", 60_000.0, 2.0),
            tape.trade(midnight, "sell", 60_000.0, 1.0),
            tape.trade(midnight + 5, "sell", 60_000.0, 1.0),
        ],
    )
    assert tape.at(midnight) % DAY == 0
    cvd = [market.freeze("BTC", tape.at(midnight + ms), Memory()).cvd_usd for ms in (-1, 0, 1, 9)]
    assert cvd == [60_000.0, 0.0, -60_000.0, -120_000.0]


def standing(ts):
    return LastBias(
        ref_id="ib_20250915_1155_BTC",
        side=Side.LONG,
        raw=61.0,
        score=0.45,
        confidence=61,
        source="prior",
        ts=ts,
    )


@pytest.mark.parametrize(
    ("since", "net"), [(1000, 120_000.0), (1001, 60_000.0), (3000, 0.0), (999, None)]
)
def test_cvd_is_also_anchored_at_the_standing_bias(market, tape, feed, since, net):
    """None where it stood before the first print."""
    feed(market, [tape.trade(ms, "buy", 60_000.0, 1.0) for ms in (1000, 2000)])
    memory = Memory(bias=standing(tape.at(since)))
    assert market.freeze("BTC", tape.at(5000), memory).cvd_bias_usd == net
    assert market.freeze("BTC", tape.at(5000), Memory()).cvd_bias_usd is None


@pytest.mark.parametrize(("since", "net"), [(5000, 60_000.0), (4999, None)])
def test_cvd_since_a_bias_of_more_than_an_hour_ago_is_unknown(market, tape, feed, since, net):
    feed(market, [tape.trade(ms, "buy", 60_000.0, 1.0) for ms in (1000, 6000)])
    memory = Memory(bias=standing(tape.at(since)))
    assert market.freeze("BTC", tape.at(3_605_000), memory).cvd_bias_usd == net


def test_a_recorded_window_equals_a_plain_count(market, btc, feed, recorded):
    """300 s of BTC, July 2024: parents, net and gross against a second, slower way to count."""
    rows = pq.read_table(recorded / "trades_binance_usdm_btcusdt_20240718.parquet").to_pylist()
    feed(
        market,
        [
            Trade(
                instrument=btc.name,
                ts_event=row["ts_ns"],
                ts_recv=row["recv_ns"],
                price=row["price"],
                size=row["size"],
                side=Aggressor.BUY if row["side"] > 0 else Aggressor.SELL,
                trade_id=str(number),
            )
            for number, row in enumerate(rows)
        ],
    )
    ts = 1_721_347_440 * SECOND
    sweeps = []
    for row in rows:
        last = sweeps[-1][-1] if sweeps else None
        joins = (
            last is not None
            and last["side"] == row["side"]
            and row["ts_ns"] - last["ts_ns"] <= 5_000_000
            and row["ts_ns"] - sweeps[-1][0]["ts_ns"] <= 100_000_000
            and (row["price"] - last["price"]) * row["side"] >= 0
        )
        if joins:
            sweeps[-1].append(row)
        else:
            sweeps.append([row])
    since = ts - 300 * SECOND
    whales = [
        sweep[0]["side"] * sum(row["price"] * row["size"] for row in sweep)
        for sweep in sweeps
        if sweep[-1]["ts_ns"] >= since and sweep[0]["ts_ns"] < ts
    ]
    whales = [usd for usd in whales if abs(usd) >= 1e6]
    prints = [row for row in rows if since <= row["ts_ns"] < ts]
    signed = [row["side"] * row["price"] * row["size"] for row in prints]
    flow = window(market, ts, 300)
    assert len(whales) > 3, "the recording must be worth the comparison"
    assert flow == FlowWindow(
        window_s=300,
        ts_from=since,
        ts_to=ts,
        theta_usd=1e6,
        parents=len(whales),
        net_usd=pytest.approx(sum(whales), abs=1e-3),
        gross_usd=pytest.approx(sum(map(abs, whales)), abs=1e-3),
        imbalance=pytest.approx(sum(whales) / sum(map(abs, whales))),
        z=pytest.approx(sum(whales) / 1.25 / sqrt(sum(usd * usd for usd in whales))),
        taker_net_usd=pytest.approx(sum(signed), abs=1e-3),
        taker_gross_usd=pytest.approx(sum(map(abs, signed)), abs=1e-3),
        gap=False,
    )


def test_more_prints_than_an_hour_may_hold_void_the_windows_they_fell_out_of():
    prints = Prints(horizon=3600 * SECOND)
    for k in range(PRINTS_MAX + 1):
        prints.add(k, 1.0)
    assert len(prints.times) == PRINTS_MAX + 1 - PRINTS_TRIM
    assert prints.complete_from == prints.times[0] == PRINTS_TRIM


def test_prints_older_than_the_longest_window_leave():
    prints = Prints(horizon=SECOND)
    for k in range(3 * PRINTS_TRIM):
        prints.add(k * SECOND, 1.0)
    assert len(prints.times) <= PRINTS_TRIM + 2
    assert prints.complete_from == 0
