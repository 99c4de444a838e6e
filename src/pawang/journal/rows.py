"""What events and effects become, whichever ledger keeps them.

Each record is read back from its bytes before it is stored (and again when it is read): what
would come back changed, such as NaN, is refused while the desk still has its old state.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from msgspec import MsgspecError
from msgspec.structs import asdict, replace

from pawang.guards.secret import callback_id
from pawang.journal.errors import Unstorable
from pawang.model.chat import Button, ButtonRow, Category, Edit, Lane, Send
from pawang.model.codec import CODEC_VERSION, decode, digest, encode, pack, unpack
from pawang.model.desk import Desk
from pawang.model.event import Event, Keep, SlotDue, Withhold
from pawang.model.forecast import Forecast
from pawang.model.hypothesis import Ending, Hypothesis, Supposed
from pawang.model.market import Side
from pawang.model.money import EXACT, Booking
from pawang.model.order import Book, Bracketed, Order, Outcome, VenueReport
from pawang.model.ports import StoredDecision
from pawang.model.refs import DAY
from pawang.model.view import MarketView

T = TypeVar("T")

BUTTON_LIFE_NS = 2 * DAY
"""A press on an older message is refused: its numbers are history."""

MAX_COPIES = 2
"""Of a critical message whose first answer was lost (I7)."""

STATES = ("new", "sending", "sent", "unknown", "failed", "expired", "merged")


def checked(record: T, kind: type[T]) -> bytes:
    """The record's bytes, after proof that they give the record again."""
    data = encode(record)
    try:
        same = decode(data, kind) == record
    except MsgspecError as refused:
        raise Unstorable(f"{kind.__name__}: {refused}") from None
    if not same:
        raise Unstorable(f"{kind.__name__}: comes back changed")
    return data


def stripped(event: Event) -> Event:
    """The event without its view, which is kept with the decision and not twice."""
    if isinstance(event.body, SlotDue) and event.body.view is not None:
        return replace(event, body=replace(event.body, view=None))
    return event


def whole(data: bytes, view: bytes | None) -> Event:
    """The event of its bytes, with its view put back."""
    event = decode(data, Event)
    assert event.codec <= CODEC_VERSION, f"event {event.seq} was written by a newer codec"
    if isinstance(event.body, SlotDue) and view is not None:
        frozen = unpack(view, MarketView)
        return replace(event, body=replace(event.body, view=frozen))
    return event


def stored(keep: Keep, seq: int, params: bytes = b"") -> StoredDecision:
    """A row of `decisions`; `params` is what stands behind the hash, if that is at hand."""
    checked(keep.view, MarketView)
    view, decision = pack(keep.view), checked(keep.decision, type(keep.decision))
    return StoredDecision(
        ref_id=keep.decision.ref_id,
        seq=seq,
        view=view,
        view_hash=digest(view),
        params_hash=keep.params_hash,
        params=params,
        account=b"" if keep.account is None else checked(keep.account, type(keep.account)),
        decision=decision,
        decision_hash=digest(decision),
        rule=keep.decision.rule,
        rule_version=keep.decision.rule_version,
    )


def button_rows(
    key: bytes, chat_id: int, buttons: tuple[tuple[Button, ...], ...], ts_created: int
) -> list[ButtonRow]:
    """A row a button. Its token is made from its meaning, so an edit keeps it."""
    return [
        ButtonRow(
            token=callback_id(key, chat_id, button.ref_id, button.action, button.argument),
            chat_id=chat_id,
            ref_id=button.ref_id,
            action=button.action,
            argument=button.argument,
            ts_expiry=ts_created + BUTTON_LIFE_NS,
        )
        for row in buttons
        for button in row
    ]


def laid_out(
    made: list[ButtonRow], buttons: tuple[tuple[Button, ...], ...]
) -> tuple[tuple[str, ...], ...]:
    """The tokens in the shape of the keyboard."""
    tokens = iter(row.token for row in made)
    return tuple(tuple(next(tokens) for _ in row) for row in buttons)


def intent_state(report: VenueReport, desk: Desk) -> str | None:
    """What the report made of its order; None when the desk does not know the order."""
    order = desk.orders.get(report.client_order_id)
    return None if order is None else order.state.value


# Columns that both ledgers show alike.


def withheld_columns(held: Withhold, event: Event) -> dict[str, Any]:
    """A row of `outbox` that was never to go: it is there to be counted."""
    return {
        "seq": event.seq,
        "chat_id": held.chat_id,
        "ref_id": held.ref_id,
        "kind": "held",
        "category": held.category,
        "lane": Lane.DIGEST.rank,
        "critical": False,
        "state": "snoozed" if held.why == "snooze" else "budget",
        "attempt": 0,
        "body": "",
        "tokens": "[]",
        "message_id": None,
        "ts_created": event.ts_event,
        "ts_acked": None,
        "ts_expiry": None,
    }


