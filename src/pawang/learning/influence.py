"""What thumbs may do, and what they never may (signals.md 4.6, row L1).

A thumb before the result is a faint observation: as much as its owner has been right before, never
more than a tenth of an outcome, all thumbs together never more than a fifth of the outcomes, and
nothing at all when they tell another story than the outcomes do. After the result it is hindsight
and weighs nothing. Without outcomes thumbs move nothing.

A separate, legitimate use: whether a message was *useful* ranks alerts, and never moves a chance.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import sqrt

from pawang.learning import beta
from pawang.learning.samples import Sample
from pawang.model.chat import Rating
from pawang.model.codec import Record
from pawang.model.refs import DAY

FAITH = 0.1  # lambda: of an outcome, for somebody who was never wrong
SHARE_MAX = 0.20  # of the outcomes' weight, for all thumbs together
PER_DAY_MAX = 30  # thumbs of one person that can count
DISAGREE_SE = 2.0
STRANGER = 0.5  # the reliability of somebody whose thumbs have met no result yet
USEFUL_TAIL = 0.05  # the lower bound of a like-rate: better with 95 %


class Thumb(Record):
    """A rating as a pseudo-observation of its ref."""

    ref_id: str
    user_id: int
    hit: bool  # what the person expects
    weight: float


class Influence(Record):
    """The thumbs that count, after every cap. `flag` says why they were all set to nothing."""

    thumbs: tuple[Thumb, ...]
    flag: str = ""

    @property
    def weight(self) -> float:
        return sum(thumb.weight for thumb in self.thumbs)


NOBODY = Influence(thumbs=())


def counted(ratings: Sequence[Rating]) -> list[Rating]:
    """One per person and ref, the last wins; of one person's day the first thirty."""
    ordered = sorted(ratings, key=lambda rating: (rating.ts_clicked, rating.ref_id, rating.user_id))
    last = {(rating.ref_id, rating.user_id): rating for rating in ordered}
    kept: list[Rating] = []
    spent: Counter[tuple[int, int]] = Counter()
    for rating in sorted(last.values(), key=lambda rating: (rating.ts_clicked, rating.ref_id)):
        day = rating.user_id, rating.ts_clicked // DAY
        spent[day] += 1
        if spent[day] <= PER_DAY_MAX:
            kept.append(rating)
    return kept


def reliability(agreed: int, rated: int) -> float:
    """How often somebody is right: the mean of Beta(2 + agreed, 2 + disagreed).

    >>> reliability(0, 0), reliability(9, 10)
    (0.5, 0.7857142857142857)
    """
    assert 0 <= agreed <= rated, f"{agreed} of {rated}"
    return (2 + agreed) / (4 + rated)


def faith(reliable: float) -> float:
    """The weight of one thumb of such a person: nothing for a coin, or for worse than one."""
    return FAITH * max(0.0, 2 * reliable - 1)


def influence(
    ratings: Sequence[Rating],
    samples: Sequence[Sample],
    outcome_weights: Sequence[float],
    now: int,
    refs: Mapping[str, object] | None = None,
) -> Influence:
    """The pseudo-observations of `ratings` beside these outcomes, as of `now`.

    `samples` judge everybody's reliability; `outcome_weights` are those the fit gives them. `refs`
    narrows the thumbs to those the fit is about; reliability is earned on all of them.
    """
    objective = sum(outcome_weights)
    known = {sample.ref_id: sample for sample in samples if sample.ended <= now}
    told = [rating for rating in counted(ratings) if not _hindsight(rating, known)]
    trust = _trust(told, known)
    thumbs = [
        Thumb(
            ref_id=rating.ref_id,
            user_id=rating.user_id,
            hit=rating.rating > 0,
            weight=faith(trust.get(rating.user_id, STRANGER)),
        )
        for rating in told
        if refs is None or rating.ref_id in refs
    ]
    thumbs = [thumb for thumb in thumbs if thumb.weight > 0]
    if objective <= 0 or not thumbs:
        return NOBODY
    if _disagree(thumbs, samples, outcome_weights):
        return Influence(thumbs=(), flag="thumbs and outcomes disagree by more than 2 SE")
    return Influence(thumbs=_capped(thumbs, SHARE_MAX * objective))


def _hindsight(rating: Rating, known: Mapping[str, Sample]) -> bool:
    """Given after the result, as the desk saw it then or as the ledger knows it now."""
    sample = known.get(rating.ref_id)
    return rating.resolved or (sample is not None and rating.ts_clicked >= sample.ended)


def _trust(told: Sequence[Rating], known: Mapping[str, Sample]) -> dict[int, float]:
    """Everybody's reliability, from thumbs that have met their result."""
    rated: Counter[int] = Counter()
    agreed: Counter[int] = Counter()
    for rating in told:
        sample = known.get(rating.ref_id)
        if sample is not None:
            rated[rating.user_id] += 1
            agreed[rating.user_id] += (rating.rating > 0) == sample.hit
    return {user: reliability(agreed[user], rated[user]) for user in rated}


def _disagree(thumbs: Sequence[Thumb], samples: Sequence[Sample], weights: Sequence[float]) -> bool:
    """Whether the rates that thumbs alone and outcomes alone give are more than 2 SE apart."""
    ours, spread = _rate([(s.hit, w) for s, w in zip(samples, weights, strict=True)], sum(weights))
    # How much thumbs weigh beside outcomes is one thing; how many there are is how sure they are.
    many = sum(t.weight for t in thumbs) ** 2 / sum(t.weight**2 for t in thumbs)
    theirs, doubt = _rate([(t.hit, t.weight) for t in thumbs], many)
    return abs(ours - theirs) > DISAGREE_SE * sqrt(spread + doubt)


def _rate(rows: Sequence[tuple[bool, float]], n: float) -> tuple[float, float]:
    """(rate, its variance) of `n` effective observations, half a hit and half a miss added."""
    rate = sum(w for hit, w in rows if hit) / sum(w for _, w in rows)
    smooth = (rate * n + 0.5) / (n + 1)
    return smooth, smooth * (1 - smooth) / (n + 1)


def _capped(thumbs: Sequence[Thumb], most: float) -> tuple[Thumb, ...]:
    scale = min(1.0, most / sum(thumb.weight for thumb in thumbs))
    return tuple(
        Thumb(
            ref_id=thumb.ref_id,
            user_id=thumb.user_id,
            hit=thumb.hit,
            weight=thumb.weight * scale,
        )
        for thumb in thumbs
    )


def usefulness(ups: int, downs: int) -> float:
    """A lower bound of the like-rate under Beta(1, 1), for the ranking of alerts. Never a chance.

    >>> usefulness(0, 0) < usefulness(3, 1) < usefulness(30, 10)
    True
    """
    assert min(ups, downs) >= 0, f"{ups} up, {downs} down"
    return beta.quantile(USEFUL_TAIL, 1 + ups, 1 + downs)
