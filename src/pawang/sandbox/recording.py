"""A recorded market, played at its own pace: books, prints and candles, nothing made up.

Give it the Parquet files of one session: for each coin a book (`l2_*` or `l2snap_*`), its
`trades_*` if there are any, and `candles_*` as history if wished. `bbo_*` files are ignored: the
book says it better. All files are ordered by `ts_ns`, the venue's clock (`recv_ns` is not
synchronised).

What is still simple: the mark price is the book's mid, rounded down to a tick, because none was
recorded; there is no index, funding rate or open interest, and past the end nothing happens.
A finer candle file wins over a coarser one; only one is used.
"""

from collections.abc import Sequence
from pathlib import Path

from pawang.sandbox import bars
from pawang.sandbox.recorded import files
from pawang.sandbox.recorded.errors import RecordingError
from pawang.sandbox.recorded.files import Named
from pawang.sandbox.recorded.reel import Reel
from pawang.sandbox.recorded.tables import MS_NS
from pawang.sandbox.source import STEP_MS, Bar, Listing, Step

__all__ = ["RecordedMarket", "RecordingError"]

_STEP_NS = STEP_MS * MS_NS


class RecordedMarket:
    """A `MarketSource` over recorded files; RecordingError if they cannot be played together."""

    def __init__(self, paths: Sequence[Path]) -> None:
        reels = [Reel(coin, named) for coin, named in _by_coin(paths).items()]
        first_ns = min(reel.span_ns[0] for reel in reels)
        last_ns = max(reel.span_ns[1] for reel in reels)
        self.start_ms = first_ns // _STEP_NS * STEP_MS
        self.end_ms: int | None = (last_ns // _STEP_NS + 1) * STEP_MS
        self.listings: list[Listing] = [reel.listing for reel in reels]
        self._now_ms = self.start_ms
        for reel in reels:
            reel.begin(self.start_ms)
        self._reels = {reel.listing.inst_id: reel for reel in reels}

    def step(self) -> list[Step]:
        """Rows with ts in [now, now + 100 ms), on the common time of all coins."""
        self._now_ms += STEP_MS
        return [reel.step(self._now_ms) for reel in self._reels.values()]

    def now_ms(self) -> int:
        return self._now_ms

    def levels(self, inst_id: str) -> tuple[dict[int, int], dict[int, int]]:
        return self._reels[inst_id].book.levels()

    def held_back(self, inst_id: str) -> tuple[int, int]:
        """(steps that ended crossed in the recording, levels held back for it), so far."""
        book = self._reels[inst_id].book
        return book.crossed_steps, book.levels_held

    def candles(self, inst_id: str, bar_ms: int, end_ms: int, limit: int) -> list[Bar]:
        """Bars of the recorded candles that closed before the start, then of the prints so far."""
        rows = self._reels[inst_id].tape.candles(bar_ms, end_ms, self._now_ms)
        return bars.newest_first(rows, limit)

    def open_interest_history(
        self, inst_id: str, period_ms: int, end_ms: int, limit: int
    ) -> list[tuple[int, int]]:
        """Not recorded: empty."""
        return []

    def funding_history(self, inst_id: str, end_ms: int, limit: int) -> list[tuple[int, float]]:
        """Not recorded: empty."""
        return []

    def ratio_history(
        self, inst_id: str, period_ms: int, end_ms: int, limit: int
    ) -> list[tuple[int, float]]:
        """Not recorded: empty."""
        return []

    def taker_history(
        self, inst_id: str, period_ms: int, end_ms: int, limit: int
    ) -> list[tuple[int, int, int]]:
        """Of the prints so far; periods without a print are left out."""
        return self._reels[inst_id].tape.taker(period_ms, end_ms)[::-1][:limit]


def _by_coin(paths: Sequence[Path]) -> dict[str, list[Named]]:
    """The files by coin in the order given; quotes of the best bid and offer are left out."""
    coins: dict[str, list[Named]] = {}
    for path in paths:
        named = files.read_name(path)
        if named.kind != "bbo":
            coins.setdefault(named.coin, []).append(named)
    if not coins:
        raise RecordingError("a recording needs at least one l2_* or l2snap_* file")
    return coins
