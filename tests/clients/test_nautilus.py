"""A whole nautilus_trader node: data and execution client, strategy, cache and portfolio."""

from decimal import Decimal

STORY = [
    ["book", True],
    ["partly filled", "PARTIALLY_FILLED"],
    ["position", "LONG", True],
    ["filled", "FILLED", "5.00"],
    ["stopped out", "FILLED"],
    ["cancelled", "CANCELED"],
]
BEGUN = ["OrderInitialized", "OrderSubmitted", "OrderAccepted"]
ORDERS = [  # kinds of events, each once
    [*BEGUN, "OrderFilled", "OrderPendingCancel", "OrderCanceled"],
    [*BEGUN, "OrderFilled"],
    [*BEGUN, "OrderUpdated", "OrderFilled"],  # the stop becomes the order that it set off
    [*BEGUN, "OrderPendingCancel", "OrderCanceled"],
]
CENT = Decimal("1e-8")  # nautilus keeps eight decimals of USDT, and rounds a half its own way


def last_life(fills: list[dict[str, str]]) -> int:
    """The index of the fill that opened the position for the last time."""
    held, begun = Decimal(0), 0
    for number, fill in enumerate(fills):
        begun = begun if held else number
        held += Decimal(fill["fillSz"]) * (1 if fill["side"] == "buy" else -1)
    return begun


def test_a_nautilus_node_trades_and_goes_home(sandbox, session, reckoned):
    """Book, trades, accepted, partly filled, cancelled, filled, stopped out; money exact."""
    facts = session("nautilus_session", sandbox("--balance", "1000000")["url"])
    assert {name: facts.get(name) for name in ("error", "story", "orders", "stopped")} == {
        "error": None,
        "story": STORY,
        "orders": ORDERS,
        "stopped": True,
    }
    fills = sorted(facts["fills"], key=lambda row: int(row["tradeId"]))
    expected, change = reckoned(fills)
    apart = [Decimal(row["fee"]) - fee for row, (fee, _) in zip(fills, expected, strict=True)]
    assert max(map(abs, apart)) <= CENT / 2
    before, after = (Decimal(cash) for cash in facts["cash"])
    assert abs(after - before - change) <= CENT  # two balances, each within half of one
    # The node kept one position, opened twice; its last life is what it reports.
    earned = sum((fee + pnl for fee, pnl in expected[last_life(fills) :]), Decimal(0))
    assert [side for side, _ in facts["closed"]] == ["FLAT"]
    assert abs(Decimal(facts["closed"][0][1]) - earned) <= len(fills) * CENT
