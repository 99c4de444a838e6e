"""The view: one coin's market at one slot, frozen.

What stands still is read at the slot itself (`still`, by peek); the flow windows are read when
the slot is decided, a little later, because a sweep may end after the slot it began in.
Nothing here fails for want of data: what is missing is None, with the reason where one is asked.
"""

from pawang.market.coin import CoinMarket, Stamped, lean
from pawang.model.market import FearGreed
from pawang.model.refs import HOUR, MINUTE, SECOND
from pawang.model.view import (
    BookView,
    EtfView,
    MarketView,
    Memory,
    Reading,
    SentimentInput,
)

NO_PRICE = "no price yet"
LEVEL_FLOW_S = 10


def still(
    coin: CoinMarket, ts: int, etf: EtfView | None, fear_greed: FearGreed | None
) -> MarketView:
    """The view as of now, dated `ts`, without its flow and memory."""
    coin.ready()
    problem = book_problem(coin, ts)
    theta = coin.threshold.theta_usd(ts)
    book = None if problem is not None else book_view(coin, ts)
    funding = coin.sentiment.funding_view(ts)
    map_problem = coin.heatmap.problem(ts)
    price = _price(coin, book)
    magnets = None
    if map_problem is None and price is None:
        map_problem = NO_PRICE
    if map_problem is None and price is not None:
        magnets = coin.heatmap.magnets(ts, price, None if funding is None else funding.z)
    interest = coin.interest.newest
    return MarketView(
        coin=coin.instrument.coin,
        ts=ts,
        instrument=coin.instrument,
        book=book,
        book_problem=problem,
        last_price=_reading(ts, coin.last),
        mark_price=_reading(ts, coin.mark),
        index_price=_reading(ts, coin.index),
        walls=() if book is None else coin.walls.view(ts, coin.book, theta),
        flow=(),
        cvd_usd=0.0,
        theta_usd=theta,
        atr_1h_pct=coin.coarse.atr_pct(ts, coin.params.atr_bars),
        atr_5m_pct=coin.fine.atr_pct(ts, coin.params.atr_bars),
        funding=funding,
        open_interest_usd=(
            None if interest is None else _reading(ts, (interest.ts_event, interest.usd))
        ),
        etf=etf,
        sentiment=_sentiment(coin, ts, fear_greed),
        magnets=magnets,
        magnets_problem=map_problem,
        magnets_validated=coin.heatmap.validated,
        correlation_btc=coin.threshold.correlation(ts),
        memory=Memory(),
        null=coin.luck.table(ts),
        order_flow=coin.turning.views(ts),
        level_flow=coin.level_flow.normalised(ts, LEVEL_FLOW_S),
    )


def book_problem(coin: CoinMarket, ts: int) -> str | None:
    """Why the book may not be read at `ts`, None if it may: unseen, gap, crossed, stale, jump,
    maintenance or suspended (by the venue), halted or frozen (by `trust`)."""
    if coin.closed is not None:
        return coin.closed
    book = coin.book
    if book.problem is not None:
        return book.problem
    if not coin.instrument.tradeable:
        return "suspended"
    if ts - book.ts > coin.params.book_stale_s * SECOND:
        return "stale"
    if not coin.band.sane(book.ts, book.mid):
        return "jump"
    return coin.trust.problem


def book_view(coin: CoinMarket, ts: int) -> BookView:
    """The top of a known book and what surrounds it."""
    book = coin.book
    imbalance = book.imbalance(10.0)
    held = coin.leaning != 0 and lean(imbalance) == coin.leaning
    spreads = coin.spreads.spread(ts)
    measured = spreads.count >= coin.params.spread_points_min
    return BookView(
        bid=book.bid,
        ask=book.ask,
        mid=book.mid,
        spread_bps=book.spread_bps,
        spread_median_bps=spreads.median if measured else None,
        imbalance_5bp=book.imbalance(5.0),
        imbalance_10bp=imbalance,
        imbalance_25bp=book.imbalance(25.0),
        imbalance_held_s=_age_s(ts, coin.leaning_since) if held else 0.0,
        depth_10bp_usd=book.depth_usd(10.0),
        age_s=_age_s(ts, book.ts),
        queue_imbalance=book.queue_imbalance,
        micro_price=coin.micro_price.price(*book.survey(0.0).touch),
    )


def _price(coin: CoinMarket, book: BookView | None) -> float | None:
    """What the magnets are measured from: the mid, else the mark, else the last print."""
    if book is not None:
        return book.mid
    known = coin.mark or coin.last
    return None if known is None else known[1]


def _sentiment(
    coin: CoinMarket, ts: int, fear_greed: FearGreed | None
) -> tuple[SentimentInput, ...]:
    inputs = coin.sentiment.inputs(ts, coin.interest)
    if fear_greed is not None:
        age_s = _age_s(ts, fear_greed.ts_asof)
        fng = SentimentInput(name="fng", value=fear_greed.value, z=None, age_s=age_s)
        inputs = (fng, *inputs)
    hour = return_1h(coin, ts)
    return inputs if hour is None else (*inputs, hour)


def return_1h(coin: CoinMarket, ts: int) -> SentimentInput | None:
    """Percent from the close nearest before an hour ago to the last print."""
    if coin.last is None:
        return None
    for bars, late in ((coin.fine, 10 * MINUTE), (coin.coarse, HOUR)):
        bar = bars.closed_before(ts - HOUR)
        if bar is not None and ts - HOUR - (bar.ts_event + bar.bar) <= late:
            change = (coin.last[1] / bar.close - 1.0) * 100.0
            age_s = _age_s(ts, coin.last[0])
            return SentimentInput(name="return_1h", value=change, z=None, age_s=age_s)
    return None


def _reading(ts: int, stamped: Stamped | None) -> Reading | None:
    return None if stamped is None else Reading(value=stamped[1], age_s=_age_s(ts, stamped[0]))


def _age_s(ts: int, ts_event: int) -> float:
    """Never negative: what came between a slot and its peek is as fresh as can be."""
    return max(0.0, (ts - ts_event) / SECOND)
