"""The fuzzer itself: it repeats itself by seed, and it finds what is planted."""

import contextlib
import json
import random
from math import isfinite

import pytest

from pawang.simulate.fuzz import FuzzOptions, fuzz
from pawang.simulate.fuzz.corpus import Sample, corpus
from pawang.simulate.fuzz.mutate import Mutator
from pawang.simulate.fuzz.targets import targets


def test_a17_a18_ten_thousand_hostile_inputs_break_nothing():
    """`make fuzz` reads a million."""
    report = fuzz(FuzzOptions(seed=11, inputs=10_000))
    assert report.broken == []
    assert report.inputs == 10_000
    assert set(report.read) == {target.name for target in targets()}


def test_the_honest_messages_break_nothing_either():
    for target in targets():
        for sample in corpus():
            if target.wants(sample):
                assert list(target.read(sample)) == [], sample.body[:200]


def test_the_same_seed_draws_the_same_inputs():
    def drawn(seed):
        mutator = Mutator(corpus(), random.Random(seed))
        return [mutator.draw() for _ in range(300)]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_most_inputs_are_still_json_so_that_the_rules_behind_the_decoder_are_reached():
    mutator = Mutator(corpus(), random.Random(3))
    inputs = [mutator.draw().body for _ in range(2_000)]
    readable = sum(1 for body in inputs if _reads(body))
    assert readable > 800


def _reads(body):
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


# Planted bugs.


class Planted:
    name = "planted"

    def wants(self, sample: Sample):
        return True


class Raises(Planted):
    """Python's own reader: deep nesting is a RecursionError, and nobody thought of it."""

    def read(self, sample):
        with contextlib.suppress(ValueError):
            json.loads(sample.body)
        return iter(())


class TakesInfinity(Planted):
    """Python's own reader takes NaN for a number and 1e999 for infinity."""

    def read(self, sample):
        try:
            found = json.loads(sample.body)
        except (ValueError, RecursionError):
            return
        numbers = (
            [cell for cell in found.values() if type(cell) is float] if type(found) is dict else []
        )
        for number in numbers:
            if not isfinite(number):
                yield f"not finite: {number}"


class Slow(Planted):
    """Quadratic in the length of what it reads."""

    def read(self, sample):
        text = b""
        for start in range(0, len(sample.body), 64):
            text = text + sample.body[start : start + 64]
        return iter(())


class Remembers(Planted):
    """Keeps every input for ever."""

    def __init__(self):
        self.kept = []

    def read(self, sample):
        self.kept.append(sample.body * 20)
        return iter(())


@pytest.mark.parametrize(
    ("planted", "words"),
    [
        (Raises(), "RecursionError"),
        (TakesInfinity(), "not finite"),
        (Slow(), "took"),
        (Remembers(), "memory rose"),
    ],
    ids=lambda case: type(case).__name__,
)
def test_a_planted_bug_is_found(planted, words):
    report = fuzz(FuzzOptions(seed=1, inputs=20_000), on_trial=[planted])
    assert any(words in found for found in report.broken), report.broken
