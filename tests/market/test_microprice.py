"""The micro-price's recursion (Stoikov 2018; signals.md 5.2) against chains whose answer is known."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pawang.market.microprice import MicroPrice, Steps, adjustments
from pawang.market.ofi import Quotes

# Two states, bid thin (0) and bid thick (1), one tick of spread. From thick the mid rises a tick
# with chance U, falls one with D; after a rise the bid is thick with chance A. Thin is its mirror.
U, D, A = 0.3, 0.1, 0.8
STAY = 1.0 - U - D


def known():
    """The adjustment in the thick state, by hand: the recursion is a geometric series."""
    first = (U - D) / (U + D)
    thick_again = (U * A + D * (1 - A)) / (U + D)
    return first / (2 * (1 - thick_again))


def chain():
    thick = U * A + D * (1 - A)
    thin = U * (1 - A) + D * A
    return Steps(
        still=np.array([[STAY, 0.0], [0.0, STAY]]),
        moved=np.array([[U, 0.0, 0.0, D], [D, 0.0, 0.0, U]]),
        landed=np.array([[thick, thin], [thin, thick]]),
    )


def walked(count, seed):
    """Quotes of a market that follows the chain."""
    chance = np.random.default_rng(seed)
    rolls, turns = chance.random(count), chance.random(count)
    thick, ticks, states, mids = True, 1_000, [], []
    for roll, turn in zip(rolls, turns, strict=True):
        states.append(thick)
        mids.append(ticks)
        if roll < U + D:
            with_it = roll < U
            rose = with_it == thick
            ticks += 1 if rose else -1
            thick = rose == (turn < A)
    bid = np.array(mids, dtype=float)
    size = np.where(states, 3.0, 1.0)
    return Quotes(np.arange(count), bid, size, bid + 1.0, 4.0 - size)


def test_a_chain_of_known_chances_gives_the_series_by_hand():
    assert adjustments(chain()) == pytest.approx([-known(), known()], abs=1e-6)


def test_counts_and_chances_give_the_same():
    scaled = Steps(*(each * 7_000.0 for each in chain()))
    assert adjustments(scaled) == pytest.approx(adjustments(chain()), abs=1e-12)


def test_a_simulated_chain_gives_its_known_answer():
    quotes = walked(100_000, seed=11)
    market = MicroPrice(tick=1.0, bins=2, spreads=1)
    market.fold(quotes)
    market.fit()
    assert market.table == pytest.approx([-known(), known()], abs=0.03)
    assert market.price(quotes)[0] == quotes.mid[0] + market.table[1]


def test_the_table_is_antisymmetric_whatever_was_seen():
    market = MicroPrice(tick=1.0, bins=2, spreads=1)
    market.fold(walked(500, seed=2))
    market.fit()
    assert market.table[0] == pytest.approx(-market.table[1], abs=1e-12)


def test_states_from_which_nothing_ever_moved_say_nothing():
    still = Steps(np.eye(2), np.zeros((2, 4)), np.zeros((2, 2)))
    assert adjustments(still).tolist() == [0.0, 0.0]


def test_a_larger_move_counts_as_a_whole_tick():
    quotes = Quotes(
        np.arange(2),
        np.array([10.0, 17.0]),
        np.array([1.0, 1.0]),
        np.array([11.0, 18.0]),
        np.array([1.0, 1.0]),
    )
    market = MicroPrice(tick=1.0)
    market.fold(quotes)
    assert market.steps.moved.sum(axis=0).tolist() == [0.0, 0.0, 0.0, 1.0]


def test_a_cut_feed_makes_no_step():
    quotes = walked(10, seed=1)
    market = MicroPrice(tick=1.0, bins=2, spreads=1)
    market.fold(quotes.rows(slice(5)))
    market.lose()
    market.fold(quotes.rows(slice(5, None)))
    assert market.steps.still.sum() + market.steps.moved.sum() == 8.0


def test_more_than_sixty_states_are_refused():
    with pytest.raises(AssertionError, match="at most 60"):
        MicroPrice(tick=0.1, bins=10, spreads=7)


@given(st.lists(st.integers(0, 200), max_size=6))
def test_any_cut_counts_the_same_steps(cuts):
    quotes = walked(200, seed=5)
    whole, batches = (MicroPrice(tick=1.0, bins=2, spreads=1) for _ in range(2))
    whole.fold(quotes)
    for first, last in pairwise((0, *sorted(cuts), 200)):
        batches.fold(quotes.rows(slice(first, last)))
    whole.fit()
    batches.fit()
    assert batches.table.tolist() == whole.table.tolist()
