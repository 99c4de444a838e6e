"""The law of orders: when all is quiet, the client's every order is the venue's, to the last fee.

The venue's own accounts are read, not its answers: what a ticket believes is held against what
the exchange has in its books. And over the whole life of a seed: no client order id ever named two
orders, no fill was told twice, and the sum of the fills is the position.
"""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from pawang.model.order import Filled, VenueReport
from pawang.sandbox.okx.private.accounts import Account
from pawang.sandbox.okx.private.orders import Order as VenueOrder
from pawang.venues.okx.blotter import Blotter
from pawang.venues.okx.life import Life
from pawang.venues.okx.ticket import State, Ticket

SETTLED = (State.FILLED, State.CANCELED, State.REJECTED)
ENDS = {"filled": State.FILLED, "canceled": State.CANCELED}


class OrderLaw:
    """Over one account and one table of orders."""

    def __init__(self, account: Account, blotter: Blotter, pushes_lost: bool) -> None:
        """`pushes_lost`: a push that never came leaves an old position until the next reading."""
        self._account = account
        self._pushes_lost = pushes_lost
        self._blotter = blotter
        self.lives: dict[str, Life] = {}  # every order that was ever taken
        self._fills: Counter[str] = Counter()
        self._told: dict[str, Decimal] = {}  # contracts in reports, by order and leg

    def taken(self, client_order_id: str) -> None:
        """The table has it from now on."""
        self.lives[client_order_id] = self._blotter.lives[client_order_id]

    def heard(self, report: VenueReport) -> Iterator[str]:
        """A report to the desk."""
        if not isinstance(report, Filled):
            return
        self._fills[report.fill_id] += 1
        if self._fills[report.fill_id] > 1:
            yield f"C09 {report.client_order_id}: the fill {report.fill_id} was told twice"
        key = f"{report.client_order_id} {report.leg}"
        self._told[key] = self._told.get(key, Decimal(0)) + report.contracts

    def settled(self) -> bool:
        """Whether every order is over on our side."""
        return all(life.over or _never_was(life) for life in self.lives.values())

    def unsettled(self) -> list[str]:
        """Which are not, and what is known of them."""
        return [
            f"{ticket.client_id} {ticket.state} {ticket.filled} of {ticket.accumulated}"
            f" of {ticket.contracts}, {life.open} open"
            for life in self.lives.values()
            if not (life.over or _never_was(life))
            for ticket in life.tickets()
        ]

    def judge(self) -> Iterator[str]:
        """All that must be true in the end."""
        theirs: dict[str, list[VenueOrder]] = {}
        for order in (*self._account.ended, *self._account.orders.values()):
            theirs.setdefault(order.wish.cl_ord_id, []).append(order)
        known: set[str] = set()
        for life in self.lives.values():
            for leg, ticket in [("entry", life.entry), *life.children.values(), *life.closes]:
                known.add(ticket.client_id)
                yield from self._ticket(ticket, theirs.get(ticket.client_id, []))
                yield from self._reports(life, leg)
        for name, orders in theirs.items():
            if name not in known:
                yield f"C01 {name}: {len(orders)} orders at the venue that no ticket knows"
        yield from self._positions()

    def _ticket(self, ticket: Ticket, theirs: list[VenueOrder]) -> Iterator[str]:
        name = ticket.client_id
        if len(theirs) > 1:
            yield f"C02 {name}: {len(theirs)} orders of one id"
            return
        if ticket.state not in SETTLED:
            yield f"C01 {name}: is still {ticket.state}"
        if not theirs:
            if ticket.fills or ticket.state is State.FILLED or ticket.order_id:
                yield f"C01 {name}: {ticket.state} with {ticket.filled}, the venue has none"
            return
        [order] = theirs
        lot = order.made.lot_size
        ours = (ticket.state, ticket.order_id, ticket.filled, *_money(ticket))
        cost = Decimal(order.cost) * lot * order.made.tick_size
        end = ENDS.get(order.state, order.state)
        true = (end, str(order.ord_id), order.filled * lot, cost, order.fee)
        if ours != true:
            yield f"C01 {name}: we have {_shown(ours)}, the venue {_shown(true)}"

    def _reports(self, life: Life, leg: str) -> Iterator[str]:
        legs = [("entry", life.entry), *life.children.values(), *life.closes]
        whole = sum((ticket.filled for name, ticket in legs if name == leg), Decimal(0))
        told = self._told.get(f"{life.order.client_order_id} {leg}", Decimal(0))
        if told != whole:
            yield f"C08 {life.order.client_order_id}: the desk heard of {told} {leg}, not {whole}"

    def _positions(self) -> Iterator[str]:
        held: dict[str, Decimal] = {}
        for life in self.lives.values():
            for ticket in life.tickets():
                sign = 1 if _buys(life, ticket) else -1
                name = life.instrument.name
                held[name] = held.get(name, Decimal(0)) + sign * ticket.filled
        for name, ours in held.items():
            position = self._account.positions.get((name, "net"))
            true = position.contracts if position is not None else Decimal(0)
            pushed = self._blotter.positions.get(name, Decimal(0))
            if ours != true:
                yield f"C09 {name}: our fills make {ours}, the venue holds {true}"
            if pushed != true and not self._pushes_lost:
                yield f"C08 {name}: we were told of a position of {pushed}, it is {true}"

    def known(self) -> bool:
        """Whether we were told of every position as it is."""
        return self._pushes_lost or all(
            self._blotter.positions.get(position.made.name, Decimal(0)) == position.contracts
            for position in self._account.positions.values()
        )


def _never_was(life: Life) -> bool:
    return life.entry.state is State.REJECTED and life.filled == 0


def _buys(life: Life, ticket: Ticket) -> bool:
    return (life.order.side.sign > 0) is (ticket is life.entry)


def _money(ticket: Ticket) -> tuple[Decimal, Decimal]:
    """Cost (price times contracts) and fee of the fills that were seen."""
    cost = sum((fill.price * fill.contracts for fill in ticket.fills.values()), Decimal(0))
    return cost, sum((fill.fee for fill in ticket.fills.values()), Decimal(0))


def _shown(values: tuple[object, ...]) -> str:
    return " ".join(map(str, values))
