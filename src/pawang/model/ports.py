"""The doors' protocols. Every implementation of one passes the same conformance suite.

Seven, as architecture.md 7 draws them; an eighth needs a decision note.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Protocol

from pawang.model.chat import Answer, ButtonRow, ChatInput
from pawang.model.codec import Record
from pawang.model.decision import Signal
from pawang.model.desk import Desk
from pawang.model.event import Effect, Event, HealthChanged
from pawang.model.market import Observation
from pawang.model.order import Order, VenueReport
from pawang.model.tape import Entry, Taped
from pawang.model.view import MarketView


class Clock(Protocol):
    """Desk time: slots, expiries, stamps. Never used for socket deadlines."""

    def now(self) -> int:
        """Nanoseconds UTC, never going back."""
        ...

    async def wait_until(self, ts: int) -> None:
        """Return once `now() >= ts`."""
        ...


class Feed(Protocol):
    """A source of facts: OKX, a file drop, a recording."""

    def events(self) -> AsyncIterator[Sequence[Observation | HealthChanged]]:
        """Batches in arrival order, for ever (or to the recording's end)."""
        ...


class OrderVenue(Protocol):
    """Where orders go: the ghost, or OKX."""

    def submit(self, order: Order) -> None:
        """Take an order whose intent is committed; the answer comes as a report."""
        ...

    def cancel(self, client_order_id: str, reason: str, close: bool, now: int) -> None:
        """Withdraw the resting entry; `close` also closes the position at market."""
        ...

    def reports(self) -> AsyncIterator[VenueReport]:
        """Everything the venue says, in its own order."""
        ...


class Channel(Protocol):
    """A chat service."""

    def inputs(self) -> AsyncIterator[ChatInput]:
        """Commands and presses; a re-sent one may come again."""
        ...

    async def answer(self, answer: Answer) -> None:
        """Show a press's short notice; never raises."""
        ...

    async def deliver(self) -> None:
        """Work the outbox until cancelled: take due rows, send, record what became of them."""
        ...


class OutboxRow(Record):
    """One message on its way. `state`: new, sending, sent, unknown, failed, expired, merged."""

    row_id: int
    seq: int
    chat_id: int
    ref_id: str
    kind: str  # "send" | "edit"
    lane: int  # rank, 0 first
    critical: bool
    state: str
    attempt: int
    body: str  # the Send or Edit in JSON
    tokens: tuple[tuple[str, ...], ...]  # one callback id per button, row by row
    message_id: int | None
    ts_created: int
    ts_acked: int | None


class StoredDecision(Record):
    """A row of table `decisions`: bytes as stored, hashes as stored."""

    ref_id: str
    seq: int
    view: bytes
    view_hash: str
    params_hash: str
    params: bytes
    account: bytes
    decision: bytes
    decision_hash: str
    rule: str
    rule_version: int


class Ledger(Protocol):
    """What was decided and done, kept for ever. Synchronous: the hallway gives the thread."""

    def load(self) -> tuple[Desk | None, int]:
        """The newest desk and its seq, (None, 0) on an empty ledger."""
        ...

    def append(self, event: Event, effects: Sequence[Effect], desk: Desk) -> bool:
        """One FULL-sync transaction: event, decision, outbox and button rows, intents, outcomes,
        ratings, audit rows, desk. False (and nothing written) if the event was seen before: a
        chat update_id, a ref of a decision, a fill id.
        """
        ...

    def read(self, after: int = 0, limit: int = 1000) -> list[Event]:
        """Events with seq > `after`, oldest first, whole (SlotDue with its view)."""
        ...

    def by_ref(self, ref_id: str) -> StoredDecision | None: ...

    def events_of(self, ref_id: str) -> list[Event]: ...

    def params(self, params_hash: str) -> bytes | None:
        """What was put under a hash."""
        ...

    def sent(self, ref_id: str) -> list[tuple[int, str]]:
        """(seq of the event, the Send in JSON) of every new message under a ref."""
        ...

    def button(self, token: str) -> ButtonRow | None: ...

    def due(self, now: int, limit: int = 50) -> list[OutboxRow]:
        """Rows in state new, most urgent lane first, oldest first inside a lane."""
        ...

    def mark(self, row_id: int, state: str, now: int, message_id: int | None = None) -> None:
        """Move one outbox row on; committed before this returns."""
        ...

    def surely_unsent(self, row_id: int) -> None:
        """Back to `new` as if never tried: the request provably did not leave."""
        ...

    def message_id(self, chat_id: int, ref_id: str) -> int | None:
        """The delivered message that carries `ref_id` in that chat."""
        ...

    def close(self) -> None: ...


class Tape(Protocol):
    """Market data, kept for days, in the order in which it was folded. It never holds up a desk:
    what it cannot take in time is counted and leaves a note in its place."""

    def write(self, batch: Sequence[Taped], now: int) -> None:
        """Take what the desk has just folded, at desk time `now`; returns at once."""
        ...

    def settle(self) -> None:
        """Return when everything written so far can be read, by whoever opens the tape next."""
        ...

    def read(self, ts_from: int, ts_to: int) -> Iterator[Entry]:
        """What was folded in `[ts_from, ts_to)`, oldest first."""
        ...

    def tail(self, after: int = 0, limit: int = 10_000) -> list[Entry]:
        """The next entries with order > `after`, oldest first."""
        ...

    def close(self) -> None:
        """Settle, and be silent from now on."""
        ...


class Rule(Protocol):
    """A signal: the whole signature is a view and its knobs."""

    def __call__(self, view: MarketView, params: object, /) -> Signal: ...
