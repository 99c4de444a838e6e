"""The trading calls: items judged one by one, lists read whole, settings read back."""

import asyncio
import json
from decimal import Decimal as D

import httpx
import pytest

from pawang.guards.secret import Secret
from pawang.model.refs import SECOND
from pawang.venues.okx.algo_requests import CancelAlgo
from pawang.venues.okx.codes import Kept, Malformed, OkxError, Refused, Unknown
from pawang.venues.okx.requests import Arm, Cancel, Disarm, Place
from pawang.venues.okx.rest import OkxRest
from pawang.venues.okx.signing import Credentials
from pawang.venues.okx.trade import OkxTrade

INST = "BTC-USDT-SWAP"
KEY = Credentials(Secret("k"), Secret("s"), Secret("p"))
PLACE = Place(
    instrument=INST, client_id="pw1", side="buy", kind="limit", contracts=D(1), price=D(9)
)


class Whole(httpx.AsyncByteStream):
    def __init__(self, data):
        self.data = data

    async def __aiter__(self):
        yield self.data


class Okx:
    """`answers`: (method, path) -> body, or a function of the request; time jumps over waits."""

    def __init__(self, answers):
        self.answers = answers
        self.asked = []
        self.now = SECOND

    async def sleep(self, seconds):
        self.now += max(1, round(seconds * SECOND))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v5/")
        sent = json.loads(request.content) if request.content else dict(request.url.params)
        self.asked.append((request.method, path, sent))
        answer = self.answers[request.method, path]
        body = answer(sent) if callable(answer) else answer
        if isinstance(body, Exception):
            raise body
        return httpx.Response(200, stream=Whole(json.dumps(body).encode()))

    def run(self, story):
        async def whole():
            rest = OkxRest(
                "http://127.0.0.1:1",
                lambda: self.now,
                lambda: 0.0,
                self.sleep,
                transport=httpx.MockTransport(self),
                credentials=KEY,
            )
            try:
                return await story(OkxTrade(rest))
            finally:
                await rest.close()

        return asyncio.run(whole())


def good(*rows):
    return {"code": "0", "msg": "", "data": list(rows)}


def bad(code, msg="no"):
    row = {"ordId": "", "clOrdId": "pw1", "sCode": code, "sMsg": msg}
    return {"code": "1", "msg": "All operations failed", "data": [row]}


ACK = {"ordId": "7", "clOrdId": "pw1", "sCode": "0", "sMsg": "", "ts": "1743041250440"}


def test_an_item_is_judged_by_its_own_code():
    okx = Okx({("POST", "trade/order"): bad("51008", "Insufficient USDT margin in account")})
    with pytest.raises(Refused, match="51008 Insufficient") as caught:
        okx.run(lambda trade: trade.place(PLACE))
    assert caught.value.code == "51008"


def test_c04_an_item_that_timed_out_is_unknown():
    okx = Okx({("POST", "trade/order"): bad("51149")})
    with pytest.raises(Unknown):
        okx.run(lambda trade: trade.place(PLACE))


def test_an_answer_without_its_item_leaves_the_outcome_open():
    okx = Okx({("POST", "trade/order"): good()})
    with pytest.raises(Unknown, match="0 rows"):
        okx.run(lambda trade: trade.place(PLACE))


def test_a_batch_gives_each_its_outcome():
    second = {"ordId": "", "sCode": "51400", "sMsg": "gone"}
    answer = {"code": "2", "msg": "", "data": [ACK, second]}
    okx = Okx({("POST", "trade/cancel-batch-orders"): answer})
    both = [Cancel(instrument=INST, order_id="7"), Cancel(instrument=INST, order_id="8")]
    first, second = okx.run(lambda trade: trade.cancel_all(both))
    assert (first.ord_id, isinstance(second, OkxError), second.code) == ("7", True, "51400")


def test_an_order_that_is_not_there_is_none():
    okx = Okx({("GET", "trade/order"): {"code": "51603", "msg": "not exist", "data": []}})
    assert okx.run(lambda trade: trade.order(INST, client_id="pw1")) is None
    assert okx.asked == [("GET", "trade/order", {"instId": INST, "clOrdId": "pw1"})]