def intent_columns(order: Order, state: str, ts: int) -> dict[str, Any]:
    """A row of `intents`: the order as it was placed, and where it stands."""
    return {
        "client_order_id": order.client_order_id,
        "ref_id": order.ref_id,
        "book": order.book.value,
        "state": state,
        "body": checked(order, Order),
        "ts": ts,
    }


def bracket_columns(found: Bracketed) -> list[dict[str, Any]]:
    """One row a model."""
    checked(found, Bracketed)
    return [
        {
            "ref_id": found.ref_id,
            "book": found.book.value,
            "model": bound.model,
            "contracts": str(bound.contracts),
            "net_usd": str(bound.net_usd),
            "net_r": bound.net_r,
            "legs_hit": " ".join(bound.legs_hit),
            "certain": found.certain,
            "ts": found.ts_event,
        }
        for bound in found.bounds
    ]


def posting_columns(booking: Booking, seq: int) -> list[dict[str, Any]]:
    """One row a posting; a booking that does not balance is refused (I8)."""
    checked(booking, Booking)
    if booking.balance_usd != 0:
        raise Unstorable(f"{booking.ref_id} {booking.cause}: postings sum to {booking.balance_usd}")
    return [
        {
            "seq": seq,
            "ref_id": booking.ref_id,
            "book": booking.book.value,
            "coin": booking.coin,
            "ts": booking.ts,
            "cause": booking.cause,
            "account": posting.account.value,
            "amount_usd": str(posting.amount_usd),
        }
        for posting in booking.postings
    ]


def summed(rows: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str], Decimal]:
    """Balances of (book, account, amount). SQL would add money in binary, so we do it here."""
    balances: dict[tuple[str, str], Decimal] = {}
    for book, account, usd in rows:
        before = balances.get((book, account), Decimal(0))
        balances[book, account] = EXACT.add(before, Decimal(usd))
    return balances


def outcome_columns(outcome: Outcome) -> dict[str, Any]:
    """A row of `outcomes`; money as text, exactly."""
    row = asdict(outcome)
    row |= {"book": outcome.book.value, "side": outcome.side.value}
    for name in ("contracts", "gross_usd", "fees_usd", "funding_usd", "net_usd"):
        row[name] = str(row[name])
    return row


def outcome_of(row: dict[str, Any]) -> Outcome:
    """The outcome of its row."""
    money = ("contracts", "gross_usd", "fees_usd", "funding_usd", "net_usd")
    exact = {name: Decimal(row[name]) for name in money}
    return Outcome(**{**row, **exact, "book": Book(row["book"]), "side": Side(row["side"])})


def forecast_columns(forecast: Forecast) -> dict[str, Any]:
    """A row of `forecasts`; what is no number is refused here, SQLite would keep it as nothing."""
    checked(forecast, Forecast)
    return {**asdict(forecast), "side": forecast.side.value}


def hypothesis_columns(hypothesis: Hypothesis) -> dict[str, Any]:
    """A new row of `hypotheses`, its ending still open."""
    checked(hypothesis, Hypothesis)
    return {**asdict(hypothesis), "side": hypothesis.side.value}


def ending_columns(ending: Ending) -> dict[str, Any]:
    """The columns that an ending fills."""
    checked(ending, Ending)
    return {name: value for name, value in asdict(ending).items() if name != "ref_id"}


def supposed_of(row: Mapping[str, Any]) -> Supposed:
    """The hypothesis of its row, and its ending if that is known."""
    made = {name: row[name] for name in Hypothesis.__struct_fields__}
    ended = {name: row[name] for name in Ending.__struct_fields__}
    return Supposed(
        hypothesis=Hypothesis(**{**made, "side": Side(row["side"])}),
        ending=None if row["label"] is None else Ending(**ended),
    )


def bytes_of(value: bytes | str | None) -> bytes:
    """A column changed by hand to text comes back as text: still just bytes to compare."""
    if value is None:
        return b""
    return value.encode() if isinstance(value, str) else value


def message_columns(
    message: Send | Edit, seq: int, tokens: tuple[tuple[str, ...], ...]
) -> dict[str, Any]:
    """A row of `outbox` as it is posted."""
    category = message.category if isinstance(message, Send) else None
    return {
        "seq": seq,
        "chat_id": message.chat_id,
        "ref_id": message.ref_id,
        "kind": "edit" if category is None else "send",
        "category": "" if category is None else category.value,
        "lane": message.lane.rank,
        "critical": category is Category.CRITICAL,
        "state": "new",
        "attempt": 0,
        "body": checked(message, type(message)).decode(),
        "tokens": encode(tokens).decode(),
        "message_id": None,
        "ts_created": message.ts_created,
        "ts_acked": None,
        "ts_expiry": message.ts_expiry if isinstance(message, Send) else None,
    }
