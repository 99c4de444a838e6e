"""The market: every coin's state, fed record by record, frozen on request.

The one mutable thing in the river. It is soft state: rebuilt from back-fill and the feed after a
restart, never stored. Plain Python; measured figures are in the docstrings of the parts.

>>> from decimal import Decimal
>>> from pawang.model.market import Aggressor, Trade
>>> btc = Instrument.swap("BTC", contract_value=Decimal("0.01"), tick_size=Decimal("0.1"),
...                       lot_size=Decimal("0.01"))
>>> market = Market({"BTC": btc})
>>> whale = Trade(instrument=btc.name, ts_event=10**9, ts_recv=10**9, price=60000.0, size=20.0,
...               side=Aggressor.BUY, trade_id="1")
>>> market.fold([whale])
Folded(consumed=1, edge=None)
>>> view = market.freeze("BTC", 2 * 10**9, Memory())
>>> view.flow[0].taker_net_usd, view.book_problem
(1200000.0, 'unseen')
"""

from collections.abc import Sequence

from msgspec.structs import replace

from pawang.market.block import Block
from pawang.market.census import FlowQuality
from pawang.market.coin import CoinMarket
from pawang.market.edges import Edge, Folded
from pawang.market.freeze import still
from pawang.market.params import MarketParams
from pawang.market.warming import warming
from pawang.model.desk import Line
from pawang.model.field import Crossing
from pawang.model.hypothesis import Ending, Hypothesis
from pawang.model.instrument import Instrument
from pawang.model.market import Aggressor, EtfFlow, FearGreed, Observation, Side
from pawang.model.refs import DAY
from pawang.model.tape import BookCheckpoint
from pawang.model.view import MarketView, Memory

PEEKS_MAX = 64
"""Slots peeked and not frozen yet; a desk has one or two a coin."""
DAILY = frozenset({EtfFlow, FearGreed})
"""They are of no instrument."""
FEAR_GREED_MAX = 64
"""Readings kept; one is published a day."""


