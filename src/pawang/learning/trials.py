"""The trial registry: every configuration that was ever scored, kept whether it was good or bad.

Without it a deflated Sharpe ratio is a lie of omission (signals.md 7.5): N and V come from here.
A configuration that is scored again is a new row, and still one idea.
"""

from statistics import variance

from pawang.learning import sharpe
from pawang.model.codec import Record
from pawang.model.forecast import Trial


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
