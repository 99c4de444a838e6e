"""Our client against the simulated venue, over real sockets: one order's whole life, and faults.

Each story waits for what it wants to see, never for a time; the deadlines only end a story that
would hang. The bounds of seconds are shown in virtual time (`test_venue`).
"""

import asyncio
import contextlib
import json
import random
import time
from decimal import Decimal as D

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from pawang.guards.secret import Secret
from pawang.model.market import Side
from pawang.model.order import Accepted, Book, Ended, Exit, Filled, Order, Rejected
from pawang.model.refs import HOUR, MINUTE
from pawang.sandbox.okx import OkxVenue as Sandbox
from pawang.sandbox.okx.private.accounts import AccountParams
from pawang.sandbox.seeded import SeededMarket
from pawang.venues.okx.account import AccountPlan, NotFit, trading
from pawang.venues.okx.algo_requests import (
    AmendAlgo,
    CancelAlgo,
    OneCancelsOther,
    StopAt,
    Trail,
    Trigger,
)
from pawang.venues.okx.codes import Halted, OkxError, Refused
from pawang.venues.okx.private import PrivateParams
from pawang.venues.okx.public import listings
from pawang.venues.okx.requests import Amend, Arm, Cancel, Disarm, Place
from pawang.venues.okx.rest import OkxRest
from pawang.venues.okx.signing import Credentials

START_MS = 1_757_894_400_000
INST = "BTC-USDT-SWAP"
ENTRY_ID = "snp202509150736BTClE1"
PATIENCE_S = 20
OWNER = AccountParams()


class Clock:
    """Follows the venue's clock, which says every step it makes; comes back after a cut."""

    def __init__(self, port):
        self._url = f"ws://127.0.0.1:{port}/ws/v5/public?clock=1"
        self._moved = asyncio.Event()

    async def follow(self) -> None:
        while True:
            with contextlib.suppress(OSError, WebSocketException):
                async with connect(self._url, proxy=None) as socket:
                    await self._hear(socket)

    async def _hear(self, socket) -> None:
        async for text in socket:
            heard = json.loads(text)
            if heard.get("event") == "clock":
                await socket.send(json.dumps({"op": "clock", "seen": heard["now"]}))
                self._moved.set()

    async def step(self) -> None:
        self._moved.clear()
        await self._moved.wait()


@contextlib.asynccontextmanager
async def followed(port):
    clock = Clock(port)
    task = asyncio.create_task(clock.follow())
    try:
        yield clock
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Desk:
    """The sandbox, and our venue with its sockets up."""

    def __init__(self, sandbox, account, http, instrument, told, clock):
        self.clock = clock
        self.sandbox = sandbox
        self.rights = account.rights
        self.venue = account.venue
        self.trade = account.trade
        self.feed = account.feed
        self.http = http
        self.instrument = instrument
        self.told = told
        self.seen = []

    async def fault(self, kind, **more) -> None:
        reply = await self.http.post("/sandbox/fault", json={"kind": kind, **more})
        assert reply.status_code == 200, reply.text

    async def press(self, side, **more) -> None:
        body = {"inst_id": INST, "side": side, **more}
        reply = await self.http.post("/sandbox/market", json=body)
        assert reply.status_code == 200, reply.text

    async def touch(self) -> tuple[D, D]:
        reply = await self.http.get("/api/v5/market/books", params={"instId": INST, "sz": "1"})
        [row] = reply.json()["data"]
        return D(row["bids"][0][0]), D(row["asks"][0][0])

    async def accounts(self) -> dict:
        [account] = (await self.http.get("/sandbox/account")).json()["accounts"]
        return account

    def order(self, price, client_order_id=ENTRY_ID, **more) -> Order:
        now = self.trade.rest.now()
        down = self.instrument.price_floor
        known = {
            "client_order_id": client_order_id,
            "ref_id": "snp_20250915_0736_BTC",
            "book": Book.LIVE,
            "coin": "BTC",
            "instrument": INST,
            "side": Side.LONG,
            "entry": price,
            "contracts": D(2),
            "exits": (
                Exit(leg="sl", kind="stop", price=down(price * D("0.995")), share_pct=100),
                Exit(leg="tp1", kind="target", price=down(price * D("1.05")), share_pct=50),
                Exit(leg="tp2", kind="target", price=down(price * D("1.10")), share_pct=50),
            ),
            "ts_placed": now,
            "ts_expiry": now + 15 * MINUTE,
            "time_stop_ns": 4 * HOUR,
        }
        return Order(**{**known, **more})

    async def until(self, kind, **fields):
        """The first report like that, from now on; all are kept in `seen`."""
        async with asyncio.timeout(PATIENCE_S):
            async for report in self.venue.reports():
                self.seen.append(report)
                like = isinstance(report, kind)
                assert like or not isinstance(report, Rejected), report
                if like and all(getattr(report, name) == value for name, value in fields.items()):
                    return report
        raise AssertionError("the reports ended")

    async def true(self, question) -> None:
        """Until it is so; asked again at every step of the venue's clock."""
        async with asyncio.timeout(PATIENCE_S):
            while not await question():
                await self.clock.step()

    async def open(self) -> None:
        async def answer():
            return not self.venue.closed

        await self.true(answer)

    def tell(self):
        """Everything reported so far."""
        self.seen += self.venue.drain()
        return self.seen


