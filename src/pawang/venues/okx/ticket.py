"""One order's life at OKX, sans I/O: whatever is told in whatever order, the figures come right.

    intent -> sending -> live -> partially_filled -> filled
                 |  \\       \\-> canceled (perhaps part-filled)
                 |   rejected
                 +-> unknown -> (asked) live … | (none, and expired) sending again, or over

The state follows from the figures, and each figure only grows: an order id once told, the highest
accumulated size, the set of fills (unique by trade id, C09), the first end. So acknowledgement,
push, fill and query answer may come in any order and twice (C07).

What is to be done follows from the figures too: `todo(now)` hands it over as data, and each thing
handed over is answered by exactly one call (`acked`, `failed`, `found`, `missing`, …). A network
error never decides anything: the order is unknown until the venue was asked (C01, C04). The same
client order id is sent again only if the venue says there is none *and* the first one has expired
there (C02); "duplicate" then means that it is there after all (C03). `now` is the venue's time.
"""

from decimal import Decimal
from enum import StrEnum

from pawang.model.codec import Record
from pawang.model.refs import MILLISECOND, SECOND
from pawang.venues.okx.agenda import Agenda
from pawang.venues.okx.codes import (
    DUPLICATE,
    GATE,
    GONE,
    LATE,
    LIMITED,
    Halted,
    Held,
    Kept,
    NotSent,
    OkxError,
    Retry,
    Unknown,
)
from pawang.venues.okx.requests import Amend, Cancel, Place
from pawang.venues.okx.wanted import (
    AskFills,
    AskOrder,
    Send,
    SendAmend,
    SendCancel,
    Tell,
    Todo,
)
from pawang.venues.okx.wire_private import FillRow, OrderRow


class State(StrEnum):
    INTENT = "intent"
    SENDING = "sending"
    UNKNOWN = "unknown"
    LIVE = "live"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELED = "canceled"
    REJECTED = "rejected"


class TicketParams(Record):
    expires_ns: int = 4 * SECOND  # expTime after the sending; later it cannot become live (C02)
    clock_ns: int = SECOND // 4  # and so much for what we do not know of the venue's clock
    ask_first_ns: int = SECOND // 5  # an answer that got lost is asked for that soon
    ask_max_ns: int = 2 * SECOND  # and then at doubling distances up to this
    settle_ns: int = 2 * SECOND  # an acknowledged order or cancel shows itself by then (C08)
    fills_ns: int = SECOND // 2  # fills a row tells of may still be on their way (C07)
    pause_ns: int = SECOND  # after "too many" or no connection
    sends_max: int = 3  # of one client order id
    pauses_max: int = 10  # then it is given up: the entry's own expiry comes sooner
    cancels_max: int = 3  # C25
    nones_max: int = 3  # a known order that no query finds was cancelled more than 2 h ago


class Fill(Record):
    """One match. `fee` has OKX's sign: negative = paid."""

    trade_id: str
    price: Decimal
    contracts: Decimal
    fee: Decimal
    ts: int
    maker: bool


