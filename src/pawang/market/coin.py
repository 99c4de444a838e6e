"""Everything the desk knows about one coin's market: records in, edges out, state between.

Each kind of record has its method; what they keep lives in the files they are named after. Ages
and cadences run on `ts_event`, so the same records give the same state however they were cut.
"""

from collections.abc import Callable
from typing import Any

from pawang.market.band import PriceBand
from pawang.market.book import Book
from pawang.market.candles import Bars
from pawang.market.collapse import Guard
from pawang.market.edges import Edge, Lines
from pawang.market.etf import EtfBook
from pawang.market.flow import Flow
from pawang.market.grid import Grid
from pawang.market.heatmap import Heatmap
from pawang.market.minute_bars import MinuteBars
from pawang.market.null_table import Luck
from pawang.market.ofi import OrderFlow
from pawang.market.open_interest import OpenInterestHistory
from pawang.market.params import MarketParams
from pawang.market.parents import Seen
from pawang.market.plays import Plays
from pawang.market.robust import Series
from pawang.market.sentiment import Sentiment
from pawang.market.threshold import Threshold
from pawang.market.trust import Trust
from pawang.market.turning import Turning
from pawang.market.walls import Walls
from pawang.model.event import FlowTurned, HealthChanged, WallFell
from pawang.model.instrument import Instrument
from pawang.model.market import (
    Aggressor,
    BestQuote,
    BookDelta,
    BookSnapshot,
    Candle,
    FeedLost,
    FundingRate,
    IndexPrice,
    Liquidation,
    LongShortRatio,
    MarkPrice,
    OpenInterest,
    TiersListed,
    Trade,
)
from pawang.model.refs import DAY, HOUR, MINUTE, SECOND

TRADE_IDS_MAX = 5_000
"""Ids kept against duplicates; a venue replays some hundreds after a reconnect."""
GUARDS_MAX = 8
"""Guarded walls; one plan is live a coin, a few shadows may lean on older ones."""
COARSE_BARS_MAX = 31 * 24 + 24
FINE_BARS_MAX = 5 * 288
LEAN = 0.3
"""|imbalance| within 10 bp from which a book leans to one side (7.1)."""
LEAN_BPS = 10.0
LOOK = SECOND
"""The book is surveyed (walls, imbalance, spread, mid) at most once in this long."""

LOST_WITH = {
    "books": ("books",),
    "books5": ("books",),
    "bbo": ("bbo",),
    "trades": ("trades",),
}
"""What is lost with a channel, by the first word of its name."""

Stamped = tuple[int, float]  # time, price


