"""Whatever the script, a book that claims to be intact is the venue's; and every book comes back."""

from pawang.simulate.okx import ChaosOptions, chaos
from pawang.simulate.okx.script import public_kinds, write_script


def test_after_a_random_script_every_book_equals_the_venues_level_by_level(script_seed):
    """A01-A11, A13, A14, A19: the real feed and the real venue, on virtual time and lines."""
    verdict = chaos(ChaosOptions(seed=script_seed))
    assert verdict.violations == [], verdict.told()
    assert verdict.compared > 0


def test_i16_the_same_seed_is_the_same_story_to_the_last_record():
    for seed in (3, 4):  # in order, and shuffled
        first, again = chaos(ChaosOptions(seed)), chaos(ChaosOptions(seed))
        assert first == again
        assert first.trace


def test_another_seed_is_another_story():
    assert chaos(ChaosOptions(5)).trace != chaos(ChaosOptions(6)).trace


def test_a_world_without_faults_loses_nothing_and_is_whole_at_once():
    verdict = chaos(ChaosOptions(seed=1, kinds=("torn",)))
    assert verdict.violations == []
    assert verdict.losses == 0
    assert verdict.connects == 1


def test_a_thousand_scripts_use_every_kind_of_fault():
    used = {strike.kind for seed in range(1, 1001) for strike in write_script(seed)}
    assert used == set(public_kinds())
