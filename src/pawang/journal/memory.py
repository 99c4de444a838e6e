"""The ledger in dicts, for days of simulation in seconds; equal to `sql` under the same suite.

It forgets everything with the process. `reopen` plays a crash of the desk: what was appended
stays, and outbox rows are judged as when a file is opened again. Still simple: its bytes are
made when somebody asks for them, so a decision that cannot be packed is noticed by its JSON only.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from msgspec.structs import asdict, replace

from pawang.journal.audit import AuditRow, Broken, Head, follow, verify
from pawang.journal.errors import Conflict
from pawang.journal.mailbox import Mailbox
from pawang.journal.rows import (
    bracket_columns,
    checked,
    intent_columns,
    intent_state,
    outcome_columns,
    posting_columns,
    stored,
    stripped,
    summed,
    withheld_columns,
)
from pawang.model.chat import ButtonRow, Category, Delivery, Edit, Rating, Send
from pawang.model.codec import digest
from pawang.model.decision import Decision, NoTrade
from pawang.model.desk import Desk
from pawang.model.event import (
    Asked,
    Audit,
    Bracket,
    Close,
    Conclude,
    Effect,
    Event,
    Foretell,
    Keep,
    Place,
    Post,
    Rate,
    Register,
    Served,
    SlotDue,
    Suppose,
    Withhold,
)
from pawang.model.forecast import Forecast, Trial
from pawang.model.hypothesis import Ending, Hypothesis, Supposed
from pawang.model.market import EtfFlow
from pawang.model.order import (
    Accepted,
    Book,
    Ended,
    Filled,
    Funded,
    Order,
    Outcome,
    Rejected,
    VenueReport,
)
from pawang.model.ports import OutboxRow, StoredDecision
from pawang.model.refs import FOREVER
from pawang.model.report import Refused
from pawang.model.view import MarketView


class Intent:
    """An order as it was placed, and where it stands."""

    def __init__(self, order: Order, ts: int) -> None:
        self.order = order
        self.state = order.state.value
        self.ts = ts


class MemoryLedger:
    """Everything the port promises except that it is still there tomorrow."""

    def __init__(self, button_key: bytes, audit_key: bytes) -> None:
        self._audit_key = audit_key
        self._desk: Desk | None = None
        self._events: list[Event] = []  # seq - 1 is the place; views are in _kept
        self._kept: dict[str, tuple[int, Keep]] = {}
        self._kept_by_seq: dict[int, Keep] = {}
        self._params: dict[str, bytes] = {}
        self._updates: dict[int, None] = {}
        self._fills: dict[tuple[str, str], None] = {}
        self._intents: dict[str, Intent] = {}
        self._outcomes: dict[tuple[str, Book], Outcome] = {}
        self._ratings: dict[tuple[str, int], Rating] = {}
        self._forecasts: dict[str, Forecast] = {}
        self._supposed: dict[str, Supposed] = {}
        self._trials: list[Trial] = []
        self._brackets: dict[tuple[str, str, str], dict[str, Any]] = {}
        self._postings: list[dict[str, Any]] = []
        self._flows: list[EtfFlow] = []
        self._chain: list[AuditRow] = []
        self._mailbox = Mailbox(button_key)

    def close(self) -> None:
        """Nothing to let go of."""

    def reopen(self) -> "MemoryLedger":
        """As if the desk had crashed and opened its ledger again."""
        self._mailbox.after_a_crash()
        return self

    # The journal.

    def load(self) -> tuple[Desk | None, int]:
        return self._desk, len(self._events)

    def append(self, event: Event, effects: Sequence[Effect], desk: Desk) -> bool:
        """All or nothing; False when this was seen before."""
        if self._seen(event, effects):
            return False
        self._check(event, effects, desk)
        # From here on nothing may fail.
        self._mark(event)
        self._desk = desk
        self._events.append(stripped(event))
        if isinstance(event.body, Accepted | Rejected | Filled | Funded | Ended):
            self._move_intent(event.body, desk)
        for effect in effects:
            self._write(effect, event)
        return True

    def _seen(self, event: Event, effects: Sequence[Effect]) -> bool:
        body = event.body
        if isinstance(body, Asked):
            return body.input.update_id in self._updates
        if isinstance(body, Filled):
            return (body.client_order_id, body.fill_id) in self._fills
        if isinstance(body, SlotDue):
            return any(
                effect.decision.ref_id in self._kept
                for effect in effects
                if isinstance(effect, Keep)
            )
        return False

    def _check(self, event: Event, effects: Sequence[Effect], desk: Desk) -> None:
        if event.seq != len(self._events) + 1:
            raise Conflict(f"event {event.seq} does not follow the newest one of this ledger")
        checked(stripped(event), Event)
        checked(desk, Desk)
        taken: dict[tuple[str, ...], None] = {}
        for effect in effects:
            key = self._key(effect)
            if key is not None:
                if key in taken:
                    raise Conflict(f"{key} comes twice in one step")
                taken[key] = None

    def _key(self, effect: Effect) -> tuple[str, ...] | None:
        """What may be there only once; Conflict if it is there already."""
        key: tuple[str, ...]
        match effect:
            case Keep():
                checked(effect.view, MarketView)
                checked(effect.decision, Decision)
                key, known = (effect.decision.ref_id,), effect.decision.ref_id in self._kept
            case Foretell():
                made = effect.forecast
                checked(made, Forecast)
                key, known = (made.ref_id,), made.ref_id in self._forecasts
            case Suppose():
                supposed = effect.hypothesis
                checked(supposed, Hypothesis)
                key, known = (supposed.ref_id,), supposed.ref_id in self._supposed
            case Conclude():
                checked(effect.ending, Ending)
                return None
            case Register():
                checked(effect.trial, Trial)
                return None
            case Place():
                order = effect.order
                checked(order, Order)
                key, known = (order.client_order_id,), order.client_order_id in self._intents
            case Close():
                ended = effect.outcome
                key = (ended.ref_id, ended.book.value)
                known = (ended.ref_id, ended.book) in self._outcomes
            case Send():
                checked(effect, Send)
                return None
            case Post():
                posting_columns(effect.booking, 0)
                return None
            case Bracket():
                bracket_columns(effect.found)
                return None
            case Edit():
                checked(effect, Edit)
                return None
            case _:
                return None
        if known:
            raise Conflict(f"{key} is in the ledger already")
        return (type(effect).__name__, *key)

    def _mark(self, event: Event) -> None:
        body = event.body
        if isinstance(body, Asked):
            self._updates[body.input.update_id] = None
        elif isinstance(body, Filled):
            self._fills[body.client_order_id, body.fill_id] = None

    def _write(self, effect: Effect, event: Event) -> None:
        match effect:
            case Send() | Edit():
                self._mailbox.post(effect, event.seq)
            case Keep():
                self._kept[effect.decision.ref_id] = (event.seq, effect)
                self._kept_by_seq[event.seq] = effect
            case Foretell():
                self._forecasts[effect.forecast.ref_id] = effect.forecast
            case Suppose():
                made = effect.hypothesis
                self._supposed[made.ref_id] = Supposed(hypothesis=made)
            case Conclude():
                self._conclude(effect.ending)
            case Register():
                self._trials.append(effect.trial)
            case Place():
                self._intents[effect.order.client_order_id] = Intent(effect.order, event.ts_event)
            case Post():
                self._postings.extend(posting_columns(effect.booking, event.seq))
            case Bracket():
                for row in bracket_columns(effect.found):
                    key = (row["ref_id"], row["book"], row["model"])
                    self._brackets.setdefault(key, row)
            case Close():
                self._outcomes[effect.outcome.ref_id, effect.outcome.book] = effect.outcome
            case Withhold():
                self._mailbox.keep(withheld_columns(effect, event))
            case Rate():
                self._ratings[effect.rating.ref_id, effect.rating.user_id] = effect.rating
            case Audit():
                self._chain.append(self._link(effect, event.ts_event))
            case _:
                pass

    def _conclude(self, ending: Ending) -> None:
        """The first ending stands; one of a plan that nobody supposed changes nothing."""
        known = self._supposed.get(ending.ref_id)
        if known is not None and known.ending is None:
            self._supposed[ending.ref_id] = replace(known, ending=ending)

    def _move_intent(self, report: VenueReport, desk: Desk) -> None:
        intent, state = self._intents.get(report.client_order_id), intent_state(report, desk)
        if intent is not None and state is not None:
            intent.state = state

    def read(self, after: int = 0, limit: int = 1000) -> list[Event]:
        return [self._whole(event) for event in self._events[after : after + limit]]

    def events_of(self, ref_id: str) -> list[Event]:
        return [self._whole(event) for event in self._events if event.ref_id == ref_id]

    def _whole(self, event: Event) -> Event:
        keep = self._kept_by_seq.get(event.seq)
        if keep is None or not isinstance(event.body, SlotDue):
            return event
        return replace(event, body=replace(event.body, view=keep.view))

    # Decisions.

    def by_ref(self, ref_id: str) -> StoredDecision | None:
        if ref_id not in self._kept:
            return None
        seq, keep = self._kept[ref_id]
        return stored(keep, seq, self._params.get(keep.params_hash, b""))

    def decisions_after(self, seq: int, limit: int = 1000) -> list[StoredDecision]:
        """Decisions of events after `seq`, oldest first."""
        later = [ref for ref, (at, _) in self._kept.items() if at > seq]
        found = [self.by_ref(ref) for ref in later[:limit]]
        return [decision for decision in found if decision is not None]

    def refs(self) -> list[str]:
        """Every decision's ref, oldest first."""
        return list(self._kept)

    def put_params(self, params_hash: str, body: bytes) -> None:
        """Keep what stands behind a hash; once is enough."""
        assert digest(body) == params_hash, "params under a wrong hash"
        self._params.setdefault(params_hash, body)

    def params(self, params_hash: str) -> bytes | None:
        return self._params.get(params_hash)

    # The outbox and its buttons.

    def sent(self, ref_id: str) -> list[tuple[int, str]]:
        return [
            (row["seq"], row["body"])
            for row in self.rows("outbox", ref_id)
            if row["kind"] == "send"
        ]

    def due(self, now: int, limit: int = 50) -> list[OutboxRow]:
        return self._mailbox.due(now, limit)

    def mark(self, row_id: int, state: str, now: int, message_id: int | None = None) -> None:
        self._mailbox.mark(row_id, state, now, message_id)

    def surely_unsent(self, row_id: int) -> None:
        """Back to `new` as if never tried: nothing left the house."""
        self._mailbox.surely_unsent(row_id)

    def message_id(self, chat_id: int, ref_id: str) -> int | None:
        return self._mailbox.message_id(chat_id, ref_id)

    def delivered_at(self, chat_id: int, ref_id: str) -> int | None:
        """When the chat service took the message with that ref."""
        return self._mailbox.delivered_at(chat_id, ref_id)

    def button(self, token: str) -> ButtonRow | None:
        return self._mailbox.button(token)

    def waiting(self) -> dict[str, int]:
        """Outbox rows by state."""
        return self._mailbox.waiting()

    # Money.

    def balances(self) -> dict[tuple[str, str], Decimal]:
        """What stands in each account, by book and account."""
        return summed((row["book"], row["account"], row["amount_usd"]) for row in self._postings)

    # The track record.

    def last_stamp(self) -> int:
        """When the newest event reached the desk, 0 before the first."""
        return self._events[-1].ts_recv if self._events else 0

    def forecasts(self, ts_from: int) -> list[Forecast]:
        """Of slots since `ts_from`, in order of slot and coin."""
        found = [made for made in self._forecasts.values() if made.ts >= ts_from]
        return sorted(found, key=lambda made: (made.ts, made.coin, made.ref_id))

    def hypotheses(self, ts_from: int) -> list[Supposed]:
        """Of sniper slots since `ts_from`, in order of slot and coin."""
        late = [one for one in self._supposed.values() if one.hypothesis.ts >= ts_from]
        return sorted(
            late, key=lambda one: (one.hypothesis.ts, one.hypothesis.coin, one.hypothesis.ref_id)
        )

    def open_hypotheses(self, ts_from: int) -> list[Supposed]:
        """Those whose ending is not known yet."""
        return [one for one in self.hypotheses(ts_from) if one.ending is None]

    def outcomes(self, ts_from: int) -> list[tuple[Decision, Outcome]]:
        """Resolved since `ts_from`, in that order, each with the decision it came of."""
        found = [
            (self._kept[made.ref_id][1].decision, made)
            for made in self._outcomes.values()
            if made.ts_resolved >= ts_from and made.ref_id in self._kept
        ]
        return sorted(found, key=lambda pair: (pair[1].ts_resolved, pair[1].ref_id, pair[1].book))

    def ratings(self, ts_from: int) -> list[Rating]:
        """Given since `ts_from`, in order of the click."""
        found = [rating for rating in self._ratings.values() if rating.ts_clicked >= ts_from]
        return sorted(found, key=lambda made: (made.ts_clicked, made.ref_id, made.user_id))

    def deliveries(self, ts_from: int, categories: Sequence[Category]) -> list[Delivery]:
        """New messages of these categories, created since `ts_from`."""
        names = Delivery.__struct_fields__
        return [
            Delivery(**{name: row[name] for name in names})
            for row in self._mailbox.rows.values()
            if row["kind"] in ("send", "held")
            and row["ts_created"] >= ts_from
            and row["category"] in categories
        ]

    def refusals(self, ts_from: int) -> list[Refused]:
        """No-trades of slots since `ts_from`, with what became of what they refused."""
        made = [keep.decision for _, keep in self._kept.values() if keep.decision.ts >= ts_from]
        made.sort(key=lambda one: (one.ts, one.coin, one.ref_id))
        return [self._refused(one, one.signal) for one in made if isinstance(one.signal, NoTrade)]

    def _refused(self, made: Decision, refusal: NoTrade) -> Refused:
        supposed = self._supposed.get(made.ref_id)
        found = Refused(ref_id=made.ref_id, ts=made.ts, code=refusal.code)
        if supposed is None or supposed.ending is None:
            return found
        ended = supposed.ending
        found = replace(found, ts_ended=ended.ts_ended)
        if ended.label == "unknown":
            return found
        return replace(found, filled=ended.filled, net_r=ended.net_r)

    def served(self, ts_from: int, ts_to: int = FOREVER) -> list[Served]:
        """The minutes of the API since `ts_from`, in order."""
        late = (event.body for event in self._events if ts_from <= event.ts_event <= ts_to)
        return [body for body in late if isinstance(body, Served)]

    def put_trial(self, trial: Trial) -> None:
        """One row more; there is no way to take it back."""
        checked(trial, Trial)
        self._trials.append(trial)

    def trials(self) -> list[Trial]:
        """Everything that was ever scored, in the order of the scoring."""
        return list(self._trials)

    # ETF flows, as they were known.

    def put_flows(self, rows: Sequence[EtfFlow]) -> list[EtfFlow]:
        """Those that said something new, oldest stamp first; they stay for ever."""
        kept: list[EtfFlow] = []
        for row in sorted(rows, key=lambda row: row.ts_asof):
            checked(row, EtfFlow)
            if self._is_news(row):
                self._flows.append(row)
                kept.append(row)
        return kept

    def _is_news(self, row: EtfFlow) -> bool:
        day = (row.asset, row.trade_date, row.source)
        said = [
            known
            for known in self._flows
            if (known.asset, known.trade_date, known.source) == day and known.ts_asof <= row.ts_asof
        ]
        newest = max(reversed(said), key=lambda known: known.ts_asof, default=None)
        return newest is None or not (row.repeats(newest) or row in said)

    def flows(self, trade_date: str) -> list[EtfFlow]:
        """Every row of the days from `trade_date` on, in the order of their stamps."""
        found = [row for row in self._flows if row.trade_date >= trade_date]
        return sorted(found, key=lambda row: row.ts_asof)

    def known_at(self, ts: int) -> list[EtfFlow]:
        """Each day's newest row whose stamp is not after `ts`, by asset and day."""
        known: dict[tuple[str, str], EtfFlow] = {}
        for row in sorted(self._flows, key=lambda row: (row.ts_asof, row.source)):
            if row.ts_asof <= ts:
                known[row.asset, row.trade_date] = row
        return [known[day] for day in sorted(known)]

    # Looking back.

    def counts(self) -> dict[str, int]:
        """Rows by table."""
        return {
            "events": len(self._events),
            "decisions": len(self._kept),
            "outbox": len(self._mailbox.rows),
            "intents": len(self._intents),
            "fills": len(self._fills),
            "postings": len(self._postings),
            "brackets": len(self._brackets),
            "outcomes": len(self._outcomes),
            "feedback": len(self._ratings),
            "forecasts": len(self._forecasts),
            "hypotheses": len(self._supposed),
            "trials": len(self._trials),
            "etf_flow": len(self._flows),
            "audit": len(self._chain),
        }

    def rows(self, table: str, ref_id: str) -> list[dict[str, Any]]:
        """The rows of a table that has refs (intents, outcomes, postings, …) under a ref."""
        found: list[dict[str, Any]]
        match table:
            case "intents":
                found = [
                    intent_columns(intent.order, intent.state, intent.ts)
                    for intent in self._intents.values()
                ]
            case "outcomes":
                found = [outcome_columns(outcome) for outcome in self._outcomes.values()]
            case "postings":
                found = [{"number": n, **row} for n, row in enumerate(self._postings, 1)]
            case "brackets":
                found = list(self._brackets.values())
            case "feedback":
                found = [asdict(rating) for rating in self._ratings.values()]
            case "outbox":
                found = self._mailbox.as_columns()
            case _:
                raise KeyError(table)
        return [row for row in found if row["ref_id"] == ref_id]

    # The audit chain.

    def _link(self, audit: Audit, ts: int) -> AuditRow:
        head = self.audit_head()
        return follow(self._audit_key, head, ts, audit.actor, audit.action, audit.detail)

    def audit_head(self) -> Head:
        """The newest link; told elsewhere it anchors the chain."""
        return Head(seq=self._chain[-1].seq, hash=self._chain[-1].hash) if self._chain else Head()

    def verify_audit(self, anchor: Head | None = None) -> Broken | None:
        """The first broken row of the chain, None if it is whole."""
        return verify(self._audit_key, self._chain, anchor)
