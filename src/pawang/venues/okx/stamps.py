"""The venue's clock, held against ours: no event before its forerunner or after its receipt (A21).

The desk orders and ages its records by `ts_event`. A stamp that goes back would open an old window
again, one minutes ahead would close all windows early, so neither is believed: an event is dated
not before the one before it of its channel, and one from the future by the time we got it.
"""

from collections import Counter
from typing import TypeVar

from msgspec.structs import replace

from pawang.model.market import Candle, Liquidation, MarketRecord

SMOOTH = 64  # events over which the skew is averaged
AS_TOLD = (Candle, Liquidation)
"""A bar is dated by its opening, and liquidations come in no order: both legally lie back."""

R = TypeVar("R", bound=MarketRecord)


class Stamps:
    """`counts` of events dated anew: "back", "future"; `skew_ns` is mean receipt minus event."""

    def __init__(self, future_ns: int) -> None:
        self.counts: Counter[str] = Counter()
        self.skew_ns = 0.0
        self._future_ns = future_ns

    def dated(self, record: R, newest: int) -> R:
        """`newest` is the stamp passed on last. A receipt of 0 is unknown: nothing is after it."""
        if isinstance(record, AS_TOLD):
            return record
        date = self.date(record.ts_event, record.ts_recv, newest)
        return record if date == record.ts_event else replace(record, ts_event=date)

    def date(self, told: int, recv: int, newest: int) -> int:
        """The stamp that an event told at `told` and received at `recv` is dated by."""
        if recv:
            self.skew_ns += (recv - told - self.skew_ns) / SMOOTH
        date = told
        if recv and told > recv + self._future_ns:
            self.counts["future"] += 1
            date = recv
        if date < newest:
            self.counts["back"] += told < newest
            date = newest
        return date
