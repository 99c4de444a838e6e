"""One order under all three models of the ghost (row O1): the base speaks, the others are summed.

What a user is shown is the base; beside it stands what a pessimist and an optimist would have
made of the same tape. All three see the same records, each with its own ticket.
"""

from collections.abc import Iterator
from decimal import Decimal

from pawang.model.instrument import Instrument
from pawang.model.market import Aggressor
from pawang.model.order import Bound, Bracketed, Filled, Funded, Order, VenueReport
from pawang.venues.ghost.params import GhostParams, optimistic, pessimistic
from pawang.venues.ghost.ticket import Ticket

OTHERS = {"pessimistic": pessimistic, "optimistic": optimistic}


class Tally:
    """The money of one model's reports."""

    def __init__(self, model: str, ticket: Ticket) -> None:
        self.model = model
        self.ticket = ticket
        self.net_usd = Decimal(0)
        self._legs: dict[str, None] = {}

    def hear(self, reports: Iterator[VenueReport]) -> None:
        made = self.ticket.instrument
        for report in reports:
            match report:
                case Filled():
                    sign = -1 if report.side is Aggressor.BUY else 1
                    worth = made.notional_usd(report.contracts, report.price)
                    self.net_usd += sign * worth - report.fee_usd
                    if report.leg != "entry":
                        self._legs[report.leg] = None
                case Funded():
                    self.net_usd -= report.funding_usd
                case _:
                    pass

    def bound(self) -> Bound:
        order, filled = self.ticket.order, self.ticket.filled
        risk = order.risk_usd * filled / order.contracts
        return Bound(
            model=self.model,
            contracts=filled,
            net_usd=self.net_usd,
            net_r=float(self.net_usd / risk) if risk else 0.0,
            legs_hit=tuple(self._legs),
        )


class Played:
    """The tickets of one order. `base` reports; `others` are summed in silence."""

    def __init__(self, order: Order, instrument: Instrument, params: GhostParams) -> None:
        self.base = Ticket(order, instrument, params)
        self.others = [
            Tally(name, Ticket(order, instrument, changed(params)))
            for name, changed in OTHERS.items()
        ]
        # After a restart all three go on from what the base had: only from there on they differ.
        self._fresh = order.filled == 0 and order.ts_filled is None

    @property
    def tickets(self) -> list[Ticket]:
        return [self.base, *(one.ticket for one in self.others)]

    @property
    def over(self) -> bool:
        return all(ticket.over for ticket in self.tickets)

    def bracketed(self, now: int) -> Bracketed:
        """What the others made, once all are over."""
        order = self.base.order
        return Bracketed(
            client_order_id=order.client_order_id,
            ref_id=order.ref_id,
            book=order.book,
            ts_event=now,
            bounds=tuple(one.bound() for one in self.others),
            certain=self._fresh and not self.base.requeued,
        )
