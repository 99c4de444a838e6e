"""Thumbs (row T3, signals.md 4.6): kept whole, joined to what was known when they were given.

A rating after the outcome is hindsight: it counts for coverage and never for calibration, so
`resolved` is part of the record. Simple on purpose: thumbs have no influence on any confidence
yet; `tally` only counts them. Their bounded weight arrives with the calibrator (row L1).
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from pawang.model.chat import Rating
from pawang.model.codec import Record
from pawang.model.desk import Desk
from pawang.model.errors import BadInput
from pawang.model.event import FeedbackPosted
from pawang.model.refs import HOUR, SECOND

BIAS_HORIZON_NS = HOUR  # y_bias looks 60 min ahead (signals.md 4.2)
REF = re.compile(r"(ib|snp)_([0-9]{8}_[0-9]{4})_[A-Z0-9]+(_[0-9]+)?")


class Tally(Record):
    """How people liked one signal. `resolved` of them came after the outcome was known."""

    ups: int
    downs: int
    resolved: int


def rate(
    desk: Desk,
    ref_id: str,
    user_id: int,
    chat_id: int,
    rating: int,
    now: int,
    ts_delivered: int | None,
) -> Rating:
    """One thumb from the chat. BadInput when it is neither 1 nor -1.

    What cannot be placed before an outcome (no signal's ref, a click before the slot) is kept
    as hindsight: it is a fact that somebody pressed, and it weighs nothing.
    """
    if type(rating) is not int or rating not in (1, -1):
        raise BadInput(f"a rating is 1 or -1, not {rating!r}")
    side, shown = _said(desk, ref_id)
    # A click's stamp has whole seconds and may seem to come before the delivery it answers.
    latency = None if ts_delivered is None else max(0, now - ts_delivered) / SECOND
    return Rating(
        ref_id=ref_id,
        user_id=user_id,
        chat_id=chat_id,
        rating=rating,
        ts_clicked=now,
        latency_s=latency,
        resolved=_resolved(desk, ref_id, now),
        side=side,
        confidence=shown,
    )


def posted(desk: Desk, feedback: FeedbackPosted) -> Rating:
    """The same by HTTP; chat 0 says where it came from."""
    return rate(
        desk, feedback.ref_id, feedback.user_id, 0, feedback.rating, feedback.ts_clicked, None
    )


def tally(ratings: Iterable[Rating]) -> Tally:
    """Counts of one signal's thumbs: one per user and ref, the last in order wins (row T3)."""
    last = {(rating.ref_id, rating.user_id): rating for rating in ratings}
    return Tally(
        ups=sum(rating.rating > 0 for rating in last.values()),
        downs=sum(rating.rating < 0 for rating in last.values()),
        resolved=sum(rating.resolved for rating in last.values()),
    )


def slot_time(ref_id: str) -> int | None:
    """The slot a signal's ref names, ns UTC; None for what is no signal's ref.

    >>> slot_time("ib_19700101_0001_BTC"), slot_time("sys_19700101_0001_OKX")
    (60000000000, None)
    """
    found = REF.fullmatch(ref_id)
    if found is None:
        return None
    try:
        slot = datetime.strptime(found[2], "%Y%m%d_%H%M").replace(tzinfo=UTC)
    except ValueError:  # the 31st of February
        return None
    return int(slot.timestamp()) * SECOND


def _said(desk: Desk, ref_id: str) -> tuple[str, int | None]:
    """Side and confidence as they were told; ("", None) once the desk has let go of them."""
    life = desk.plans.get(ref_id)
    if life is not None:
        return life.plan.side.value, life.confidence
    for pushed in desk.pushed.values():
        if pushed.ref_id == ref_id:
            return pushed.side.value, pushed.confidence
    return "", None


def _resolved(desk: Desk, ref_id: str, now: int) -> bool:
    """Was the result known? A plan the desk let go of has all its outcomes."""
    slot = slot_time(ref_id)
    if slot is None or now < slot:
        return True
    if ref_id.startswith("ib_"):
        return now - slot >= BIAS_HORIZON_NS
    life = desk.plans.get(ref_id)
    return life is None or bool(life.outcomes)
