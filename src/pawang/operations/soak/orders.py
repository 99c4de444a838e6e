"""The private rows of the soak: one real order each, and what the venue does wrong with it.

Each row opens the account anew over real sockets, so it starts whole and ends by itself. What the
client believes is held against what the venue answers to a plain question.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal

import httpx

from pawang.guards.secret import Secret
from pawang.model.instrument import Instrument
from pawang.model.market import Side
from pawang.model.order import Book, Order
from pawang.model.refs import MINUTE
from pawang.operations.soak.timing import Row, TookTooLong, until
from pawang.venues.okx import public
from pawang.venues.okx.account import Account, AccountPlan, trading
from pawang.venues.okx.rest import OkxRest
from pawang.venues.okx.signing import Credentials
from pawang.venues.okx.ticket import State, Ticket

AWAY = Decimal("0.98")  # of the touch: it rests for as long as a row takes
OPEN_S = 20.0
ORDER, CANCEL = "/api/v5/trade/order", "/api/v5/trade/cancel-order"
UNDECIDED = '{"code":"50004","msg":"API endpoint request timeout.","data":[]}'
GONE = '{"code":"1","msg":"","data":[{"ordId":"","clOrdId":"","sCode":"51400","sMsg":"gone"}]}'


@dataclass
class Desk:
    """An open account, one instrument, and the way to strike the venue."""

    account: Account
    instrument: Instrument
    control: httpx.AsyncClient
    orders: int = 0

    async def strike(self, kind: str, **more: object) -> None:
        answer = await self.control.post("/sandbox/fault", json={"kind": kind, **more})
        answer.raise_for_status()

    async def submit(self) -> Ticket:
        """A small buy far below the touch."""
        query = {"instId": self.instrument.name, "sz": "1"}
        said = (await self.control.get("/api/v5/market/books", params=query)).json()
        touch = Decimal(said["data"][0]["bids"][0][0])
        tick, now = self.instrument.tick_size, self.account.rest.now()
        self.orders += 1
        order = Order(
            client_order_id=f"soak{time.time_ns() % 10**10}n{self.orders}lE1",
            ref_id=f"soak_{self.orders}",
            book=Book.LIVE,
            coin=self.instrument.coin,
            instrument=self.instrument.name,
            side=Side.LONG,
            entry=touch * AWAY // tick * tick,
            contracts=self.instrument.lot_size,
            exits=(),
            ts_placed=now,
            ts_expiry=now + 10 * MINUTE,
            time_stop_ns=10 * MINUTE,
        )
        self.account.venue.submit(order)
        life = self.account.venue.blotter.lives.get(order.client_order_id)
        if life is None:
            raise TookTooLong(f"the entry was not taken: {self.account.venue.closed}")
        return life.entry

    async def reaches(self, ticket: Ticket, state: State, within_s: float) -> None:
        await until(lambda: ticket.state is state, within_s, f"the order is {ticket.state}")

    async def same(self, ticket: Ticket) -> None:
        """The venue has exactly this one under its name, in this state."""
        row = await self.account.trade.order(ticket.instrument, ticket.client_id)
        pending = [one.cl_ord_id for one in await self.account.trade.pending()]
        live = ticket.state is State.LIVE
        if row is None or row.state != ticket.state or pending.count(ticket.client_id) != live:
            raise TookTooLong(f"we have {ticket.state}, the venue {row and row.state}")


async def lost_answer(desk: Desk, bound_s: float) -> None:
    await desk.strike("http", path=ORDER, when="after", sending="reset")
    ticket = await desk.submit()
    await desk.reaches(ticket, State.LIVE, bound_s)
    await desk.same(ticket)


async def lost_order(desk: Desk, bound_s: float) -> None:
    await desk.strike("http", path=ORDER, when="before", sending="reset")
    ticket = await desk.submit()
    await desk.reaches(ticket, State.LIVE, bound_s)
    await desk.same(ticket)


async def nobody_knows(desk: Desk, bound_s: float) -> None:
    await desk.strike("http", path=ORDER, when="after", status=200, body=UNDECIDED)
    ticket = await desk.submit()
    await desk.reaches(ticket, State.LIVE, bound_s)
    await desk.same(ticket)


async def lost_push(desk: Desk, bound_s: float) -> None:
    """Cancelled by another hand while our pushes are lost and the line is cut."""
    ticket = await desk.submit()
    await desk.reaches(ticket, State.LIVE, OPEN_S)
    await desk.strike("drop_push", channel="orders", count=1)
    row = await desk.account.trade.order(ticket.instrument, ticket.client_id)
    assert row is not None, "it was live a moment ago"
    await desk.account.rest.post(
        "trade/cancel-order", {"instId": ticket.instrument, "ordId": row.ord_id}
    )
    await desk.strike("cut")
    await until(lambda: bool(desk.account.venue.closed), bound_s, "the cut was not noticed")
    await until(lambda: not desk.account.venue.closed, OPEN_S, "the sockets are not back")
    await desk.reaches(ticket, State.CANCELED, bound_s)


async def skewed(desk: Desk, bound_s: float) -> None:
    await desk.strike("skew", seconds=60)
    ticket = await desk.submit()
    await desk.reaches(ticket, State.LIVE, bound_s)
    await desk.same(ticket)


async def refused_key(desk: Desk, bound_s: float) -> None:
    await desk.strike("key", code="50111", seconds=20)
    await desk.submit()
    auth = desk.account.rest.auth
    await until(lambda: auth.state == "open", bound_s, "the key is still used")


async def logged_out(desk: Desk, bound_s: float) -> None:
    before = desk.account.feed.connections
    await desk.strike("logout")
    await until(
        lambda: desk.account.feed.connections >= before + 2 and not desk.account.venue.closed,
        bound_s,
        "nobody logged in again",
    )


async def not_found(desk: Desk, bound_s: float) -> None:
    """The cancel is told that there is none, three times: we look, and never loop."""
    ticket = await desk.submit()
    await desk.reaches(ticket, State.LIVE, OPEN_S)
    await desk.strike("http", path=CANCEL, status=200, body=GONE, count=2)
    desk.account.venue.cancel(ticket.client_id.removeprefix("pw"), "cancelled", False, 0)
    await desk.reaches(ticket, State.CANCELED, bound_s)
    if ticket.cancels > 3:
        raise TookTooLong(f"{ticket.cancels} cancels of one order")


async def too_many(desk: Desk, bound_s: float) -> None:
    await desk.strike("rate_limit", path=ORDER, count=2)
    ticket = await desk.submit()
    await desk.reaches(ticket, State.LIVE, bound_s)
    await desk.same(ticket)


TESTS: tuple[tuple[str, str, float, Callable[[Desk, float], Awaitable[None]]], ...] = (
    ("C01", "the answer is lost, the order live", 10.0, lost_answer),
    ("C02", "the order is lost", 10.0, lost_order),
    ("C04", "50004: nobody knows", 10.0, nobody_knows),
    ("C08", "an end missed while away", 5.0, lost_push),
    ("C18", "the venue's clock 60 s ahead", 10.0, skewed),
    ("C19", "the key is refused", 5.0, refused_key),
    ("C23", "logged out, the socket stays", 70.0, logged_out),
    ("C25", "a cancel says not found", 10.0, not_found),
    ("C26", "too many requests", 10.0, too_many),
)


def order_rows() -> tuple[Row, ...]:
    """The private rows, each on an account of its own."""
    return tuple(Row(name, words, bound_s, alone=_on(test)) for name, words, bound_s, test in TESTS)


def _on(
    test: Callable[[Desk, float], Awaitable[None]],
) -> Callable[[str, float], Awaitable[float]]:
    async def alone(url: str, bound_s: float) -> float:
        root = url.replace("http", "ws", 1)
        credentials = Credentials(Secret("k"), Secret("s"), Secret("p"))
        async with httpx.AsyncClient(base_url=url, trust_env=False) as control:
            plan = AccountPlan(url, f"{root}/ws/v5", credentials, demo=False)
            listed = await _listed(url)
            async with trading(plan, listed, random.random) as account:
                desk = Desk(account, listed[0], control)
                await until(lambda: not account.venue.closed, OPEN_S, "the account is not open")
                await asyncio.sleep(1.0)
                began = time.monotonic()
                await test(desk, bound_s)
                return time.monotonic() - began

    return alone


async def _listed(url: str) -> list[Instrument]:
    rest = OkxRest(url, time.time_ns, random.random)
    try:
        return list((await public.listings(rest, ("BTC",))).values())
    finally:
        await rest.close()
