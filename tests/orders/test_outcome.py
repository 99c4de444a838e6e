"""Every ending with its label and its PnL to the last decimal (O4, signals.md 7.5, C24)."""

from decimal import Decimal as D

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pawang.model.market import Side
from pawang.model.order import Ended, Funded, Outcome, Rejected
from pawang.orders import advance, gross_usd, resolve

NOW = 1_757_909_999 * 10**9

ENTRY = ("entry", "99.5", "10", "0.199")
ENDINGS = {
    # label: exits (leg, price, contracts, fee), gross, fees. LONG 10 from 99.5.
    "sl": ([("sl", "98.97", "10", "0.49485")], "-5.30", "0.69385"),
    "tp2": (
        [("tp1", "101", "5", "0.101"), ("tp2", "102", "3", "0.0612"), ("runner", "103", "2", "0")],
        "22.0",
        "0.3612",
    ),
    "tp1_then_sl": (
        [("tp1", "101", "5", "0.101"), ("sl", "98.9", "5", "0.24725")],
        "4.5",
        "0.54725",
    ),
    "tp1_then_timeout": (
        [("tp1", "101", "5", "0.101"), ("time", "100.03", "5", "0.250075")],
        "10.15",
        "0.550075",
    ),
    "tp1_then_cut": (
        [("tp1", "101", "5", "0.101"), ("close", "99.6", "5", "0.249")],
        "8.0",
        "0.549",
    ),
    "timeout": ([("time", "99.51", "10", "0.49755")], "0.10", "0.69655"),
    "cut": ([("close", "99.4", "10", "0.497")], "-1.0", "0.696"),
    "tp1": ([("tp1", "101", "10", "0.202")], "15.0", "0.401"),
}


def played(order, reports, instrument):
    for report in reports:
        order = advance(order, report, instrument)
    return order


def stamp(order):
    return {
        "client_order_id": order.client_order_id,
        "ref_id": order.ref_id,
        "book": order.book,
        "ts_event": NOW,
    }


@pytest.mark.parametrize("label", ENDINGS)
@pytest.mark.parametrize("side", [Side.LONG, Side.SHORT])
def test_an_ending_has_its_label_and_its_exact_pnl(order_of, fill_of, instrument, side, label):
    order = order_of(side)
    exits, gross, fees = ENDINGS[label]
    fills = [
        fill_of(order, number, leg, str(D(price) if side is Side.LONG else 200 - D(price)), n, fee)
        for number, (leg, price, n, fee) in enumerate([ENTRY, *exits])
    ]
    funding = Funded(**stamp(order), funding_usd=D("0.0101"))
    legs = [leg for leg, *_ in exits]
    net = D(gross) - D(fees) - D("0.0101")
    # Funding is told before the last exit: an order that is over owes nothing more.
    closed = played(order, [fills[0], funding, *fills[1:]], instrument)
    assert resolve(closed, NOW) == Outcome(
        ref_id=order.ref_id,
        coin="SOL",
        book=order.book,
        side=side,
        label=label,
        filled=True,
        tp1="tp1" in legs,
        tp2="tp2" in legs,
        sl="sl" in legs,
        ts_resolved=NOW,
        contracts=D(10),
        gross_usd=D(gross),
        fees_usd=D(fees),
        funding_usd=D("0.0101"),
        net_usd=net,
        net_r=float(net / 10),
    )


@pytest.mark.parametrize(
    ("kind", "reason", "label"),
    [(Ended, "expired", "unfilled"), (Ended, "panic", "unfilled"), (Rejected, "x", "rejected")],
)
def test_what_never_filled_cost_nothing(order_of, instrument, kind, reason, label):
    order = order_of()
    ended = advance(order, kind(**stamp(order), reason=reason), instrument)
    assert resolve(ended, NOW) == Outcome(
        ref_id=order.ref_id,
        coin="SOL",
        book=order.book,
        side=order.side,
        label=label,
        filled=False,
        tp1=False,
        tp2=False,
        sl=False,
        ts_resolved=NOW,
        contracts=D(0),
        gross_usd=D(0),
        fees_usd=D(0),
        funding_usd=D(0),
        net_usd=D(0),
        net_r=0.0,
    )


def test_a_runner_alone_has_passed_tp2(order_of, fill_of, instrument):
    order = order_of()
    fills = [
        fill_of(order, 1, "entry", "99.5", "0.001"),
        fill_of(order, 2, "runner", "103", "0.001"),
    ]
    closed = played(order, [*fills, Ended(**stamp(order), reason="expired")], instrument)
    outcome = resolve(closed, NOW)
    assert (outcome.label, outcome.gross_usd) == ("tp2", D("0.0035"))


def test_r_is_the_risk_of_what_was_filled(order_of, fill_of, instrument):
    order = order_of()
    reports = [
        fill_of(order, 1, "entry", "99.5", "4"),
        Ended(**stamp(order), reason="expired"),
        fill_of(order, 2, "sl", "98.5", "4"),
    ]
    outcome = resolve(played(order, reports, instrument), NOW)
    assert (outcome.net_usd, outcome.net_r) == (D(-4), -1.0)


def test_an_order_that_is_not_over_has_no_outcome(order_of, fill_of, instrument):
    order = order_of()
    assert resolve(order, NOW) is None
    assert (
        resolve(advance(order, fill_of(order, 1, "entry", "99.5", "10"), instrument), NOW) is None
    )


def test_gross_of_a_part_counts_the_closed_part_alone(order_of, fill_of, instrument):
    order = order_of()
    fills = [fill_of(order, 1, "entry", "99.5", "10"), fill_of(order, 2, "tp1", "101", "5")]
    assert gross_usd(order) == 0
    assert gross_usd(played(order, fills, instrument)) == D("7.5")


PARTS = st.lists(
    st.tuples(st.integers(1, 2500), st.integers(900, 1100), st.integers(0, 10**6)),
    min_size=1,
    max_size=4,
)


@given(entries=PARTS, exit_tick=st.integers(900, 1100), side=st.sampled_from(["LONG", "SHORT"]))
@settings(max_examples=100, deadline=None)
def test_C24_pnl_equals_what_the_fills_say_themselves(
    order_of, fill_of, instrument, entries, exit_tick, side
):
    order = order_of(Side(side))
    fills = [
        fill_of(order, n, "entry", str(D(tick) / 10), str(D(lots) / 1000), str(D(fee) / 10**8))
        for n, (lots, tick, fee) in enumerate(entries)
    ]
    total = sum((fill.contracts for fill in fills), D(0))
    fills.append(fill_of(order, 99, "sl", str(D(exit_tick) / 10), str(total), "0.07"))
    ended = Ended(**stamp(order), reason="expired")
    outcome = resolve(played(order, [*fills[:-1], ended, fills[-1]], instrument), NOW)
    cash = sum(
        (fill.contracts * fill.price * (1 if fill.side == "sell" else -1) for fill in fills), D(0)
    )
    assert outcome.gross_usd == cash
    assert outcome.net_usd == cash - sum((fill.fee_usd for fill in fills), D(0))
