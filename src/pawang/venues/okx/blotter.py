"""All our orders at OKX, sans I/O: rows find their order, and what is to be done comes out.

A row is ours by its client order id (our prefix), by the algo it came from, or by an order id we
have learned. Everything else is foreign: counted, shown, never touched (C13). A fill whose order
is not known yet waits for it (C07). Times are the venue's, ns.
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from pawang.model.codec import Record
from pawang.model.instrument import Instrument
from pawang.model.order import Order, Rejected, VenueReport
from pawang.model.refs import MILLISECOND
from pawang.venues.okx import ids
from pawang.venues.okx.exit import AttachedExit
from pawang.venues.okx.life import Life, LifeParams
from pawang.venues.okx.ticket import Ticket
from pawang.venues.okx.wanted import Wanted
from pawang.venues.okx.wire_account import (
    BillRow,
    PositionRow,
)
from pawang.venues.okx.wire_private import (
    AlgoRow,
    FillRow,
    OrderRow,
)

FUNDING = "8"  # a bill's type (okx-v5.md 7)
TAKEN_MAX = 10_000
"""Client order ids and bills that are remembered after they are done with: weeks of plans."""
ORPHANS_MAX = 1_000
"""Orders nobody has told of yet, and of which we keep fills (those placed by hand are among)."""
BURIED_MAX = 200
"""Orders that are over and still hear late rows (C07)."""


class LastFill(Record):
    """The newest fill seen: from there on we ask after a reconnect (C08)."""

    ts: int = 0
    trade_id: str = ""


class Blotter:
    """`restore` before `submit`; then feed it, and do what `todo` says."""

    life = Life  # what follows one order of the desk

    def __init__(self, instruments: Iterable[Instrument], params: LifeParams | None = None) -> None:
        self._instruments: Mapping[str, Instrument] = {made.name: made for made in instruments}
        self._params = params or LifeParams()
        self.lives: dict[str, Life] = {}  # by client order id
        self._buried: deque[Life] = deque(maxlen=BURIED_MAX)
        self._taken: deque[str] = deque(maxlen=TAKEN_MAX)
        self._bills: deque[str] = deque(maxlen=TAKEN_MAX)
        self._orphans: dict[str, list[FillRow]] = {}  # by order id
        self._untold: list[VenueReport] = []
        self.positions: dict[str, Decimal] = {}  # net contracts by instrument, as OKX says
        self._position_ms: dict[str, int] = {}  # when OKX last changed them
        self.foreign: Counter[str] = Counter()  # rows that are not ours, by instrument
        self.last_fill = LastFill()

    # The port's words.

    def submit(self, order: Order, now: int) -> None:
        """Take an order; a second submit of the same client order id changes nothing (C03)."""
        if order.client_order_id in self._taken:
            return
        self._taken.append(order.client_order_id)
        instrument = self._instruments.get(order.instrument)
        refusal = _refusal(order, instrument)
        if refusal or instrument is None:
            self._untold.append(
                Rejected(
                    client_order_id=order.client_order_id,
                    ref_id=order.ref_id,
                    book=order.book,
                    ts_event=now,
                    reason=refusal,
                )
            )
            return
        self.lives[order.client_order_id] = self.life(order, instrument, self._params)

    def knows(self, client_order_id: str) -> bool:
        """Was it submitted before?"""
        return client_order_id in self._taken

    def restore(self, orders: Iterable[Order], now: int) -> None:
        """Orders from before a restart: each is asked for, none is sent (C14, C15)."""
        for order in orders:
            if order.state.over or order.instrument not in self._instruments:
                continue
            self.submit(order, now)
            life = self.lives.get(order.client_order_id)
            if life is not None:
                life.restore(now)

    def cancel(self, client_order_id: str, reason: str, close: bool, now: int) -> None:
        """Unknown or over: nothing."""
        life = self.lives.get(client_order_id)
        if life is not None:
            life.cancel(reason, close, now)

    def reports(self, now: int) -> list[VenueReport]:
        """News for the desk, each once; orders that are over leave the table."""
        self._adopt_orphans(now)
        made, self._untold = self._untold, []
        for life in [*self.lives.values(), *self._buried]:
            made += life.reports(now)
        for name in [name for name, life in self.lives.items() if life.over]:
            self._buried.append(self.lives.pop(name))
        return made

    # What the venue tells.

    def order(self, row: OrderRow, now: int, pushed: bool = True) -> bool:
        """False: not ours."""
        made = ids.read(row.cl_ord_id)
        life = None if made is None else self._life(made.client_order_id)
        ticket = self.ticket(row.cl_ord_id) or self._by_order(row.ord_id)
        if ticket is not None:
            ticket.order(row, now, pushed)
        elif (exit := self._parent(row)) is not None:
            owner, leg = exit
            owner.child(row, leg, now, pushed)
        elif life is not None and made is not None:
            # A close from before a restart: ours by its id, and of a leg of this order.
            life.child(row, made.leg, now, pushed)
        else:
            self.foreign[row.inst_id] += 1
            return False
        if row.trade_id and row.fill_time:
            self._newest(row.fill_time * MILLISECOND, row.trade_id)
        return True

    def fill(self, row: FillRow, now: int) -> bool:
        """A row of the fills list; one of an unknown order waits for it."""
        self._newest((row.fill_time or row.ts) * MILLISECOND, row.trade_id)
        ticket = self.ticket(row.cl_ord_id) or self._by_order(row.ord_id)
        if ticket is None:
            self._orphans.setdefault(row.ord_id, []).append(row)
            if len(self._orphans) > ORPHANS_MAX:
                del self._orphans[next(iter(self._orphans))]
            return False
        ticket.fill(row, now)
        return True

    def _adopt_orphans(self, now: int) -> None:
        """Fills that came before we knew whose they are."""
        for ticket in self._tickets() if self._orphans else ():
            for row in self._orphans.pop(ticket.order_id, ()):
                ticket.fill(row, now)

    def algo(self, row: AlgoRow, now: int) -> bool:
        """An exit's own row. False: not ours."""
        made = ids.read(row.algo_cl_ord_id)
        life = None if made is None else self._life(made.client_order_id)
        if life is None or made is None:
            self.foreign[row.inst_id] += 1
            return False
        life.algo(row, made.leg, now)
        return True

    def position(self, row: PositionRow) -> None:
        """A push may be overtaken by a newer one, and a list by a push."""
        changed = row.u_time or 0
        if changed >= self._position_ms.get(row.inst_id, 0):
            self._position_ms[row.inst_id] = changed
            self.positions[row.inst_id] = row.pos

    def hold_positions(self, rows: Iterable[PositionRow], asked: int) -> None:
        """The whole list as of `asked` (the venue's ns): what is not in it was flat then."""
        listed = {row.inst_id: row for row in rows}
        for row in listed.values():
            self.position(row)
        for name, changed in self._position_ms.items():
            if name not in listed and changed < asked // MILLISECOND:
                self.positions.pop(name, None)

    def bill(self, row: BillRow) -> None:
        """A funding settlement, shared among the orders that held the position then."""
        if row.type != FUNDING or row.bill_id in self._bills:
            return
        self._bills.append(row.bill_id)
        at = row.ts * MILLISECOND
        held = {
            life: size
            for life in [*self.lives.values(), *self._buried]
            if life.instrument.name == row.inst_id and (size := life.held(at)) > 0
        }
        whole = sum(held.values(), Decimal(0))
        self._untold += [life.fund(row, size / whole) for life, size in held.items()]

    def _newest(self, ts: int, trade_id: str) -> None:
        if ts > self.last_fill.ts:
            self.last_fill = LastFill(ts=ts, trade_id=trade_id)

    # Who is who.

    def ticket(self, client_id: str) -> Ticket | None:
        """The entry, close or child order of a client id of ours."""
        made = ids.read(client_id.partition(":")[0])
        life = None if made is None else self._life(made.client_order_id)
        if life is None:
            return None
        return next((one for one in life.tickets() if one.client_id == client_id), None)

    def exit(self, client_id: str) -> AttachedExit | None:
        made = ids.read(client_id)
        life = None if made is None else self._life(made.client_order_id)
        return None if life is None or made is None else life.exits.get(made.leg)

    def _tickets(self) -> Iterator[Ticket]:
        for life in (*self.lives.values(), *self._buried):
            yield from life.tickets()

    def _by_order(self, order_id: str) -> Ticket | None:
        return next((one for one in self._tickets() if one.order_id == order_id), None)

    def _life(self, client_order_id: str) -> Life | None:
        found = self.lives.get(client_order_id)
        if found is not None:
            return found
        over = (one for one in self._buried if one.order.client_order_id == client_order_id)
        return next(over, None)

    def _parent(self, row: OrderRow) -> tuple[Life, str] | None:
        """The exit whose child this is, by our id or by the algo's."""
        for given in (row.algo_cl_ord_id, row.attach_algo_cl_ord_id):
            made = ids.read(given)
            life = None if made is None else self._life(made.client_order_id)
            if life is not None and made is not None and made.leg != "entry":
                return life, made.leg
        algos = {row.algo_id, row.linked_algo_ord.algo_id} - {""}
        for life in self.lives.values():
            for each in life.exits.values():
                if each.algo_id in algos or row.ord_id in each.order_ids:
                    return life, each.leg
        return None

    # What follows.

    def todo(self, now: int) -> list[Wanted]:
        return [wanted for life in self.lives.values() for wanted in life.todo(now)]

    def due(self) -> int | None:
        """When `todo` wants to be called next, if nothing is heard before."""
        dues = [life.due() for life in self.lives.values()]
        return min((due for due in dues if due is not None), default=None)

    def look(self, pending: Iterable[str], now: int) -> None:
        """After a reconnect: whatever is not among the `pending` order ids is asked for (C08)."""
        known = set(pending)
        for life in self.lives.values():
            for ticket in life.tickets():
                if ticket.order_id not in known:
                    ticket.look(now)
            for each in life.exits.values():
                if life.filled > 0:
                    each.look(now)


def _refusal(order: Order, instrument: Instrument | None) -> str:
    """Why it is not even sent, or "": in the ghost's words."""
    if instrument is None:
        return "unknown_instrument"
    if instrument.state != "live":
        return "not_trading"
    if order.contracts < instrument.size_min:
        return "below_min"
    if order.contracts % instrument.lot_size:
        return "off_lot"
    return ""
