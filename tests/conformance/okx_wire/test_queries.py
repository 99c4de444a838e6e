"""okx-v5.md 2.3 and 8.4: what was is found again, page by page, and what never was is not."""

import pytest

INST = "BTC-USDT-SWAP"


def test_an_order_that_never_was_is_51603(play):
    async def story(wire):
        for named in ("ordId=1", "clOrdId=never"):
            answer = await wire.get(f"/trade/order?instId={INST}&{named}")
            assert (answer["code"], answer["data"]) == ("51603", [])
        answer = await wire.get(f"/trade/order?instId={INST}")
        assert answer["code"] == "51003"

    play(story)


def test_history_wants_an_instrument_type(play):
    async def story(wire):
        status, answer = await wire.send("GET", "/trade/orders-history")
        assert (status, answer["code"]) == (400, "50014")

    play(story)


async def five(wire) -> list[str]:
    """Ids of five resting orders, oldest first."""
    return [await wire.placed(sz=str(n + 1)) for n in range(5)]


async def ids(wire, query: str, name: str = "ordId") -> list[str]:
    return [row[name] for row in await wire.rows(query)]


def test_pages_are_newest_first_and_bounds_are_left_out(play):
    async def story(wire):
        made = await five(wire)
        pending = "/trade/orders-pending?instType=SWAP"
        assert await ids(wire, pending) == made[::-1]
        assert await ids(wire, f"{pending}&limit=2") == made[:2:-1]
        assert await ids(wire, f"{pending}&after={made[2]}") == made[1::-1]
        assert await ids(wire, f"{pending}&before={made[2]}") == made[:2:-1]
        assert await ids(wire, f"{pending}&before={made[0]}&after={made[4]}") == made[3:0:-1]
        # `before` alone returns the newest, not those next to it.
        assert await ids(wire, f"{pending}&before={made[0]}&limit=2") == made[:2:-1]

    play(story)


@pytest.mark.parametrize("path", ["/trade/orders-history", "/trade/orders-history-archive"])
def test_ended_orders_are_in_the_history_and_pending_no_more(play, path):
    async def story(wire):
        made = await five(wire)
        for one in made[:3]:
            await wire.post("/trade/cancel-order", {"instId": INST, "ordId": one})
        assert await ids(wire, f"{path}?instType=SWAP") == made[2::-1]
        assert await ids(wire, f"{path}?instType=SWAP&state=filled") == []
        assert await ids(wire, "/trade/orders-pending") == made[:2:-1]

    play(story)


def test_fills_and_bills_page_by_bill_id(play):
    async def story(wire):
        for _ in range(3):
            await wire.bought()
        fills = await ids(wire, "/trade/fills", "billId")
        assert fills == sorted(fills, reverse=True)
        assert await ids(wire, f"/trade/fills?after={fills[1]}", "billId") == fills[2:]
        assert await ids(wire, f"/trade/fills?before={fills[1]}", "billId") == fills[:1]
        bills = await ids(wire, "/account/bills?type=2", "billId")
        assert bills == fills

    play(story)


def test_a_page_is_at_most_a_hundred(play):
    async def story(wire):
        wished = {"instId": INST, "tdMode": "cross", "side": "buy", "ordType": "limit",
                  "px": "99990", "sz": "0.01"}  # fmt: skip
        for _ in range(6):
            await wire.post("/trade/batch-orders", [wished] * 20)
        assert len(await wire.rows("/trade/orders-pending")) == 100
        assert (await wire.get("/trade/orders-pending?limit=x"))["code"] == "51000"

    play(story)


def test_a_closed_position_leaves_the_list_and_enters_the_history(play):
    async def story(wire):
        await wire.bought("2")
        (held,) = await wire.rows("/account/positions")
        assert (held["pos"], held["posSide"], held["mgnMode"]) == ("2", "net", "cross")
        await wire.post("/trade/close-position", {"instId": INST, "mgnMode": "cross"})
        assert await wire.rows("/account/positions") == []
        (past,) = await wire.rows("/account/positions-history?instType=SWAP")
        assert (past["type"], past["direction"], past["closeTotalPos"]) == ("2", "long", "2")
        # Asked for by name it is still there, with nothing in it.
        (empty,) = await wire.rows(f"/account/positions?instId={INST}")
        assert empty["pos"] == "0"

    play(story)


def test_every_row_of_an_ended_order_says_its_flags_in_words(play):
    async def story(wire):
        await wire.bought("1")
        (row,) = await wire.rows("/trade/orders-history?instType=SWAP")
        assert (row["reduceOnly"], row["isTpLimit"], row["category"]) == (
            "false",
            "false",
            "normal",
        )

    play(story)
