"""Walk-forward: learn on the past, judge the week after it, move on (signals.md 7.5).

A label made before the test may end inside it: it is purged from the training. What ends just
before it still knows its weather: an embargo keeps a distance of one label's life.
"""

from collections.abc import Sequence

from pawang.learning.uniqueness import Life
from pawang.model.codec import Record
from pawang.model.refs import DAY, HOUR


class FoldParams(Record):
    train_ns: int = 60 * DAY
    test_ns: int = 7 * DAY
    embargo_ns: int = 2 * HOUR  # the longest label lives 70 min (entry 6, position 60), rounded up


DEFAULT = FoldParams()


class Fold(Record):
    """One step of the walk: indices into the lives, and the test's span [ts_from, ts_to)."""

    train: tuple[int, ...]
    test: tuple[int, ...]
    ts_from: int
    ts_to: int


def walk_forward(lives: Sequence[Life], params: FoldParams = DEFAULT) -> tuple[Fold, ...]:
    """The folds of labels in any order; a last week that is not over counts as far as it goes.

    A fold without test labels is left out, one without training labels is kept: that it could
    learn nothing is a fact about it.
    """
    if not lives:
        return ()
    starts = [life.opened for life in lives]
    folds: list[Fold] = []
    ts_from = min(starts) + params.train_ns
    while ts_from <= max(starts):
        ts_to = ts_from + params.test_ns
        test = tuple(i for i, opened in enumerate(starts) if ts_from <= opened < ts_to)
        if test:
            train = _train(lives, ts_from, params)
            folds.append(Fold(train=train, test=test, ts_from=ts_from, ts_to=ts_to))
        ts_from = ts_to
    return tuple(folds)


def _train(lives: Sequence[Life], ts_from: int, params: FoldParams) -> tuple[int, ...]:
    oldest, newest = ts_from - params.train_ns, ts_from - params.embargo_ns
    # Labels end after they open: what ends by `newest` overlaps neither test nor embargo.
    return tuple(
        i for i, life in enumerate(lives) if oldest <= life.opened and life.ended <= newest
    )
