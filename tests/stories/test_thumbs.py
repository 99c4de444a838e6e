"""Thumbs and confidence, through the whole desk: test 11 of signals.md 4.6 as a story."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace
from tests.stories.test_calibrated import CHAT, WORLD, said, view

from pawang import engine, learning, track_record
from pawang.journal import MemoryLedger
from pawang.model.codec import digest, encode
from pawang.model.desk import Desk
from pawang.model.event import Event, FeedbackPosted, Keep, SlotDue, Started
from pawang.model.refs import DAY, MINUTE, SECOND

SLOT = int(datetime(2025, 9, 15, 23, 55, tzinfo=UTC).timestamp()) * SECOND
NIGHT = SLOT + 25 * MINUTE
THUMBS = 200


class Story:
    """The desk and its ledger; what happens is stepped and appended, as the hall does it."""

    def __init__(self) -> None:
        self.ledger = MemoryLedger(b"buttons", b"audit")
        self.desk = Desk(chats={7: CHAT})
        self.seq = 0
        world = encode(WORLD)
        self.ledger.put_params(digest(world), world)
        self.ledger.put_params(WORLD.rules.hash, encode(WORLD.rules))
        self.happen(Started(down_since=0, version="0", world_hash=digest(world)), SLOT)

    def happen(self, body, ts: int, ref: str = "") -> engine.Step:
        self.seq += 1
        event = Event(
            seq=self.seq, ts_event=ts, ts_recv=ts, kind=type(body).__name__, ref_id=ref, cause=0,
            body=body,
        )  # fmt: skip
        step = engine.step(self.desk, event, WORLD)
        assert self.ledger.append(event, step.effects, step.desk)
        self.desk = step.desk
        return step

    def slot(self, ts: int) -> tuple[engine.Step, str]:
        ref = engine.slot_ref("ib", ts, "BTC", ())
        due = SlotDue(kind="ib", coin="BTC", ts_slot=ts, view=view(self.desk, ts))
        return self.happen(due, ts, ref), ref

    def thumbs(self, ref: str, rating: int, ts: int) -> None:
        for user in range(THUMBS):
            posted = FeedbackPosted(ref_id=ref, user_id=user, rating=rating, ts_clicked=ts + user)
            self.happen(posted, ts + user, ref)

    def night(self, ts: int) -> None:
        known = track_record.known(self.ledger, ts)
        for kind in engine.KINDS:
            for found in learning.daily(self.desk, kind, ("BTC",), known, ts):
                self.happen(found, ts)


def confidence(step: engine.Step):
    [keep] = [effect for effect in step.effects if isinstance(effect, Keep)]
    return keep.decision.confidence, keep.decision.multiplier


@pytest.mark.parametrize("rating", [1, -1])
def test_example_11_200_adversarial_thumbs_with_no_outcomes_move_no_confidence(rating):
    """They stand in the ledger, the night asks them, and nothing that is shown or sized moves."""
    pressed, quiet = Story(), Story()
    (first, ref), _ = pressed.slot(SLOT), quiet.slot(SLOT)
    pressed.thumbs(ref, rating, SLOT + SECOND)
    for story in (pressed, quiet):
        story.night(NIGHT)
    assert pressed.ledger.counts()["feedback"] == THUMBS
    assert pressed.desk.calibrators == quiet.desk.calibrators

    (again, _), (undisturbed, _) = (
        pressed.slot(NIGHT + DAY + MINUTE),
        quiet.slot(NIGHT + DAY + MINUTE),
    )
    assert confidence(again) == confidence(undisturbed) == confidence(first)
    assert said(again) == said(undisturbed)
    assert "Confidence: 87% (prior, size mult 1.6×)" in said(again)


def test_the_rules_are_the_same_for_a_desk_that_already_learned_something():
    """A calibrator is in force: thumbs alone neither replace nor bend it."""
    from tests.stories.test_calibrated import CALIBRATED

    story = Story()
    story.desk = replace(story.desk, calibrators=CALIBRATED.calibrators)
    first, ref = story.slot(SLOT)
    before = story.desk.calibrators
    story.thumbs(ref, -1, SLOT + SECOND)
    story.night(NIGHT)
    assert story.desk.calibrators == before
    again, _ = story.slot(NIGHT + MINUTE)
    assert confidence(again) == confidence(first)
