"""Recorded bars and open interest as the steps of a map: what was known at the end of each bar.

    candles_binance_usdm_btcusdt_{1h,15m}.parquet    bars, `ts_ns` = open time
    regime_btc_1h.parquet                            open interest in USD at the end of each hour

Between two readings of open interest nothing opens: the next one tells all of it, and never
before it was there. The takers' side is unknown. A hole stays a hole.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pawang.market.magnets import Step, bin_of
from pawang.model.refs import HOUR, MINUTE
from pawang.operations.backtest import recordings
from pawang.operations.backtest.recordings import Floats, Ints

HOLE = 2 * HOUR
HOURS, QUARTERS, INTEREST = (
    "candles_binance_usdm_btcusdt_1h.parquet",
    "candles_binance_usdm_btcusdt_15m.parquet",
    "regime_btc_1h.parquet",
)


class Past(NamedTuple):
    """Bars of one length, and open interest (coins) by the time it was read."""

    span: int
    ts: Ints  # open times
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    usd: Floats
    interest: dict[int, float]


def read(data: Path, span: int) -> Past:
    """Bars of 15 minutes, 30 minutes or an hour, from the first open interest on."""
    interest = _interest(data / INTEREST)
    path = data / (HOURS if span == HOUR else QUARTERS)
    ts = recordings.stamps(path)
    open_, high, low, close, coins = recordings.columns(
        path, ("open", "high", "low", "close", "volume")
    )
    past = Past(
        HOUR if span == HOUR else 15 * MINUTE, ts, open_, high, low, close, coins * close, interest
    )
    past = since(past, min(interest))
    return past if past.span == span else _paired(past)


def since(past: Past, ts: int) -> Past:
    """Without the bars before `ts`."""
    first = int(np.searchsorted(past.ts, ts))
    return past._replace(
        **{
            name: getattr(past, name)[first:]
            for name in ("ts", "open", "high", "low", "close", "usd")
        }
    )


def steps(past: Past) -> Iterator[Step]:
    """A step a bar."""
    known: tuple[int, float] | None = None  # the newest open interest
    for row in range(len(past.ts)):
        end = int(past.ts[row]) + past.span
        coins = past.interest.get(end)
        before = None if known is None or end - known[0] > HOLE else known[1]
        yield _step(past, row, before if coins is not None else None, coins)
        if coins is not None:
            known = (end, coins)


def _step(past: Past, row: int, before: float | None, coins: float | None) -> Step:
    high, low, close = (float(side[row]) for side in (past.high, past.low, past.close))
    first = bin_of(low)
    bins = bin_of(high) - first + 1
    return Step(
        ts=int(past.ts[row]) + past.span,
        span=past.span,
        coins_before=before,
        coins=coins,
        taker_imbalance=0.0,
        low=low,
        high=high,
        close=close,
        vwap=(high + low + close) / 3.0,
        first_bin=first,
        profile=(max(float(past.usd[row]), 1.0) / bins,) * bins,
    )


def _interest(path: Path) -> dict[int, float]:
    usd, price = recordings.columns(path, ("oi_usd", "price_close"))
    return {
        ts + HOUR: coins
        for ts, coins in zip(recordings.stamps(path).tolist(), (usd / price).tolist(), strict=True)
        if coins > 0.0
    }


def _paired(past: Past) -> Past:
    """Two quarters of an hour are a half, where both are there."""
    first = np.flatnonzero((past.ts[:-1] % (2 * past.span) == 0) & (np.diff(past.ts) == past.span))
    second = first + 1
    return past._replace(
        span=2 * past.span,
        ts=past.ts[first],
        open=past.open[first],
        high=np.maximum(past.high[first], past.high[second]),
        low=np.minimum(past.low[first], past.low[second]),
        close=past.close[second],
        usd=past.usd[first] + past.usd[second],
    )
