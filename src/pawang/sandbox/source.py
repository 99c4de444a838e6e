"""What a simulated market offers the simulated venue: steps of 100 ms and a past to ask for.

Prices are integer ticks and sizes integer lots (contracts = lots * lot_size), so that a wire
string is exact and equal runs give equal bytes. `seeded.py` and `recording.py` implement it.
"""

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

STEP_MS = 100


@dataclass(frozen=True, slots=True)
class Listing:
    """An instrument of the simulated venue, in the venue's own words (okx-v5.md 5)."""

    inst_id: str  # "BTC-USDT-SWAP"
    coin: str
    code: int  # instIdCode
    tick_size: str
    price_decimals: int
    lot_size: str
    lot_decimals: int
    contract_value: str
    leverage_max: str = "100"

    @property
    def family(self) -> str:
        return f"{self.coin}-USDT"

    def price(self, ticks: int) -> str:
        return f"{ticks * float(self.tick_size):.{self.price_decimals}f}"

    def size(self, lots: int) -> str:
        return f"{lots * float(self.lot_size):.{self.lot_decimals}f}"

    def contracts(self, lots: int) -> float:
        return lots * float(self.lot_size)

    def coins(self, lots: int) -> float:
        return lots * float(self.lot_size) * float(self.contract_value)


@dataclass(frozen=True, slots=True)
class Print:
    """One trade; `buy` is the taker's side. Sweeps are several prints of one time and side."""

    ts_ms: int
    ticks: int
    lots: int
    buy: bool


@dataclass(frozen=True, slots=True)
class Forced:
    """A liquidation: `long` is the side of the position that died."""

    ts_ms: int
    ticks: int
    lots: int
    long: bool


@dataclass(slots=True)
class Step:
    """What happened to one instrument in [ts_ms - 100, ts_ms). Levels are absolute sizes in
    lots, 0 deletes. None = no new value in this step."""

    inst_id: str
    ts_ms: int
    prints: list[Print] = field(default_factory=list)
    bids: dict[int, int] = field(default_factory=dict)
    asks: dict[int, int] = field(default_factory=dict)
    forced: list[Forced] = field(default_factory=list)
    mark_ticks: int | None = None
    index: float | None = None
    open_interest_lots: int | None = None
    funding_rate: float | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """A candle; ts_ms is its open time, lots its volume."""

    ts_ms: int
    open: int
    high: int
    low: int
    close: int
    lots: int


@runtime_checkable
class Pressable(Protocol):
    """A source that a test may press: the order comes in the next step, as a whale's would."""

    def press(self, inst_id: str, buy: bool, lots: int, move_bps: float | None) -> None:
        """At most so many lots, and no further than `move_bps` from the touch if given."""
        ...


class MarketSource(Protocol):
    """A market that only moves forward. Nothing here knows the wall clock."""

    listings: list[Listing]
    start_ms: int  # the first step ends at start_ms + STEP_MS
    end_ms: int | None  # a recording's end, on the 100 ms grid, first boundary past the last row

    def step(self) -> list[Step]:
        """Advance every instrument by STEP_MS, one Step each, in listing order."""
        ...

    def now_ms(self) -> int: ...

    def levels(self, inst_id: str) -> tuple[dict[int, int], dict[int, int]]:
        """The whole book now: bids and asks, ticks -> lots."""
        ...

    def candles(self, inst_id: str, bar_ms: int, end_ms: int, limit: int) -> list[Bar]:
        """Up to `limit` bars that opened before `end_ms`, newest first; the last may be open."""
        ...

    def open_interest_history(
        self, inst_id: str, period_ms: int, end_ms: int, limit: int
    ) -> list[tuple[int, int]]:
        """(ts_ms, lots), newest first."""
        ...

    def funding_history(self, inst_id: str, end_ms: int, limit: int) -> list[tuple[int, float]]:
        """(settlement ts_ms, rate), newest first, every 8 h."""
        ...

    def ratio_history(
        self, inst_id: str, period_ms: int, end_ms: int, limit: int
    ) -> list[tuple[int, float]]:
        """(ts_ms, long accounts / short accounts), newest first."""
        ...

    def taker_history(
        self, inst_id: str, period_ms: int, end_ms: int, limit: int
    ) -> list[tuple[int, int, int]]:
        """(ts_ms, sell lots, buy lots), newest first."""
        ...