class Ticket:
    """`request` None: the venue made this order (the child of an exit), we only follow it."""

    def __init__(
        self,
        client_id: str,
        instrument: str,
        contracts: Decimal,
        request: Place | None = None,
        give_up: int | None = None,
        params: TicketParams | None = None,
    ) -> None:
        self.client_id = client_id
        self.instrument = instrument
        self.contracts = contracts
        self.price = request.price if request is not None else None
        self.request = request
        self.give_up = give_up  # not sent for the first time after this
        self.params = params or TicketParams()
        self.order_id = ""
        self.known = request is None  # the venue has it, or had it
        self.shown = False  # a row of it was seen
        self.end = ""  # "filled", "canceled", "rejected"
        self.reason = ""  # of the end: a code, "source 31", or our own word
        self.wants_end = ""  # why we want it cancelled
        self.accumulated = Decimal(0)
        self.fills: dict[str, Fill] = {}
        self.sends = 0
        self.cancels = 0
        self.resized = False  # then only a row tells how much is all of it
        self.ts_sent: int | None = None
        self.expires = 0
        self._newest = (0, Decimal(-1))
        self._agenda = Agenda()
        self._asks = 0
        self._nones = 0
        self._pauses = 0
        self._amends = 0
        self._amend: Amend | None = None
        self._gave_up = False  # cancelled often enough
        self._told: list[str] = []

    # Figures.

    @property
    def state(self) -> State:
        if self.end:
            return State(self.end)
        if self.known:
            return State.PARTIALLY_FILLED if self.accumulated > 0 else State.LIVE
        if self._agenda.under_way("send"):
            return State.SENDING
        return State.UNKNOWN if self.sends else State.INTENT

    @property
    def filled(self) -> Decimal:
        """Contracts in the fills that were seen."""
        return sum((fill.contracts for fill in self.fills.values()), Decimal(0))

    @property
    def whole(self) -> bool:
        """Every fill the venue told of was seen."""
        return self.filled >= self.accumulated

    @property
    def settled(self) -> bool:
        """No sending of it is under way."""
        return self.sends > 0 and not self._agenda.under_way("send")

    @property
    def over(self) -> bool:
        return bool(self.end) and self.whole

    # What the venue says of itself: pushes and query answers.

    def order(self, row: OrderRow, now: int, pushed: bool) -> None:
        """A row, from a push or a query. Only a push tells its own fill with its fee."""
        self.known = self.shown = True
        self.order_id = self.order_id or row.ord_id
        self._nones = 0
        if not self.wants_end:
            self._agenda.drop("ask")  # answered, if not by whom it was asked
        if self.end == "rejected":
            self.end = self.reason = ""  # it is there: the refusal was of another attempt
        fresh = (row.u_time, row.acc_fill_sz)
        if fresh > self._newest:
            self._newest, self.contracts = fresh, row.sz
            self.price = row.px or self.price
        if pushed and row.trade_id and row.fill_sz and row.fill_px and row.fill_fee is not None:
            self._match(
                Fill(
                    trade_id=row.trade_id,
                    price=row.fill_px,
                    contracts=row.fill_sz,
                    fee=row.fill_fee,
                    ts=(row.fill_time or row.u_time) * MILLISECOND,
                    maker=row.exec_type == "M",
                )
            )
        self._reach(row.acc_fill_sz, now)
        if row.state in ("canceled", "mmp_canceled"):
            self._finish("canceled", f"source {row.cancel_source}")
        elif row.state == "filled":
            self._finish("filled", "")

    def fill(self, row: FillRow, now: int) -> None:
        """A row of /trade/fills."""
        self.known = True
        self.order_id = self.order_id or row.ord_id
        self._match(
            Fill(
                trade_id=row.trade_id,
                price=row.fill_px,
                contracts=row.fill_sz,
                fee=row.fee or Decimal(0),
                ts=(row.fill_time or row.ts) * MILLISECOND,
                maker=row.exec_type == "M",
            )
        )
        self._reach(self.filled, now)

    def _match(self, fill: Fill) -> None:
        """The same fill twice is one (C09)."""
        self.fills.setdefault(fill.trade_id, fill)

    def _reach(self, accumulated: Decimal, now: int) -> None:
        self.accumulated = max(self.accumulated, accumulated, self.filled)
        if not self.whole:
            self._agenda.offer("fills", now + self.params.fills_ns)
        if self.accumulated >= self.contracts and not self.resized:
            self._finish("filled", "")

    def _finish(self, end: str, reason: str) -> None:
        if not self.end:
            self.end, self.reason = end, reason

    # Answers to what was handed over.

    def acked(self, order_id: str, now: int) -> None:
        """Accepted: not yet the outcome, but it exists."""
        self._agenda.answered("send")
        self.known = True
        self.order_id = self.order_id or order_id
        if not self.shown:
            self._agenda.later("ask", now + self.params.settle_ns)

    def failed(self, error: OkxError, now: int) -> None:
        """The sending failed, and how."""
        self._agenda.answered("send")
        if self.known:
            return  # a push was faster than the bad news: it is there
        if error.code in DUPLICATE:
            self.known = True  # C03: our id, so our order
            self._agenda.later("ask", now)
        elif isinstance(error, Held) and self.give_up is not None:
            self._finish("rejected", "held")
        elif isinstance(error, NotSent) or error.code in (*LIMITED, *LATE, "429"):
            self._pause(error, now)
        elif error.code in GATE and self.give_up is None:
            self._pause(error, now)  # a close goes on knocking
        elif isinstance(error, Unknown | Retry):
            self._agenda.later("ask", now + self.params.ask_first_ns)
        elif isinstance(error, Halted):
            self._finish("rejected", "auth")
        else:
            self._finish("rejected", "leverage" if isinstance(error, Kept) else error.code)

    def _pause(self, error: OkxError, now: int) -> None:
        """Nothing happened there: the same again in a moment, if it is still wanted."""
        self._pauses += 1
        # Only an entry is ever given up: what closes a position is wanted as long as it is open.
        if self.give_up is not None and self._pauses >= self.params.pauses_max:
            self._finish("rejected", error.code or "unreachable")
            return
        self.sends -= 1
        self.ts_sent = None
        self._agenda.later("send", now + self.params.pause_ns)

    def found(self, row: OrderRow, now: int) -> None:
        """The query's answer."""
        self._agenda.answered("ask")
        self.order(row, now, pushed=False)
        self._asks = 0
        if self.wants_end and not self.end:
            self._agenda.move("cancel", now)
            if self.cancels >= self.params.cancels_max:
                self._agenda.move("cancel", now + self.params.ask_max_ns)

    def missing(self, now: int) -> None:
        """The query found none under this id."""
        self._agenda.answered("ask")
        if self.end:
            return
        if self.known:
            self._nones += 1
            self._again(now)
            if self._nones >= self.params.nones_max:
                self._finish("canceled", "gone")
        elif now <= self.expires + self.params.clock_ns:
            # It may still be on its way: the venue takes it until then.
            self._again(now, at_most=self.expires + self.params.clock_ns + 1)
        elif self.wants_end:
            self._finish("canceled", self.wants_end)
        elif self.sends >= self.params.sends_max or self._late(now):
            self._finish("rejected", "lost")
        else:
            self._agenda.later("send", now)
            self.ts_sent = None

    def ask_failed(self, now: int) -> None:
        """Nobody answered the question: it stays open."""
        self._agenda.answered("ask")
        self._again(now)

    def fills_answered(self, rows: list[FillRow], now: int) -> None:
        """All fills of this order that the venue lists."""
        self._agenda.answered("fills")
        for row in rows:
            self.fill(row, now)
        if not self.whole:
            self._agenda.move("fills", now + self.params.settle_ns)

    def fills_failed(self, now: int) -> None:
        self._agenda.answered("fills")
        self._agenda.later("fills", now + self.params.settle_ns)

    def cancel_acked(self, now: int) -> None:
        """OKX will cancel; the push or a query says when it has."""
        self._agenda.answered("cancel")
        self._agenda.later("ask", now + self.params.settle_ns)
        self._agenda.later("cancel", now + 2 * self.params.settle_ns)

    def cancel_failed(self, error: OkxError, now: int) -> None:
        """Whatever it was, the next step is a look, not another cancel (C25)."""
        self._agenda.answered("cancel")
        if isinstance(error, NotSent) or error.code in (*LIMITED, "429"):
            self.cancels -= 1  # nothing happened there
            self._agenda.later("cancel", now + self.params.pause_ns)
            return
        if isinstance(error, Unknown | Retry):
            self.cancels -= 1  # nobody answered: C25 counts the venue's words, not the line's
        elif error.code not in GONE:
            self._told.append(f"cancel refused: {error}")
        self._agenda.later("cancel", now + self.params.settle_ns)
        self._agenda.later("ask", now)

    def amend_answered(self, error: OkxError | None, now: int) -> None:
        """The row tells what stands; a refusal is told."""
        self._agenda.answered("amend")
        self._amend = None
        if error is not None and not isinstance(error, Unknown | NotSent):
            self._told.append(f"amend refused: {error}")
        self._agenda.later("ask", now + (self.params.settle_ns if error is None else 0))

    def _again(self, now: int, at_most: int | None = None) -> None:
        self._asks += 1
        wait = min(self.params.ask_first_ns << min(self._asks, 8), self.params.ask_max_ns)
        at = now + wait
        self._agenda.move("ask", at if at_most is None or at_most <= now else min(at, at_most))

    # What we want.

    def cancel(self, reason: str, now: int) -> None:
        """It is not wanted any more; once said, said."""
        if self.end or self.wants_end:
            return
        self.wants_end = reason
        self._agenda.offer("cancel", now)

    def amend(self, contracts: Decimal | None, price: Decimal | None) -> None:
        """A new total or price; the newest wish replaces one that has not left."""
        self.resized = self.resized or contracts is not None
        self._amends += 1
        self._amend = Amend(
            instrument=self.instrument,
            client_id=self.client_id,
            order_id=self.order_id,
            contracts=contracts,
            price=price,
            request_id=f"a{self._amends}",
        )

    # What follows.

    def assume_sent(self, at: int, now: int) -> None:
        """From before a restart: it may have left at `at`, so it is asked for and, if there is
        none, never sent by itself (C14, C15)."""
        self.sends, self.ts_sent, self.expires = 1, at, at + self.params.expires_ns
        self.give_up = 0
        self._agenda.later("ask", now)

    def look(self, now: int) -> None:
        """Ask when it is convenient: after a reconnect nobody knows what was missed (C08)."""
        if not self.over and (self.sends or self.request is None):
            self._agenda.later("ask", now)

    def todo(self, now: int) -> list[Todo]:
        """Everything that is due, handed over once."""
        made: list[Todo] = [Tell(client_id=self.client_id, words=said) for said in self._told]
        self._told.clear()
        if self.over:
            return made
        if self.end:
            return made + self._todo_fills(now)
        if not self.known and self._unsent():
            return made + self._todo_send(now)
        return (
            made
            + self._todo_ask(now)
            + self._todo_cancel(now)
            + self._todo_amend(now)
            + self._todo_fills(now)
        )

    def due(self) -> int | None:
        """When `todo` wants to be called next; None = not by time."""
        if self._told:
            return 0
        return self._agenda.due(self._open())

    def _open(self) -> set[str]:
        """What may have to be done in this state, as soon as its time comes."""
        if self.over:
            return set()
        if self.end:
            return self._agenda.timed({"fills"})
        if not self.known:
            return {"send"} if self._unsent() else self._agenda.timed({"ask"})
        usual = self._agenda.timed({"ask", "fills"})
        if self.wants_end:
            return usual | self._agenda.timed({"cancel"})
        return usual | ({"amend"} if self._amend is not None else set())

    def _unsent(self) -> bool:
        return (
            self.request is not None and self.ts_sent is None and not self._agenda.under_way("send")
        )

    def _late(self, now: int) -> bool:
        return self.give_up is not None and now >= self.give_up

    def _todo_send(self, now: int) -> list[Todo]:
        assert self.request is not None
        if self.wants_end:
            self._finish("canceled", self.wants_end)
            return []
        if self._late(now):
            self._finish("rejected", "late")
            return []
        self._agenda.offer("send", now)
        if not self._agenda.ready("send", now):
            return []
        self.sends += 1
        self.ts_sent = now
        self.expires = now + self.params.expires_ns
        return [Send(request=self.request, expires=self.expires)]

    def _todo_ask(self, now: int) -> list[Todo]:
        if not self._agenda.ready("ask", now):
            return []
        return [
            AskOrder(client_id=self.client_id, instrument=self.instrument, order_id=self.order_id)
        ]

    def _todo_cancel(self, now: int) -> list[Todo]:
        if not self.wants_end or not self.known:
            return []
        if not self._agenda.ready("cancel", now):
            return []
        if self.cancels >= self.params.cancels_max:
            return self._cancelled_enough(now)
        self.cancels += 1
        request = Cancel(
            instrument=self.instrument, client_id=self.client_id, order_id=self.order_id
        )
        return [SendCancel(client_id=self.client_id, request=request)]

    def _cancelled_enough(self, now: int) -> list[Todo]:
        """Three did not help (C25): a person hears of it, and from here on we only look."""
        self._agenda.answered("cancel")
        self._agenda.move("ask", now)
        asked = self._todo_ask(now)
        if self._gave_up:
            return asked
        self._gave_up = True
        words = f"not gone after {self.cancels} cancels; it is only asked for now"
        return [Tell(client_id=self.client_id, words=words), *asked]

    def _todo_amend(self, now: int) -> list[Todo]:
        if (
            self._amend is None
            or self._agenda.under_way("amend")
            or not self.known
            or self.wants_end
        ):
            return []
        self._agenda.begin("amend")
        expires = now + self.params.expires_ns
        return [SendAmend(client_id=self.client_id, request=self._amend, expires=expires)]

    def _todo_fills(self, now: int) -> list[Todo]:
        if self.whole or not self.order_id:
            return []
        self._agenda.offer("fills", now + self.params.fills_ns)
        if not self._agenda.ready("fills", now):
            return []
        return [
            AskFills(client_id=self.client_id, instrument=self.instrument, order_id=self.order_id)
        ]
