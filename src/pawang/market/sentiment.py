"""Inputs of the sentiment composite: values, robust z-scores and ages (signals.md 3).

    fng    Fear & Greed, 0-100
    fund   funding rate per 8 h, a fraction; z against hourly forecasts of 30 days
    lsr    ln(long accounts / short accounts); z against hourly readings
    basis  mark / index - 1, mean of 5 min; z against the 5-min means
    oi     change of open interest over an hour, percent; z against hourly changes
    return_1h  the hour's price change, percent: the sign that oi is read with

Funding differs from the text in one point: settled rates come three a day, so 30 days never hold
the 200 points a z needs. Until 200 hourly forecasts are known it is judged against the settled
rates of 90 days, which a back-fill brings.
"""

from collections import deque
from math import log

from pawang.market.open_interest import OpenInterestHistory
from pawang.market.params import MarketParams
from pawang.market.robust import Series
from pawang.model.market import FundingRate, LongShortRatio
from pawang.model.refs import DAY, HOUR, MINUTE, SECOND
from pawang.model.view import FundingView, SentimentInput

MAD_FLOOR = 1e-9
MAD_FLOOR_FUNDING = 1e-6
EIGHT_HOURS = 8 * HOUR
BASIS_WINDOW = 5 * MINUTE
INDEX_FRESH = MINUTE
"""An index price older than this makes no basis."""


class Sentiment:
    """One coin's inputs. Mark and index come in as they change."""

    def __init__(self, params: MarketParams) -> None:
        self._params = params
        span = params.z_span_days * DAY
        self._forecasts = Series(HOUR, span)
        self._settled = Series(HOUR, params.funding_settled_days * DAY)
        self._ratios = Series(HOUR, span)
        self._bases = Series(BASIS_WINDOW, span)
        self._basis_now: deque[tuple[int, float]] = deque(maxlen=BASIS_WINDOW // SECOND + 1)
        self._basis_sum = (0, 0, 0.0)  # bucket, samples, their sum
        self._index: tuple[int, float] | None = None
        self.funding: FundingRate | None = None
        self._ratio: LongShortRatio | None = None

    # Folding.

    def fund(self, record: FundingRate) -> None:
        rate = per_8h(record)
        if record.settled:
            self._settled.put(record.ts_funding, rate)
            return
        self._forecasts.put(record.ts_event, rate)
        if self.funding is None or record.ts_event >= self.funding.ts_event:
            self.funding = record

    def long_short(self, record: LongShortRatio) -> None:
        assert record.ratio > 0.0
        self._ratios.put(record.ts_event, log(record.ratio))
        if self._ratio is None or record.ts_event >= self._ratio.ts_event:
            self._ratio = record

    def index(self, ts: int, price: float) -> None:
        self._index = (ts, price)

    def mark(self, ts: int, price: float) -> None:
        """A mark price beside a fresh index price is a basis; one a second is enough."""
        if self._index is None or abs(ts - self._index[0]) > INDEX_FRESH:
            return
        recent = self._basis_now
        if recent and ts < recent[-1][0] + SECOND:
            return
        basis = price / self._index[1] - 1.0
        recent.append((ts, basis))
        bucket, count, total = self._basis_sum
        if ts // BASIS_WINDOW == bucket:
            self._basis_sum = (bucket, count + 1, total + basis)
            return
        if count:
            self._bases.put(bucket * BASIS_WINDOW, total / count)
        self._basis_sum = (ts // BASIS_WINDOW, 1, basis)

    # Reading.

    def funding_view(self, ts: int) -> FundingView | None:
        if self.funding is None:
            return None
        return FundingView(
            rate=self.funding.rate,
            z=self.funding_z(ts),
            ts_funding=self.funding.ts_funding,
            age_s=_age_s(ts, self.funding.ts_event),
            interval_s=interval_s(self.funding),
        )

    def funding_z(self, ts: int) -> float | None:
        if self.funding is None:
            return None
        least = self._params.z_points_min
        hourly = self._forecasts.spread(ts)
        spread = hourly if hourly.count >= least else self._settled.spread(ts)
        return spread.z(per_8h(self.funding), MAD_FLOOR_FUNDING, self._params.z_clip, least)

    def funding_points(self, ts: int) -> int:
        return max(self._forecasts.spread(ts).count, self._settled.spread(ts).count)

    def inputs(self, ts: int, interest: OpenInterestHistory) -> tuple[SentimentInput, ...]:
        """fund, lsr, basis and oi, as far as they are known."""
        inputs = (self._fund(ts), self._lsr(ts), self._basis(ts), self._oi(ts, interest))
        return tuple(known for known in inputs if known is not None)

    def _z(self, series: Series, ts: int, value: float) -> float | None:
        return series.spread(ts).z(value, MAD_FLOOR, self._params.z_clip, self._params.z_points_min)

    def _fund(self, ts: int) -> SentimentInput | None:
        if self.funding is None:
            return None
        return SentimentInput(
            name="fund",
            value=per_8h(self.funding),
            z=self.funding_z(ts),
            age_s=_age_s(ts, self.funding.ts_event),
        )

    def _lsr(self, ts: int) -> SentimentInput | None:
        if self._ratio is None:
            return None
        value = log(self._ratio.ratio)
        return SentimentInput(
            name="lsr",
            value=value,
            z=self._z(self._ratios, ts, value),
            age_s=_age_s(ts, self._ratio.ts_event),
        )

    def _basis(self, ts: int) -> SentimentInput | None:
        recent = [basis for at, basis in self._basis_now if ts - BASIS_WINDOW <= at]
        if not recent:
            return None
        value = sum(recent) / len(recent)
        return SentimentInput(
            name="basis",
            value=value,
            z=self._z(self._bases, ts, value),
            age_s=_age_s(ts, self._basis_now[-1][0]),
        )

    def _oi(self, ts: int, interest: OpenInterestHistory) -> SentimentInput | None:
        change = interest.change_now_pct(ts)
        if change is None or interest.newest is None:
            return None
        least = self._params.z_points_min
        return SentimentInput(
            name="oi",
            value=change,
            z=interest.changes(ts).z(change, MAD_FLOOR, self._params.z_clip, least),
            age_s=_age_s(ts, interest.newest.ts_event),
        )


def per_8h(record: FundingRate) -> float:
    """The rate as if the interval were eight hours (intervals of 1 to 8 h exist)."""
    interval = record.ts_next - record.ts_funding
    return record.rate * EIGHT_HOURS / interval if interval > 0 else record.rate


def interval_s(record: FundingRate) -> float:
    """From its settlement to the next; eight hours where the venue told none."""
    interval = record.ts_next - record.ts_funding
    return (interval if interval > 0 else EIGHT_HOURS) / SECOND


def _age_s(ts: int, ts_event: int) -> float:
    return max(0.0, (ts - ts_event) / SECOND)
