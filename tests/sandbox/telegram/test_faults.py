"""The fault script: who is hit, how often, and what remains in the chat."""

from typing import Any

import pytest

from pawang.sandbox.telegram import faults
from pawang.sandbox.telegram.core import BrokenWire
from pawang.sandbox.telegram.faults import KINDS, Rule, Script

OWNER, GROUP = 1001, -2002
BEFORE = ("429", "403", "400", "401", "409", "500", "502", "hang", "reset_before")
AFTER = (
    "500_after",
    "502_after",
    "hang_after",
    "reset_after",
    "truncate",
    "unknown_fields",
    "slow",
)


def outcome(told: Any, **params: Any) -> str:
    """What the caller sees of one sendMessage: "ok", a code, or how the wire broke."""
    try:
        reply = told.core.call(
            "sendMessage", {"chat_id": OWNER, "text": "x", **params}, told.now_ms
        )
    except BrokenWire as broken:
        return broken.transport
    return "ok" if reply["ok"] else str(reply["error_code"])


@pytest.mark.parametrize("kind", BEFORE)
def test_a_fault_before_the_effect_leaves_no_message(told: Any, kind: str) -> None:
    """The caller sees an error, the chat nothing."""
    told.core.script(Rule(kind=kind, method="sendMessage", retry_after=1))
    assert outcome(told) == {"502": "html", "hang": "hang", "reset_before": "reset"}.get(kind, kind)
    assert not told.core.transcript
    assert not told.core.calls[-1]["applied"]


@pytest.mark.parametrize("kind", AFTER)
def test_a_fault_after_the_effect_leaves_the_message(told: Any, kind: str) -> None:
    """B02, B04: the caller cannot know, the chat does."""
    told.core.script(Rule(kind=kind, method="sendMessage"))
    assert outcome(told) == {
        "500_after": "500",
        "502_after": "html",
        "hang_after": "hang",
        "reset_after": "reset",
        "truncate": "truncate",
    }.get(kind, "ok")
    assert [row["text"] for row in told.core.transcript] == ["x"]
    assert told.core.calls[-1]["applied"]


def test_every_kind_has_a_test_or_a_place_of_its_own() -> None:
    """A new kind must say where it strikes."""
    elsewhere = (*faults.ON_UPDATE, *faults.ON_WEBHOOK, "clock_skew", "migrate")
    assert sorted((*BEFORE, *AFTER, *elsewhere)) == sorted(KINDS)


def test_B05_a_migration_moves_the_chat_for_good(told: Any) -> None:
    """The old id only tells the new one; other chats are not touched."""
    told.core.script(Rule(kind="migrate", chat_id=GROUP, migrate_to_chat_id=-1000000000077))
    for _ in range(2):
        reply = told.core.call("sendMessage", {"chat_id": GROUP, "text": "x"}, told.now_ms)
        assert reply["parameters"] == {"migrate_to_chat_id": -1000000000077}
        assert reply["error_code"] == 400
    moved = told.call("sendMessage", chat_id=-1000000000077, text="x")
    assert moved["chat"]["type"] == "supergroup"
    assert outcome(told) == "ok"


def test_a_rule_hits_its_method_and_chat_so_many_times(told: Any) -> None:
    """The second and third send to one chat, nothing else."""
    told.core.script(Rule(kind="500", method="SendMessage", chat_id=OWNER, skip=1, count=2))
    told.call("sendMessage", chat_id=GROUP, text="x")
    assert [outcome(told) for _ in range(4)] == ["ok", "500", "500", "ok"]
    assert told.call("getMe")


def test_chance_is_the_same_for_the_same_seed() -> None:
    """Some calls are hit, and every run hits the same ones."""

    def hits(seed: int) -> list[bool]:
        script = Script(seed)
        script.add(Rule(kind="500", probability=0.3, count=None))
        return [script.draw(("500",), "sendMessage", 1) is not None for _ in range(200)]

    assert hits(7) == hits(7) != hits(8)
    assert 30 <= sum(hits(7)) <= 90


def test_a_skewed_clock_dates_messages_wrong_until_it_is_put_right(told: Any) -> None:
    """Telegram's date is not ours to trust."""
    told.core.script(Rule(kind="clock_skew", seconds=-3600))
    early = told.call("sendMessage", chat_id=OWNER, text="x")["date"]
    told.core.script(Rule(kind="clock_skew", seconds=0))
    assert told.call("sendMessage", chat_id=OWNER, text="x")["date"] - early == 3600


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"kind": "earthquake"}, "unknown kind"),
        ({}, "unknown kind"),
        ({"kind": "500", "often": 3}, "unknown field 'often'"),
        ({"kind": "500", "probability": 1.5}, "probability"),
        ({"kind": "500", "count": 0}, "count"),
        ({"kind": "429", "retry_after": 0}, "retry_after"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(values: dict[str, Any], words: str) -> None:
    """A typing error in a script must not pass as "no fault"."""
    with pytest.raises(ValueError, match=words):
        faults.rule(values)


def test_a_kind_may_be_written_as_a_number() -> None:
    """{"kind": 429} is what people write first."""
    assert faults.rule({"kind": 429}) == Rule(kind="429")


def test_the_script_is_bounded() -> None:
    """A loop that scripts for ever is told so."""
    script = Script()
    for _ in range(faults.RULES_MAX):
        script.add(Rule(kind="500"))
    with pytest.raises(ValueError, match="faults are waiting"):
        script.add(Rule(kind="500"))