def test_another_refusal_of_the_question_is_no_none():
    okx = Okx({("GET", "trade/order"): {"code": "51001", "msg": "no such swap", "data": []}})
    with pytest.raises(Refused):
        okx.run(lambda trade: trade.order(INST, client_id="pw1"))


def test_a_list_is_read_page_by_page_each_row_once():
    def page(asked):
        newest = int(asked.get("after", 251)) - 1
        return good(*(fill(bill) for bill in range(newest, max(newest - 100, 0), -1)))

    okx = Okx({("GET", "trade/fills"): page})
    rows = okx.run(lambda trade: trade.fills(since_ms=5))
    assert [row.bill_id for row in rows] == [str(bill) for bill in range(1, 251)]
    assert [asked.get("after") for _, _, asked in okx.asked] == [None, "151", "51"]
    assert okx.asked[0][2]["begin"] == "5"


def test_a_list_that_turns_in_circles_is_left():
    okx = Okx({("GET", "trade/fills"): good(*(fill(bill) for bill in range(100, 0, -1)))})
    assert len(okx.run(lambda trade: trade.fills())) == 100
    assert len(okx.asked) == 2


def fill(bill: int):
    return {
        "instId": INST,
        "ordId": "7",
        "tradeId": str(bill),
        "billId": str(bill),
        "side": "buy",
        "fillPx": "100",
        "fillSz": "1",
        "fee": "-0.1",
        "ts": str(1_743_041_250_000 + bill),
    }


def leverage(lever):
    return {"instId": INST, "mgnMode": "cross", "posSide": "net", "lever": lever}


SET, READ = ("POST", "account/set-leverage"), ("GET", "account/leverage-info")


def test_leverage_is_set_and_read_back():
    okx = Okx({SET: good(leverage("5")), READ: good(leverage("5"))})
    okx.run(lambda trade: trade.set_leverage(INST, D(5)))
    assert [path for _, path, _ in okx.asked] == [SET[1], READ[1]]


def test_c11_an_acknowledged_leverage_that_did_not_change_is_an_error():
    okx = Okx({SET: good(leverage("5")), READ: good(leverage("10"))})
    with pytest.raises(Kept, match="stands at 10, wanted 5"):
        okx.run(lambda trade: trade.set_leverage(INST, D(5)))


def test_c11_a_lost_answer_is_settled_by_what_stands():
    okx = Okx({SET: httpx.ReadError("reset"), READ: good(leverage("5"))})
    okx.run(lambda trade: trade.set_leverage(INST, D(5)))


def test_c11_a_refused_change_is_fine_if_it_stands_so_already_and_else_says_why():
    refused = {"code": "59107", "msg": "cancel all pending orders", "data": []}
    okx = Okx({SET: refused, READ: good(leverage("5"))})
    okx.run(lambda trade: trade.set_leverage(INST, D(5)))
    okx = Okx({SET: refused, READ: good(leverage("1"))})
    with pytest.raises(Kept, match="59107 cancel all pending"):
        okx.run(lambda trade: trade.set_leverage(INST, D(5)))


def test_the_switch_is_armed_and_disarmed_by_different_words():
    row = {"triggerTime": "1587971460", "tag": "pawang", "ts": "1587971400"}
    okx = Okx({("POST", "trade/cancel-all-after"): good(row)})

    async def story(trade):
        await trade.switch(Arm(seconds=60))
        await trade.switch(Disarm())

    okx.run(story)
    assert [asked["timeOut"] for _, _, asked in okx.asked] == ["60", "0"]


def test_algos_are_cancelled_in_one_list():
    okx = Okx({("POST", "trade/cancel-algos"): good({"algoId": "5", "sCode": "0"})})
    [row] = okx.run(lambda trade: trade.cancel_algos([CancelAlgo(instrument=INST, algo_id="5")]))
    assert row.algo_id == "5"
    assert okx.asked == [("POST", "trade/cancel-algos", [{"instId": INST, "algoId": "5"}])]


def test_a_question_about_the_account_that_comes_back_empty_is_malformed():
    okx = Okx({("GET", "account/config"): good()})
    with pytest.raises(Malformed, match="0 rows"):
        okx.run(lambda trade: trade.config())