@contextlib.asynccontextmanager
async def desk(rules=None, key="k", account=OWNER):
    market = SeededMarket(7, ["BTC"], START_MS)
    sandbox = Sandbox(market, speed=1.0, accounts=[account])
    port = await sandbox.start()
    url, told = f"http://127.0.0.1:{port}", []
    plan = AccountPlan(
        rest_url=url,
        ws_root=f"ws://127.0.0.1:{port}/ws/v5",
        credentials=Credentials(Secret(key), Secret("s"), Secret("p")),
        demo=False,
    )
    roll = random.Random(1).random
    public = OkxRest(url, time.monotonic_ns, roll)
    try:
        found = await listings(public, ["BTC"])
        async with (
            followed(port) as clock,
            httpx.AsyncClient(base_url=url, trust_env=False) as http,
            trading(plan, found.values(), roll, told.append, rules=rules) as account,
        ):
            yield Desk(sandbox, account, http, found["BTC"], told, clock)
    finally:
        await public.close()
        await sandbox.close()


def run(story, **more):
    async def whole():
        async with desk(**more) as made:
            return await story(made)

    return asyncio.run(whole())


async def rested(made, **more):
    """An entry well below the market, accepted."""
    await made.open()
    bid, _ = await made.touch()
    order = made.order(made.instrument.price_floor(bid * D("0.99")), **more)
    made.venue.submit(order)
    await made.until(Accepted)
    return order


async def filled(made, contracts=D(2)):
    """A position of that size, with its exits live."""
    await made.open()
    bid, _ = await made.touch()
    order = made.order(bid, contracts=contracts)
    made.venue.submit(order)
    await made.until(Accepted)
    life = made.venue.blotter.lives[ENTRY_ID]

    async def whole():
        await made.press("sell", move_bps=1)
        return life.filled == contracts

    await made.true(whole)

    async def guarded():
        return all(each.live for each in life.exits.values())

    await made.true(guarded)
    return order


# A whole life.


