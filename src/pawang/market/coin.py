"""Everything the desk knows about one coin's market: records in, edges out, state between.

Each kind of record has its method; what they keep lives in the files they are named after. Ages
and cadences run on `ts_event`, so the same records give the same state however they were cut.
"""

from array import array
from collections.abc import Callable
from typing import Any

import numpy as np

from pawang.market.band import PriceBand
from pawang.market.block import NO_ROWS, Block, joined, write
from pawang.market.book import Book
from pawang.market.candles import Bars
from pawang.market.collapse import Guard
from pawang.market.edges import Edge, Lines
from pawang.market.etf import EtfBook
from pawang.market.flow import Flow
from pawang.market.grid import Grid
from pawang.market.heatmap import Heatmap
from pawang.market.kernels import stream
from pawang.market.kernels.layout import (
    ABSURD,
    ALWAYS,
    BOUGHT,
    CHANGE,
    CROSSED_LINE,
    ENDED,
    FELL,
    FIT,
    FROZE,
    GUARD_HIGH,
    GUARD_LOW,
    GUARD_SIDE,
    GUARDED,
    GUARDS,
    GUARDS_MAX,
    HEAD,
    HEAT_MINUTE,
    HEAT_PRICE,
    HEAT_TS,
    HEAT_USD,
    HEATED,
    HEATED_MAX,
    JUDGE,
    KIND,
    LAST_PRICE,
    LAST_TS,
    LOOKED,
    NEVER,
    NONE,
    NUMBERS,
    SAMPLE,
    SAMPLE_AT,
    SANE,
    TS,
    TURNED,
    UNTIL,
    WHOLE,
)
from pawang.market.kernels.layout import LOOK as LOOK_DUE
from pawang.market.microprice import LivePrice
from pawang.market.minute_bars import MinuteBars
from pawang.market.null_table import Luck
from pawang.market.ofi import OrderFlow
from pawang.market.ofi_levels import LevelFlow
from pawang.market.open_interest import OpenInterestHistory
from pawang.market.params import MarketParams
from pawang.market.plays import Plays
from pawang.market.robust import Series
from pawang.market.sentiment import Sentiment
from pawang.market.state import State
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
    Levels,
    Liquidation,
    LongShortRatio,
    MarkPrice,
    OpenInterest,
    TiersListed,
    Trade,
)
from pawang.model.refs import DAY, HOUR, MINUTE, SECOND

