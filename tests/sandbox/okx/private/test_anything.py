"""Whatever a client sends, signed and logged in, it is answered: nothing raises."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pawang.sandbox.okx.private.rest import ORDERS, READ, WRITE

BTC = "BTC-USDT-SWAP"
SCALAR = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63),
    st.floats(allow_nan=False),
    st.text(max_size=40),
    st.sampled_from(
        f"""{BTC} 1 0.01 -1 100000 99000.1 buy sell limit market net cross trigger oco conditional
        true false last SWAP ANY 10""".split()
    ),
)
NAMES = st.sampled_from(
    [
        "instId",
        "instIdCode",
        "tdMode",
        "side",
        "ordType",
        "px",
        "sz",
        "posSide",
        "clOrdId",
        "tag",
        "reduceOnly",
        "ordId",
        "newSz",
        "newPx",
        "attachAlgoOrds",
        "tpTriggerPx",
        "tpOrdPx",
        "slTriggerPx",
        "slOrdPx",
        "triggerPx",
        "orderPx",
        "algoId",
        "algoClOrdId",
        "callbackRatio",
        "closeFraction",
        "lever",
        "mgnMode",
        "posMode",
        "timeOut",
        "stpMode",
        "pxAmendType",
        "channel",
        "instType",
        "instFamily",
        "ccy",
        "extraParams",
        "apiKey",
        "sign",
        "timestamp",
        "passphrase",
        "cxlOnFail",
        "autoCxl",
        "newSlTriggerPx",
        "tpOrdKind",
        "amendPxOnTriggerType",
        "attachAlgoId",
        "reqId",
        "expTime",
    ]
)
VALUE = st.recursive(
    SCALAR,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=8,
)
OBJECT = st.dictionaries(NAMES, VALUE, max_size=8)
GOOD = {
    "instId": BTC,
    "tdMode": "cross",
    "side": "buy",
    "ordType": "limit",
    "px": "99000",
    "sz": "1",
}
ORDER = st.one_of(OBJECT, OBJECT.map(lambda one: {**GOOD, **one}))
OPS = [
    "subscribe",
    "unsubscribe",
    "login",
    "order",
    "batch-orders",
    "cancel-order",
    "batch-cancel-orders",
    "amend-order",
    "batch-amend-orders",
    "mass-cancel",
    "clock",
]
CHANNELS = st.sampled_from(
    [
        "orders",
        "fills",
        "account",
        "positions",
        "balance_and_position",
        "liquidation-warning",
        "orders-algo",
        "algo-advance",
        "books",
        "candle1m",
        "mark-price-candle1m",
        "index-candle1D",
        "trades-all",
        "status",
    ]
)
MESSAGE = st.fixed_dictionaries(
    {"op": st.sampled_from(OPS), "id": SCALAR},
    optional={
        "args": st.one_of(
            VALUE,
            st.lists(ORDER, max_size=3),
            st.lists(st.builds(lambda one, name: one | {"channel": name}, OBJECT, CHANNELS)),
        ),
        "expTime": SCALAR,
    },
)
FREE = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def shared(make_venue):
    return make_venue()


@FREE
@given(st.sampled_from(["private", "business", "public"]), MESSAGE)
def test_any_message_of_who_is_logged_in_is_answered(shared, path, message):
    trader = shared.trader()
    socket = shared.join(path) if path == "public" else trader.join(path)
    shared.say(socket, message)
    shared.steps()
    shared.hub.leave(socket)


@FREE
@given(st.sampled_from([*WRITE, *ORDERS]), st.one_of(ORDER, st.lists(ORDER, max_size=3), VALUE))
def test_any_signed_body_is_answered(shared, path, body):
    status, answer = shared.trader().ask("POST", path, body)
    assert 200 <= status < 600
    assert json.loads(json.dumps(answer)) == answer
    assert isinstance(answer["code"], str)


@FREE
@given(st.sampled_from(list(READ)), st.dictionaries(NAMES, st.text(max_size=12), max_size=4))
def test_any_signed_query_is_answered(shared, path, query):
    from urllib.parse import urlencode

    status, answer = shared.trader().ask("GET", f"{path}?{urlencode(query)}")
    assert 200 <= status < 600
    assert json.loads(json.dumps(answer)) == answer
