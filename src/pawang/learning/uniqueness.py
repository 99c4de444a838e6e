"""How much of a sample is news: labels that live at the same time tell the same story.

Average uniqueness (Lopez de Prado 2018, ch. 4; signals.md 7.5): a label's weight is the mean, over
its life, of 1 / the number of labels alive in its cluster. The sum of weights is n_eff. BTC, ETH,
SOL and AVAX move together, so they are one cluster: forty-eight biases of one hour count as one.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

from pawang.model.codec import Record

CORRELATED = 0.5  # hourly correlation from which two coins share a cluster


class Life(Record):
    """A label from its making to the moment it was known, ns UTC, in its cluster of coins."""

    opened: int
    ended: int
    cluster: str = "majors"


def uniqueness(lives: Sequence[Life]) -> list[float]:
    """The weight of each label, in the order given; each in (0, 1]."""
    weights = [1.0] * len(lives)
    clusters: dict[str, list[int]] = defaultdict(list)
    for index, life in enumerate(lives):
        assert life.opened < life.ended, f"a label that did not live: {life}"
        clusters[life.cluster].append(index)
    for members in clusters.values():
        share = _shares([lives[index] for index in members])
        for index in members:
            life = lives[index]
            weights[index] = (share[life.ended] - share[life.opened]) / (life.ended - life.opened)
    return weights


def n_eff(lives: Sequence[Life]) -> float:
    return sum(uniqueness(lives))


def _shares(lives: Sequence[Life]) -> dict[int, float]:
    """The integral of 1 / alive up to every moment at which that number changes."""
    change: dict[int, int] = defaultdict(int)
    for life in lives:
        change[life.opened] += 1
        change[life.ended] -= 1
    moments = sorted(change)
    share, alive = {moments[0]: 0.0}, 0
    for before, after in pairwise(moments):
        alive += change[before]
        share[after] = share[before] + ((after - before) / alive if alive else 0.0)
    return share


def clusters(
    coins: Sequence[str], correlation: Mapping[tuple[str, str], float], least: float = CORRELATED
) -> dict[str, str]:
    """coin -> the name of its cluster (its first coin). Linked pairs share one, and so do theirs.

    A pair nobody measured is taken as correlated: unknown is not independent.
    """
    of = {coin: coin for coin in coins}
    for index, one in enumerate(coins):
        for other in coins[:index]:
            known = correlation.get((one, other), correlation.get((other, one), 1.0))
            if abs(known) >= least and of[one] != of[other]:
                joined, gone = sorted((of[one], of[other]), key=coins.index)
                of = {coin: joined if name == gone else name for coin, name in of.items()}
    return of
