"""One seed, one story: kills and faults included (I2, I6, I7, I12, I16)."""

from pawang.simulate import SimulateOptions, simulate


def story(seed, days=0.008):
    return simulate(SimulateOptions(seed=seed, days=days, kills_per_day=300.0))


def test_I16_the_same_seed_tells_the_same_story_through_kills_and_faults():
    first, again = story(7), story(7)
    assert first.kills >= 1
    assert first.lines
    assert first.lines == again.lines
    assert first.trace == again.trace
    assert first.violations == []


def test_another_seed_tells_another_story():
    assert story(8).trace != story(9).trace
