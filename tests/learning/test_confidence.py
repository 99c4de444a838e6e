"""Confidence before there is a calibrator, row L1 and signals.md 4.2."""

import pytest

from pawang.learning import confidence
from pawang.model.decision import BiasSignal, Confidence
from pawang.model.market import Side


def signal(raw: float) -> BiasSignal:
    return BiasSignal(
        ref_id="ib_20250915_0733_BTC",
        coin="BTC",
        side=Side.LONG,
        raw=raw,
        score=1.9,
        evidence=(),
        reasons=(),
    )


def test_example_06_raw_86_993_is_printed_as_87_percent_prior():
    assert confidence(signal(86.993)) == Confidence(value=87, source="prior", n=0)


@pytest.mark.parametrize(
    ("raw", "shown"), [(50.0, 50), (80.4, 80), (80.5, 80), (81.5, 82), (79.5, 80), (99.999, 100)]
)
def test_the_integer_rounds_half_to_even(raw: float, shown: int):
    assert confidence(signal(raw)).value == shown


@pytest.mark.parametrize("raw", [float("nan"), -0.1, 100.1])
def test_a_raw_score_that_is_no_percentage_is_our_mistake(raw: float):
    with pytest.raises(AssertionError):
        confidence(signal(raw))
