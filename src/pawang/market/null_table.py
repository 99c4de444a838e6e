"""What luck does with any plan on this coin, drawn every half hour and frozen into the view.

The signals room interpolates a plan's no-skill chances from it (signals.md 7.4). The table of a
half hour is drawn from the minutes before it, its chance is seeded by the coin and that half hour:
whoever asks first, and however often, the same minutes give the same table.
"""

from pawang.market.luck import Bars, table
from pawang.market.minute_bars import MinuteBars
from pawang.model.codec import digest
from pawang.model.refs import MINUTE
from pawang.model.view import NullTable

STOPS_PCT = (0.25, 0.32, 0.42, 0.6)
TARGETS_PCT = (0.2, 0.3, 0.45, 0.7, 1.1, 1.8, 3.0)
"""From the nearest stop and target a plan may have to the farthest; three per cent is as far as
magnets are looked for. Few points: the table rides in every stored view."""
HORIZON_MIN = 60  # a position's time stop
EVERY = 30 * MINUTE
WEEK_MIN = 7 * 24 * 60
PRESENT_MIN = 60  # today's range is the mean of this many minutes
MINUTES_MIN = 720  # half a day: fewer are one mood of the market


class Luck:
    """One coin's newest table."""

    def __init__(self, coin: str, minutes: MinuteBars) -> None:
        self._coin = coin
        self._minutes = minutes
        self._drawn: NullTable | None = None

    def table(self, ts: int) -> NullTable | None:
        """The table of the half hour of `ts`; None while too few minutes are known."""
        # At every reading, and nowhere between: who folds a tape again reads when the desk read.
        self._minutes.settle(ts)
        half_hour = ts // EVERY * EVERY
        if self._drawn is None or self._drawn.ts != half_hour:
            self._drawn = draw(self._coin, self._minutes, half_hour)
        return self._drawn


def draw(coin: str, minutes: MinuteBars, ts: int) -> NullTable | None:
    """The table as of `ts`, a whole minute."""
    newest = ts // MINUTE
    span = minutes.span(newest - WEEK_MIN, newest)
    if span.known.sum() < MINUTES_MIN:
        return None
    bars = Bars.of(span.high, span.low, span.close, span.known)
    present = bars.range_pct(PRESENT_MIN)
    if present is None or len(bars.begins) == 0:
        return None
    found = table(bars, STOPS_PCT, TARGETS_PCT, HORIZON_MIN, present, _seed(coin, ts))
    return NullTable(
        stops_pct=STOPS_PCT,
        targets_pct=TARGETS_PCT,
        chances=tuple(tuple(round(1000 * chance) for chance in row) for row in found.tolist()),
        minutes=bars.minutes,
        ts=ts,
    )


def _seed(coin: str, ts: int) -> int:
    return int(digest(f"{coin}:{ts}".encode())[:16], 16)