WAITING_MAX = 256
"""Messages that may wait."""
NO_NUMBERS = (0.0, 0.0, 0.0, 0.0)
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
        self.state = state = State()
        self.book = Book(state)
        self.walls = Walls(params, state)
        self.flow = Flow(instrument, params, state)
        self.order_flow = OrderFlow(state)
        self.level_flow = LevelFlow(state)
        self.turning = Turning(self.order_flow, params, state)
        self.micro_price = LivePrice(float(instrument.tick_size), state)
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
        self.lines = Lines(state.floats)
        self.mark_lines = Lines()
        self.minutes = MinuteBars()
        self.luck = Luck(instrument.coin, self.minutes)
        self.plays = Plays(self.minutes)
        self.band = PriceBand(params.jump_share, state.floats)
        self.trust = Trust(instrument.coin, params, state)
        self.mark: Stamped | None = None
        self.index: Stamped | None = None
        self.leaning = 0  # sign of the 10-bp imbalance while it is at least LEAN
        self.leaning_since = 0
        self.closed: str | None = None  # why the venue takes no new entries
        self.quarantined = 0  # absurd prints, counted
        self._edges = edges
        self._heads, self._numbers = array("q"), array("d")  # of the messages that wait
        self._rows, self._leveling = NO_ROWS, False
        self._sample_at = ALWAYS
        self._turned = 0
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

    # Messages of the stream: prints, best quotes, the book. They wait for the kernels while nobody
    # can be interested in what they do; nobody can tell.

    def _trade(self, record: Trade) -> None:
        assert record.price > 0.0
        assert record.size > 0.0
        write(record, self._heads, self._numbers)
        self.settle()

    def _quote(self, record: BestQuote) -> None:
        write(record, self._heads, self._numbers)
        second = record.ts_event // SECOND
        if second > self._turned or len(self._heads) >= WAITING_MAX * HEAD:
            self._turned = max(second, self._turned)
            self.settle()

    def _snapshot(self, record: BookSnapshot) -> None:
        self._leveled(WHOLE, record)
        self.settle()

    def _delta(self, record: BookDelta) -> None:
        self._leveled(CHANGE, record)
        if self._due(record.ts_event):
            self.settle()

    def _due(self, ts: int) -> bool:
        """A look or a guarded wall's sample is; more may hang on what a book does that is not
        believed."""
        if len(self._heads) >= WAITING_MAX * HEAD or ts >= self._sample_at:
            return True
        return not 0 <= ts - self._looked < LOOK or self.trust.problem is not None

    def _leveled(self, kind: int, record: BookDelta | BookSnapshot) -> None:
        bids, asks = record.bids, record.asks
        if not (type(bids) is Levels and type(asks) is Levels and bids.rows is asks.rows):
            bids, asks = joined(bids, asks)
        if bids.rows is not self._rows:
            if self._leveling:
                self.settle()
            self._rows = bids.rows
        self._leveling = True
        places = (bids.first, bids.last, asks.first, asks.last)
        self._heads.extend((kind, record.ts_event, record.ts_recv, *places))
        self._numbers.extend(NO_NUMBERS)

    def settle(self) -> None:
        """Fold what waits. Whoever reads anything asks for this first."""
        if not self._heads:
            return
        heads = np.frombuffer(self._heads, np.int64).reshape(-1, HEAD)
        numbers = np.frombuffer(self._numbers, np.float64).reshape(-1, NUMBERS)
        block = Block(heads, numbers, self._rows)
        self._heads, self._numbers = array("q"), array("d")
        self._rows, self._leveling = NO_ROWS, False
        place = 0
        while place < len(block):
            place = self._run(block, place, ALWAYS)

    def ready(self) -> None:
        """Whatever was told is folded, down to the sums by minute."""
        self.settle()
        self.flow.collect()
        self._heat()

    def fold(self, block: Block, start: int, until: int | None) -> int:
        """Fold a block up to the first message that makes an edge, or is not before `until`;
        where to go on."""
        self.settle()
        place, limit, many = start, ALWAYS if until is None else until, len(block)
        while place < many and not self._edges:
            stopped = self._run(block, place, limit)
            if stopped == place:
                break
            place = stopped
        return place

    def _run(self, block: Block, start: int, until: int) -> int:
        """One run of the kernels, and what it stopped for; where to go on."""
        place, asked = self._stream(block, start, len(block), until, NONE)
        if asked == JUDGE:
            # Alone: its verdict may be an edge, and nothing behind an edge is folded.
            verdict = self._judge(block, place)
            place, asked = self._stream(block, place, place + 1, until, verdict)
        if asked and asked != UNTIL:
            self._answer(asked, block, place - 1)
        return place

    def _stream(
        self, block: Block, start: int, stop: int, until: int, verdict: int
    ) -> tuple[int, int]:
        state = self.state
        return stream.run(
            block.heads,
            block.numbers,
            block.rows,
            start,
            stop,
            until,
            verdict,
            state.ints,
            state.floats,
            state.book,
            state.bounds,
            state.marks,
            state.sizes,
            state.scale,
        )

    def _judge(self, block: Block, place: int) -> int:
        """A print that is not plain: is it believed? What it opens is opened."""
        ts, price = int(block.heads[place, TS]), float(block.numbers[place, 0])
        sane = self.band.sane(ts, price)
        self._tell(ts, self.trust.printed(ts, price, sane))
        if not sane:
            self.quarantined += 1
            return ABSURD
        self.flow.opens(ts)
        self._heat()
        self.state.ints[HEAT_MINUTE] = self.heatmap.opens(ts)
        return SANE

    def _answer(self, asked: int, block: Block, place: int) -> None:
        """What the run stopped for, behind the message at `place`."""
        ts = int(block.heads[place, TS])
        if asked & (ENDED | LOOK_DUE):
            self.flow.collect()
            if self.state.ints[HEATED] >= HEATED_MAX:
                self._heat()
        if asked & (FIT | TURNED):
            self._touched(asked, ts)
        if asked & FROZE:
            self._tell(ts, self.trust.froze())
        if asked & (GUARDED | CROSSED_LINE):
            self._printed(asked, ts, block, place)
        if asked & FELL:
            self.book.fell()
            self._book_lost()
        if asked & SAMPLE:
            self._guarded(ts)
        if asked & LOOK_DUE:
            self._looked = self.state.ints[LOOKED] = ts
            self._look(ts)

    def _printed(self, asked: int, ts: int, block: Block, place: int) -> None:
        price, size = block.numbers[place, :2].tolist()
        if asked & GUARDED:
            side = Aggressor.BUY if block.heads[place, KIND] == BOUGHT else Aggressor.SELL
            for guard in self._guards:
                if guard.side is not side:
                    guard.trade(ts, price, size)
        if asked & CROSSED_LINE:
            self._edges.extend(self.lines.trade(ts, price))

    def _touched(self, asked: int, ts: int) -> None:
        if asked & FIT:
            self.micro_price.refit(ts)
        if asked & TURNED:
            for side, z in self.turning.turn(ts):
                body = FlowTurned(coin=self.instrument.coin, side=side, z=z)
                self._edges.append(Edge(ts=ts, body=body))

    def _heat(self) -> None:
        """Give the map of liquidations and the minutes' bars the prints they have not seen."""
        ints, floats = self.state.ints, self.state.floats
        many = int(ints[HEATED])
        if many:
            stamps = ints[HEAT_TS : HEAT_TS + many]
            prices = floats[HEAT_PRICE : HEAT_PRICE + many]
            self.heatmap.trades(stamps, prices, floats[HEAT_USD : HEAT_USD + many])
            self.minutes.trades(stamps, prices)
            ints[HEATED] = 0

    @property
    def last(self) -> Stamped | None:
        ts = int(self.state.ints[LAST_TS])
        return None if ts == NEVER else (ts, float(self.state.floats[LAST_PRICE]))

    # The book.

    def _guarded(self, ts: int) -> None:
        """Every guard that samples at `ts` sees the book, if it may be believed."""
        if self.trust.problem is not None:
            for guard in self._guards:
                guard.lose()
            return
        for guard in list(self._guards):
            if not guard.samples_at(ts):
                continue
            size, mid = self.book.guarded(guard.levels, guard.low, guard.high)
            how = guard.sample(ts, size, mid, self.params)
            if how is not None:
                self._fell(guard, how, ts)
        self._aim()

    def _aim(self) -> None:
        """Tell the kernels what is guarded, and when a guard samples again."""
        ints, floats = self.state.ints, self.state.floats
        ints[GUARDS] = len(self._guards)
        self._sample_at = min((guard.samples_from for guard in self._guards), default=ALWAYS)
        ints[SAMPLE_AT] = self._sample_at
        for place, guard in enumerate(self._guards):
            floats[GUARD_SIDE + place] = -guard.side.sign
            floats[GUARD_LOW + place] = guard.low
            floats[GUARD_HIGH + place] = guard.high

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
        self.settle()
        if instrument.tick_size != self.instrument.tick_size:
            self.walls.forget()
            self.walls.grid = None
        self.flow.relist(instrument)
        self.micro_price.relist(float(instrument.tick_size))
        self.instrument = instrument

    def _book_lost(self) -> None:
        self._tell(self.book.ts, self.trust.touched(self.book.ts, None))
        self.walls.forget()
        self.level_flow.lose()
        self.leaning = 0
        self._looked = self.state.ints[LOOKED] = 0
        for guard in self._guards:
            guard.lose()

    def _lost(self, record: FeedLost) -> None:
        """Book, touch and prints come by different channels: a gap in one says nothing of the
        others. "all", and any name not known here, means all of them.
        """
        self.settle()
        lost = LOST_WITH.get(record.channel.partition("-")[0], ("books", "bbo", "trades"))
        if "books" in lost:
            self.book.lose("gap")
            self._book_lost()
        if "bbo" in lost:
            self.order_flow.lose()
        if "books" in lost or "bbo" in lost:
            self.flow.mids.lose()
        if "trades" in lost:
            self.flow.lose(record.ts_event)
            self._heat()
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
        self._aim()

    def release_wall(self) -> None:
        """Nobody leans on this coin's walls any more."""
        self.settle()
        self._guards = []
        self._aim()

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
            self._heat()
            self.minutes.candle(record)
        if record.closed:
            self.heatmap.past(record.ts_event + record.bar)

    def _mark(self, record: MarkPrice) -> None:
        ts, price = record.ts_event, record.price
        assert price > 0.0
        self.mark = (ts, price)
        self.band.mark(ts, price)
        self._heat()
        self.heatmap.mark(ts, price)
        self.state.ints[HEAT_MINUTE] = self.heatmap.opens(ts)
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
        self._heat()
        self.heatmap.forced(record)
        self.flow.liquidation(record.ts_event, -record.side.sign, record.size)


def lean(imbalance: float) -> int:
    """-1, 0 or 1: the side a book leans to, if it leans.

    >>> lean(0.3), lean(-0.5), lean(0.29)
    (1, -1, 0)
    """
    return (imbalance >= LEAN) - (imbalance <= -LEAN)
