"""The trial registry: every configuration that was ever scored, kept whether it was good or bad.

Without it a deflated Sharpe ratio is a lie of omission (signals.md 7.5): N and V come from here.
A configuration that is scored again is a new row, and still one idea. The desk scores its own rules
every night on what the shadow book made of them; a backtest scores whatever it was given.
"""

from collections.abc import Sequence
from math import sqrt
from statistics import fmean, variance

from pawang.learning import sharpe
from pawang.model.codec import Record
from pawang.model.forecast import Trial

TRADES_MIN = 3  # of fewer a kurtosis is an accident


def scored(
    params_hash: str, what: str, net_r: Sequence[float], ts: int, ts_from: int, ts_to: int
) -> Trial | None:
    """The trial of a configuration that made these trades, net of costs, each in R; None where
    they are too few, or all alike, to have a Sharpe ratio."""
    mean = fmean(net_r) if net_r else 0.0
    moments = [
        fmean((one - mean) ** power for one in net_r) if net_r else 0.0 for power in (2, 3, 4)
    ]
    if len(net_r) < TRADES_MIN or moments[0] <= 1e-12:
        return None
    deviation = sqrt(moments[0])
    return Trial(
        params_hash=params_hash,
        what=what,
        ts=ts,
        ts_from=ts_from,
        ts_to=ts_to,
        trades=len(net_r),
        sharpe=mean / deviation,
        skew=moments[1] / deviation**3,
        kurt=moments[2] / deviation**4,
    )


class Registry(Record):
    """Append-only: there is no way to take a trial back."""

    trials: tuple[Trial, ...] = ()

    def with_trial(self, trial: Trial) -> "Registry":
        assert trial.trades > 1, f"{trial.what}: a Sharpe ratio needs two trades"
        assert not self.trials or trial.ts >= self.trials[-1].ts, "the registry is in order of time"
        return Registry(trials=(*self.trials, trial))

    @property
    def ideas(self) -> dict[str, Trial]:
        """Every distinct configuration with its newest score."""
        return {trial.params_hash: trial for trial in self.trials}

    @property
    def spread(self) -> float:
        """V: the variance between the ideas' ratios, 0 for fewer than two."""
        ratios = [trial.sharpe for trial in self.ideas.values()]
        return variance(ratios) if len(ratios) > 1 else 0.0

    def deflated(self, trial: Trial) -> float:
        """The chance that this trial is better than the luckiest of all that was tried."""
        return sharpe.deflated(
            trial.sharpe, trial.trades, trial.skew, trial.kurt, self.spread, len(self.ideas)
        )
