"""One order of the desk at OKX: the entry, its attached exits with their children, the closes.

What the venue tells goes in by the tickets; what the desk is told comes out as the very reports
the ghost gives: Accepted, Rejected, Filled by leg, Funded, Ended. Sans I/O; what is to be done is
data (`todo`). Linear contracts only, as every plan's are.

What is simple yet: an entry that was cancelled part-filled relies on OKX to make the exits for
the filled part (C05, C10 look after that later: here a missing exit is only asked for and told).
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import TypedDict

from pawang.model.codec import Record
from pawang.model.instrument import Instrument
from pawang.model.market import Aggressor
from pawang.model.order import (
    Accepted,
    Book,
    Ended,
    Filled,
    Funded,
    Order,
    OrderState,
    Rejected,
    VenueReport,
)
from pawang.model.refs import MILLISECOND
from pawang.venues.ghost.shares import shares
from pawang.venues.okx.codes import CODES, subject
from pawang.venues.okx.exit import AttachedExit
from pawang.venues.okx.ids import wire_id
from pawang.venues.okx.requests import Attached, Place
from pawang.venues.okx.ticket import Fill, Ticket, TicketParams
from pawang.venues.okx.wanted import Tell, Wanted
from pawang.venues.okx.wire_account import (
    BillRow,
)
from pawang.venues.okx.wire_private import (
    AlgoRow,
    OrderRow,
)

CLOSES_MAX = 5
"""Market orders of one way out: each takes what the one before left over."""

SOURCES = {
    "1": "cancelled",
    "3": "risk_control",
    "13": "fok_not_filled",
    "14": "ioc_remainder",
    "15": "price_limit",
    "17": "position_closed",
    "20": "cancel_all_after",
    "22": "reduce_only",
    "23": "reduce_only",
    "31": "post_only_would_take",
    "32": "self_trade",
}
"""OKX's `cancelSource` in the words of a report (okx-v5.md 9.2)."""


class LifeParams(Record):
    trigger: str = "last"  # what the exits listen to, as the ghost's do
    limit_targets: bool = False  # take profits rest from the fill on, instead of being triggered
    ticket: TicketParams = TicketParams()


class Stamp(TypedDict):
    """What every report of one order says first."""

    client_order_id: str
    ref_id: str
    book: Book
    ts_event: int


