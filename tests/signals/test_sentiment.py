"""The composite of signals.md 3."""

from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pawang.model.view import SentimentInput
from pawang.signals import composite
from pawang.signals.sentiment import crowding


def gauge(name: str, value: float, z: float | None = None, age_s: float = 1.0) -> SentimentInput:
    return SentimentInput(name=name, value=value, z=z, age_s=age_s)


EXAMPLE_5 = (
    gauge("fng", 70.0),
    gauge("fund", 1e-4, 1.0),
    gauge("lsr", 0.2, -0.5),
    gauge("basis", 3e-4, 0.8),
    gauge("oi", 2.0, 1.5),
    gauge("return_1h", 0.4),
)


def without(name: str) -> tuple[SentimentInput, ...]:
    return tuple(given for given in EXAMPLE_5 if given.name != name)


def changed(name: str, **fields: object) -> tuple[SentimentInput, ...]:
    return tuple(replace(one, **fields) if one.name == name else one for one in EXAMPLE_5)


def test_example_05_all_gauges_fresh():
    made = composite(EXAMPLE_5)
    assert made is not None
    assert round(made.score, 3) == 68.573
    assert made.shown == 69
    xs = [round(part.x, 4) for part in made.contributions]
    assert xs == [0.4, 0.4621, -0.2449, 0.3799, 0.6351]


def test_example_05_a_stale_fear_and_greed_is_left_out_and_the_rest_speaks_louder():
    made = composite(changed("fng", age_s=36 * 3600 + 1.0))
    assert made is not None
    assert (round(made.score, 3), made.shown) == (68.098, 68)


def test_contributions_add_up_to_the_score():
    made = composite(EXAMPLE_5)
    assert made is not None
    assert 50 + sum(part.points for part in made.contributions) == pytest.approx(made.score)


def test_exactly_half_of_the_weight_is_enough():
    heard = (gauge("fund", 1e-4, 1.0), gauge("lsr", 0.1, 1.0), gauge("basis", 1e-4, 1.0))
    assert composite(heard) is not None


def test_less_than_half_of_the_weight_is_no_sentiment():
    assert composite((gauge("fng", 70.0), gauge("fund", 1e-4, 1.0))) is None
    assert composite(()) is None


@pytest.mark.parametrize(
    ("name", "age_s"),
    [("fng", 36 * 3600.0), ("fund", 600.0), ("lsr", 900.0), ("basis", 120.0), ("oi", 600.0)],
)
def test_a_gauge_counts_up_to_its_age_and_not_beyond(name: str, age_s: float):
    at_limit = composite(changed(name, age_s=age_s))
    beyond = composite(changed(name, age_s=age_s + 0.1))
    assert at_limit is not None
    assert beyond is not None
    assert name in [part.name for part in at_limit.contributions]
    assert beyond == replace(composite(without(name)), age_s=beyond.age_s)


@pytest.mark.parametrize("name", ["fund", "lsr", "basis", "oi"])
def test_a_gauge_without_its_z_is_missing_not_neutral(name: str):
    assert composite(changed(name, z=None)) == composite(without(name))
    assert composite(changed(name, z=nan)) == composite(without(name))


def test_a_value_that_is_no_number_is_missing():
    assert composite(changed("fng", value=nan)) == composite(without("fng"))


def test_open_interest_without_the_hours_return_is_missing():
    assert composite(without("return_1h")) == composite(without("oi"))


def test_open_interest_takes_its_sign_from_the_return_and_half_its_word_when_falling():
    def oi(change_pct: float, return_pct: float, z: float = 1.5) -> float:
        given = (*without("oi")[:-1], gauge("oi", change_pct, z), gauge("return_1h", return_pct))
        made = composite(given)
        assert made is not None
        return round(made.contributions[-1].x, 4)

    assert [oi(2.0, 0.4), oi(2.0, -0.4), oi(-2.0, 0.4, -1.5), oi(-2.0, -0.4, -1.5)] == [
        0.6351,
        -0.6351,
        0.3176,
        -0.3176,
    ]
    assert oi(2.0, 0.0) == 0.0


def test_a_wild_z_counts_as_five():
    assert composite(changed("fund", z=1e9)) == composite(changed("fund", z=5.0))


def test_a_stranger_among_the_gauges_changes_nothing():
    assert composite((*EXAMPLE_5, gauge("moon_phase", 1.0, 4.0))) == composite(EXAMPLE_5)


def test_the_order_of_the_gauges_does_not_matter():
    assert composite(EXAMPLE_5[::-1]) == composite(EXAMPLE_5)


def test_the_shown_integer_rounds_half_to_even():
    half = composite((gauge("fng", 62.5), gauge("oi", 1.0, 0.0), gauge("return_1h", 1.0)))
    assert half is not None
    assert (half.score, half.shown) == (56.25, 56)
    exact_half = composite((gauge("fng", 51.0), gauge("oi", 1.0, 0.0), gauge("return_1h", 1.0)))
    assert exact_half is not None
    assert (exact_half.score, exact_half.shown) == (50.5, 50)


@given(st.floats(0, 100))
def test_crowding_is_odd_and_never_louder_than_the_cap(score: float):
    assert abs(crowding(score)) <= 0.6 + 1e-12
    assert crowding(100 - score) == pytest.approx(-crowding(score), abs=1e-12)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["fng", "fund", "lsr", "basis", "oi", "return_1h"]),
            st.floats(allow_nan=True, allow_infinity=True),
            st.none() | st.floats(allow_nan=True, allow_infinity=True),
            st.floats(0, 1e6),
        ),
        max_size=8,
    )
)
def test_whatever_comes_in_the_score_stays_between_0_and_100(given_inputs: list[tuple]):
    made = composite(tuple(gauge(*one) for one in given_inputs))
    assert made is None or 0.0 <= made.score <= 100.0
