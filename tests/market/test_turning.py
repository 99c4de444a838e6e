"""Order flow in a view, and the plans it turns against (signals.md 5.2, 7.3)."""

import pytest

from pawang.market import Market
from pawang.market.params import MarketParams
from pawang.model.event import FlowTurned
from pawang.model.market import Side
from pawang.model.view import Memory, OrderFlow

PLAN, OTHER = "snp_20250915_1200_BTC", "snp_20250915_1203_BTC"
SOON = MarketParams(flow_points_min=4)


def quiet(tape, seconds):
    """A bid that grows and shrinks by a coin: flows of -1 to 1 in every window."""
    for k in range(2 * seconds):
        yield tape.quote(500 * k, 60_000.0, 5.0 + (k // 7) % 2, 60_000.1, 5.0)


def sold(tape, seconds):
    """The bid loses level after level."""
    for k in range(5):
        yield tape.quote(1000 * seconds + 10 * k, 59_999.9 - k / 10, 5.0, 60_000.1, 5.0)
    yield tape.quote(1000 * seconds + 1000, 59_999.5, 5.0, 60_000.1, 5.0)


def bought(tape, seconds):
    for k in range(5):
        yield tape.quote(1000 * seconds + 10 * k, 60_000.0, 5.0, 60_000.2 + k / 10, 5.0)
    yield tape.quote(1000 * seconds + 1000, 60_000.0, 5.0, 60_000.6, 5.0)


def told(market, records):
    edges, start = [], 0
    records = list(records)
    while start < len(records):
        folded = market.fold(records, start)
        start += folded.consumed
        edges += [folded.edge.body] if folded.edge else []
    return edges


@pytest.fixture
def soon(btc):
    return Market({"BTC": btc}, SOON)


def test_the_view_tells_the_flow_of_ten_and_thirty_seconds(market, tape):
    rows = [(100.0, 5.0, 100.1, 4.0), (100.0, 8.0, 100.1, 4.0), (100.1, 2.0, 100.2, 6.0)]
    for k, row in enumerate(rows):
        told(market, [tape.quote(500 + 1000 * k, *row)])
    told(market, [tape.quote(32_000, 100.1, 2.0, 100.2, 3.0)])
    view = market.freeze("BTC", tape.at(33_000), Memory())
    depth = (4.5 + 6.0 + 4.0 + 2.5) / 4
    assert view.order_flow == (
        OrderFlow(window_s=10, ofi=3.0, normal=3.0 / depth, z=None, age_s=1.0),
        OrderFlow(window_s=30, ofi=3.0, normal=3.0 / depth, z=None, age_s=1.0),
    )


def test_a_window_that_is_not_wholly_known_is_not_in_the_view(market, tape):
    told(market, [tape.quote(500, 100.0, 5.0, 100.1, 4.0)])
    view = market.freeze("BTC", tape.at(12_000), Memory())
    assert [flow.window_s for flow in view.order_flow] == [10]


def test_no_quotes_no_order_flow(market, tape):
    assert market.freeze("BTC", tape.at(0), Memory()).order_flow == ()


def test_a_cut_of_the_quotes_leaves_the_book_alone(market, tape):
    told(market, [tape.plain_book(0), *quiet(tape, 40), tape.lost(40_000, "bbo-tbt")])
    told(market, [tape.delta(40_001)])
    view = market.freeze("BTC", tape.at(40_002), Memory())
    assert (view.order_flow, view.book_problem) == ((), None)


def test_flow_that_sells_unusually_hard_is_told_against_a_long(soon, tape):
    soon.guard_flow(PLAN, "BTC", Side.LONG)
    assert told(soon, [*quiet(tape, 200), *sold(tape, 200)]) == [
        FlowTurned(coin="BTC", side=Side.LONG, z=-5.0)
    ]


def test_flow_that_buys_unusually_hard_is_told_against_a_short(soon, tape):
    soon.guard_flow(PLAN, "BTC", Side.SHORT)
    assert told(soon, [*quiet(tape, 200), *bought(tape, 200)]) == [
        FlowTurned(coin="BTC", side=Side.SHORT, z=5.0)
    ]


@pytest.mark.parametrize(("side", "flow"), [(Side.LONG, bought), (Side.SHORT, sold)])
def test_flow_for_a_plan_is_not_told(soon, tape, side, flow):
    soon.guard_flow(PLAN, "BTC", side)
    assert told(soon, [*quiet(tape, 200), *flow(tape, 200)]) == []


def test_usual_flow_is_not_told(soon, tape):
    soon.guard_flow(PLAN, "BTC", Side.LONG)
    soon.guard_flow(OTHER, "BTC", Side.SHORT)
    assert told(soon, quiet(tape, 400)) == []


def test_a_plan_is_told_once_however_often_it_is_guarded(soon, tape):
    soon.guard_flow(PLAN, "BTC", Side.LONG)
    assert len(told(soon, [*quiet(tape, 200), *sold(tape, 200)])) == 1
    soon.guard_flow(PLAN, "BTC", Side.LONG)
    assert told(soon, [tape.quote(202_000, 59_999.5, 5.0, 60_000.1, 5.0)]) == []
    soon.guard_flow(OTHER, "BTC", Side.LONG)
    assert len(told(soon, [tape.quote(203_000, 59_999.5, 5.0, 60_000.1, 5.0)])) == 1


def test_two_plans_of_a_side_are_one_edge(soon, tape):
    soon.guard_flow(PLAN, "BTC", Side.LONG)
    soon.guard_flow(OTHER, "BTC", Side.LONG)
    assert len(told(soon, [*quiet(tape, 200), *sold(tape, 200)])) == 1


def test_a_released_plan_is_told_nothing(soon, tape):
    soon.guard_flow(PLAN, "BTC", Side.LONG)
    soon.unwatch(PLAN)
    assert told(soon, [*quiet(tape, 200), *sold(tape, 200)]) == []


def test_with_few_windows_known_nothing_is_unusual(market, tape):
    market.guard_flow(PLAN, "BTC", Side.LONG)
    assert told(market, [*quiet(tape, 200), *sold(tape, 200)]) == []
