"""The past that a desk needs before it can judge: bars, open interest, funding, ratios.

Everything is asked for at once and the buckets keep the pace; batches come in a fixed order,
first what a view cannot do without. A series that fails is told and does not stop the others.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from typing import Any

from pawang.model.instrument import Instrument
from pawang.model.market import Observation
from pawang.model.refs import DAY
from pawang.venues.okx.public import (
    candles,
    funding,
    funding_history,
    listings,
    newest_ratio,
    open_interest_history,
    ratio_history,
    server_time,
    tiers,
)
from pawang.venues.okx.rest import OkxError, OkxRest
from pawang.venues.okx.translate import Translator

__all__ = ["backfill", "listings", "newest_ratio", "server_time", "tiers"]

BARS = (("1H", 30 * DAY), ("5m", 5 * DAY), ("1m", DAY))
"""ATR and correlation; the stop's ATR and the magnets; the newest volume profile."""
INTERESTS = (("1H", 30 * DAY), ("5m", 5 * DAY))
"""z of its change over 30 days; the magnets' births, as far as OKX keeps them (1,440 rows)."""
RATIOS = (("1H", 30 * DAY), ("5m", DAY))
"""z over 30 days; 288 points of the streamed cadence (a z needs 200, signals.md 3)."""
FUNDINGS = 90 * DAY  # as far as OKX keeps it

Series = Coroutine[Any, Any, Sequence[Observation]]


async def backfill(
    rest: OkxRest,
    instruments: Mapping[str, Instrument],
    now: int,
    failed: Callable[[str, str], None],
) -> AsyncIterator[list[Observation]]:
    """One series of one coin a batch, oldest first, `ts_recv` = `now`.

    `failed(series, why)` is told of each series that OKX did not give.
    """
    translator = Translator({made.name: made for made in instruments.values()})
    asked = [
        (f"{made.coin} {name}", asyncio.ensure_future(series))
        for wanted in (_bars, _fundings, _interests, _ratios)
        for made in instruments.values()
        for name, series in wanted(rest, translator, made.name, now)
    ]
    try:
        for name, answer in asked:
            try:
                yield list(await answer)
            except OkxError as error:
                failed(name, str(error))
    finally:
        for _, answer in asked:
            answer.cancel()
        await asyncio.gather(*(answer for _, answer in asked), return_exceptions=True)


def _bars(rest: OkxRest, translator: Translator, name: str, now: int) -> list[tuple[str, Series]]:
    return [
        (f"{bar} candles", candles(rest, translator, name, bar, now - span, now))
        for bar, span in BARS
    ]


def _fundings(
    rest: OkxRest, translator: Translator, name: str, now: int
) -> list[tuple[str, Series]]:
    return [
        ("funding history", funding_history(rest, translator, name, now - FUNDINGS, now)),
        ("funding", funding(rest, translator, name, now)),
    ]


def _interests(
    rest: OkxRest, translator: Translator, name: str, now: int
) -> list[tuple[str, Series]]:
    return [
        (
            f"{period} open interest",
            open_interest_history(rest, translator, name, period, now - span, now),
        )
        for period, span in INTERESTS
    ]


def _ratios(rest: OkxRest, translator: Translator, name: str, now: int) -> list[tuple[str, Series]]:
    return [
        (
            f"{period} long/short ratio",
            ratio_history(rest, translator, name, period, now - span, now),
        )
        for period, span in RATIOS
    ]
