"""The whale threshold of a coin, and how a coin moves with the lead (signals.md 1.4, 4.1).

    equal_impact  what moves this coin as theta moves the lead (the default)
    fixed         theta itself, on every coin
    quantile      p99.9 of the coin's own parents, the lead's too

All look at what was before 00:00 UTC of the day (theta: frozen intraday) or before the hour
(correlation), so they need no memory of when they were asked. Bars come back with a back-fill,
parents do not: a desk that restarts begins to count them anew.
"""

import numpy as np

from pawang.market.candles import Bars, daily_volatility, daily_volume_usd, hourly_returns
from pawang.market.census import Census
from pawang.market.params import MarketParams
from pawang.model.refs import DAY, HOUR

BARS_SHARE_MIN = 0.9
"""Of the days looked at: a recording or an outage may leave some holes."""
CORRELATION_BARS_MIN = 200
CORRELATION_SPAN = 30 * DAY


def equal_impact(
    adv_usd: float, adv_lead_usd: float, sigma: float, sigma_lead: float, params: MarketParams
) -> float:
    """The size in USD whose square-root impact equals that of theta on the lead coin.

    >>> params = MarketParams()
    >>> round(equal_impact(6e9, 8e9, 2.8, 2.0, params))
    382653
    >>> equal_impact(2.4e9, 8e9, 3.5, 2.0, params), equal_impact(0.3e9, 8e9, 4.0, 2.0, params)
    (100000.0, 100000.0)
    """
    raw = params.theta_usd * (adv_usd / adv_lead_usd) * (sigma_lead / sigma) ** 2
    return min(params.theta_usd, max(params.theta_usd_min, raw))


class Threshold:
    """theta of one coin against the lead, remembered per day and state of the bars."""

    def __init__(self, bars: Bars, lead: Bars, census: Census, params: MarketParams) -> None:
        self._bars = bars
        self._lead = lead
        self._census = census
        self._params = params
        self._theta: tuple[tuple[int, int, int], float | None] | None = None
        self._rho: tuple[tuple[int, int, int], float | None] | None = None

    def theta_usd(self, ts: int) -> float:
        """theta on the UTC day of `ts`; the fixed one while too few bars are known."""
        known = self.known(ts)
        return self._params.theta_usd if known is None else known

    def known(self, ts: int) -> float | None:
        """theta in the mode of the params, None while it cannot be computed."""
        mode = self._params.threshold_mode
        if mode == "quantile":
            return self._large(ts // DAY)
        if mode == "fixed" or self._bars is self._lead:
            return self._params.theta_usd
        key = (ts // DAY, self._bars.version, self._lead.version)
        if self._theta is None or self._theta[0] != key:
            self._theta = (key, self._compute(ts // DAY * DAY))
        return self._theta[1]

    def _large(self, day: int) -> float | None:
        """The quantile of the days before; never under the least that parents are kept from."""
        params = self._params
        found = self._census.quantiles(
            (params.theta_quantile,), day - params.theta_days, day, params.theta_parents_min
        )
        return None if found is None else max(params.theta_usd_min, found[0])

    def _compute(self, midnight: int) -> float | None:
        since = midnight - self._params.theta_days * DAY
        enough = self._params.theta_days * 24 * BARS_SHARE_MIN
        own = self._bars.between(since, midnight)
        lead = self._lead.between(since, midnight)
        if min(len(own), len(lead)) < enough:
            return None
        sigma, sigma_lead = daily_volatility(own), daily_volatility(lead)
        adv_lead = daily_volume_usd(lead)
        if min(sigma, sigma_lead, adv_lead) <= 0.0:
            return None
        return equal_impact(daily_volume_usd(own), adv_lead, sigma, sigma_lead, self._params)

    def correlation(self, ts: int) -> float | None:
        """Pearson correlation with the lead's hourly returns over 30 days; None for the lead
        itself and while fewer than 200 hours are common. Raw: the signal shrinks it (4.1).
        """
        if self._bars is self._lead:
            return None
        key = (ts // HOUR, self._bars.version, self._lead.version)
        if self._rho is None or self._rho[0] != key:
            self._rho = (key, self._correlate(ts // HOUR * HOUR))
        return self._rho[1]

    def _correlate(self, ts: int) -> float | None:
        own = hourly_returns(self._bars.between(ts - CORRELATION_SPAN, ts))
        lead = hourly_returns(self._lead.between(ts - CORRELATION_SPAN, ts))
        common = [hour for hour in own if hour in lead]
        if len(common) < CORRELATION_BARS_MIN:
            return None
        left = np.array([own[hour] for hour in common])
        right = np.array([lead[hour] for hour in common])
        if left.std() <= 0.0 or right.std() <= 0.0:
            return None
        return float(np.corrcoef(left, right)[0, 1])
