"""One WebSocket to OKX without I/O: frames in, records and requests out, time by argument.

`hear` takes a frame, `tick` the passing of time; both return records for the desk, `requests`
hands over what is to be sent, `closing` says why the connection should end. The rules:
- a book that was lost is resubscribed, at most once in 5 s, and taken up by its snapshot (A04-A10);
- silence of the connection makes a ping, then an end (A02); silence of a channel a resubscription
  (A03), and no snapshot after one an end (A08);
- a refused subscription leaves the others alone and is tried again every minute (A11).

`now` here is *listening* time: wall time without the time the desk took to work a batch off, so
that a slow desk is never mistaken for a silent venue. `ts_recv` is desk time.

Simple still: notice 64008 ends the connection instead of moving over to a second one first (A12).
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from pawang.guards.bucket import TokenBucket
from pawang.model.codec import Record
from pawang.model.event import HealthChanged
from pawang.model.instrument import Instrument
from pawang.model.market import FeedLost, Observation
from pawang.model.refs import SECOND
from pawang.venues.okx.parse import Parsed, parse
from pawang.venues.okx.sequence import BookChain, Verdict
from pawang.venues.okx.subscriptions import (
    CHANNELS,
    ConnectionParams,
    Key,
    Subscription,
    blamed,
    plan,
    request,
)
from pawang.venues.okx.translate import Translator
from pawang.venues.okx.wire import BookRow, ClockRow, EventRow

UPGRADE = "64008"
_PLACES = re.compile(r"\[\d+\]")


class ClockTick(Record):
    """Desk time of a scaled world: everything before it in the stream belongs before `now`."""

    now: int
    speed: float
    ended: bool


Item = Observation | HealthChanged | ClockTick


class Connection:
    """One life of a socket; the door makes a new one for the next."""

    chain = BookChain  # what judges the books

    def __init__(
        self,
        instruments: Iterable[Instrument],
        channels: Sequence[str] = CHANNELS,
        params: ConnectionParams | None = None,
    ) -> None:
        listed = list(instruments)
        self.params = params or ConnectionParams()
        self.closing = ""
        self.upgrading = False  # the venue asked us to move: come back at once
        self.streaming = False  # some data came
        self.malformed: Counter[str] = Counter()
        self.verdicts: Counter[str] = Counter()
        self.frames = 0
        self.subscriptions: dict[Key, Subscription] = plan(listed, channels, self.params)
        self.chains = {made.name: self.chain() for made in listed}
        self._translator = Translator({made.name: made for made in listed})
        hourly = self.params.requests_per_hour
        self._budget = TokenBucket(max(2, hourly // 2), hourly / 2 / 3600)
        self._requests: list[str] = []
        self._count = 0
        self._heard_at = 0
        self._pinged_at: int | None = None
        self._due = 0

    def requests(self) -> list[str]:
        """What to send now, in order; handed over once."""
        ready, self._requests = self._requests, []
        return ready

    def due(self) -> int:
        """When `tick` wants to be called, if nothing was heard before."""
        return self._due

    def open(self, now: int) -> None:
        """The socket stands: ask for everything."""
        self._heard_at = now
        everything = list(self.subscriptions.values())
        for start in range(0, len(everything), self.params.chunk):
            self._subscribe(everything[start : start + self.params.chunk], now)
        self._due = self._next_due()

    # What comes in.

    def hear(self, frame: bytes | str, now: int, ts_recv: int) -> list[Item]:
        """One frame. Whatever it holds, this never raises for it."""
        self.frames += 1
        self._heard_at, self._pinged_at = now, None
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

    def _data(self, parsed: Parsed, now: int, ts_recv: int) -> list[Item]:
        target = parsed.arg.get("instId") or parsed.arg.get("instType", "")
        subscription = self.subscriptions.get((parsed.channel, target))
        if subscription is None:
            return []  # an unsubscribed channel's last words
        items = self._acknowledged(subscription)
        subscription.heard(now)
        if parsed.channel == "books":
            return items + self._books(subscription, parsed, now, ts_recv)
        return items + list(self._translator.records(parsed, ts_recv))

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
                    items.append(made)
            elif verdict is Verdict.LOST:
                items.append(_lost(subscription, chain.problem, ts_recv))
                self._again(subscription, now)
        return items

    def _event(self, parsed: Parsed, now: int, ts_recv: int) -> list[Item]:
        for row in parsed.records:
            if isinstance(row, ClockRow):
                return [ClockTick(now=row.now, speed=row.speed, ended=row.ended)]
            if not isinstance(row, EventRow):
                continue
            if row.code == UPGRADE:
                self.closing, self.upgrading = "service upgrade", True
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
        if subscription.instrument and not again:
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
        items: list[Item] = []
        for subscription in self.subscriptions.values():
            items += self._watch(subscription, now, ts_recv)
        self._due = max(self._next_due(), now + SECOND // 100)
        return items

    def _watch_line(self, now: int) -> None:
        if self._pinged_at is not None:
            if now >= self._pinged_at + self._ns(self.params.pong_s):
                self.closing = "half-open: no answer to a ping"
        elif now >= self._heard_at + self._ns(self.params.ping_s):
            self._requests.append("ping")
            self._pinged_at = now

    def _watch(self, subscription: Subscription, now: int, ts_recv: int) -> list[Item]:
        params, asked = self.params, subscription.asked_at
        assert asked is not None, "open() asked for everything"
        if subscription.rejected:
            if now >= asked + self._ns(params.reject_retry_s):
                self._subscribe([subscription], now)
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
        elif subscription.channel == "trades" and (subscription.silence or quiet) < quiet:
            items.append(_lost(subscription, reason, ts_recv))
        self._again(subscription, now)
        return items

    def _again(self, subscription: Subscription, now: int) -> None:
        """Unsubscribe and subscribe, if it was not asked for a moment ago (A09)."""
        subscription.wanted = True
        asked = subscription.asked_at or 0
        earliest = asked + self._ns(self.params.resubscribe_s)
        if now < earliest or self._budget.take(now, 2):
            self._due = min(self._due, max(earliest, now + SECOND // 10))
            return
        self._count += 1
        self._requests.append(request("unsubscribe", f"u{self._count}", [subscription]))
        self._subscribe([subscription], now)

    def _subscribe(self, subscriptions: Sequence[Subscription], now: int) -> None:
        self._count += 1
        for one in subscriptions:
            one.request = f"s{self._count}"
            one.asked_at, one.acked, one.wanted = now, False, False
            one.waiting = one.channel == "books"
        self._requests.append(request("subscribe", f"s{self._count}", subscriptions))
        self._due = min(self._due, now + self._ns(self.params.snapshot_s))

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
