"""Whatever the script, in the end every order of ours is the venue's; and nothing is sent twice."""

from pawang.simulate.okx import ChaosOptions, chaos


def test_after_a_random_script_every_order_equals_the_venues_to_the_last_fee(script_seed):
    """C01-C04, C07-C09, C11, C18, C23, C25, C26: the real doors on virtual time and lines."""
    verdict = chaos(ChaosOptions(seed=script_seed, half="orders"))
    assert verdict.violations == [], verdict.told()


def test_i16_the_same_seed_is_the_same_trade_to_the_last_report():
    for seed in (3, 4):  # in order, and shuffled
        options = ChaosOptions(seed, half="orders")
        assert chaos(options) == chaos(options)


def test_a_world_without_faults_fills_cancels_and_closes():
    verdict = chaos(ChaosOptions(seed=1, half="orders", kinds=("torn",)))
    assert verdict.violations == []
    assert {"Accepted", "Filled", "Ended"} <= set(verdict.counts)
    assert verdict.compared > 10
