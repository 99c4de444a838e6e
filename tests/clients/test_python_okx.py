"""python-okx, OKX's own: REST and WebSocket, over TLS because its WebSocket knows nothing else."""

STORY = [
    ["instrument", "BTC-USDT-SWAP", "0.01", "linear"],
    ["account", "2", "net_mode"],
    ["book", 5, 5],
    ["leverage", "10", "10", "net"],
    ["public stream", [["subscribe", "books", "look1"], ["subscribe", "trades", "look1"]]],
    ["book stream", -1, True],
    [
        "private stream",
        [
            ["login", "0"],
            ["subscribe", ""],
            ["channel-conn-count", ""],
            ["error", "60031"],  # it logs in again with every subscribe
            ["subscribe", ""],
            ["subscribe", ""],
            ["channel-conn-count", ""],
            ["channel-conn-count", ""],
        ],
    ],
    ["placed", "live", "1000", "pythonokx1"],
    ["amended", "0", "a1", "live", "2000", True],
    ["partly filled", True],
    ["cancelled", "1", True],
    ["position", "cross", "net", True],
    ["closed", "BTC-USDT-SWAP", "net", []],
    ["entered with a stop", "5", "stop2"],
    ["stop waits", [["live", "sell", "5"]]],
    ["stopped out", "sl", "5", "stop2"],
    ["stop's order", "filled", "7", "5"],
    ["position's end", "0"],
    ["placed over ws", "order", "0", "0"],
    ["amended over ws", "amend-order", "0"],
    ["cancelled over ws", "cancel-order", "0", "2", "1"],
]
HISTORY = [  # type, side, state, cancelSource, source, reduceOnly
    ["limit", "buy", "canceled", "1", "", "false"],
    ["market", "sell", "filled", "", "", "true"],
    ["limit", "buy", "filled", "", "", "false"],
    ["market", "sell", "filled", "", "7", "true"],
    ["post_only", "buy", "canceled", "1", "", "false"],
]
ERRORS = {  # code, sCode of every row
    "too big": ["1", "51008"],
    "lot": ["1", "51121"],
    "minimum": ["1", "51020"],
    "unknown instrument": ["1", "51001"],
    "unknown order": ["51603"],
    "cancel of nothing": ["1", "51400"],
    "amend of nothing": ["1", "51503"],
    "reduce of nothing": ["1", "51169"],
    "close of nothing": ["51023"],
    "key": ["50111"],
    "key at login": ["60032"],
    "sign": ["50113"],
    "sign at login": ["60007"],
    "passphrase": ["50105"],
    "passphrase at login": ["60024"],
}


def test_a_python_okx_trader_sees_what_he_expects(sandbox, session, check_money):
    """Looks, places, amends, is partly filled, cancels, closes, is stopped out; money exact."""
    venue = sandbox("--tls", "--balance", "1000000")
    facts = session("python_okx_session", venue["url"], SSL_CERT_FILE=venue["ca"])
    check_money(facts)
    told = {name: facts[name] for name in ("story", "history", "errors")}
    assert told == {"story": STORY, "history": HISTORY, "errors": ERRORS}
