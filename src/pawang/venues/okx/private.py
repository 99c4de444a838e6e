"""One private WebSocket to OKX without I/O: login, subscriptions, silence (okx-v5.md 9).

login --ok--> subscribe --every channel acknowledged--> ready --…--> closing
`hear` takes a frame, `tick` the passing of time, `requests` hands over what is to be sent, and
`closing` says why the connection should end. After any end the door comes back with a new one:
OKX takes one login a connection (60031), so to log in again is to connect again (C23).

`now` is the door's monotonic clock, ns; only the login's stamp is the venue's time.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from pawang.model.codec import Record
from pawang.model.refs import SECOND
from pawang.venues.okx import signing
from pawang.venues.okx.codes import Follow, follow
from pawang.venues.okx.parse import Parsed, Row, parse
from pawang.venues.okx.signing import Credentials
from pawang.venues.okx.wire import EventRow

UPGRADE = "64008"
PRIVATE = (
    {"channel": "orders", "instType": "SWAP"},
    {"channel": "positions", "instType": "SWAP"},
    {"channel": "account"},
    {"channel": "balance_and_position"},
)
BUSINESS = ({"channel": "orders-algo", "instType": "SWAP"},)
_PLACES = re.compile(r"\[\d+\]")


class PrivateParams(Record):
    ping_s: float = 20.0  # of silence; OKX closes after 30 s
    pong_s: float = 5.0  # no answer by then: half-open (A02's bound)
    login_s: float = 5.0  # a login nobody answers
    ack_s: float = 5.0  # a subscription nobody answers
    push_s: float = 60.0  # no push of any channel: the login is taken for gone (C23)


class Ready(Record):
    """Logged in and subscribed: from here on nothing is missed, so now ask what was (C08)."""


class Pushed(Record):
    """Rows of one channel, in the message's order."""

    channel: str
    rows: tuple[Row, ...]


class Answered(Record):
    """What a WebSocket order operation was answered with."""

    parsed: Parsed


Item = Ready | Pushed | Answered


class PrivateConnection:
    """`pushes`: the channels push by themselves every few seconds, so silence means something."""

    def __init__(
        self,
        credentials: Credentials,
        channels: Sequence[Mapping[str, str]] = PRIVATE,
        pushes: bool = True,
        params: PrivateParams | None = None,
    ) -> None:
        self.params = params or PrivateParams()
        self.closing = ""
        self.code = ""  # of the refusal that closed it
        self.ready = False
        self.malformed: Counter[str] = Counter()
        self.frames = 0
        self._credentials = credentials
        self._channels = [dict(channel) for channel in channels]
        self._waiting = {channel["channel"] for channel in channels}
        self._pushes = pushes
        self._logged_in = False
        self._requests: list[str] = []
        self._asked_at = 0
        self._heard_at = 0
        self._pushed_at = 0
        self._pinged_at: int | None = None

    @property
    def follow(self) -> Follow:
        """What the end asks for: halt (the key), resync (the clock), or a new connection."""
        outcome = follow(self.code)
        return outcome if outcome in (Follow.HALT, Follow.RESYNC) else Follow.RECONNECT

    def requests(self) -> list[str]:
        """What to send now, in order; handed over once."""
        ready, self._requests = self._requests, []
        return ready

    def open(self, now: int, venue_now: int) -> None:
        """The socket stands: log in."""
        self._heard_at = self._pushed_at = self._asked_at = now
        self._send("login", [signing.login(self._credentials, venue_now)])

    def send(self, text: str) -> None:
        """An order operation's frame."""
        self._requests.append(text)

    def _send(self, op: str, args: Sequence[Mapping[str, str]]) -> None:
        self._requests.append(json.dumps({"op": op, "args": args}, separators=(",", ":")))

    # What comes in.

    def hear(self, frame: bytes | str, now: int) -> list[Item]:
        """One frame. Whatever it holds, this never raises for it."""
        self.frames += 1
        self._heard_at, self._pinged_at = now, None
        parsed = parse(frame)
        for refusal in parsed.refusals:
            self.malformed[_PLACES.sub("[]", refusal.field)] += 1
        if parsed.op:
            return self._answer(parsed)
        if parsed.kind == "event":
            return self._events(parsed, now)
        if not parsed.channel:
            return []
        self._pushed_at = now
        return [Pushed(channel=parsed.channel, rows=parsed.records)] if parsed.records else []

    def _answer(self, parsed: Parsed) -> list[Item]:
        for row in parsed.records:
            code = getattr(row, "code", "")
            if follow(code) is Follow.RECONNECT:
                self._end("the login is gone", code)
        return [Answered(parsed=parsed)]

    def _events(self, parsed: Parsed, now: int) -> list[Item]:
        items: list[Item] = []
        for row in parsed.records:
            if isinstance(row, EventRow):
                items += self._event(row, now)
        return items

    def _event(self, row: EventRow, now: int) -> list[Item]:
        if row.event == "login":
            self._logged_in, self._asked_at = True, now
            self._send("subscribe", self._channels)
        elif row.event == "subscribe":
            self._waiting.discard(row.arg.get("channel") or "")
            if not self._waiting and not self.ready:
                self.ready = True
                self._pushed_at = now
                return [Ready()]
        elif row.code == UPGRADE:
            self._end("service upgrade", row.code)
        elif row.event == "error":
            self._refused(row)
        return []

    def _refused(self, row: EventRow) -> None:
        """Before the login is through, an error is about it; after it, about a subscription."""
        self.malformed[f"venue error {row.code[:8]}"] += 1
        words = f"{row.code} {row.msg}"[:160]
        if not self._logged_in:
            self._end(f"login refused: {words}", row.code)
        elif follow(row.code) is Follow.RECONNECT:
            self._end("the login is gone", row.code)
        elif not self.ready:
            self._end(f"subscription refused: {words}", row.code)

    def _end(self, reason: str, code: str = "") -> None:
        if not self.closing:
            self.closing, self.code = reason, code

    # What time brings.

    def tick(self, now: int) -> None:
        """Pings, and every silence that means the end."""
        params = self.params
        if not self._logged_in and now >= self._asked_at + _ns(params.login_s):
            self._end("no answer to the login")
        elif not self.ready and now >= self._asked_at + _ns(params.ack_s):
            self._end("no answer to a subscription")
        elif self._pushes and now >= self._pushed_at + _ns(params.push_s):
            self._end(f"no push in {params.push_s:g} s")
        elif self._pinged_at is not None:
            if now >= self._pinged_at + _ns(params.pong_s):
                self._end("half-open: no answer to a ping")
        elif now >= self._heard_at + _ns(params.ping_s):
            self._requests.append("ping")
            self._pinged_at = now

    def due(self) -> int:
        """When `tick` wants to be called, if nothing was heard before."""
        params = self.params
        dues = [self._heard_at + _ns(params.ping_s)]
        if self._pinged_at is not None:
            dues = [self._pinged_at + _ns(params.pong_s)]
        if not self._logged_in:
            dues.append(self._asked_at + _ns(params.login_s))
        elif not self.ready:
            dues.append(self._asked_at + _ns(params.ack_s))
        if self._pushes:
            dues.append(self._pushed_at + _ns(params.push_s))
        return min(dues)


def _ns(seconds: float) -> int:
    return round(seconds * SECOND)
