"""Money laid on the field is kept to the cent, and what stands out of it is found."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pawang.kernels import field as kernels
from pawang.kernels.field import ABOVE, BELOW, PEAKS_MAX

BINS = 60
STEPS = np.array([[-2, -3, -7], [2, 3, 7]])
SHARES = np.array([[0.3, 0.2, 0.2], [0.3, 0.2, 0.2]])
VEIL = np.array([[0.1, 0.2, 0.7], [0.7, 0.2, 0.1]])


def empty():
    return np.zeros((2, BINS)), np.zeros((2, BINS))


def laid(units, spread=True):
    field, veiled = empty()
    sides = np.array([(side, entry) for side, entry, _ in units], np.int64).reshape(-1, 2)
    usd = np.array([money for _, _, money in units], np.float64)
    beyond = kernels.lay(field, veiled, STEPS, SHARES, sides, usd, len(usd))
    if spread:
        beyond += kernels.spread(field, veiled, VEIL, 0, BINS)
    return field, veiled, beyond


def test_a_unit_is_combed_to_its_side_and_the_rest_waits_under_the_veil():
    field, veiled, beyond = laid([(BELOW, 30, 100.0)], spread=False)
    assert {int(at): field[BELOW, at] for at in np.flatnonzero(field[BELOW])} == pytest.approx(
        {28: 30.0, 27: 20.0, 23: 20.0}
    )
    assert (veiled[BELOW, 30], beyond) == (pytest.approx(30.0), 0.0)
    assert not field[ABOVE].any()


@pytest.mark.parametrize(
    ("side", "bins"), [(BELOW, {28: 3.0, 29: 6.0, 30: 21.0}), (ABOVE, {30: 21.0, 31: 6.0, 32: 3.0})]
)
def test_the_veil_is_spread_away_from_the_price(side, bins):
    field, veiled = empty()
    veiled[side, 30] = 30.0
    kernels.spread(field, veiled, VEIL, 0, BINS)
    found = {int(at): field[side, at] for at in np.flatnonzero(field[side])}
    assert found == pytest.approx(bins)
    assert not veiled.any()


UNITS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(-5, BINS + 5), st.floats(-1e6, 1e6)), max_size=30
)


@settings(max_examples=80, deadline=None)
@given(units=UNITS)
def test_all_money_is_on_the_field_or_beyond_its_ends(units):
    field, _, beyond = laid(units)
    assert field.sum() + beyond == pytest.approx(sum(money for _, _, money in units), abs=1e-4)


@settings(max_examples=50, deadline=None)
@given(units=UNITS)
def test_what_is_laid_and_taken_off_again_leaves_nothing(units):
    back = [(side, entry, -money) for side, entry, money in units]
    field, _, beyond = laid(units + back)
    assert np.abs(field).max() + abs(beyond) < 1e-4


# Maxima.


def peaks(values, here=30, below=1.0, above=1.0, apart=2):
    """(place, height), highest first."""
    field = np.zeros((2, BINS))
    for place, value in values.items():
        field[BELOW if place < here else ABOVE, place] = value
    ordered, heights = np.empty(kernels.ROOM), np.empty(kernels.ROOM)
    places = np.empty(kernels.ROOM, np.int64)
    count = kernels.peaks(
        field, here, 1, BINS - 1, below, above, 0.9, 1.5, apart, ordered, places, heights
    )  # fmt: skip
    return list(zip(places[:count].tolist(), heights[:count].tolist(), strict=True))


def plain(values, apart):
    """The law, written again: a dictionary and numpy's own quantile."""
    if not values:
        return []
    bar = max(np.quantile(list(values.values()), 0.9), 1.5 * np.median(list(values.values())))
    tops = [
        (place, value)
        for place, value in sorted(values.items())
        if value >= bar
        and value >= values.get(place - 1, 0.0)
        and value > values.get(place + 1, 0.0)
    ]
    kept = []
    for place, value in sorted(tops, key=lambda top: (-top[1], top[0])):
        if all(abs(place - other) >= apart for other, _ in kept):
            kept.append((place, value))
    return kept[:PEAKS_MAX]


HILLS = st.dictionaries(
    st.integers(1, BINS - 2).filter(lambda place: place != 30), st.integers(1, 9).map(float)
)


@settings(max_examples=200, deadline=None)
@given(values=HILLS, apart=st.integers(1, 6))
def test_the_maxima_are_those_of_the_law(values, apart):
    assert peaks(values, apart=apart) == plain(values, apart)


def test_an_empty_field_has_no_maximum():
    assert peaks({}) == []


SCRIPT = """
import numpy as np
from pawang.market import MarketParams
from pawang.market.magnets import LiquidationMap, Step, bin_of
chance = np.random.default_rng(3)
made, price = LiquidationMap(MarketParams()), 60_000.0
for minute in range(1, 40):
    after = price * float(np.exp(0.003 * chance.standard_normal()))
    low, high = min(price, after), max(price, after)
    first = bin_of(low)
    made.apply(Step(
        ts=minute * 60_000_000_000, span=60_000_000_000, coins_before=1e5,
        coins=1e5 + float(chance.normal(0, 50)), taker_imbalance=float(chance.uniform(-1, 1)),
        low=low, high=high, close=after, vwap=(low + high) / 2.0, first_bin=first,
        profile=tuple(chance.uniform(1, 9, bin_of(high) - first + 1).tolist()),
    ))
    price = after
print(made.field.tobytes().hex(), made.outside_usd, made.magnets(10**13, price, 0.7))
"""


def test_compiled_and_interpreted_give_the_same_map_to_the_last_bit():
    told = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "NUMBA_DISABLE_JIT": off},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for off in ("0", "1")
    ]
    assert told[0] == told[1]
    assert "Magnet(" in told[0]
