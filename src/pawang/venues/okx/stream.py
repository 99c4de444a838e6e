"""One share of the market's stream over all the sockets it will ever have, without I/O.

The door is told what to do (`orders`: dial, say, hang up) and tells what came of it (`opened`,
`heard`, `ended`, `tick`); records for the desk come back from each. The rules:
- a cut is said at once, healed in silence, and told as health only if it lasts (A01);
- the way back is full jitter up to 60 s and at most three connects a second, however many streams
  share the bucket (A13, A14);
- on notice 64008 a second socket opens, and the first is closed when all has moved (A12).

`now` is wall time, monotonic. What the desk spends on its work is told by `rested`: nobody
listened then, so no silence is counted. `ts_recv` is desk time.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator

from pawang.guards.bucket import TokenBucket
from pawang.guards.retry import RetryPlan
from pawang.model.codec import Record
from pawang.model.event import HealthChanged
from pawang.model.market import BookSnapshot, FeedLost
from pawang.model.refs import SECOND
from pawang.venues.okx.comparison import Doubts, Verdict
from pawang.venues.okx.connection import ClockTick, Connection, Item
from pawang.venues.okx.moving import Move, not_again
from pawang.venues.okx.reading import Batch
from pawang.venues.okx.subscriptions import TAPES, Share

DIALED_MAX = 64  # sockets remembered; the door's last words of one come within a second
NEVER = 2**62
"""Nothing is due before something is heard: a socket is being dialed."""


class StreamParams(Record):
    quiet_cut_s: float = 10.0  # a cut that heals sooner is not worth a message (A01)
    steady_s: float = 30.0  # a connection that lived this long starts the delays afresh


class Dial(Record):
    """Open socket `number`; tell `opened` or `ended`."""

    number: int


class Say(Record):
    number: int
    text: str


class Hang(Record):
    """Close it; nothing more is wanted of it."""

    number: int


Order = Dial | Say | Hang


class Compared(Record):
    """The verdict, and what follows from it for the desk."""

    verdict: Verdict
    items: tuple[Item, ...] = ()


class _Line:
    """One socket and what is spoken on it."""

    def __init__(self, number: int, connection: Connection) -> None:
        self.number = number
        self.connection = connection
        self.opened_at: int | None = None


class Stream:
    """`make` gives a fresh connection for every socket, `numbers` their names; `connects` is
    shared by all streams of the process: the limit is per address (A13)."""

    def __init__(
        self,
        share: Share,
        make: Callable[[], Connection],
        numbers: Iterator[int],
        connects: TokenBucket,
        roll: Callable[[], float],
        *,
        provider: str = "okx",
        params: StreamParams | None = None,
    ) -> None:
        self.share = share
        self.provider = provider
        self.connections = 0
        self.moves = 0
        self.doubts = Doubts()
        self._ticked = 0
        self.ticks: dict[int, int] = {}  # socket -> desk time it told last, not answered yet
        self._make = make
        self._numbers = numbers
        self._connects = connects
        self._roll = roll
        self._params = params or StreamParams()
        self._retry = RetryPlan()
        self._attempt = 0
        self._main: _Line | None = None
        self._next: _Line | None = None
        self._move: Move | None = None
        self._behind: dict[str, int] = {}  # what a move that was cut short had told already
        self._dial_at = 0
        self._cut_at: int | None = None
        self._told_cut = False
        self._reason = ""
        self._away = 0
        self._orders: list[Order] = []
        self._dialed: deque[int] = deque(maxlen=DIALED_MAX)
        self._counts: dict[str, Counter[str]] = {}

    def carries(self, channel: str, name: str) -> bool:
        """Whether that channel of that instrument is spoken on this stream."""
        return channel in self.share.channels and any(
            one.name == name for one in self.share.instruments
        )

    def dialed(self, number: int) -> bool:
        """Whether the socket is, or was, one of ours."""
        return number in self._dialed

    # What the door asks.

    def orders(self) -> list[Order]:
        """What to do now, in order; handed over once."""
        for line in self._lines():
            for text in line.connection.requests():
                self._orders.append(Say(number=line.number, text=text))
        ready, self._orders = self._orders, []
        return ready

    def due(self) -> int:
        """When `tick` wants to be called, if nothing happens before."""
        dues = [
            line.connection.due() + self._away
            for line in self._lines()
            if line.opened_at is not None
        ]
        if self._wants_a_socket():
            dues.append(self._dial_at)
        if self._cut_at is not None and not self._told_cut:
            dues.append(self._cut_at + self._quiet_ns)
        met = self._move.due() if self._move is not None else None
        if met is not None:
            dues.append(met + self._away)
        return min(dues, default=NEVER)

    def rested(self, duration: int) -> None:
        """The desk worked for so long, and nobody listened."""
        self._away += duration

    def counts(self, name: str) -> Counter[str]:
        """`malformed`, `verdicts`, `stamps` or `frames`, of all connections so far."""
        whole = Counter(self._counts.get(name, {}))
        for line in self._lines():
            whole.update(_counts(line.connection)[name])
        return whole

    @property
    def connection(self) -> Connection | None:
        """The one that is followed."""
        return self._main.connection if self._main is not None else None

    # What the door tells.

    def opened(self, number: int, now: int) -> None:
        """The socket stands."""
        line = self._line(number)
        if line is None:
            return
        line.opened_at = now
        self.connections += 1
        line.connection.open(now - self._away)
        if line is self._next and self._main is not None:
            self._move = Move(self._main.connection, line.connection)

    def heard(self, number: int, frame: bytes | str, now: int, ts_recv: int) -> list[Item]:
        """One frame."""
        whole = frame if isinstance(frame, bytes) else frame.encode()
        told, _ = self.heard_some(number, Batch([whole]), 0, now, ts_recv)
        return told

    def heard_some(
        self, number: int, batch: Batch, first: int, now: int, ts_recv: int
    ) -> tuple[list[Item], int]:
        """Frames of one socket from number `first` on, as many as go together; the next number."""
        line = self._line(number)
        if line is None:
            return [], len(batch)  # hung up already
        one = self._move is not None  # which of two lines is followed may change after any frame
        items, done = line.connection.hear_some(batch, first, now - self._away, ts_recv, one)
        if items and isinstance(items[0], ClockTick):
            self.ticks[number] = items[0].now
            items = self._in_time(items[0]) if line is self._main else items
        told = self._through(line, items, now) if self._move is not None else items
        if self._behind:
            told = not_again(told, self._behind)
        if self._cut_at is not None and line is self._main and line.connection.streaming:
            told += self._back()
        if self._move is not None:
            told += self._moved(ts_recv)
        if line.connection.closing:
            told += self._hang(line, now, ts_recv)
        return told, done

    def _in_time(self, tick: ClockTick) -> list[Item]:
        """The new socket may lag behind the old one: its older ticks tell nothing new."""
        if tick.now < self._ticked:
            return []
        self._ticked = tick.now
        return [tick]

    def ended(self, number: int, reason: str, now: int, ts_recv: int) -> list[Item]:
        """The socket is closed, was cut, or never opened."""
        line = self._line(number)
        if line is None:
            return []
        for name, counted in _counts(line.connection).items():
            self._counts.setdefault(name, Counter()).update(counted)
        if line is self._next:
            torn = self._move is not None and self._move.torn
            self._next = self._move = None
            self._dial_at = now + self._delay()
            if not torn:
                return []
            # What the new line has told cannot be continued on the old one: prints would be told
            # twice, and old changes written over new ones. So that is a cut, of both.
            assert self._main is not None
            self._orders.append(Hang(number=self._main.number))
            return self.ended(self._main.number, reason, now, ts_recv)
        told = self._move.end(reason, ts_recv) if self._move is not None else []
        self._behind = self._move.behind() if self._move is not None else {}
        lost = self._move is None and (line.connection.frames or self._cut_at is None)
        self._main, self._next, followed = self._next, None, self._move is not None
        self._move = None
        if not followed:
            self._cut(line, now)
        return told + (self._lost(line.connection, reason, ts_recv) if lost else [])

    def tick(self, now: int, ts_recv: int) -> list[Item]:
        """Everything that is due: dialing, pings, silence, a cut that lasts."""
        told = self._tell_cut(now)
        self._dial(now)
        for line in self._lines():
            if line.opened_at is None:
                continue
            told += self._through(line, line.connection.tick(now - self._away, ts_recv), now, True)
            if line.connection.closing:
                told += self._hang(line, now, ts_recv)
        if self._move is not None:
            told += self._move.tick(now - self._away)
        told += self._moved(ts_recv)
        return told

    # The book, held against REST.

    def watch_book(self, name: str) -> None:
        """From now on remember what the top of the book was under which number."""
        if self._main is not None:
            self._main.connection.watch_book(name)

    def compare(self, name: str, snapshot: BookSnapshot, now: int, ts_recv: int) -> Compared:
        """What REST says against what we knew under that number; a book that differs twice in a
        row is unknown from then on, and asked for again."""
        if self._main is None:
            return Compared(verdict=Verdict.UNDECIDED)
        connection = self._main.connection
        verdict = connection.compare(name, snapshot)
        follows = self.doubts.judged(name, verdict)
        items: list[Item] = []
        if follows == "lose":
            items = connection.lose_book(name, "differs from REST", now - self._away, ts_recv)
            items.append(self._doubt(name, "stale", "book differs from REST"))
        elif follows == "cleared":
            items.append(self._doubt(name, "live", "book equals REST again"))
        told = self._through(self._main, items, now, True)
        return Compared(verdict=verdict, items=tuple(told))

    def _doubt(self, name: str, state: str, reason: str) -> HealthChanged:
        coins = {one.name: one.coin for one in self.share.instruments}
        return HealthChanged(provider=f"okx-{coins[name]}", state=state, reason=reason)

    # Lines.

    def _lines(self) -> list[_Line]:
        return [line for line in (self._main, self._next) if line is not None]

    def _line(self, number: int) -> _Line | None:
        return next((line for line in self._lines() if line.number == number), None)

    def _through(
        self, line: _Line, items: list[Item], now: int, by_time: bool = False
    ) -> list[Item]:
        """What of a connection's items is for the desk: all, unless a move is on."""
        if self._move is None:
            return items
        about = None if by_time else line.connection.about
        if line is self._main:
            return self._move.old(items, about)
        return self._move.new(items, about, now - self._away)

    def _wants_a_socket(self) -> bool:
        if self._main is None:
            return True
        return self._main.connection.upgrading and self._next is None

    def _dial(self, now: int) -> None:
        if not self._wants_a_socket() or now < self._dial_at:
            return
        wait = self._connects.take(now)
        if wait:
            self._dial_at = now + wait
            return
        line = _Line(next(self._numbers), self._make())
        if self._main is None:
            self._main = line
        else:
            self._next = line
        self._dialed.append(line.number)
        self._orders.append(Dial(number=line.number))

    def _hang(self, line: _Line, now: int, ts_recv: int) -> list[Item]:
        self._orders.append(Hang(number=line.number))
        return self.ended(line.number, line.connection.closing, now, ts_recv)

    def _moved(self, ts_recv: int) -> list[Item]:
        """Once all is followed on the new connection, the old one has done its work."""
        if self._move is None or not self._move.finished:
            return []
        assert self._main is not None
        assert self._next is not None
        told = self._move.end("refused on the new connection", ts_recv)
        for name, counted in _counts(self._main.connection).items():
            self._counts.setdefault(name, Counter()).update(counted)
        self._orders.append(Hang(number=self._main.number))
        self._main, self._next, self._move = self._next, None, None
        self.moves += 1
        return told

    # Cuts.

    @property
    def _quiet_ns(self) -> int:
        return round(self._params.quiet_cut_s * SECOND)

    def _delay(self) -> int:
        delay = self._retry.delay(max(1, self._attempt), self._roll())
        assert delay is not None, "a stream never gives up"
        return delay

    def _cut(self, line: _Line, now: int) -> None:
        """Everything is unknown from here; when to dial again."""
        if self._cut_at is None:
            self._cut_at = now
        steady = (
            line.opened_at is not None and now - line.opened_at >= self._params.steady_s * SECOND
        )
        self._attempt = 1 if steady and line.connection.streaming else self._attempt + 1
        # Asked to move and cut before we could: come back at once, the venue is there.
        self._dial_at = now if line.connection.upgrading else now + self._delay()

    def _tell_cut(self, now: int) -> list[Item]:
        if self._cut_at is None or self._told_cut or now < self._cut_at + self._quiet_ns:
            return []
        self._told_cut = True
        return [HealthChanged(provider=self.provider, state="unreachable", reason=self._reason)]

    def _lost(self, connection: Connection, reason: str, ts_recv: int) -> list[Item]:
        self._reason = reason
        told = [channel for channel in self.share.channels if channel not in connection.mute]
        lost = [channel for channel in ("books", *TAPES) if channel in told]
        if not lost:
            return []  # prices and rates simply age
        both = "books" in lost and len(lost) > 1
        return [
            FeedLost(
                instrument=one.name,
                ts_event=ts_recv,
                ts_recv=ts_recv,
                channel="all" if both else lost[0],
                reason=reason,
            )
            for one in self.share.instruments
        ]

    def _back(self) -> list[Item]:
        """Data flows again: the incident is over."""
        told, self._told_cut, self._cut_at = self._told_cut, False, None
        if not told:
            return []
        return [HealthChanged(provider=self.provider, state="live", reason="streaming again")]


def _counts(connection: Connection) -> dict[str, Counter[str]]:
    return {
        "malformed": connection.malformed,
        "verdicts": connection.verdicts,
        "stamps": connection.stamps.counts,
        "frames": Counter(frames=connection.frames),
    }
