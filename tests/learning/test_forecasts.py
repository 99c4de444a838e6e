"""How the printed confidence kept its word, signals.md 4.4 and 9."""

import numpy as np
import pytest

from pawang.learning.forecasts import forecasts, kpis
from pawang.learning.samples import Sample


def told(sample_of, n: int, slope: float) -> list[Sample]:
    """n forecasts of 55 to 90 %, of which only `slope` of the log-odds was true."""
    dice = np.random.default_rng(12)
    chances = dice.uniform(0.55, 0.90, n)
    came = dice.random(n) < 1 / (1 + np.exp(-slope * np.log(chances / (1 - chances))))
    return [sample_of(2 * (n - i), bool(came[i]), float(chances[i])) for i in range(n)]


def test_the_honest_have_a_slope_of_one_and_skill_over_a_coin(sample_of):
    found = forecasts(told(sample_of, 2000, 1.0), [0.5] * 2000, seed=1)
    assert found is not None
    assert found.slope == pytest.approx(1.0, abs=0.2)
    assert found.intercept == pytest.approx(0.0, abs=0.2)
    assert not found.ece.crooked
    assert found.skill_null is not None
    assert found.skill_base_rate is not None
    assert found.skill_null > found.skill_base_rate > 0
    assert (found.n, found.n_eff) == (2000, pytest.approx(2000))


def test_boasting_is_seen_in_every_figure(sample_of):
    found = forecasts(told(sample_of, 1000, 0.2), [0.5] * 1000, seed=1)
    assert found is not None
    assert found.slope < 0.5
    assert found.ece.crooked
    assert found.skill_base_rate is not None
    assert found.skill_base_rate < 0
    assert found.z is not None
    assert found.z > 3


def test_the_murphy_parts_and_the_brier_score_are_of_the_same_forecasts(sample_of):
    found = forecasts(told(sample_of, 300, 1.0), [0.5] * 300, seed=1)
    assert found is not None
    parts = found.murphy
    assert parts.reliability - parts.resolution + parts.uncertainty == pytest.approx(found.brier)


def test_before_the_first_outcome_there_is_nothing_to_tell():
    assert forecasts([], [], seed=1) is None


def test_the_kpis_have_no_target_and_the_ece_stands_beside_its_null(sample_of):
    found = forecasts(told(sample_of, 300, 1.0), [0.5] * 300, seed=1)
    assert found is not None
    rows = {row.name: row for row in kpis(found)}
    assert list(rows) == [
        "brier_skill",
        "brier_skill_null",
        "log_loss",
        "slope",
        "intercept",
        "ece",
    ]
    assert {row.verdict for row in rows.values()} == {""}
    assert rows["ece"].null == found.ece.null_95
