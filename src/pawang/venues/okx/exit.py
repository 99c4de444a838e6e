"""One attached exit of an entry: an algo order that OKX makes when the entry fills, sans I/O.

It is attached by our own id, shows itself on `orders-algo`, and when it triggers it has a child
order whose fills are the exit's. Fills are the ticket's affair (see `life`).
"""

from decimal import Decimal

from pawang.model.refs import SECOND
from pawang.venues.okx.algo_requests import CancelAlgo
from pawang.venues.okx.wanted import AskAlgo, SendCancelAlgo
from pawang.venues.okx.wire_private import AlgoRow

SHOW_NS = 3 * SECOND  # by then an exit has shown itself, or is asked for (C10's first half)
ASK_NS = 2 * SECOND
CANCELS_MAX = 3
LIVE = ("live", "pause", "partially_effective")


class AttachedExit:
    """`contracts` None: of the whole position, as the stop is."""

    def __init__(self, client_id: str, leg: str, contracts: Decimal | None) -> None:
        self.client_id = client_id
        self.leg = leg
        self.contracts = contracts
        self.algo_id = ""
        self.state = ""  # as OKX says it; "" = never seen
        self.order_ids: list[str] = []  # its children
        self.fail_code = ""
        self.cancels = 0
        self.unwanted = False
        self.missed = False  # asked for, and not there
        self._newest = 0
        self._busy = False
        self._step = "ask"  # what comes next: "ask" or "cancel"
        self._at: int | None = None  # and when; None = nothing does

    @property
    def live(self) -> bool:
        return self.state in LIVE

    @property
    def over(self) -> bool:
        return self.state != "" and not self.live

    def row(self, row: AlgoRow) -> None:
        """A push or a query's answer, in any order: what is over stays over."""
        self.algo_id = self.algo_id or row.algo_id
        self.missed = False
        fresh = row.u_time or 0
        if fresh >= self._newest and not (self.over and row.state in LIVE):
            self._newest, self.state = fresh, row.state
            self.fail_code = row.fail_code
        for order_id in (row.ord_id, *row.ord_id_list):
            if order_id and order_id not in self.order_ids:
                self.order_ids.append(order_id)
        if not self.unwanted:
            self._at = None

    # What we want.

    def expect(self, now: int) -> None:
        """The entry has filled: it should show itself soon."""
        if self.state == "" and self._at is None and not self._busy and not self.missed:
            self._plan("ask", now + SHOW_NS)

    def look(self, now: int) -> None:
        """Ask for it: after a reconnect nobody knows what was missed."""
        if not self.over and not self._busy:
            self._plan("ask", now)

    def withdraw(self, now: int) -> None:
        """Not wanted any more."""
        if not self.unwanted and not self.over:
            self.unwanted = True
            self._plan("cancel", now)

    # Answers to what was handed over.

    def answered(self, rows: list[AlgoRow], now: int) -> None:
        """What the query found; nothing = it never was, or is long gone."""
        self._busy = False
        for row in rows:
            self.row(row)
        if not rows:
            self.missed, self._at = True, None
            self.state = "canceled" if self.unwanted else self.state
        elif self.unwanted and self.cancels < CANCELS_MAX:
            self._plan("cancel", now)
        elif self.unwanted:
            self._plan("ask", now + ASK_NS)

    def cancel_answered(self, now: int) -> None:
        """Taken or refused: the next step is a look (C25)."""
        self._busy = False
        self._plan("ask", now + ASK_NS)

    def failed(self, now: int) -> None:
        """A question nobody answered."""
        self._busy = False
        self._plan("ask", now + ASK_NS)

    def _plan(self, step: str, at: int) -> None:
        self._step, self._at = step, at

    # What follows.

    def todo(self, instrument: str, now: int) -> list[AskAlgo | SendCancelAlgo]:
        at = self.due()
        if at is None or now < at:
            return []
        self._busy, self._at = True, None
        if self._step == "ask":
            return [AskAlgo(client_id=self.client_id, instrument=instrument)]
        self.cancels += 1
        by_id = "" if self.algo_id else self.client_id
        request = CancelAlgo(instrument=instrument, algo_id=self.algo_id, client_id=by_id)
        return [SendCancelAlgo(client_id=self.client_id, request=request)]

    def due(self) -> int | None:
        return None if self._busy or self.over else self._at
