"""Histories, pages, settings, and how often one may ask (okx-v5.md 2.3, 4, 7, 8.4)."""

import pytest

from pawang.sandbox.okx import AccountParams
from pawang.sandbox.okx.private.asked import Asked
from pawang.sandbox.okx.private.operations import OPERATIONS

BTC, ETH = "BTC-USDT-SWAP", "ETH-USDT-SWAP"
LIMIT = {
    "instId": BTC,
    "tdMode": "cross",
    "side": "buy",
    "ordType": "limit",
    "px": "99000",
    "sz": "1",
}


def test_orders_come_newest_first_in_pages(trader):
    ids = [trader.place("buy", "1", "99000") for _ in range(5)]
    newest = ids[::-1]
    path = "/trade/orders-pending"

    def got(query: str) -> list[str]:
        return [row["ordId"] for row in trader.get(f"{path}?{query}")]

    assert got("limit=2") == newest[:2]
    assert got(f"limit=2&after={newest[1]}") == newest[2:4]
    assert got(f"before={newest[2]}") == newest[:2]
    assert got("instId=ETH-USDT-SWAP") == []
    assert got("ordType=post_only,fok") == []


def test_a_history_wants_its_instrument_type_and_forgets_unfilled_orders_after_two_hours(
    venue, trader
):
    trader.cancel(trader.place("buy", "1", "99000"))
    filled = trader.place("buy", "1")
    assert trader.ask("GET", "/trade/orders-history")[1]["code"] == "50014"
    assert len(trader.get("/trade/orders-history?instType=SWAP")) == 2
    venue.steps(2 * 36_000 + 1)
    rows = trader.get("/trade/orders-history?instType=SWAP")
    assert [row["ordId"] for row in rows] == [filled]


def test_an_order_is_found_by_either_of_its_names_and_only_on_its_instrument(trader):
    ord_id = trader.place("buy", "1", "99000", clOrdId="a")
    assert trader.get(f"/trade/order?instId={BTC}&clOrdId=a")[0]["ordId"] == ord_id
    for query, code in (
        (f"instId={ETH}&ordId={ord_id}", "51603"),
        (f"instId={BTC}", "51003"),
        (f"instId={BTC}&clOrdId=b", "51603"),
    ):
        assert trader.ask("GET", f"/trade/order?{query}")[1]["code"] == code


def test_cancelling_what_is_not_there_is_51400(trader):
    ord_id = trader.place("buy", "1", "99000")
    trader.cancel(ord_id)
    for body in ({"ordId": ord_id}, {"ordId": "1"}, {"clOrdId": "x"}):
        _, answer = trader.ask("POST", "/trade/cancel-order", {"instId": BTC, **body})
        assert (answer["code"], answer["data"][0]["sCode"]) == ("1", "51400")


def test_a_precheck_shows_the_margin_and_places_nothing(trader):
    row = trader.post("/trade/order-precheck", LIMIT)[0]
    assert row["imrChg"] == "330"
    assert trader.get("/trade/orders-pending") == []
    _, answer = trader.ask("POST", "/trade/order-precheck", LIMIT | {"sz": "0.015"})
    assert answer["code"] == "51121"


def test_what_is_for_options_only_is_refused(trader):
    body = {"instType": "OPTION", "instFamily": "BTC-USD"}
    assert trader.ask("POST", "/trade/mass-cancel", body)[1]["code"] == "50030"


def test_the_account_says_what_its_key_may_do(make_venue):
    venue = make_venue(
        accounts=(AccountParams(permissions=("read_only",), addresses=("127.0.0.1",)),)
    )
    trader = venue.trader()
    row = trader.get("/account/config")[0]
    assert {name: row[name] for name in ("perm", "ip", "acctLv", "posMode")} == {
        "perm": "read_only",
        "ip": "127.0.0.1",
        "acctLv": "2",
        "posMode": "net_mode",
    }
    assert trader.ask("POST", "/trade/order", LIMIT)[1]["code"] == "50120"


@pytest.mark.parametrize(
    ("body", "more", "answer"),
    [
        ("", {}, (400, "50000")),
        ("{", {}, (400, "50002")),
        ("[1]", {}, (400, "50002")),
        ("{}", {"content-type": "text/plain"}, (400, "50006")),
        ("{}", {"exptime": "1757894399000"}, (200, "50036")),
        ("{}", {"exptime": "soon"}, (400, "51000")),
    ],
)
def test_a_body_that_is_none_is_refused_before_it_is_read(venue, trader, body, more, answer):
    path = "/api/v5/trade/order"
    headers = trader.headers("POST", path, body) | more
    status, said = venue.rest.answer("POST", path, "", headers=headers, body=body.encode())
    assert (status, said["code"]) == answer


def test_an_order_before_its_deadline_is_placed(venue, trader):
    _, answer = trader.ask("POST", "/trade/order", LIMIT, exptime=str(venue.core.now_ms + 1_000))
    assert answer["code"] == "0"


# How often.


def placed(trader, body: object, path: str = "/trade/order") -> str:
    return trader.ask("POST", path, body)[1]["code"]


def test_sixty_orders_in_two_seconds_an_instrument_and_a_batch_of_one_counts_alike(make_venue):
    venue = make_venue(limits=True)
    trader = venue.trader()
    assert [placed(trader, LIMIT) for _ in range(59)] == ["0"] * 59
    assert placed(trader, [LIMIT], "/trade/batch-orders") == "0"
    assert placed(trader, LIMIT) == "50011"
    socket = trader.join("private")
    over = {"id": "1", "op": "order", "args": [LIMIT]}
    assert venue.say(socket, over)[0]["code"] == "50011"
    assert placed(trader, LIMIT | {"instId": ETH, "px": "3999"}) == "0"
    assert placed(trader, [LIMIT] * 20, "/trade/batch-orders") == "0", "batches count apart"
    venue.wall += 2_000_000_000
    assert placed(trader, LIMIT) == "0"


def test_a_thousand_new_orders_in_two_seconds_an_account(make_venue):
    venue = make_venue(limits=True)
    account = venue.trader().account
    admit = venue.gate.admit_orders(OPERATIONS["order"], account)
    assert [admit(Asked({})) for _ in range(1_001)] == [""] * 1_000 + ["50061"]
    assert venue.gate.admit_orders(OPERATIONS["cancel-order"], account)(Asked({})) == ""


def test_thirty_connections_may_have_a_private_channel_and_the_next_is_told_so(venue, trader):
    sockets = [trader.join("private", {"channel": "account"}) for _ in range(30)]
    late = trader.join("private")
    heard = venue.say(late, {"op": "subscribe", "args": [{"channel": "account"}]})
    assert [(one["event"], one.get("connCount")) for one in heard] == [
        ("subscribe", None),
        ("channel-conn-count-error", "30"),
    ]
    trader.place("buy", "1")
    assert (len(venue.heard(sockets[0])), venue.heard(late)) == (1, [])


def test_positions_and_balance_are_pushed_every_five_seconds_unless_switched_off(venue, trader):
    usual = trader.join("private", {"channel": "account"})
    quiet = trader.join("private", {"channel": "account", "extraParams": '{"updateInterval": "0"}'})
    venue.steps(50)
    assert [one["eventType"] for one in venue.heard(usual)] == ["snapshot"]
    assert venue.heard(quiet) == []