def test_a_whole_life_moves_the_balance_by_exactly_its_pnl_and_fees():
    """Placed, amended up to the touch, part-filled, cancelled, stopped out."""

    async def story(made):
        await made.open()
        before = (await made.trade.balance()).details[0].cash_bal
        bid, _ = await made.touch()
        far = made.instrument.price_floor(bid * D("0.99"))
        order = made.order(far, contracts=D(900), exits=made.order(far).exits[:1])
        made.venue.submit(order)
        await made.until(Accepted)
        bid, _ = await made.touch()
        made.venue.amend(ENTRY_ID, contracts=D(800), price=bid)
        ticket = made.venue.blotter.lives[ENTRY_ID].entry

        async def amended():
            return (ticket.contracts, ticket.price) == (D(800), bid)

        await made.true(amended)

        async def part():
            await made.press("sell", usd=100_000)
            return ticket.filled > 0

        await made.true(part)
        made.venue.cancel(ENTRY_ID, "wall_gone", close=False, now=0)
        ended = await made.until(Ended)
        assert D(0) < ticket.filled < D(800)
        stop = made.venue.blotter.lives[ENTRY_ID].exits["sl"]

        async def guarded():
            return stop.live

        await made.true(guarded)

        async def flat():
            await made.press("sell", move_bps=20)
            return not made.venue.blotter.lives

        await made.true(flat)
        after = (await made.trade.balance()).details[0].cash_bal
        return before, after, ended.reason, made.tell(), await made.trade.positions()

    before, after, reason, seen, positions = run(story)
    fills = [report for report in seen if isinstance(report, Filled)]
    unit = D("0.01")
    bought = sum(fill.contracts * fill.price * unit for fill in fills if fill.leg == "entry")
    sold = sum(fill.contracts * fill.price * unit for fill in fills if fill.leg == "sl")
    fees = sum(fill.fee_usd for fill in fills)
    assert reason == "wall_gone"
    assert {fill.leg for fill in fills} == {"entry", "sl"}
    assert all(fill.maker for fill in fills if fill.leg == "entry")
    assert after - before == sold - bought - fees
    assert [row.pos for row in positions if row.pos != 0] == []


def test_a_panic_closes_at_market_and_leaves_nothing_behind():
    async def story(made):
        await filled(made)
        made.venue.cancel(ENTRY_ID, "panic", close=True, now=0)
        await made.until(Filled, leg="close")

        async def over():
            return not made.venue.blotter.lives

        await made.true(over)
        return await made.accounts()

    account = run(story)
    assert (account["orders"], account["algos"]) == ([], [])
    assert [row["pos"] for row in account["positions"] if D(row["pos"]) != 0] == []


def test_an_entry_that_would_take_is_ended_by_the_venue_and_told_so():
    async def story(made):
        await made.open()
        _, ask = await made.touch()
        price = made.instrument.price_ceiling(ask * D("1.001"))
        made.venue.submit(made.order(price))
        return await made.until(Ended)

    assert run(story).reason == "post_only_would_take"


def test_a_second_submit_leaves_one_order():
    async def story(made):
        order = await rested(made)
        made.venue.submit(order)
        made.venue.submit(order)
        return await made.accounts()

    assert len(run(story)["orders"]) == 1


# Faults on the way of an order.


@pytest.mark.parametrize(
    "fault",
    [
        {"sending": "reset"},
        {"code": "50004", "status": 400},
        {"code": "51149", "status": 500},
        {"status": 502, "body": "<html>Bad Gateway</html>"},
        {"sending": "truncate"},
        {"sending": "hang"},
    ],
    ids=["reset", "50004", "51149", "html", "truncated", "hang"],
)
def test_c01_c04_an_order_that_is_live_though_we_were_not_told_is_adopted(fault):
    async def story(made):
        await made.open()
        await made.fault("http", path="/api/v5/trade/order", when="after", **fault)
        await rested(made)
        return await made.accounts()

    [row] = run(story)["orders"]
    assert (row["clOrdId"], row["state"]) == (f"pw{ENTRY_ID}", "live")


def test_c02_an_order_that_never_arrived_is_sent_again_under_its_own_id():
    async def story(made):
        await made.open()
        await made.fault("http", path="/api/v5/trade/order", when="before", sending="reset")
        await rested(made)
        ticket = made.venue.blotter.lives[ENTRY_ID].entry
        return ticket.sends, await made.accounts()

    sends, account = run(story)
    assert (sends, [row["clOrdId"] for row in account["orders"]]) == (2, [f"pw{ENTRY_ID}"])


