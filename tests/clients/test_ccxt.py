"""ccxt, which thousands trade OKX with: REST in sandbox mode, WebSocket streams and orders."""

STORY = [
    ["market", "BTC-USDT-SWAP", 0.01, True],
    ["book", 400, 400],
    ["trade", "BTC/USDT:USDT", True],
    ["leverage", "10", 10],
    ["placed", "open", 1000.0, True],
    ["amended", "open", 2000.0, True],
    ["cancelled", "canceled", "1", True],
    ["told", ["live", "partially_filled", "canceled"]],
    ["position", "long", "cross", True],
    ["closed", True],
    ["entered with a stop", 5.0, True],
    ["stopped out", "sl", "5"],
    ["stop's order", "filled", "7", "sell", "5"],
    ["placed over ws", "open", 1.0],
    ["amended over ws", "open", 2.0],
    ["cancelled over ws", "canceled", 0.0],
]
HISTORY = [  # type, side, state, cancelSource, source, reduceOnly
    ["limit", "buy", "canceled", "1", "", "false"],
    ["market", "sell", "filled", "", "", "true"],
    ["limit", "buy", "filled", "", "", "false"],
    ["market", "sell", "filled", "", "7", "true"],
    ["limit", "buy", "canceled", "1", "", "false"],
]
ERRORS = {
    "too big": "InsufficientFunds",
    "unknown order": "OrderNotFound",
    "cancel of nothing": "OrderNotFound",
    "lot": "InvalidOrder",
    "key": "AuthenticationError",
    "sign": "AuthenticationError",
    "passphrase": "AuthenticationError",
    "live with a demo key": "AuthenticationError",
}


def test_a_ccxt_trader_sees_what_he_expects(sandbox, session, check_money):
    """Looks, places, amends, is partly filled, cancels, closes, is stopped out; money exact."""
    venue = sandbox("--environment", "demo", "--balance", "1000000")
    facts = session("ccxt_session", venue["url"])
    check_money(facts)
    told = {name: facts[name] for name in ("story", "history", "errors")}
    assert told == {"story": STORY, "history": HISTORY, "errors": ERRORS}
