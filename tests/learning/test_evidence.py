"""More than luck, signals.md 7.5."""

from math import sqrt

import numpy as np
import pytest

from pawang.learning.evidence import (
    MET_PROVEN,
    MET_UNPROVEN,
    MISSED,
    UNKNOWN,
    e_value,
    e_value_mean,
    excess_z,
    verdict,
)

NULL = 0.5556


def record(hundreds: int) -> tuple[list[int], list[float]]:
    return [1] * 65 * hundreds + [0] * 35 * hundreds, [NULL] * 100 * hundreds


@pytest.mark.parametrize(("hundreds", "e"), [(1, 5.930), (2, 35.164), (3, 208.5)])
def test_example_16_the_e_value(hundreds: int, e: float):
    assert e_value(*record(hundreds)) == pytest.approx(e, rel=2e-4)


def test_the_order_of_plans_does_not_matter():
    hits, nulls = record(1)
    assert e_value(hits[::-1], nulls) == pytest.approx(e_value(hits, nulls), rel=1e-12)


def test_no_plan_proves_nothing():
    assert e_value([], []) == e_value_mean([]) == 1.0


def test_the_excess_of_65_in_100():
    assert excess_z(*record(1)) == pytest.approx(1.900, abs=5e-4)


def test_overlapping_plans_count_for_what_is_unique_in_them():
    hits, nulls = record(1)
    whole = excess_z(hits, nulls)
    assert whole is not None
    assert excess_z(hits, nulls, [0.25] * 100) == pytest.approx(whole * sqrt(0.25), rel=1e-12)


def test_a_plan_that_could_only_win_surprises_nobody():
    assert excess_z([1, 1], [1.0, 1.0]) is None


def test_luck_alone_is_called_an_edge_at_most_once_in_twenty_however_often_one_looks():
    chance, claims = np.random.default_rng(16), 0
    for _ in range(10):
        hits = chance.random((2_000, 300)) < NULL
        worth = np.cumsum(np.log1p(0.45 * (hits - NULL)), axis=1)
        claims += int((worth >= np.log(20)).any(axis=1).sum())
    assert claims / 20_000 < 0.05


def test_a_mean_above_nothing_is_proven_by_betting_on_it():
    assert e_value_mean([0.6, -1.0, 0.7, 1.4] * 60) > 20
    assert e_value_mean([0.6, -1.0, 0.7, -0.4] * 60) < 1


def test_a_loss_of_everything_ends_the_game():
    assert e_value_mean([1.0] * 500 + [-10.0] + [1.0] * 500) == 0.0


@pytest.mark.parametrize(
    ("met", "e", "said"),
    [
        (True, 20.0, MET_PROVEN),
        (True, 19.99, MET_UNPROVEN),
        (True, None, MET_UNPROVEN),
        (False, 208.5, MISSED),
        (False, None, MISSED),
        (None, None, UNKNOWN),
    ],
)
def test_proven_needs_both_the_target_and_the_evidence(met, e, said):
    assert verdict(met, e) == said
