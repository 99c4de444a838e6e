"""Who listens to what, and what a step of the market makes them hear. No I/O: bytes go to outboxes.

Inside one step the order is trades (by time), liquidations, mark and index, bbo-tbt, books,
books5, the rest, and at last the clock tick for the desks that follow it. A text is made once,
framed once and shared by all who asked; what nobody asked for is never made.
"""

from collections.abc import Callable, Iterable

from pawang.sandbox.faults import FaultScript, Kind
from pawang.sandbox.okx import bars, channels
from pawang.sandbox.okx.connection import CANDLES, IMPROVED, Connection, Heard, Key
from pawang.sandbox.okx.core import Core
from pawang.sandbox.okx.delivery import Delivery, Listener
from pawang.sandbox.okx.instrument import Change, Instrument
from pawang.sandbox.okx.maintenance import Maintenance
from pawang.sandbox.okx.private.news import News
from pawang.sandbox.okx.private.sessions import Sessions
from pawang.sandbox.okx.rows import ROWS, Row, instrument_row
from pawang.sandbox.wire import frame

__all__ = ["Hub", "Listener"]

KEEP_ALIVE_MS = 60_000  # a book without change says so (okx-v5.md 9.1)
MARK_MS, MARK_IDLE_MS = 200, 10_000
INTEREST_MS = 3_000
FUNDING_MS = 60_000
CANDLE_MS = 1_000
# okx-v5.md 9.1, exception 2: chained, but back by so much. Not to the same small number each time:
# a number must not come again within the seconds in which two connections are compared by it.
SEQ_RESET = 100_003
SEQ_FIRST = 3
CROSSED_TICKS = 10


