"""Exact decimal text without padding."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pawang.sandbox.okx.figures import Figure, number


@given(
    st.integers(0, 10**12),
    st.sampled_from(["0.1", "0.01", "0.00001", "0.5", "0.005", "1", "5", "10"]),
)
def test_text_is_exact_and_unpadded(steps: int, step: str):
    text = Figure(step).text(steps)
    assert Decimal(text) == Decimal(step) * steps
    assert "E" not in text
    assert "." not in text or not text.endswith("0")


@pytest.mark.parametrize(
    ("steps", "step", "text"),
    [(-15, "0.1", "-1.5"), (0, "0.1", "0"), (1_000_005, "0.1", "100000.5"), (3, "10", "30")],
)
def test_known_texts(steps: int, step: str, text: str):
    assert Figure(step).text(steps) == text


def test_a_step_of_nothing_is_a_mistake_of_ours():
    with pytest.raises(AssertionError):
        Figure("0")


def test_numbers_have_no_exponent():
    assert [number(value, 8) for value in (1e-7, 1e12, -0.5)] == [
        "0.0000001",
        "1000000000000",
        "-0.5",
    ]