def test_c03_a_duplicate_client_id_is_adopted():
    """The venue has it from a life of ours that ended before it was told."""

    async def story(made):
        await made.open()
        bid, _ = await made.touch()
        order = made.order(made.instrument.price_floor(bid * D("0.99")))
        made.venue.blotter.submit(order, made.trade.rest.now())
        request = made.venue.blotter.lives[ENTRY_ID].entry.request
        await made.trade.set_leverage(INST, D(20))
        await made.trade.place(request)
        made.venue._wake.set()
        await made.until(Accepted)
        return await made.accounts()

    assert len(run(story)["orders"]) == 1


def test_c07_a_push_that_overtakes_the_acknowledgement_changes_nothing():
    async def story(made):
        await made.open()
        await made.fault("http_delay", path="/api/v5/trade/order", seconds=0.3)
        await rested(made)
        life = made.venue.blotter.lives[ENTRY_ID]

        async def acknowledged():
            return life.entry.settled

        await made.true(acknowledged)
        return life.entry.state, len((await made.accounts())["orders"])

    assert run(story) == ("live", 1)


def test_c07_c09_pushes_out_of_order_and_twice_give_each_fill_once():
    async def story(made):
        await made.open()
        for _ in range(3):
            await made.fault("reorder_push", channel="orders", count=2)
            await made.fault("duplicate_push", channel="orders", count=2)
        await filled(made, D(2))
        await made.until(Filled) if not any(
            isinstance(one, Filled) for one in made.tell()
        ) else None
        return made.tell(), await made.trade.fills()

    seen, listed = run(story)
    told = [report.fill_id for report in seen if isinstance(report, Filled)]
    assert len(told) == len(set(told))
    assert sorted(told) == sorted(f"okx-{INST}-{row.trade_id}" for row in listed)


def test_c08_fills_whose_pushes_never_came_are_found_when_the_sockets_come_back():
    async def story(made):
        await made.open()
        bid, _ = await made.touch()
        made.venue.submit(made.order(bid))
        await made.until(Accepted)
        for channel in ("orders", "balance_and_position", "positions", "account", "orders-algo"):
            await made.fault("drop_push", channel=channel, count=50)

        async def whole():
            await made.press("sell", move_bps=1)
            return not (await made.accounts())["orders"]

        await made.true(whole)
        assert not [one for one in made.tell() if isinstance(one, Filled)]
        await made.http.delete("/sandbox/fault")
        await made.fault("cut")
        await made.until(Filled)
        return made.venue.blotter.lives[ENTRY_ID].filled

    assert run(story) == D(2)


def test_c11_an_acknowledged_leverage_that_was_not_changed_lets_no_order_leave():
    async def story(made):
        await made.open()
        await made.trade.set_leverage(INST, D(7))
        await made.fault("leverage_kept", count=3)
        bid, _ = await made.touch()
        made.venue.submit(made.order(bid))
        rejected = await made.until(Rejected)
        return rejected.reason, await made.accounts()

    reason, account = run(story)
    assert (reason, account["orders"], account["ended"]) == ("leverage", [], [])


def test_c18_a_venue_whose_clock_runs_ahead_is_followed():
    async def story(made):
        await made.open()
        before = made.trade.rest.clock.offset
        await made.fault("skew", seconds=45)
        await rested(made)
        return made.trade.rest.clock.offset - before

    assert run(story) > 40 * 10**9


