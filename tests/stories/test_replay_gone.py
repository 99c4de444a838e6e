"""A rule that is gone is never called equal (architecture 1.4, row L4)."""

import pytest
from msgspec.structs import replace
from tests.signals.conftest import _view
from tests.stories.test_calibrated import WORLD, event

from pawang import engine
from pawang.journal import MemoryLedger
from pawang.model.codec import digest, encode
from pawang.model.desk import Desk
from pawang.model.event import Keep, SlotDue, Started
from pawang.replay import Replayed, replay


@pytest.fixture
def ledger() -> MemoryLedger:
    made, world = MemoryLedger(b"buttons", b"audit"), encode(WORLD)
    made.put_params(digest(world), world)
    made.put_params(WORLD.rules.hash, encode(WORLD.rules))
    begun = event(Started(down_since=0, version="0", world_hash=digest(world)))
    made.append(begun, (), Desk())
    return made


def kept(ledger: MemoryLedger, version: int) -> str:
    """A sniper slot's decision as that version of the rule might have left it."""
    view = _view("SOL")
    ref = engine.slot_ref("snp", view.ts, "SOL", ())
    due = event(SlotDue(kind="snp", coin="SOL", ts_slot=view.ts, view=view), view.ts, 2, ref)
    step = engine.step(Desk(), due, WORLD)
    effects = tuple(
        replace(effect, decision=replace(effect.decision, rule_version=version))
        if isinstance(effect, Keep)
        else effect
        for effect in step.effects
    )
    assert ledger.append(due, effects, step.desk)
    return ref


def test_todays_sniper_replays_byte_for_byte(ledger):
    ref = kept(ledger, 2)
    assert replay(ledger, ref) == Replayed(ref_id=ref, verdict="equal")


def test_L4_a_plan_of_the_first_sniper_says_that_its_rule_is_gone_and_exits_3(ledger):
    ref = kept(ledger, 1)
    found = replay(ledger, ref)
    gone = ("made by sniper-1, which is gone",)
    assert found == Replayed(ref_id=ref, verdict="gone", differences=gone)
    assert found.exit_status == 3