class CoinMarket:
    """Soft state of one coin. `edges` is the market's own list; `lead` is None for the lead."""

    def __init__(
        self,
        instrument: Instrument,
        params: MarketParams,
        edges: list[Edge],
        lead: "CoinMarket | None",
    ) -> None:
        self.instrument = instrument
        self.params = params
        self.book = Book()
        self.walls = Walls(params)
        self.flow = Flow(instrument, params)
        self.order_flow = OrderFlow()
        self.turning = Turning(self.order_flow, params)
        self.coarse = Bars(HOUR, COARSE_BARS_MAX)
        self.fine = Bars(5 * MINUTE, FINE_BARS_MAX)
        self.interest = OpenInterestHistory(params.z_span_days)
        self.heatmap = Heatmap(instrument.coin, params, self.interest, self.fine, self.coarse)
        self.sentiment = Sentiment(params)
        self.etf = EtfBook()
        self.threshold = Threshold(
            self.coarse, lead.coarse if lead else self.coarse, self.flow.census, params
        )
        self.spreads = Series(MINUTE, 7 * DAY)
        self.lines = Lines()
        self.mark_lines = Lines()
        self.minutes = MinuteBars()
        self.luck = Luck(instrument.coin, self.minutes)
        self.plays = Plays(self.minutes)
        self.band = PriceBand(params.jump_share)
        self.trust = Trust(instrument.coin, params)
        self.last: Stamped | None = None
        self.mark: Stamped | None = None
        self.index: Stamped | None = None
        self.leaning = 0  # sign of the 10-bp imbalance while it is at least LEAN
        self.leaning_since = 0
        self.closed: str | None = None  # why the venue takes no new entries
        self.quarantined = 0  # absurd prints, counted
        self._edges = edges
        self._seen = Seen(TRADE_IDS_MAX)
        self._guards: list[Guard] = []
        self._fallen: list[tuple[int, float]] = []  # when, which edge
        self._looked = 0
        self.handlers: dict[type, Callable[[Any], None]] = {
            Trade: self._trade,
            BookDelta: self._delta,
            BookSnapshot: self._snapshot,
            FeedLost: self._lost,
            Candle: self._candle,
            MarkPrice: self._mark,
            IndexPrice: self._index,
            OpenInterest: self._interest,
            FundingRate: self.sentiment.fund,
            Liquidation: self._liquidation,
            LongShortRatio: self.sentiment.long_short,
            BestQuote: self._quote,
            TiersListed: self.heatmap.tiers,
        }

    # Prints.

    def _trade(self, record: Trade) -> None:
        ts, price, size = record.ts_event, record.price, record.size
        assert price > 0.0
        assert size > 0.0
        if self._seen.again(record.trade_id):
            return
        sane = self.band.sane(ts, price)
        if (changed := self.trust.printed(ts, price, sane)) is not None:
            self._tell(ts, changed)
        if not sane:
            self.quarantined += 1
            return
        if (changed := self.trust.traded(ts, size)) is not None:
            self._tell(ts, changed)
            self.settle()  # a book that fell unseen stands still no more
        sign = 1 if record.side is Aggressor.BUY else -1
        self.flow.trade(ts, record.ts_recv, record.trade_id, sign, price, size)
        self.minutes.trade(ts, price)
        self.heatmap.trade(ts, price, sign * price * size)
        self.walls.trade(ts, sign, price, size)
        for guard in self._guards:
            if guard.side is not record.side:
                guard.trade(ts, price, size)
        if self.last is None or ts >= self.last[0]:
            self.last = (ts, price)
        self._edges.extend(self.lines.trade(ts, price))

    # The touch, as its own stream tells it.

    def _quote(self, record: BestQuote) -> None:
        self.order_flow.quote(record)
        if record.bid < record.ask:
            self.flow.mids.quote(record.ts_event, (record.bid + record.ask) / 2.0)
        for side, z in self.turning.turn(record.ts_event):
            body = FlowTurned(coin=self.instrument.coin, side=side, z=z)
            self._edges.append(Edge(ts=record.ts_event, body=body))

    # The book.

    def _snapshot(self, record: BookSnapshot) -> None:
        self.settle()
        self.book.replace(record)
        self._guarded(record.ts_event)
        self._booked(record.ts_event)

    def _delta(self, record: BookDelta) -> None:
        self.book.change(record)
        ts = record.ts_event
        if self._guards:
            self._guarded(ts)
        # A look is due, or more than a look hangs on what the book does now.
        if not 0 <= ts - self._looked < LOOK or self.trust.problem is not None:
            self._booked(ts)

    def settle(self) -> None:
        """Apply what waits in the book. A loss that nobody has seen yet is seen now: whoever
        reads what is kept about the book asks for this first."""
        if self.book.fell():
            self._book_lost()

    def _booked(self, ts: int) -> None:
        self.settle()
        if self.book.problem is None and not 0 <= ts - self._looked < LOOK:
            self._looked = ts
            self._look(ts)

    def _guarded(self, ts: int) -> None:
        """Every guard that samples at `ts` sees the book, if it may be believed."""
        if self.trust.problem is not None:
            for guard in self._guards:
                guard.lose()
            return
        for guard in list(self._guards):
            if not guard.samples_at(ts):
                continue
            size, mid = self.book.settle_and_guard(guard.levels, guard.low, guard.high)
            self.settle()
            if self.book.problem is not None:
                return
            how = guard.sample(ts, size, mid, self.params)
            if how is not None:
                self._fell(guard, how, ts)

    def _look(self, ts: int) -> None:
        """Once a second: what costs more than a delta may."""
        survey = self.book.survey(LEAN_BPS)
        mid = survey.mid
        self._tell(ts, self.trust.touched(ts, survey.touch))
        self.band.mid(ts, mid)
        sane = self.band.sane(ts, mid)
        self._tell(ts, self.trust.mid(ts, mid, sane))
        if not sane:
            return
        if self.walls.grid is None or not self.walls.grid.serves(mid):
            self.walls.regrid(self._grid(mid))
        theta = self.threshold.theta_usd(ts)
        self.walls.look(ts, self.book, mid, theta)
        self.flow.mids.look(ts, mid)
        self.flow.settle(ts, theta)
        self.spreads.put(ts, survey.spread_bps)
        leaning = lean(survey.imbalance)
        if leaning != self.leaning:
            self.leaning, self.leaning_since = leaning, ts

    def _grid(self, price: float) -> Grid:
        return Grid(self.instrument.tick_size, price, self.params.bucket_bps)

    def _tell(self, ts: int, changed: HealthChanged | None) -> None:
        if changed is not None:
            self._edges.append(Edge(ts=ts, body=changed))

    def relist(self, instrument: Instrument) -> None:
        """Another tick makes another grid; it is drawn at the next look."""
        if instrument.tick_size != self.instrument.tick_size:
            self.walls.forget()
            self.walls.grid = None
        self.flow.relist(instrument)
        self.instrument = instrument

    def _book_lost(self) -> None:
        self._tell(self.book.ts, self.trust.touched(self.book.ts, None))
        self.walls.forget()
        self.leaning = 0
        self._looked = 0
        for guard in self._guards:
            guard.lose()

    def _lost(self, record: FeedLost) -> None:
        """Book, touch and prints come by different channels: a gap in one says nothing of the
        others. "all", and any name not known here, means all of them.
        """
        lost = LOST_WITH.get(record.channel.partition("-")[0], ("books", "bbo", "trades"))
        if "books" in lost:
            self.book.lose("gap")
            self._book_lost()
            self.settle()
        if "bbo" in lost:
            self.order_flow.lose()
        if "books" in lost or "bbo" in lost:
            self.flow.mids.lose()
        if "trades" in lost:
            self.flow.lose(record.ts_event)
            self.minutes.lose()

    # Guarded walls.

    def guard_wall(self, price: float, side: Aggressor) -> None:
        """Watch the wall with that edge; guarding it again changes nothing."""
        self.settle()
        now = self.book.ts
        cool = int(self.params.collapse_cool_s * SECOND)
        self._fallen = [(ts, edge) for ts, edge in self._fallen if now - ts < cool]
        known = [guard.price for guard in self._guards] + [edge for _, edge in self._fallen]
        if price in known:
            return
        grid = self.walls.grid or self._grid(price)
        low, high = grid.around(side.sign, price)
        born = self.walls.born(side.sign, grid.bucket(side.sign, price))
        self._guards.append(Guard(price, side, low, high, born))
        del self._guards[:-GUARDS_MAX]

    def release_wall(self) -> None:
        """Nobody leans on this coin's walls any more."""
        self._guards = []

    def _fell(self, guard: Guard, how: str, ts: int) -> None:
        self._guards.remove(guard)
        self._fallen = [*self._fallen[1 - GUARDS_MAX :], (ts, guard.price)]
        body = WallFell(coin=self.instrument.coin, price=guard.price, how=how)
        self._edges.append(Edge(ts=ts, body=body))

    # The rest.

    def _candle(self, record: Candle) -> None:
        if record.bar == HOUR:
            self.coarse.add(record)
        elif record.bar == 5 * MINUTE:
            self.fine.add(record)
        elif record.bar == MINUTE:
            self.minutes.candle(record)
        if record.closed:
            self.heatmap.past(record.ts_event + record.bar)

    def _mark(self, record: MarkPrice) -> None:
        ts, price = record.ts_event, record.price
        assert price > 0.0
        self.mark = (ts, price)
        self.band.mark(ts, price)
        self.heatmap.mark(ts, price)
        self.sentiment.mark(ts, price)
        self._edges.extend(self.mark_lines.trade(ts, price))

    def _index(self, record: IndexPrice) -> None:
        assert record.price > 0.0
        self.index = (record.ts_event, record.price)
        self.band.index(record.ts_event, record.price)
        self.sentiment.index(record.ts_event, record.price)

    def _interest(self, record: OpenInterest) -> None:
        assert record.coins >= 0.0
        self.interest.add(record)
        self.heatmap.past(record.ts_event)

    def _liquidation(self, record: Liquidation) -> None:
        self.heatmap.forced(record)
        self.flow.liquidation(record.ts_event, -record.side.sign, record.size)


def lean(imbalance: float) -> int:
    """-1, 0 or 1: the side a book leans to, if it leans.

    >>> lean(0.3), lean(-0.5), lean(0.29)
    (1, -1, 0)
    """
    return (imbalance >= LEAN) - (imbalance <= -LEAN)