def test_c19_a_refused_key_opens_the_auth_breaker_and_a_person_closes_it():
    async def story(made):
        await made.open()
        await made.fault("key", code="50110")
        bid, _ = await made.touch()
        made.venue.submit(made.order(bid))
        rejected = await made.until(Rejected)
        state = made.trade.rest.auth.state
        asked = made.trade.rest.calls
        made.venue.submit(made.order(bid, "snp202509150740BTClE1"))
        await made.until(Rejected)
        assert made.trade.rest.calls == asked
        await made.http.delete("/sandbox/fault")
        made.trade.rest.auth.close()
        await rested(made, client_order_id="snp202509150744BTClE1")
        return rejected.reason, state

    assert run(story) == ("auth", "open")


def test_c19_a_wrong_key_is_found_out_before_anything_is_done():
    with pytest.raises(Halted, match=r"50111|50119"):
        run(lambda made: made.open(), key="nobody")


def test_c19_a_login_that_is_refused_shuts_the_signed_calls_too():
    async def story(made):
        await made.open()
        await made.fault("key", code="50110")
        await made.fault("cut")

        async def refused():
            return made.trade.rest.auth.state == "open"

        await made.true(refused)
        asked, lives = made.trade.rest.calls, made.feed.connections
        bid, _ = await made.touch()
        made.venue.submit(made.order(bid))
        await made.until(Rejected)
        return made.trade.rest.calls - asked, made.feed.connections - lives

    assert run(story) == (0, 0)


def test_c20_the_key_was_looked_at_and_what_is_not_as_it_should_be_is_told():
    async def story(made):
        return made.rights.good, made.told[-1]

    assert run(story) == (True, "the key is bound to no IP address")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"permissions": ("read_only", "trade", "withdraw")}, "may withdraw"),
        ({"permissions": ("read_only",)}, "may not trade"),
    ],
)
def test_c20_a_key_with_other_rights_is_refused_at_the_start(more, words):
    with pytest.raises(NotFit, match=words):
        run(lambda made: made.open(), account=AccountParams(**more))


def test_c23_a_session_that_was_forgotten_is_made_anew_and_what_was_missed_is_read():
    async def story(made):
        await made.open()
        bid, _ = await made.touch()
        made.venue.submit(made.order(bid))
        await made.until(Accepted)
        await made.fault("logout")
        life = made.venue.blotter.lives[ENTRY_ID]

        async def whole():
            await made.press("sell", move_bps=1)
            return life.filled == D(2)

        await made.true(whole)
        return made.feed.connections

    assert run(story, rules=PrivateParams(push_s=2.0)) >= 4


def test_c25_a_cancel_of_what_is_filled_ends_as_a_fill():
    async def story(made):
        await made.open()
        bid, _ = await made.touch()
        made.venue.submit(made.order(bid))
        await made.until(Accepted)
        await made.fault("drop_push", channel="orders", count=50)

        async def whole():
            await made.press("sell", move_bps=1)
            return not (await made.accounts())["orders"]

        await made.true(whole)
        made.venue.cancel(ENTRY_ID, "panic", close=False, now=0)
        fill = await made.until(Filled)
        return fill.leg, made.venue.blotter.ticket(f"pw{ENTRY_ID}").cancels

    leg, cancels = run(story)
    assert (leg, cancels <= 3) == ("entry", True)


def test_c26_an_order_that_met_50011_is_placed_all_the_same_and_once():
    async def story(made):
        await made.open()
        await made.fault("rate_limit", path="/api/v5/trade/order", count=1)
        await rested(made)
        return await made.accounts()

    assert len(run(story)["orders"]) == 1


# The other calls, each once.


def plain(made, name: str, price, **more) -> Place:
    known = {"side": "buy", "kind": "limit", "contracts": D(1), "price": price}
    return Place(instrument=INST, client_id=f"pwx{name}", **{**known, **more})


