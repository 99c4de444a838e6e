"""`heatmap`: what the map of liquidations costs, at 2,000 bins and 8 leverages, four coins in turn.

- *update*: one unit of money (a side, an entry, USD: opened, reseeded, or taken off again) laid
  through the comb of 8 leverages, two bins each with their bounds checked, and its share of cross
  margin gathered. In batches of 256, one call each, coin after coin, money drawn beforehand.
- *update, all in*: the same with the gathered share spread over its 1,400 bins after every batch,
  entries within ten bins as in a lively minute.
- *query*: the magnets around the mid: the skewed field within 3 %, its 90 % quantile and median,
  local maxima, merged and ranked, of the kernel's call from Python. *query as records* adds what
  the view needs: each magnet with its price, strength, distance and age.
- *minute*: a whole step of one coin: consume, take off, fade, reseed, lay, spread, clear.

Time is the processor's, not the wall's: nothing here waits, and others may be at work.
"""

import time
from collections.abc import Callable
from statistics import median

import numpy as np

from pawang.kernels import field as kernels
from pawang.market import MarketParams
from pawang.market.liquidation import comb
from pawang.market.magnets import BINS, HALF_BINS, LiquidationMap, Step, bin_of
from pawang.model.codec import Record
from pawang.model.refs import HOUR, MINUTE

COINS = 4
BATCH = 256
BATCHES = 40
ENTRIES = 10  # bins, from the middle on
QUERIES = 400
ROUNDS = 15
UPDATE_NS, QUERY_US = 40.0, 5.0
PRICE = 60_000.0


class Cost(Record):
    """One part: ns an item, the median of the rounds, and the target where there is one."""

    name: str
    ns: float
    items: str
    target_ns: float | None = None

    @property
    def met(self) -> bool | None:
        return None if self.target_ns is None else self.ns <= self.target_ns


def heatmap(progress: Callable[[str], None] = lambda _: None) -> list[Cost]:
    """Every part in each round, one after the other; some seconds."""
    progress("laying a day of minutes on four maps")
    maps = [_lived(seed) for seed in range(COINS)]
    work = Work(maps)
    parts: dict[str, tuple[Callable[[], None], int, str, float | None]] = {
        "update": (work.lay, COINS * BATCH * BATCHES, "units", UPDATE_NS),
        "update, all in": (work.lay_and_spread, COINS * BATCH * BATCHES, "units", UPDATE_NS),
        "query": (work.query, COINS * QUERIES, "queries", QUERY_US * 1e3),
        "query as records": (work.records, COINS * QUERIES, "queries", QUERY_US * 1e3),
        "minute": (work.minute, COINS * 60, "steps", None),
    }
    times: dict[str, list[float]] = {name: [] for name in parts}
    for number in range(ROUNDS):
        progress(f"round {number + 1} of {ROUNDS}")
        for name, (run, count, _, _) in parts.items():
            begun = time.process_time()
            run()
            times[name].append((time.process_time() - begun) / count * 1e9)
    return [
        Cost(name=name, ns=median(times[name]), items=items, target_ns=target)
        for name, (_, _, items, target) in parts.items()
    ]


class Work:
    """The four maps, and what is done to them."""

    def __init__(self, maps: list[LiquidationMap]) -> None:
        chance = np.random.default_rng(7)
        self._maps = maps
        self._fields = [made.field.copy() for made in maps]  # laid upon without end
        self._veiled = [np.zeros((2, BINS)) for _ in maps]
        self._comb = comb(MarketParams())
        self._units = np.empty((BATCH, 2), np.int64)
        self._units[:, 0] = chance.integers(0, 2, BATCH)
        self._units[:, 1] = HALF_BINS + chance.integers(0, ENTRIES, BATCH)
        self._usd = chance.uniform(-1e5, 1e6, BATCH)
        self._ordered, self._heights = np.empty(kernels.ROOM), np.empty(kernels.ROOM)
        self._places = np.empty(kernels.ROOM, np.int64)
        self._clock = 2 * 24 * 60

    def lay(self) -> None:
        steps, shares, _ = self._comb
        for _ in range(BATCHES):
            for field, veiled in zip(self._fields, self._veiled, strict=True):
                kernels.lay(field, veiled, steps, shares, self._units, self._usd, BATCH)

    def lay_and_spread(self) -> None:
        steps, shares, veil = self._comb
        for _ in range(BATCHES):
            for field, veiled in zip(self._fields, self._veiled, strict=True):
                kernels.lay(field, veiled, steps, shares, self._units, self._usd, BATCH)
                kernels.spread(field, veiled, veil, HALF_BINS, HALF_BINS + ENTRIES)

    def query(self) -> None:
        ordered, places, heights = self._ordered, self._places, self._heights
        for made in self._maps:
            here = bin_of(PRICE) - (made.first or 0)
            for _ in range(QUERIES):
                kernels.peaks(
                    made.field, here, here - 61, here + 60, 1.05, 1.0 / 1.05, 0.9, 1.5, 2,
                    ordered, places, heights,
                )  # fmt: skip

    def records(self) -> None:
        for made in self._maps:
            for _ in range(QUERIES):
                made.magnets(self._clock * MINUTE, PRICE, 0.5)

    def minute(self) -> None:
        for number, made in enumerate(self._maps):
            for minute in range(60):
                made.apply(_minute(self._clock + minute, number + minute % 5))
        self._clock += 60


def _lived(seed: int) -> LiquidationMap:
    made = LiquidationMap(MarketParams())
    chance = np.random.default_rng(seed)
    for minute in range(24 * 60):
        made.apply(_minute(minute + 1, int(chance.integers(0, 40))))
    return made


def _minute(minute: int, shift: int) -> Step:
    """A minute some ticks above the price, with openings over ten bins."""
    low = PRICE * (1.0 + shift * 2e-4)
    close = low * 1.001
    return Step(
        ts=minute * MINUTE,
        span=MINUTE if minute > 1 else HOUR,
        coins_before=100_000.0,
        coins=100_010.0 if minute % 3 else 99_990.0,
        taker_imbalance=0.2,
        low=low,
        high=low * 1.003,
        close=close,
        vwap=close,
        first_bin=bin_of(low),
        profile=(1e5,) * ENTRIES,
    )
