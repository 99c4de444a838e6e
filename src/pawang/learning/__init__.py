"""Outcomes + feedback -> confidence, evidence and KPIs. All pure; the ledger is read by others.

Layout, in the order of the story:
    what is told     `confidence`, `ratings` (thumbs as they come)
    what came of it  `samples` (forecasts with outcomes), `uniqueness` (how much of it is news)
    what is learned  `platt` (the fit), `update` (may it replace the one in force?), `versions`
                     (shadow, live, back), `drift` (the watchmen), `influence` (thumbs, bounded),
                     `daily` (all of it, at 00:20 UTC)
    what is proven   `intervals`, `beta`, `evidence`, `sharpe`, `trials`, `folds`, `bootstrap`
    what is reported `report` (the week, whole), `figures` (all KPIs), from `kpi`, `hit_rates`,
                     `earnings`, `service`, `forecasts`, `scores`, `reliability`, `refused` and
                     `gates` (the no-trade ledger)
"""

from pawang.learning.confidence import calibrated, calibration, confidence, drifted, measured
from pawang.learning.daily import daily
from pawang.learning.ratings import Tally, posted, rate, tally
from pawang.learning.samples import forecast

__all__ = [
    "Tally",
    "calibrated",
    "calibration",
    "confidence",
    "daily",
    "drifted",
    "forecast",
    "measured",
    "posted",
    "rate",
    "tally",
]