def test_batches_are_placed_amended_and_cancelled_item_by_item():
    async def story(made):
        bid, _ = await made.touch()
        far = made.instrument.price_floor(bid * D("0.99"))
        wanted = [plain(made, str(number), far) for number in range(3)]
        placed = await made.trade.place_all([*wanted, wanted[0]])
        amends = [Amend(instrument=INST, client_id=one.client_id, contracts=D(2)) for one in wanted]
        await made.trade.amend_all(amends)
        pending = {row.cl_ord_id: row.sz for row in await made.trade.pending()}
        cancels = [Cancel(instrument=INST, client_id=one.client_id) for one in wanted]
        gone = await made.trade.cancel_all([*cancels, cancels[0]])
        left = await made.trade.pending()
        return [_code(one) for one in placed], pending, [_code(one) for one in gone], left

    placed, pending, gone, left = run(story)
    assert placed == ["0", "0", "0", "51016"]
    assert pending == {f"pwx{number}": D(2) for number in range(3)}
    assert gone == ["0", "0", "0", "51400"]
    assert left == []


def _code(outcome) -> str:
    return outcome.code if isinstance(outcome, OkxError) else outcome.s_code


def test_every_kind_of_algo_order_is_placed_found_amended_and_cancelled():
    async def story(made):
        bid, ask = await made.touch()
        await made.trade.place(plain(made, "in", None, kind="market"))
        down, up = made.instrument.price_floor, made.instrument.price_ceiling
        low, high = down(bid * D("0.95")), up(ask * D("1.05"))
        known = {"instrument": INST, "side": "sell", "contracts": D(1)}
        wanted = [
            StopAt(**known, client_id="pwxstop", price=low),
            OneCancelsOther(**known, client_id="pwxoco", target=high, stop=low),
            Trigger(**known, client_id="pwxtrigger", price=low),
            Trail(**known, client_id="pwxtrail", ratio=D("0.05")),
        ]
        for one in wanted:
            await made.trade.place_algo(one)
        found = {row.algo_cl_ord_id: row for row in await made.trade.pending_algos()}
        lower = down(bid * D("0.94"))
        await made.trade.amend_algo(AmendAlgo(instrument=INST, client_id="pwxstop", stop=lower))
        [stop] = await made.trade.algo("pwxstop")
        gone = await made.trade.cancel_algos(
            [CancelAlgo(instrument=INST, client_id=one.client_id) for one in wanted]
        )
        return found, (stop.sl_trigger_px, lower), gone, await made.trade.pending_algos()

    found, (stands, wanted), gone, left = run(story)
    kinds = {name: row.ord_type for name, row in found.items()}
    assert kinds == {
        "pwxstop": "conditional",
        "pwxoco": "oco",
        "pwxtrigger": "trigger",
        "pwxtrail": "move_order_stop",
    }
    assert stands == wanted
    assert [_code(one) for one in gone] == ["0"] * 4
    assert left == []


def test_the_account_answers_for_itself():
    async def story(made):
        trade = made.trade
        await trade.place(plain(made, "in", None, kind="market"))
        armed = await trade.switch(Arm(seconds=60))
        disarmed = await trade.switch(Disarm())
        [held] = await trade.positions()
        size = await trade.max_size(INST)
        fees = await trade.fees()
        with pytest.raises(Refused, match="59000"):
            await trade.set_position_mode("long_short_mode")
        await trade.close_position(INST)
        mode = await trade.set_position_mode("net_mode")
        flat = [row for row in await trade.positions() if row.pos]
        past = await trade.history(INST)
        return armed, disarmed, held, size, fees, mode, flat, past

    armed, disarmed, held, size, fees, mode, flat, past = run(story)
    assert (armed.trigger_time != "0", disarmed.trigger_time) == (True, "0")
    assert (held.inst_id, held.pos, held.mgn_mode, held.pos_side) == (INST, D(1), "cross", "net")
    assert size.max_buy > 0
    assert (fees.taker_u or fees.fee_group[0].taker) < 0
    assert (mode.pos_mode, flat) == ("net_mode", [])
    assert [row.state for row in past] == ["filled", "filled"]