class Market:
    """All coins of the desk. `instruments` by coin; records of strangers are passed over."""

    def __init__(
        self, instruments: dict[str, Instrument], params: MarketParams | None = None
    ) -> None:
        params = params or MarketParams()
        assert instruments, "a market needs at least one coin"
        self._edges: list[Edge] = []
        name = params.lead if params.lead in instruments else next(iter(instruments))
        lead = CoinMarket(instruments[name], params, self._edges, None)
        self._coins = {
            coin: lead if coin == name else CoinMarket(made, params, self._edges, lead)
            for coin, made in instruments.items()
        }
        # An index is named by its family (BTC-USDT), a swap by itself.
        self._named = {
            alias: coin
            for coin in self._coins.values()
            for alias in (coin.instrument.name, coin.instrument.family)
        }
        self._fear_greed: list[FearGreed] = []
        self._peeks: dict[tuple[str, int], MarketView] = {}

    # Folding.

    def fold(
        self, batch: Sequence[Observation], start: int = 0, until: int | None = None
    ) -> Folded:
        """Fold `batch[start:]`; stop after the record that made an edge, or before the first
        one with `ts_event >= until`. A record that made several edges gives the others first
        thing next time, with nothing consumed.
        """
        edges, named = self._edges, self._named
        if edges:
            return Folded(consumed=0, edge=edges.pop(0))
        for place in range(start, len(batch)):
            record = batch[place]
            kind = type(record)
            if kind in DAILY:
                self._fold_daily(record)  # type: ignore[arg-type]
                continue
            if until is not None and record.ts_event >= until:  # type: ignore[union-attr]
                return Folded(consumed=place - start)
            coin = named.get(record.instrument)  # type: ignore[union-attr]
            if coin is None:
                continue
            handler = coin.handlers.get(kind)
            if handler is not None:
                handler(record)
                if edges:
                    return Folded(consumed=place - start + 1, edge=edges.pop(0))
        return Folded(consumed=max(0, len(batch) - start))

    def fold_block(
        self, coin: str, block: Block, start: int = 0, until: int | None = None
    ) -> Folded:
        """As `fold`, of one coin's messages as columns: the same kernels, in batches."""
        edges = self._edges
        if edges:
            return Folded(consumed=0, edge=edges.pop(0))
        consumed = self._coins[coin].fold(block, start, until) - start
        return Folded(consumed=consumed, edge=edges.pop(0) if edges else None)

    def _fold_daily(self, record: EtfFlow | FearGreed) -> None:
        if isinstance(record, EtfFlow):
            coin = self._coins.get(record.asset)
            if coin is not None:
                coin.etf.add(record)
        elif record not in self._fear_greed:
            self._fear_greed.append(record)
            self._fear_greed.sort(key=lambda known: known.ts_asof)
            del self._fear_greed[:-FEAR_GREED_MAX]

    def close(self, problem: str | None) -> None:
        """The venue takes no new entries (C21): no book may be read, for this reason; None: it
        does again."""
        for coin in self._coins.values():
            coin.closed = problem

    def relist(self, instrument: Instrument) -> None:
        """The venue changed this listing (A23): views carry the new one from now on."""
        self._coins[instrument.coin].relist(instrument)

    # Reading.

    def peek(self, coin: str, ts: int) -> None:
        """Remember everything but the flow as of now, for the freeze of slot `ts`."""
        self._peeks[coin, ts] = self._still(coin, ts)
        while len(self._peeks) > PEEKS_MAX:
            del self._peeks[next(iter(self._peeks))]

    def freeze(self, coin: str, ts: int, memory: Memory) -> MarketView:
        """The view of slot `ts`: as peeked, or as of now; flow windows are `[ts - W, ts)`."""
        state = self._coins[coin]
        state.ready()
        view = self._peeks.pop((coin, ts), None) or self._still(coin, ts)
        flow, bias = state.flow, memory.bias
        return replace(
            view,
            flow=flow.windows(ts, view.theta_usd),
            cvd_usd=flow.cvd_usd(ts),
            cvd_bias_usd=None if bias is None else flow.net_usd(bias.ts, ts),
            memory=memory,
        )

    def books(self) -> list[BookCheckpoint]:
        """Every whole book as of now; nothing is changed by asking."""
        for coin in self._coins.values():
            coin.settle()
        found = (coin.book.checkpoint(coin.instrument.name) for coin in self._coins.values())
        return [made for made in found if made is not None]

    def warming(self, coin: str, now: int) -> dict[str, str]:
        """What is not warm yet and why: feature -> plain English."""
        self._coins[coin].ready()
        return warming(self._coins[coin], now, self._fng(now))

    def quality(self, coin: str, now: int) -> FlowQuality | None:
        """Whether the last whole day's trade sizes look made up; today's on the first day (1.5)."""
        self._coins[coin].ready()
        census, day = self._coins[coin].flow.census, now // DAY
        return census.quality(day - 1) or census.quality(day)

    def crossings(self, coin: str) -> tuple[Crossing, ...]:
        """What the coin's map of liquidations foretold and what came, since this was asked last."""
        return tuple(self._coins[coin].heatmap.crossings())

    def _still(self, coin: str, ts: int) -> MarketView:
        state = self._coins[coin]
        return still(state, ts, state.etf.view(ts), self._fng(ts))

    def _fng(self, ts: int) -> FearGreed | None:
        """The newest reading that was published by `ts`."""
        known = [reading for reading in self._fear_greed if reading.ts_asof <= ts]
        return known[-1] if known else None

    # Edges.

    def watch(self, ref_id: str, coin: str, lines: tuple[Line, ...]) -> None:
        """Watch a plan's lines instead of those watched before; crossed ones are left out."""
        self._coins[coin].lines.watch(ref_id, lines)

    def watch_mark(self, ref_id: str, coin: str, line: Line) -> None:
        """Watch one price against the mark; it is told as a line like any other."""
        self._coins[coin].mark_lines.watch(ref_id, (line,))

    def unwatch_mark(self, ref_id: str) -> None:
        for coin in self._coins.values():
            coin.mark_lines.unwatch(ref_id)

    def unwatch(self, ref_id: str) -> None:
        for coin in self._coins.values():
            coin.lines.unwatch(ref_id)
            coin.mark_lines.unwatch(ref_id)
            coin.turning.release(ref_id)

    def guard_flow(self, ref_id: str, coin: str, side: Side) -> None:
        """Tell when order flow turns hard against a plan of `side`; once a plan (7.3)."""
        self._coins[coin].settle()
        self._coins[coin].turning.guard(ref_id, side)

    def release_flow(self, ref_id: str) -> None:
        for coin in self._coins.values():
            coin.turning.release(ref_id)

    def guard_wall(self, coin: str, price: float, side: Aggressor) -> None:
        """Tell when the wall with that edge falls; at most once a wall."""
        self._coins[coin].guard_wall(price, side)

    def release_wall(self, coin: str) -> None:
        self._coins[coin].release_wall()

    # Hypothetical plans.

    def suppose(self, hypothesis: Hypothesis) -> None:
        """Play a plan that nobody made along the minutes to come; strangers are passed over."""
        coin = self._coins.get(hypothesis.coin)
        if coin is not None:
            coin.plays.follow(hypothesis)

    def cut(self, ref_id: str, coin: str, label: str, ts: int) -> None:
        """The desk left this plan at market: what was supposed of it ends here, too."""
        self._coins[coin].ready()
        self._coins[coin].plays.cut(ref_id, label, ts)

    def endings(self, coin: str, ts: int) -> tuple[Ending, ...]:
        """Of the coin's hypothetical plans, those that ended by `ts`; each is told once."""
        self._coins[coin].ready()
        return self._coins[coin].plays.endings(ts)
