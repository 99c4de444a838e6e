"""One WebSocket to OKX without I/O: frames in, records and requests out, time by argument.

`hear` takes a frame, `tick` the passing of time; both return records for the desk, `requests`
hands over what is to be sent, `closing` says why the connection should end. The rules:
- a book that was lost is resubscribed, at most once in 5 s, and taken up by its snapshot (A04-A10);
- silence of the connection makes a ping, then an end (A02); silence of a channel a resubscription
  (A03), and no snapshot after one an end (A08);
- a listing that changes changes the sizes that follow (A23), stamps are guarded (A21);
- a refused subscription leaves the others alone and is tried again every minute (A11).

`now` here is *listening* time: wall time without the time the desk took to work a batch off, so
that a slow desk is never mistaken for a silent venue. `ts_recv` is desk time.

Many connections make a stream: `stream` opens the next one, and moves over on notice 64008 (A12).
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from pawang.model.codec import Record
from pawang.model.event import HealthChanged
from pawang.model.instrument import Instrument
from pawang.model.market import BookSnapshot, FeedLost, InstrumentChanged, Observation, Trade
from pawang.model.refs import MILLISECOND, SECOND
from pawang.venues.okx import quick
from pawang.venues.okx.asking import Asking
from pawang.venues.okx.comparison import LEVELS, Tops
from pawang.venues.okx.comparison import Verdict as Equality
from pawang.venues.okx.maintenance import Maintenance
from pawang.venues.okx.parse import Parsed, parse
from pawang.venues.okx.reading import MAKERS, NUMBERED, Batch, Reader
from pawang.venues.okx.sequence import BookChain, Verdict
from pawang.venues.okx.stamps import Stamps
from pawang.venues.okx.subscriptions import (
    CHANNELS,
    TAPES,
    ConnectionParams,
    Key,
    Subscription,
    blamed,
    plan,
    told_once,
)
from pawang.venues.okx.translate import Translator
from pawang.venues.okx.wire import BookRow, ClockRow, EventRow, StatusRow

UPGRADE = "64008"
_VERDICTS = (
    (quick.UPDATE, Verdict.TAKE.value),
    (quick.SNAPSHOT, Verdict.TAKE.value),
    (quick.KEEPALIVE, Verdict.KEEPALIVE.value),
    (quick.CROSSED, Verdict.LOST.value),
)
_PLACES = re.compile(r"\[\d+\]")


class ClockTick(Record):
    """Desk time of a scaled world: everything before it in the stream belongs before `now`."""

    now: int
    speed: float
    ended: bool


Item = Observation | HealthChanged | ClockTick


class Connection:
    """One life of a socket; `stream` makes a new one for the next.

    `translator` and `maintenance` are shared by all connections of a feed: what was learned about
    a listing or an announcement on one of them holds for the others, and for the next life.
    """

    chain = BookChain  # what judges the books

    def __init__(
        self,
        instruments: Iterable[Instrument],
        channels: Sequence[str] = CHANNELS,
        params: ConnectionParams | None = None,
        translator: Translator | None = None,
        maintenance: Maintenance | None = None,
        mute: Iterable[str] | None = None,
    ) -> None:
        """`mute` channels are followed and make no records; by default those that would tell
        a print twice."""
        listed = list(instruments)
        self.params = params or ConnectionParams()
        self.closing = ""
        self.upgrading = False  # notice 64008: the venue will close us in a minute
        self.streaming = False  # some data came
        self.malformed: Counter[str] = Counter()
        self.verdicts: Counter[str] = Counter()
        self.frames = 0
        self.about: Subscription | None = None  # whom the newest frame was for
        self.subscriptions: dict[Key, Subscription] = plan(listed, channels, self.params)
        self.stamps = Stamps(self._ns(self.params.future_s))
        self._translator = translator or Translator({made.name: made for made in listed})
        self._maintenance = maintenance or Maintenance()
        self._tops: dict[str, Tops] = {}
        self.mute = frozenset(told_once(channels) if mute is None else mute)
        self._asking = Asking(self.params)
        followed = [name for name in channels if name not in self.mute]
        self._reader = Reader(listed, followed, self._translator)
        chains = zip(listed, self._reader.chains(self.chain), strict=True)
        self.chains: dict[str, BookChain] = {made.name: chain for made, chain in chains}
        self._lanes = {
            kind: [self.subscriptions.get((channel, _target(channel, made))) for made in listed]
            for channel, kind in quick.CHANNELS.items()
        }
        for kind in (quick.SNAPSHOT, quick.KEEPALIVE, quick.CROSSED):
            self._lanes[kind] = self._lanes[quick.UPDATE]
        self._heard_at = 0
        self._pinged_at: int | None = None
        self._due = 0

    def requests(self) -> list[str]:
        """What to send now, in order; handed over once."""
        return self._asking.ready()

    def due(self) -> int:
        """When `tick` wants to be called, if nothing was heard before."""
        return self._due

    def open(self, now: int) -> None:
        """The socket stands: ask for everything."""
        self._heard_at = now
        self._asking.everything(list(self.subscriptions.values()), now)
        self._due = self._next_due()

    # What comes in.

    def hear(self, frame: bytes | str, now: int, ts_recv: int) -> list[Item]:
        """One frame. Whatever it holds, this never raises for it."""
        whole = frame if isinstance(frame, bytes) else frame.encode()
        items, _ = self.hear_some(Batch([whole]), 0, now, ts_recv)
        return items

    def hear_some(
        self, batch: Batch, first: int, now: int, ts_recv: int, one: bool = False
    ) -> tuple[list[Item], int]:
        """Frames from number `first` on, as many as go together: (items, the next number).

        A run of the usual texts, or one frame that is none; `one` asks for a single frame.
        """
        self._heard_at, self._pinged_at = now, None
        self.about = None
        last = first + 1 if one or self._tops else len(batch)
        done = self._reader.read(batch, first, last)
        if done == first:
            self.frames += 1
            return self._strictly(batch.frames[first], now, ts_recv), first + 1
        self.frames += done - first
        items = self._found(first, done, now, ts_recv)
        self.streaming = self.streaming or bool(items)
        return items, done

    def _strictly(self, frame: bytes, now: int, ts_recv: int) -> list[Item]:
        """A frame that is not in its usual shape."""
        parsed = parse(frame)
        for refusal in parsed.refusals:
            self.malformed[_PLACES.sub("[]", refusal.field)] += 1
        if parsed.kind == "event":
            return self._event(parsed, now, ts_recv)
        if not parsed.records:
            return []
        items = self._data(parsed, now, ts_recv)
        self.streaming = self.streaming or bool(items)
        return items

    # What `quick` read: the same records, without a row for each.

    def _found(self, first: int, last: int, now: int, ts_recv: int) -> list[Item]:
        reader, lanes, date = self._reader, self._lanes, self.stamps.date
        items: list[Item] = []
        for row, value in reader.found_in(first, last):
            kind = row[quick.KIND]
            subscription = lanes[kind][row[quick.WHO]]
            assert subscription is not None, "the reader follows what was subscribed"
            self.about = subscription
            if not subscription.acked or subscription.rejected:
                items += self._acknowledged(subscription)
            subscription.heard_at, subscription.fruitless = now, 0
            if kind in MAKERS:
                ts = date(row[quick.STAMP] * MILLISECOND, ts_recv, subscription.ts_newest)
                subscription.ts_newest = ts
                subscription.place = row[quick.SEQ] if kind in NUMBERED else ts
                items.append(
                    MAKERS[kind](subscription.instrument, ts, ts_recv, row, value, reader.rows)
                )
            if kind == quick.SNAPSHOT:
                subscription.waiting = subscription.wanted = False
            elif kind == quick.CROSSED:
                items += self._crossed(subscription, now, ts_recv)
        self._counted(first, last)
        return items

    def _counted(self, first: int, last: int) -> None:
        """Verdicts on books; and their tops, where somebody compares."""
        kinds = self._reader.found[first:last, quick.KIND]
        for kind, verdict in _VERDICTS:
            many = int(np.count_nonzero(kinds == kind))
            if many:
                self.verdicts[verdict] += many
        if self._tops and self.about is not None and self.about.channel == "books":
            self._note_top(self.about.target)

    def _crossed(self, subscription: Subscription, now: int, ts_recv: int) -> list[Item]:
        problem = self.chains[subscription.target].crossed()
        self._again(subscription, now)
        return [_lost(subscription, problem, ts_recv)]

    def _data(self, parsed: Parsed, now: int, ts_recv: int) -> list[Item]:
        target = parsed.arg.get("instId") or parsed.arg.get("instType", "")
        subscription = self.subscriptions.get((parsed.channel, target))
        if subscription is None:
            return []  # an unsubscribed channel's last words
        self.about = subscription
        first = subscription.heard_at is None
        items = self._acknowledged(subscription)
        subscription.heard(now)
        match parsed.channel:
            case "books":
                return items + self._books(subscription, parsed, now, ts_recv)
            case "status":
                return items + self._status(parsed, ts_recv)
            case "instruments":
                return items + self._listings(parsed, first, now, ts_recv)
        if parsed.channel in self.mute:
            return items
        for record in self._translator.records(parsed, ts_recv):
            items.append(self._dated(subscription, record))
        return items

    def _dated(self, subscription: Subscription, record: Observation) -> Observation:
        """The record under a stamp that may be believed; the subscription remembers its place."""
        dated: Observation = self.stamps.dated(record, subscription.ts_newest)  # type: ignore[type-var]
        ts = getattr(dated, "ts_event", 0)
        subscription.ts_newest = max(ts, subscription.ts_newest)
        told = isinstance(record, Trade) and record.trade_id.isdecimal()
        subscription.place = int(record.trade_id) if told else ts  # type: ignore[union-attr]
        return dated

    def _books(
        self, subscription: Subscription, parsed: Parsed, now: int, ts_recv: int
    ) -> list[Item]:
        chain, snapshot = self.chains[subscription.target], parsed.action == "snapshot"
        items: list[Item] = []
        for row in parsed.records:
            assert isinstance(row, BookRow)
            verdict = chain.fold(row, snapshot)
            self.verdicts[verdict.value] += 1
            if verdict is Verdict.TAKE:
                if snapshot:
                    subscription.waiting = subscription.wanted = False
                made = self._translator.book(subscription.target, parsed.action, row, ts_recv)
                if made is not None:
                    items.append(self._dated(subscription, made))
                    subscription.place = made.seq
                    self._note_top(subscription.target)
            elif verdict is Verdict.LOST:
                items.append(_lost(subscription, chain.problem, ts_recv))
                self._again(subscription, now)
        return items

    def lose_book(self, name: str, reason: str, now: int, ts_recv: int) -> list[Item]:
        """From outside: the book is not what it should be. Unknown at once, and asked for."""
        subscription = self.subscriptions.get(("books", name))
        if subscription is None:
            return []
        self.chains[name].lose(reason)
        self._again(subscription, now)
        return [_lost(subscription, reason, ts_recv)]

    # The top of a book by its numbers, while somebody compares it with REST.

    def watch_book(self, name: str) -> None:
        """Remember the top after every message from now on, until `compare`."""
        self._tops.setdefault(name, Tops())
        self._note_top(name)

    def compare(self, name: str, snapshot: BookSnapshot) -> Equality:
        """Ours of the snapshot's number against it."""
        tops = self._tops.pop(name, None)
        if tops is None or name not in self.chains or not self.chains[name].intact:
            return Equality.UNDECIDED
        return tops.judge(snapshot.seq, snapshot.bids, snapshot.asks)

    def _note_top(self, name: str) -> None:
        if name in self._tops and (chain := self.chains[name]).seq is not None:
            self._tops[name].note(chain.seq, chain.top(LEVELS))

    # What the venue says of its listings and of itself.

    def _listings(self, parsed: Parsed, first: bool, now: int, ts_recv: int) -> list[Item]:
        """Changes of what we follow. The first push is the full list: who is not in it is gone."""
        before = dict(self._translator.instruments)
        changes: list[Observation] = list(self._translator.records(parsed, ts_recv))
        if first and len(parsed.records) > 1:
            listed = {getattr(row, "inst_id", "") for row in parsed.records}
            changes += [
                self._translator.delist(name, ts_recv)
                for name, made in before.items()
                if name not in listed and made.state != "delisted"
            ]
        items: list[Item] = []
        for change in changes:
            items.append(change)
            assert isinstance(change, InstrumentChanged)
            if change.listing.unit != before[change.instrument].unit:
                # Its sizes in coin were made with the old contract: only a snapshot mends that.
                reason = "the contract's size changed"
                items += self.lose_book(change.instrument, reason, now, ts_recv)
        return items

    def _status(self, parsed: Parsed, ts_recv: int) -> list[Item]:
        return [
            told
            for row in parsed.records
            if isinstance(row, StatusRow)
            for told in self._maintenance.heard(row, ts_recv)
        ]

    def _event(self, parsed: Parsed, now: int, ts_recv: int) -> list[Item]:
        for row in parsed.records:
            if isinstance(row, ClockRow):
                return [ClockTick(now=row.now, speed=row.speed, ended=row.ended)]
            if not isinstance(row, EventRow):
                continue
            if row.code == UPGRADE:
                self.upgrading = True
            elif row.event == "subscribe":
                target = row.arg.get("instId") or row.arg.get("instType") or ""
                acked = self.subscriptions.get((row.arg.get("channel") or "", target))
                return self._acknowledged(acked) if acked is not None else []
            elif row.event == "error":
                return self._refused(row, now, ts_recv)
        return []

    def _acknowledged(self, subscription: Subscription) -> list[Item]:
        subscription.acked = True
        if not subscription.rejected:
            return []
        subscription.rejected = ""
        if subscription.channel == "books":
            # Late, but agreed to: its snapshot is due as after any subscription (A08).
            subscription.waiting = not self.chains[subscription.target].intact
        if any(one.rejected for one in self._of_coin(subscription.coin)):
            return []
        return [HealthChanged(provider=_provider(subscription), state="live", reason="subscribed")]

    def _refused(self, row: EventRow, now: int, ts_recv: int) -> list[Item]:
        self.malformed[f"venue error {row.code[:8]}"] += 1
        guilty = blamed(self.subscriptions.values(), row.id, row.msg)
        reason = f"{row.code} {row.msg}"[:160]
        return [item for one in guilty for item in self._reject(one, reason, now, ts_recv)]

    def _reject(
        self, subscription: Subscription, reason: str, now: int, ts_recv: int
    ) -> list[Item]:
        """That one has no data; the others live. The coin is named once."""
        told = any(one.rejected for one in self._of_coin(subscription.coin))
        again = bool(subscription.rejected)
        subscription.rejected, subscription.asked_at = reason, now
        subscription.acked = subscription.waiting = False
        items: list[Item] = []
        if subscription.instrument and not again and subscription.channel not in self.mute:
            items.append(_lost(subscription, f"rejected: {reason}", ts_recv))
        if not told:
            words = f"{subscription.channel} rejected: {reason}"
            items.append(
                HealthChanged(provider=_provider(subscription), state="stale", reason=words)
            )
        return items

    def _of_coin(self, coin: str) -> list[Subscription]:
        return [one for one in self.subscriptions.values() if one.coin == coin]

    # What time brings.

    def tick(self, now: int, ts_recv: int) -> list[Item]:
        """Everything that is due: pings, silence, snapshots that did not come, second tries."""
        if now < self._due:
            return []
        self._watch_line(now)
        items: list[Item] = [*self._maintenance.tick(ts_recv)]
        for subscription in self.subscriptions.values():
            items += self._watch(subscription, now, ts_recv)
        self._due = max(self._next_due(), now + SECOND // 100)
        return items

    def _watch_line(self, now: int) -> None:
        if self._pinged_at is not None:
            if now >= self._pinged_at + self._ns(self.params.pong_s):
                self.closing = "half-open: no answer to a ping"
        elif now >= self._heard_at + self._ns(self.params.ping_s):
            self._asking.ping()
            self._pinged_at = now

    def _watch(self, subscription: Subscription, now: int, ts_recv: int) -> list[Item]:
        params, asked = self.params, subscription.asked_at
        assert asked is not None, "open() asked for everything"
        if subscription.rejected:
            if now >= asked + self._ns(params.reject_retry_s):
                self._asking.once_more(subscription, now)
            return []
        if subscription.wanted:
            self._again(subscription, now)
            return []
        known = subscription.acked or subscription.heard_at is not None
        if subscription.waiting and known and now >= asked + self._ns(params.snapshot_s):
            self.closing = f"no snapshot of {subscription.target}"
            return []
        if not subscription.acked and now >= asked + self._ns(params.ack_s):
            return self._reject(subscription, "no acknowledgement", now, ts_recv)
        silent = subscription.silent_at(params)
        if silent is None or now < silent:
            return []
        return self._silent(subscription, now, ts_recv)

    def _silent(self, subscription: Subscription, now: int, ts_recv: int) -> list[Item]:
        """Ask again. A minor coin may have no trades for a while, that is no loss; its book or
        a major's tape is never still that long."""
        quiet = self._ns(self.params.silence_s)
        reason = f"{subscription.channel} silent"
        subscription.fruitless += 1
        items: list[Item] = []
        if subscription.channel == "books":
            self.chains[subscription.target].lose(reason)
            items.append(_lost(subscription, reason, ts_recv))
        elif subscription.channel in self._tapes() and (subscription.silence or quiet) < quiet:
            items.append(_lost(subscription, reason, ts_recv))
        self._again(subscription, now)
        return items

    def _tapes(self) -> Iterator[str]:
        return (channel for channel in TAPES if channel not in self.mute)

    def _again(self, subscription: Subscription, now: int) -> None:
        later = self._asking.again(subscription, now)
        soon = now + self._ns(self.params.snapshot_s)
        self._due = min(self._due, soon if later is None else later)

    def _next_due(self) -> int:
        params = self.params
        dues = [
            self._heard_at + self._ns(params.ping_s)
            if self._pinged_at is None
            else self._pinged_at + self._ns(params.pong_s)
        ]
        for one in self.subscriptions.values():
            asked = one.asked_at or 0
            if one.rejected:
                dues.append(asked + self._ns(params.reject_retry_s))
                continue
            if not one.acked:
                dues.append(asked + self._ns(params.ack_s))
            if one.wanted:
                dues.append(asked + self._ns(params.resubscribe_s))
            if one.waiting:
                dues.append(asked + self._ns(params.snapshot_s))
            silent = one.silent_at(params)
            if silent is not None:
                dues.append(silent)
        return min(dues)

    @staticmethod
    def _ns(seconds: float) -> int:
        return round(seconds * SECOND)


def _target(channel: str, made: Instrument) -> str:
    return made.family if channel == "index-tickers" else made.name


def _provider(subscription: Subscription) -> str:
    return f"okx-{subscription.coin}" if subscription.coin else "okx"


def _lost(subscription: Subscription, reason: str, ts_recv: int) -> FeedLost:
    return FeedLost(
        instrument=subscription.instrument,
        ts_event=ts_recv,
        ts_recv=ts_recv,
        channel=subscription.channel,
        reason=reason,
    )
