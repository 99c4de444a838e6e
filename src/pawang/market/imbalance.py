"""Which side of the book is thin: imbalances and the weighted mid, for one state or for many.

signals.md 5.2. Every function takes numbers or numpy arrays of equal shape and answers in kind.
They tell what the book leans on *now*; they explain the next tick, not the next minutes (0.1).

>>> queue_imbalance(30.0, 10.0), round(weighted_mid(100.0, 30.0, 100.1, 10.0), 3)
(0.5, 100.075)
"""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pawang.model.market import Level

Value = TypeVar("Value", float, NDArray[np.float64])

DISTANCES_BPS = (5.0, 10.0, 25.0)


def queue_imbalance(bid_size: Value, ask_size: Value) -> Value:
    """(qb - qa) / (qb + qa) of the best sizes, -1 to 1; both sizes are positive."""
    return (bid_size - ask_size) / (bid_size + ask_size)


def weighted_mid(bid: Value, bid_size: Value, ask: Value, ask_size: Value) -> Value:
    """The mid drawn towards the thin side, where price is about to go."""
    return (bid_size * ask + ask_size * bid) / (bid_size + ask_size)


def depth_imbalance(bids: Sequence[Level], asks: Sequence[Level], bps: float) -> float:
    """(Db - Da) / (Db + Da) of the coins within `bps` of mid, 0 if none rest there.

    Both sides are best first and hold a level. A live `Book` has its own `imbalance`, which knows
    where to cut; this one is for recorded states.
    """
    assert bids[0][0] < asks[0][0], "a crossed book has no mid"
    mid = (bids[0][0] + asks[0][0]) / 2.0
    reach = mid * bps * 1e-4
    below = sum(size for price, size in bids if price >= mid - reach)
    above = sum(size for price, size in asks if price <= mid + reach)
    return (below - above) / (below + above) if below + above > 0.0 else 0.0
