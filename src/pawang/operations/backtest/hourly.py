"""BTC's recorded hours as views that the bias can judge: one an hour, at the hour's close.

    regime_btc_1h*.parquet   ts_ns (open), price_*, liq_*_usd, oi_usd, funding, cvd

The market room itself makes the views: it is told of funding, open interest, bars, ETF flows and
Fear & Greed as they became known, and freezes what it then knows, z-scores and ages with it. Two
things an hourly file cannot hold are put into the view afterwards, and said wherever it is shown:

    book    the hour's close stands for the mid; no spread and no depth were recorded
    flow    one window of an hour: the difference of the recorded taker delta (CVD), or of the
            recorded liquidations where they stand in for it. Its threshold is the median size of
            such differences in the week before, its z is robust over the 30 days before. A delta
            that never moves is a dead series: the pillar is missing, not quiet.

Not recorded, so missing: long/short ratios, mark and index price.
"""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from pawang.market import Market
from pawang.market.robust import Series, median_of
from pawang.model.errors import BadInput
from pawang.model.instrument import Instrument
from pawang.model.market import Candle, EtfFlow, FearGreed, FundingRate, Observation, OpenInterest
from pawang.model.refs import DAY, HOUR
from pawang.model.view import BookView, FlowWindow, MarketView, Memory, SentimentInput
from pawang.operations.backtest import recordings
from pawang.operations.backtest.known import in_order

COLUMNS = (
    "price_open",
    "price_high",
    "price_low",
    "price_close",
    "liq_long_usd",
    "liq_short_usd",
    "oi_usd",
    "funding",
    "cvd",
)
BTC = Instrument.swap(
    "BTC",
    contract_value=Decimal("0.01"),
    tick_size=Decimal("0.1"),
    lot_size=Decimal("0.01"),
)
WINDOW_S = 3600
THETA_HOURS = 7 * 24
Z_SPAN = 30 * DAY
Z_POINTS_MIN = 200  # as for every other z (signals.md 3)
MAD_FLOOR_USD = 1.0
Z_CLIP = 5.0
EIGHT_HOURS = 8 * HOUR

Floats = NDArray[np.float64]


class Hours(NamedTuple):
    """Columns, one row an hour; `ts` is the close: all of the row is known then."""

    ts: NDArray[np.int64]
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    liq_long_usd: Floats
    liq_short_usd: Floats
    oi_usd: Floats
    funding: Floats
    cvd: Floats


Flow = Callable[[Hours], Floats]
"""Net taker USD of each hour; nan where it was not recorded."""


def read(path: Path) -> Hours:
    ts, values = recordings.columns(path, COLUMNS)
    if (np.diff(ts) <= 0).any() or (ts % HOUR != 0).any():
        raise BadInput(f"{path.name}: hours must be whole, in order, each once")
    if min(float(values[place].min()) for place in (0, 1, 2, 3, 6)) <= 0.0:
        raise BadInput(f"{path.name}: a price or an open interest is not above nothing")
    return Hours(ts + HOUR, *values)


def cvd(hours: Hours) -> Floats:
    """What the taker delta moved by in the hour; nan behind a hole, and in a dead series."""
    moved = np.full(len(hours.ts), np.nan)
    if not hours.cvd.any():
        return moved
    whole = np.diff(hours.ts) == HOUR
    moved[1:][whole] = np.diff(hours.cvd)[whole]
    return moved


def liquidations(hours: Hours) -> Floats:
    """Forced buying less forced selling: shorts that died bought, longs that died sold."""
    return hours.liq_short_usd - hours.liq_long_usd


FLOWS: dict[str, Flow] = {"cvd": cvd, "liquidations": liquidations}


def views(
    hours: Hours,
    days: Sequence[EtfFlow | FearGreed],
    flow: Flow,
    memory: Callable[[int], Memory],
) -> Iterator[MarketView]:
    """A view at every close, with what was known then. `memory(ts)` is asked in order."""
    market, moved = Market({"BTC": BTC}), flow(hours)
    seen = Series(HOUR, Z_SPAN)
    known = in_order(_records(hours), days)
    waiting = next(known, None)
    for row, ts in enumerate(hours.ts.tolist()):
        batch = []
        while waiting is not None and waiting[0] <= ts:
            batch.append(waiting[1])
            waiting = next(known, None)
        market.fold(batch)
        view = market.freeze("BTC", ts, memory(ts))
        yield replace(
            view,
            book=_book(float(hours.close[row])),
            book_problem=None,
            flow=_flow(moved, seen, row, ts),
            sentiment=(*view.sentiment, *_returned(hours, row)),
        )
        if np.isfinite(moved[row]):
            seen.put(ts, float(moved[row]))


def _records(hours: Hours) -> Iterator[Observation]:
    """Bar, funding and open interest of each hour, known at its close."""
    prices = (hours.open.tolist(), hours.high.tolist(), hours.low.tolist(), hours.close.tolist())
    rest = (hours.oi_usd.tolist(), hours.funding.tolist())
    for ts, open_, high, low, close, oi_usd, rate in zip(
        hours.ts.tolist(), *prices, *rest, strict=True
    ):
        yield Candle(
            instrument=BTC.name,
            ts_event=ts - HOUR,
            ts_recv=ts,
            bar=HOUR,
            open=open_,
            high=high,
            low=low,
            close=close,
            volume=0.0,
            volume_usd=0.0,
            closed=True,
        )
        due = (ts // EIGHT_HOURS + 1) * EIGHT_HOURS
        yield FundingRate(
            instrument=BTC.name,
            ts_event=ts,
            ts_recv=ts,
            rate=rate,
            ts_funding=due,
            ts_next=due + EIGHT_HOURS,
        )
        yield OpenInterest(
            instrument=BTC.name, ts_event=ts, ts_recv=ts, coins=oi_usd / close, usd=oi_usd
        )


def _book(close: float) -> BookView:
    return BookView(
        bid=close,
        ask=close,
        mid=close,
        spread_bps=0.0,
        spread_median_bps=None,
        imbalance_5bp=0.0,
        imbalance_10bp=0.0,
        imbalance_25bp=0.0,
        imbalance_held_s=0.0,
        depth_10bp_usd=0.0,
        age_s=0.0,
    )


def _flow(moved: Floats, seen: Series, row: int, ts: int) -> tuple[FlowWindow, ...]:
    """The hour's window, once there is a week to know its usual size from."""
    before = moved[max(0, row - THETA_HOURS) : row]
    before = before[np.isfinite(before)]
    net = float(moved[row])
    if not np.isfinite(net) or len(before) < Z_POINTS_MIN // 2:
        return ()
    z = seen.spread(ts).z(net, MAD_FLOOR_USD, Z_CLIP, Z_POINTS_MIN)
    theta = median_of(np.abs(before))
    if z is None or theta <= 0.0:
        return ()
    made = FlowWindow(
        window_s=WINDOW_S,
        ts_from=ts - HOUR,
        ts_to=ts,
        theta_usd=theta,
        parents=0,
        net_usd=net,
        gross_usd=abs(net),
        imbalance=float(np.sign(net)),
        z=z,
        taker_net_usd=net,
        taker_gross_usd=max(abs(net), 1.0),
        gap=False,
    )
    return (made,)


def _returned(hours: Hours, row: int) -> tuple[SentimentInput, ...]:
    """The hour's return, the sign that a change of open interest is read with."""
    change = (float(hours.close[row]) / float(hours.open[row]) - 1.0) * 100.0
    return (SentimentInput(name="return_1h", value=change, z=None, age_s=0.0),)