class Life:
    """Times are the venue's, ns."""

    ticket = Ticket  # what follows one order of the venue

    def __init__(
        self, order: Order, instrument: Instrument, params: LifeParams | None = None
    ) -> None:
        assert instrument.linear, f"{instrument.name}: plans are of linear swaps"
        self.order = order
        self.instrument = instrument
        self.params = params or LifeParams()
        self.exits = {each.leg: each for each in self._exits()}
        entry_id = wire_id(order.client_order_id)
        self.entry = self.ticket(
            entry_id,
            instrument.name,
            order.contracts,
            self._request(entry_id),
            give_up=order.ts_expiry,
            params=self.params.ticket,
        )
        self.children: dict[str, tuple[str, Ticket]] = {}  # by order id: (leg, ticket)
        self.closes: list[tuple[str, Ticket]] = []
        self.leaving = ""  # the leg by which it leaves at market
        self._told: set[str] = set()
        self._gave_up = False

    # Placing.

    def _exits(self) -> Iterator[AttachedExit]:
        parts = shares(self.order, self.order.contracts, self.instrument)
        for each in self.order.exits:
            size = parts.get(each.leg)
            if each.kind == "stop" or size:
                made = wire_id(self.order.client_order_id, each.leg)
                yield AttachedExit(made, each.leg, size if each.kind == "target" else None)

    def _request(self, entry_id: str) -> Place:
        prices = {each.leg: each.price for each in self.order.exits}
        split = sum(made.contracts is not None for made in self.exits.values()) > 1
        return Place(
            instrument=self.instrument.name,
            client_id=entry_id,
            side=self._side(1),
            kind="post_only",
            contracts=self.order.contracts,
            price=self.order.entry,
            attached=tuple(
                Attached(
                    client_id=made.client_id,
                    stop=prices[made.leg] if made.contracts is None else None,
                    target=prices[made.leg] if made.contracts is not None else None,
                    contracts=made.contracts if split else None,
                    trigger=self.params.trigger,
                    limit=self.params.limit_targets and made.contracts is not None,
                )
                for made in self.exits.values()
            ),
        )

    def _side(self, sign: int) -> str:
        return "buy" if self.order.side.sign * sign > 0 else "sell"

    def restore(self, now: int) -> None:
        """From before a restart: everything is asked for, nothing is sent by itself."""
        if self.order.state is not OrderState.PENDING:
            self.entry.known = True
        self.entry.assume_sent(self.order.ts_placed, now)
        if self.order.filled > 0:
            for each in self.exits.values():
                each.look(now)
        if self.order.end_reason.startswith("exit_"):
            self.leaving = self.order.end_reason.removeprefix("exit_")

    # Figures.

    @property
    def filled(self) -> Decimal:
        return self.entry.filled

    @property
    def closed(self) -> Decimal:
        return sum((ticket.filled for _, ticket in self._exit_tickets()), Decimal(0))

    @property
    def open(self) -> Decimal:
        """Contracts still in the position, by the fills that were seen."""
        return self.filled - self.closed

    def held(self, at: int) -> Decimal:
        """Contracts open at a time."""
        sides = [(1, self.entry), *((-1, ticket) for _, ticket in self._exit_tickets())]
        return sum(
            (
                sign * fill.contracts
                for sign, ticket in sides
                for fill in ticket.fills.values()
                if fill.ts <= at
            ),
            Decimal(0),
        )

    @property
    def over(self) -> bool:
        """Nothing rests, nothing is open, and all that happened was seen."""
        if not self.entry.over or self.open > 0:
            return False
        exits = self.filled == 0 or all(each.over for each in self.exits.values())
        return exits and all(ticket.over for _, ticket in self._exit_tickets())

    def _exit_tickets(self) -> list[tuple[str, Ticket]]:
        return [*self.children.values(), *self.closes]

    def tickets(self) -> list[Ticket]:
        return [self.entry, *(ticket for _, ticket in self._exit_tickets())]

    # What the venue tells.

    def child(self, row: OrderRow, leg: str, now: int, pushed: bool) -> None:
        """The order of an exit that has triggered (or rests, for a limit target)."""
        self._child(row.ord_id, leg, row.sz).order(row, now, pushed)

    def _child(self, order_id: str, leg: str, contracts: Decimal) -> Ticket:
        if order_id not in self.children:
            made = self.ticket(
                f"{wire_id(self.order.client_order_id, leg)}:{order_id}",
                self.instrument.name,
                contracts,
                params=self.params.ticket,
            )
            made.order_id = order_id
            made.resized = True  # only its own row says how much is all of it
            self.children[order_id] = leg, made
        return self.children[order_id][1]

    def algo(self, row: AlgoRow, leg: str, now: int) -> None:
        """An exit's own row; a child we have not heard of is asked for."""
        each = self.exits.get(leg)
        if each is None:
            return
        each.row(row)
        for order_id in each.order_ids:
            if order_id not in self.children:
                # OKX reports a child's size with the child; what it is for is known before.
                size = each.contracts or self.order.contracts
                self._child(order_id, leg, size).look(now)

    # What we want.

    def cancel(self, reason: str, close: bool, now: int) -> None:
        """Withdraw the entry; `close` also leaves at market, and with what fills before the
        cancel arrives."""
        self.entry.cancel(reason, now)
        if close:
            self.leave("close", now)

    def leave(self, leg: str, now: int) -> None:
        """All of it at market, by one door: the exits are withdrawn with it."""
        if self.leaving:
            return
        self.leaving = leg
        self.entry.cancel(f"exit_{leg}", now)

    # What follows.

    def todo(self, now: int) -> list[Wanted]:
        self._elapse(now)
        made: list[Wanted] = []
        if self.leaving:
            made += self._leave(now)
        self._tidy(now)
        for ticket in self.tickets():
            made += ticket.todo(now)
        for each in self.exits.values():
            made += each.todo(self.instrument.name, now)
        return made

    def due(self) -> int | None:
        dues = [ticket.due() for ticket in self.tickets()]
        dues += [each.due() for each in self.exits.values()]
        if not self.entry.end and not self.entry.wants_end:
            dues.append(self.order.ts_expiry)
        if self.open > 0 and not self.leaving:
            dues.append(self._time_stop())
        return min((due for due in dues if due is not None), default=None)

    def _elapse(self, now: int) -> None:
        """What time alone brings: the entry's expiry, the position's time stop."""
        if now >= self.order.ts_expiry:
            self.entry.cancel("expired", now)
        stop = self._time_stop()
        if stop is not None and now >= stop and self.open > 0:
            self.leave("time", now)

    def _time_stop(self) -> int | None:
        first = min((fill.ts for fill in self.entry.fills.values()), default=None)
        return None if first is None else first + self.order.time_stop_ns

    def _leave(self, now: int) -> list[Wanted]:
        """The next market order of the way out, once the last one is done."""
        if self.open <= 0 or any(not ticket.over for _, ticket in self.closes) or self._gave_up:
            return []
        last = self.closes[-1][1] if self.closes else None
        refused = last is not None and last.end == "rejected"
        if refused or len(self.closes) >= CLOSES_MAX:
            self._gave_up = True
            words = f"cannot close {self.open} contracts of {self.instrument.name}"
            why = last.reason if last is not None else ""
            return [Tell(client_id=self.entry.client_id, words=f"{words}: {why or 'no fill'}")]
        made = wire_id(self.order.client_order_id, self.leaving, len(self.closes) + 1)
        request = Place(
            instrument=self.instrument.name,
            client_id=made,
            side=self._side(-1),
            kind="market",
            contracts=self.open,
            reduce_only=True,
        )
        ticket = self.ticket(
            made, self.instrument.name, self.open, request, params=self.params.ticket
        )
        self.closes.append((self.leaving, ticket))
        return []

    def _tidy(self, now: int) -> None:
        """Exits that guard nothing (any more) go; those that should be there are looked for."""
        if self.filled == 0:
            return  # OKX makes them when the entry fills, and drops them with it
        if self.leaving or (self.entry.over and self.open <= 0):
            for each in self.exits.values():
                each.withdraw(now)
            for _, ticket in self.children.values():
                ticket.cancel("exit", now)
        elif self.entry.over and self.closed == 0:
            for each in self.exits.values():
                each.expect(now)

    # What the desk is told.

    def reports(self, now: int) -> list[VenueReport]:
        """News since the last call, fills first in their own order of time."""
        made: list[VenueReport] = []
        entry = self.entry
        if entry.known and self._once("accepted"):
            made.append(Accepted(**self._stamp(now)))
        if entry.end == "rejected" and self._once("rejected"):
            made.append(Rejected(**self._stamp(now), reason=_refusal(entry.reason)))
        for leg, ticket in [("entry", entry), *self._exit_tickets()]:
            for fill in sorted(ticket.fills.values(), key=lambda fill: (fill.ts, fill.trade_id)):
                if self._once(self._fill_id(fill)):
                    made.append(self._filled(leg, fill))
        if entry.end == "canceled" and entry.whole and self._once("ended"):
            made.append(Ended(**self._stamp(now), reason=self._end()))
        return made

    def fund(self, bill: BillRow, share: Decimal) -> Funded:
        """Its share of a settlement; the bill's sign is ours: negative = paid."""
        at = bill.ts * MILLISECOND
        return Funded(**self._stamp(at), funding_usd=-bill.bal_chg * share)

    def _once(self, what: str) -> bool:
        fresh = what not in self._told
        self._told.add(what)
        return fresh

    def _end(self) -> str:
        if self.entry.reason.startswith("source "):
            source = self.entry.reason.removeprefix("source ")
            ours = self.entry.wants_end if source in ("1", "") else ""
            return ours or SOURCES.get(source, f"venue_{source or 'unknown'}")
        return self.entry.reason

    def _filled(self, leg: str, fill: Fill) -> Filled:
        buys = self._side(1 if leg == "entry" else -1) == "buy"
        return Filled(
            **self._stamp(fill.ts),
            fill_id=self._fill_id(fill),
            leg=leg,
            side=Aggressor.BUY if buys else Aggressor.SELL,
            price=fill.price,
            contracts=fill.contracts,
            fee_usd=-fill.fee,
            maker=fill.maker,
        )

    def _fill_id(self, fill: Fill) -> str:
        return f"okx-{self.instrument.name}-{fill.trade_id}"

    def _stamp(self, now: int) -> Stamp:
        order = self.order
        return Stamp(
            client_order_id=order.client_order_id,
            ref_id=order.ref_id,
            book=order.book,
            ts_event=now,
        )


def _refusal(reason: str) -> str:
    """A code with what it is about, or our own word."""
    return f"{reason} {subject(reason)}".strip() if reason in CODES else reason
