"""Sharpe ratios after many ideas, signals.md 7.5."""

import pytest

from pawang.learning import sharpe
from pawang.learning.trials import Registry, scored
from pawang.model.forecast import Trial

RATIO, N, SKEW, KURT = 0.10, 500, -0.5, 4.0
DAY = 86_400_000_000_000


def trial(params_hash: str, ratio: float, ts: int) -> Trial:
    return Trial(
        params_hash=params_hash,
        what=f"walls of {params_hash}",
        ts=ts,
        ts_from=0,
        ts_to=60 * DAY,
        trades=N,
        sharpe=ratio,
        skew=SKEW,
        kurt=KURT,
    )


def test_example_17_the_luckiest_of_twenty():
    assert sharpe.luckiest(0.0015, 20) == pytest.approx(0.073614, abs=5e-7)


def test_example_17_deflated_and_probabilistic():
    assert sharpe.deflated(RATIO, N, SKEW, KURT, 0.0015, 20) == pytest.approx(0.7167, abs=5e-5)
    assert sharpe.probabilistic(RATIO, N, SKEW, KURT) == pytest.approx(0.9851, abs=5e-5)


def test_example_17_the_track_record_it_needs():
    needed = sharpe.track_record(RATIO, SKEW, KURT)
    assert round(needed) == 287
    assert (
        sharpe.probabilistic(RATIO, 288, SKEW, KURT)
        > 0.95
        > sharpe.probabilistic(RATIO, 287, SKEW, KURT)
    )


def test_one_idea_was_chosen_from_nothing():
    assert sharpe.luckiest(0.0015, 1) == 0.0


def test_every_trial_that_was_ever_scored_makes_the_bar_higher():
    registry = Registry()
    ours = trial("ours", RATIO, 1)
    first = registry.with_trial(ours)
    many = first
    for n in range(19):
        many = many.with_trial(trial(f"idea {n}", 0.04 * (-1) ** n, 2 + n))
    assert len(many.ideas) == 20
    assert many.deflated(ours) < 0.95 < first.deflated(ours)


def test_an_idea_scored_again_is_a_new_row_and_the_same_idea():
    kept = Registry().with_trial(trial("ours", 0.10, 1)).with_trial(trial("ours", 0.12, 2))
    assert len(kept.trials) == 2
    assert list(kept.ideas.values()) == [trial("ours", 0.12, 2)]
    assert kept.spread == 0.0


def test_the_registry_is_not_written_backwards():
    with pytest.raises(AssertionError, match="order of time"):
        Registry().with_trial(trial("b", 0.1, 2)).with_trial(trial("a", 0.1, 1))


def test_a_configuration_is_scored_by_its_trades():
    made = scored("a" * 64, "ours", [1.0, -1.0, 2.0, -1.0, 0.5], ts=9, ts_from=1, ts_to=8)
    # Mean 0.3; moments 1.36, 0.174 and 2.8612 about it.
    assert made == Trial(
        params_hash="a" * 64,
        what="ours",
        ts=9,
        ts_from=1,
        ts_to=8,
        trades=5,
        sharpe=pytest.approx(0.3 / 1.36**0.5),
        skew=pytest.approx(0.174 / 1.36**1.5),
        kurt=pytest.approx(2.8612 / 1.36**2),
    )


@pytest.mark.parametrize("net_r", [[], [1.0], [1.0, -1.0], [-1.0, -1.0, -1.0]])
def test_what_has_no_sharpe_ratio_is_no_trial(net_r):
    assert scored("a" * 64, "ours", net_r, ts=9, ts_from=1, ts_to=8) is None
