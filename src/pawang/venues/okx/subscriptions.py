"""What one connection is subscribed to, and how each subscription is doing. Pure data and words.

A subscription is asked for, acknowledged or rejected, heard from, and perhaps asked for again.
Which channel lives on which WebSocket path, and what it is asked for by, is one table (okx-v5.md
1 and 9.1); a channel that is not in it is refused before anything is sent.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pawang.model.codec import Record
from pawang.model.errors import BadConfig
from pawang.model.instrument import Instrument
from pawang.model.refs import DAY, HOUR, MINUTE, SECOND

PER_COIN = ("books", "bbo-tbt", "trades", "mark-price", "open-interest", "funding-rate")
CHANNELS = (*PER_COIN, "index-tickers", "liquidation-orders")
"""The public stream the desk cannot do without; all on /public."""

VENUE = ("instruments", "status")
"""What the venue says of itself: listings that change (A23), maintenance (C21)."""

PUBLIC, BUSINESS = "public", "business"
BY_TYPE = ("liquidation-orders", "instruments")  # asked for by instType, all swaps at once
TAPES = ("trades", "trades-all")
"""Both tell the same volume: `trades` by taker order and price, `trades-all` match by match."""

_PUBLIC = (*CHANNELS, *VENUE, "tickers", "price-limit")
_BAR = re.compile(r"([0-9]{1,2})([smHDWM])(utc)?")
_UNITS = {"s": SECOND, "m": MINUTE, "H": HOUR, "D": DAY, "W": 7 * DAY}

Key = tuple[str, str]  # channel, instrument (or index, or type, or "")


def path_of(channel: str) -> str:
    """The WebSocket path that carries a channel. Raises BadConfig for one we do not know."""
    if channel in _PUBLIC:
        return PUBLIC
    if channel == "trades-all" or bar_ns(channel) is not None:
        return BUSINESS
    raise BadConfig(f"okx: no public channel is called {channel!r}")


def bar_ns(channel: str) -> int | None:
    """The length of a candle channel's bars; None if it is none, or one of months.

    >>> bar_ns("candle5m") == 5 * MINUTE, bar_ns("candle1Dutc") == DAY, bar_ns("candle1M")
    (True, True, None)
    """
    found = _BAR.fullmatch(channel.removeprefix("candle")) if channel[:6] == "candle" else None
    if found is None or found[2] == "M":
        return None
    return int(found[1]) * _UNITS[found[2]]


def told_once(channels: Sequence[str]) -> frozenset[str]:
    """The channels that say what another one of these says already: a print counts once.

    >>> told_once(("books", "trades", "trades-all"))
    frozenset({'trades-all'})
    """
    return frozenset(TAPES[1:]) if set(TAPES) <= set(channels) else frozenset()


class ConnectionParams(Record):
    ping_s: float = 20.0  # of silence; OKX closes after 30 s (okx-v5.md 9, row A02)
    pong_s: float = 5.0  # no answer by then: half-open; 20 + 5 is A02's bound
    ack_s: float = 10.0  # a subscription nobody acknowledged or refused counts as rejected
    snapshot_s: float = 5.0  # no snapshot by then: a new connection (A08)
    resubscribe_s: float = 5.0  # at most one resubscription a channel in this time (A09)
    reject_retry_s: float = 60.0  # A11
    chunk: int = 40  # subscriptions in one request; far below 64 KB
    requests_per_hour: int = 400  # OKX allows 480 a connection
    books_max: int = 30  # deep books a connection; more coins take more connections
    future_s: float = 5.0  # an event later than this after its receipt is dated by it (A21)
    majors: tuple[str, ...] = ("BTC", "ETH")
    silence_major_s: float = 10.0  # books, trades of the majors (A03)
    silence_s: float = 30.0  # of the others, and prices of all (A03)
    silence_slow_s: float = 180.0  # funding comes every 30-90 s
    silence_max_s: float = 600.0  # the limit doubles while asking again does not help


@dataclass(slots=True)
class Subscription:
    """Times are listening time, ns (see `connection`); None = never."""

    channel: str
    target: str
    instrument: str  # "" where it is of no single one
    coin: str
    silence: int | None  # how long it may be silent; None = for ever
    request: str = ""  # id of the request that asked last
    asked_at: int | None = None
    acked: bool = False
    heard_at: int | None = None
    waiting: bool = False  # for the snapshot
    wanted: bool = False  # to be asked again as soon as it may
    rejected: str = ""  # the venue's words
    fruitless: int = 0  # resubscriptions without data in between
    place: int | None = None  # the newest seq, trade id or stamp that was passed on
    ts_newest: int = 0  # of the events passed on (A21)

    @property
    def key(self) -> Key:
        return self.channel, self.target

    @property
    def arg(self) -> dict[str, str]:
        if not self.target:
            return {"channel": self.channel}
        name = "instType" if self.channel in BY_TYPE else "instId"
        return {"channel": self.channel, name: self.target}

    def heard(self, now: int) -> None:
        """Data came."""
        self.heard_at = now
        self.fruitless = 0

    def silent_at(self, params: ConnectionParams) -> int | None:
        """When its silence becomes suspicious."""
        since = self.heard_at if self.heard_at is not None else self.asked_at
        if self.silence is None or since is None or not self.acked:
            return None
        limit = min(self.silence << min(self.fruitless, 8), int(params.silence_max_s * SECOND))
        last = max(since, self.asked_at or 0)
        return last + limit


def plan(
    instruments: Iterable[Instrument], channels: Sequence[str], params: ConnectionParams
) -> dict[Key, Subscription]:
    """Every subscription the desk wants, books first."""
    listed = list(instruments)
    made: list[Subscription] = []
    for channel in channels:
        if channel in BY_TYPE or channel == "status":
            target = "SWAP" if channel in BY_TYPE else ""
            made.append(Subscription(channel, target, "", "", None))
            continue
        for one in listed:
            target = one.family if channel == "index-tickers" else one.name
            silence = int(_silence_s(channel, one.coin, params) * SECOND)
            made.append(Subscription(channel, target, one.name, one.coin, silence))
    return {subscription.key: subscription for subscription in made}


def _silence_s(channel: str, coin: str, params: ConnectionParams) -> float:
    if channel in ("funding-rate", "price-limit") or bar_ns(channel) is not None:
        return params.silence_slow_s
    if channel in ("books", "bbo-tbt", *TAPES) and coin in params.majors:
        return params.silence_major_s
    return params.silence_s


class Share(Record):
    """What one connection carries: a path, channels of it, and for which instruments."""

    path: str
    channels: tuple[str, ...]
    instruments: tuple[Instrument, ...]


def shares(
    instruments: Iterable[Instrument], channels: Sequence[str], params: ConnectionParams
) -> list[Share]:
    """Channels and instruments dealt out to connections: by path, and `books_max` books each.

    What belongs to no single instrument is asked for once, by the first connection of its path.
    """
    listed, made = tuple(instruments), []
    for path in (PUBLIC, BUSINESS):
        wanted = tuple(channel for channel in channels if path_of(channel) == path)
        own = tuple(one for one in wanted if one not in BY_TYPE and one != "status")
        for start in range(0, len(listed), params.books_max) if wanted else ():
            part = listed[start : start + params.books_max]
            asked = wanted if start == 0 else own
            if asked:
                made.append(Share(path=path, channels=asked, instruments=part))
    return made


def request(op: str, request_id: str, subscriptions: Sequence[Subscription]) -> str:
    """One request for all of them."""
    args = [subscription.arg for subscription in subscriptions]
    return json.dumps({"id": request_id, "op": op, "args": args}, separators=(",", ":"))


def blamed(
    subscriptions: Iterable[Subscription], request_id: str, words: str
) -> list[Subscription]:
    """Whom an error event is about: it carries no arg, only its request's id and a text such as
    "Wrong URL or channel:index-tickers, instId:X doesn't exist" (A11)."""
    waiting = [one for one in subscriptions if not one.acked and one.asked_at is not None]
    if request_id:
        waiting = [one for one in waiting if one.request == request_id]
    said = set(re.findall(r"[\w-]+", words))
    named = [one for one in waiting if one.channel in said and one.target in said]
    # Nobody is named: the whole request was refused. Without an id we cannot tell, so wait.
    return named or (waiting if request_id else [])