class Hub:
    """`wall` tells wall time in ns, for faults that last. `private` hears and tells accounts."""

    def __init__(
        self,
        core: Core,
        faults: FaultScript,
        wall: Callable[[], int],
        private: Sessions | None = None,
    ) -> None:
        self.core = core
        self.faults = faults
        self.private = private
        self.maintenance: Maintenance | None = None
        self._wall = wall
        self._by_connection: dict[Connection, Listener] = {}
        self._delivery = Delivery(faults, wall)
        self._late: dict[str, News] = {}  # by channel, waiting for its successor
        self._late_books: dict[str, str] = {}  # the same, by instrument
        core.status = self._status
        self.listeners: dict[Listener, None] = {}
        self._asked: dict[Key, dict[Listener, None]] = {}
        self._book_told: dict[str, int] = {}
        self._bookless: dict[Key, None] = {}  # asked for before there was a book to show
        self._told: dict[Key, tuple[int, object]] = {}  # when last, and what
        self._candle_open: dict[Key, int] = {}
        self.messages = 0

    # Connections.

    def join(self, connection: Connection) -> Listener:
        listener = Listener(connection, self.core.now_ms)
        self.listeners[listener] = None
        self._by_connection[connection] = listener
        return listener

    def leave(self, listener: Listener) -> None:
        self.listeners.pop(listener, None)
        self._by_connection.pop(listener.connection, None)
        if self.private is not None:
            self.private.leave(listener.connection)
        for key in listener.connection.keys:
            self._drop(key, listener)

    def hear(self, listener: Listener, text: str) -> Heard:
        """Answers and first data go to the listener's outbox."""
        heard = listener.connection.hear(text, self._wall())
        now = self._wall()
        if heard.ping and not (self.faults and self.faults.take("slow_pong", now=now)):
            listener.say("pong")
        if heard.seen is not None:
            seen_ms = min(heard.seen // 1_000_000, self.core.now_ms)
            listener.seen_ms = max(listener.seen_ms, seen_ms)
        for reply in heard.replies:
            listener.say(reply)
        for key in heard.dropped:
            self._drop(key, listener)
        for key in heard.added:
            self._asked.setdefault(key, {})[listener] = None
            self._greet(listener, key)
        if self.private is not None:
            for arg in heard.greeted:
                for text in self.private.greet(listener.connection, arg):
                    listener.say(text)
            self.tell_accounts()
        return heard

    def rejects(self, key: Key) -> bool:
        """Whether a fault script refuses this subscription (A11)."""
        channel, name = key
        now = self._wall()
        return self.faults.take("reject", channel=channel, inst_id=name, now=now) is not None

    def _drop(self, key: Key, listener: Listener) -> None:
        asked = self._asked.get(key)
        if asked is not None:
            asked.pop(listener, None)
            if not asked:
                del self._asked[key]

    def _greet(self, listener: Listener, key: Key) -> None:
        """What a channel says at once to who has just subscribed."""
        channel, name = key
        made = self.core.instruments.get(name) or self.core.families.get(name)
        if channel == "instruments":
            rows = [instrument_row(one) for one in self.core.instruments.values()]
            arg = {"channel": channel, "instType": name}
            listener.say(channels.data(arg, rows if name in ("SWAP", "ANY") else []))
        elif channel == "status":
            for row in self._status():
                listener.say(channels.data({"channel": channel}, [row]))
        elif made is None:
            return
        elif channel == "books":
            now = self._wall()
            if not self._has_book(made):
                self._bookless[key] = None  # a recording that has not begun: wait for a book
            elif not (self.faults and self.faults.take("no_snapshot", inst_id=name, now=now)):
                listener.say(channels.books_snapshot(made))
                self._book_told.setdefault(name, made.ts_ms)
        elif channel == "bbo-tbt":
            listener.say(channels.best(made))
        elif channel == "books5":
            listener.say(channels.books5(made))
        elif channel in IMPROVED:
            listener.say(channels.empty_books(made, channel))
        elif channel in ROWS:
            listener.say(channels.single(made, channel))
        elif channel.startswith(CANDLES):
            for text in self._candle_texts(made, key):
                listener.say(text)

    # One step.

    def step(self) -> None:
        """100 ms of market."""
        changes = self.core.step()
        if self.private is not None:
            self.private.exchange.step(changes)
        if self._asked:
            self._tell_trades(changes)
            for change in changes:
                self._tell_liquidations(change)
            for change in changes:
                self._tell_prices(change.instrument)
            for change in changes:
                self._tell_books(change)
            for change in changes:
                self._tell_rest(change)
        if self.private is not None:
            self.tell_accounts(self.private.regular())

    # Accounts.

    def tell_accounts(self, regular: Iterable[News] = ()) -> None:
        """What has happened to them since last time, to their own connections."""
        if self.private is None:
            return
        for one in (*self.private.exchange.take_news(), *regular):
            if self.faults or self._late:
                self._tell_spoiled(one)
            else:
                self._tell_account(one)

    def _tell_spoiled(self, one: News) -> None:
        def scripted(kind: Kind) -> bool:
            found = self.faults.take(
                kind, channel=one.channel, inst_id=one.inst_id, now=self._wall()
            )
            return found is not None

        if scripted("drop_push"):
            return
        if one.channel not in self._late and scripted("reorder_push"):
            self._late[one.channel] = one
            return
        self._tell_account(one)
        if scripted("duplicate_push"):
            self._tell_account(one)
        if one.channel in self._late:
            self._tell_account(self._late.pop(one.channel))

    def _tell_account(self, one: News) -> None:
        if self.private is None:
            return
        key = (one.channel, one.inst_id)
        for connection, text in self.private.deliver(one):
            listener = self._by_connection.get(connection)
            if listener is not None:
                self.messages += 1
                self._delivery.send(key, text, (listener,))

    # Maintenance and listings, by script.

    def _status(self) -> list[Row]:
        if self.maintenance is None:
            return []
        return [self.maintenance.row(self._wall(), self.core.now_ms)]

    def tell_status(self) -> None:
        """The state of a planned maintenance, when it has changed."""
        plan = self.maintenance
        if plan is not None and plan.told != plan.state(self._wall()):
            plan.told = plan.state(self._wall())
            self._tell(("status", ""), lambda: channels.data({"channel": "status"}, self._status()))

    def tell_instrument(self, made: Instrument) -> None:
        """A listing has changed."""
        for kind in ("SWAP", "ANY"):
            arg, rows = {"channel": "instruments", "instType": kind}, [instrument_row(made)]
            self._tell(("instruments", kind), lambda: channels.data(arg, rows))  # noqa: B023

    def tick(self, speed: float, *, ended: bool) -> None:
        """Desk time, to those who follow it: everything before it has been said."""
        made: bytes | None = None
        for one in self.listeners:
            if one.connection.follows:
                made = made or frame(self._clock_text(speed, ended=ended).encode())
                one.outbox.append(made)

    def greet_follower(self, listener: Listener, speed: float, *, ended: bool) -> None:
        """The time at which a desk came in."""
        listener.say(self._clock_text(speed, ended=ended))

    def _clock_text(self, speed: float, *, ended: bool) -> str:
        tail = ',"ended":true' if ended else ""
        now_ns = self.core.now_ms * 1_000_000
        return f'{{"event":"clock","now":"{now_ns}","speed":{speed:g}{tail}}}'

    def _tell_trades(self, changes: list[Change]) -> None:
        told: list[tuple[int, Key, str]] = []
        for change in changes:
            made = change.instrument
            key, single = ("trades", made.name), ("trades-all", made.name)
            if change.trades and key in self._asked:
                pairs = zip(change.trades, channels.trades(made, change), strict=True)
                told += [(trade.ts_ms, key, text) for trade, text in pairs]
            if change.prints and single in self._asked:
                matches = zip(change.prints, channels.single_trades(made, change), strict=True)
                told += [(one.ts_ms, single, text) for one, text in matches]
        told.sort(key=lambda row: row[0])
        for _, key, text in told:
            self._push(key, text)

    def _tell_liquidations(self, change: Change) -> None:
        text = channels.liquidations(change.instrument, change) if change.step.forced else None
        for kind in ("SWAP", "ANY"):
            key = ("liquidation-orders", kind)
            if text is not None and key in self._asked:
                self._push(key, text)

    def _tell_prices(self, made: Instrument) -> None:
        now = made.ts_ms
        if now % MARK_MS == 0:
            self._tell_changed(
                ("mark-price", made.name), made.mark, lambda: channels.mark(made), MARK_IDLE_MS
            )
            index = ("index-tickers", made.listing.family)
            self._tell_changed(index, made.index, lambda: channels.single(made, "index-tickers"))

    @staticmethod
    def _has_book(made: Instrument) -> bool:
        return bool(made.book.bids.best(1) and made.book.asks.best(1))

    def _tell_books(self, change: Change) -> None:
        made = change.instrument
        if change.touch_changed:
            self._tell(("bbo-tbt", made.name), lambda: channels.best(made))
        changed = bool(change.bids or change.asks)
        key = ("books", made.name)
        if key in self._bookless:
            if self._has_book(made):
                del self._bookless[key]
                self._push(key, channels.books_snapshot(made))
        elif key in self._asked:
            if changed:
                self._book_told[made.name] = made.ts_ms
                self._tell_update(key, change)
            elif made.ts_ms - self._book_told.setdefault(made.name, made.ts_ms) >= KEEP_ALIVE_MS:
                self._book_told[made.name] = made.ts_ms
                self._push(key, channels.keep_alive(made))
        if changed:
            self._tell(("books5", made.name), lambda: channels.books5(made))

    def _tell_update(self, key: Key, change: Change) -> None:
        made, now = change.instrument, self._wall() if self.faults else 0
        if self.faults:
            if self.faults.take("gap", inst_id=made.name, now=now):
                return
            self._spoil(made, change, now)
        text = channels.books_update(made, change)
        assert text is not None, "somebody asked what had changed"
        late = self._late_books.pop(made.name, None)
        if late is None and self.faults and self.faults.take("reorder", inst_id=made.name, now=now):
            self._late_books[made.name] = text
            return
        self._push(key, text)
        if late is not None:
            self._push(key, late)
        if self.faults and self.faults.take("duplicate", inst_id=made.name, now=now):
            self._push(key, text)

    def _spoil(self, made: Instrument, change: Change, now: int) -> None:
        book = made.book
        if self.faults.take("seq_reset", inst_id=made.name, now=now):
            book.seq = max(SEQ_FIRST, book.seq - SEQ_RESET)
        if self.faults.take("crossed", inst_id=made.name, now=now) and book.asks.touch:
            ticks, lots = book.asks.touch
            change.bids = [(ticks + CROSSED_TICKS, lots), *change.bids]

    def _tell_rest(self, change: Change) -> None:
        made, now = change.instrument, change.step.ts_ms
        if change.trades or change.touch_changed:
            self._tell(("tickers", made.name), lambda: channels.single(made, "tickers"))
        if now % INTEREST_MS == 0:
            self._tell(("open-interest", made.name), lambda: channels.single(made, "open-interest"))
        if now % FUNDING_MS == 0:
            self._tell(("funding-rate", made.name), lambda: channels.single(made, "funding-rate"))
        if now % MARK_MS == 0:
            limit = ("price-limit", made.name)
            self._tell_changed(limit, made.mark, lambda: channels.single(made, "price-limit"))
        if now % CANDLE_MS == 0:
            self._tell_candles(made)

    def _tell_candles(self, made: Instrument) -> None:
        names = (made.name, made.listing.family)
        keys = [key for key in self._asked if key[1] in names and key[0].startswith(CANDLES)]
        for key in keys:
            for text in self._candle_texts(made, key):
                self._push(key, text)

    def _candle_texts(self, made: Instrument, key: Key) -> Iterable[str]:
        """The open bar; and before it the one that has just closed, once."""
        kind = bars.bar_kind(key[0][key[0].index("candle") + len("candle") :])
        assert kind is not None, "the subscription was checked"
        now = made.ts_ms
        found = bars.read(self.core.source, made.name, kind, now + 1, 2)
        known = self._candle_open.get(key)
        arg = {"channel": key[0], "instId": key[1]}
        for bar in reversed(found):
            if bar is found[0] or (known is not None and bar.ts_ms >= known):
                if key[0].startswith("candle"):
                    yield channels.data(arg, [bars.row(made, bar, kind, now)])
                else:
                    index = key[0].startswith(bars.INDEX)
                    row = bars.price_row(made, bar, kind, now, index=index)
                    yield channels.data(arg, [row])
        if found:
            self._candle_open[key] = found[0].ts_ms

    # Pushing.

    def _tell(self, key: Key, text: Callable[[], str]) -> None:
        if key in self._asked:
            self._push(key, text())

    def _tell_changed(
        self, key: Key, value: object, text: Callable[[], str], idle_ms: int | None = None
    ) -> None:
        """Only what is new, or not said for so long."""
        if key not in self._asked:
            return
        now = self.core.now_ms
        when, told = self._told.get(key, (now, None))
        if told != value or (idle_ms is not None and now - when >= idle_ms):
            self._told[key] = (now, value)
            self._push(key, text())

    def _push(self, key: Key, text: str) -> None:
        asked = self._asked[key]
        self.messages += len(asked)
        self._delivery.send(key, text, asked)

    def release(self) -> None:
        """What a delay has held long enough goes out; asked whenever time may have passed."""
        self._delivery.release()
