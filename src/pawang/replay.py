"""Journal + engine: recompute any decision from its stored view and compare byte for byte (L4).

Sends nothing, writes nothing. Three answers: equal; different, with what differs; or "made by
RULE-VERSION, which is gone", never "equal".
"""

import zlib
from collections.abc import Iterator
from typing import Any

import msgspec

from pawang import engine, signals
from pawang.model.chat import Send
from pawang.model.codec import Record, decode, digest, encode, unpack
from pawang.model.decision import Decision
from pawang.model.desk import Desk
from pawang.model.event import Effect, Started
from pawang.model.ports import Ledger, StoredDecision
from pawang.model.sizing import AccountView
from pawang.model.view import MarketView


class Replayed(Record):
    """`differences` is empty exactly when `verdict` is "equal"."""

    ref_id: str
    verdict: str  # "equal", "different", "gone", "unknown"
    differences: tuple[str, ...] = ()

    @property
    def exit_status(self) -> int:
        return {"equal": 0, "different": 1, "unknown": 2, "gone": 3}[self.verdict]


def replay(ledger: Ledger, ref_id: str, code_key: str = "") -> Replayed:
    """Recompute what stands under a ref: a decision from its view, any other message from the
    ledger's events. `code_key` is the home's, for messages that carry a one-time code.
    """
    stored = ledger.by_ref(ref_id)
    if stored is None:
        return _replay_messages(ledger, ref_id, code_key)
    damage = tuple(_damage(stored))
    if damage:
        return Replayed(ref_id=ref_id, verdict="different", differences=damage)
    kept = decode(stored.decision, Decision)
    if stored.rule_version not in signals.RULES.get(stored.rule, {}):
        gone = f"made by {stored.rule}-{stored.rule_version}, which is gone"
        return Replayed(ref_id=ref_id, verdict="gone", differences=(gone,))
    again = _recompute(stored, kept)
    if encode(again) == stored.decision:
        return Replayed(ref_id=ref_id, verdict="equal")
    found = tuple(compare(msgspec.to_builtins(kept), msgspec.to_builtins(again)))
    return Replayed(ref_id=ref_id, verdict="different", differences=found)


def _damage(stored: StoredDecision) -> Iterator[str]:
    """What was changed after it was stored: each part has its own hash."""
    parts = (
        ("view", stored.view, stored.view_hash),
        ("decision", stored.decision, stored.decision_hash),
        ("params", stored.params, stored.params_hash),
    )
    for name, data, expected in parts:
        found = digest(data)
        if found != expected:
            yield f"{name}: stored hash {expected[:12]}…, its bytes give {found[:12]}…"
    try:
        unpack(stored.view, MarketView)
    except (zlib.error, msgspec.MsgspecError, UnicodeDecodeError) as broken:
        yield f"view: cannot be read any more ({broken})"


def _recompute(stored: StoredDecision, kept: Decision) -> Decision:
    view = unpack(stored.view, MarketView)
    rules = decode(stored.params, engine.Rules)
    account = decode(stored.account, AccountView) if stored.account else None
    world = engine.World(coins=(view.coin,), instruments={}, rules=rules)
    by = (stored.rule, stored.rule_version)
    return engine.judge(kept.kind, view, account, kept.ref_id, world, by)


def compare(kept: Any, again: Any, path: str = "") -> Iterator[str]:
    """Every leaf that differs, as "path: stored -> recomputed"."""
    if isinstance(kept, dict) and isinstance(again, dict):
        for key in [*kept, *(key for key in again if key not in kept)]:
            yield from compare(kept.get(key), again.get(key), f"{path}.{key}".lstrip("."))
    elif isinstance(kept, list) and isinstance(again, list) and len(kept) == len(again):
        for index, (before, after) in enumerate(zip(kept, again, strict=True)):
            yield from compare(before, after, f"{path}[{index}]")
    elif kept != again:
        yield f"{path}: stored {kept!r}, recomputed {again!r}"


# Messages that are no decision: the whole desk is stepped again up to them.


def _replay_messages(ledger: Ledger, ref_id: str, code_key: str) -> Replayed:
    """Every Send under the ref, made again by the engine and compared byte for byte."""
    told = ledger.sent(ref_id)
    if not told:
        return Replayed(ref_id=ref_id, verdict="unknown", differences=("nothing under this ref",))
    made = _sends(ledger, max(seq for seq, _ in told), {seq for seq, _ in told}, code_key)
    found: list[str] = []
    for seq, body in told:
        send = decode(body.encode(), Send)
        again = [one for one in made.get(seq, ()) if (one.chat_id, one.ref_id) == _key(send)]
        if not again:
            found.append(f"event {seq}: said then, not said again")
        elif encode(again[0]).decode() != body:
            kept, now = msgspec.to_builtins(send), msgspec.to_builtins(again[0])
            found += [f"event {seq}: {line}" for line in compare(kept, now)]
    verdict = "different" if found else "equal"
    return Replayed(ref_id=ref_id, verdict=verdict, differences=tuple(found))


def _key(send: Send) -> tuple[int, str]:
    return send.chat_id, send.ref_id


def _sends(ledger: Ledger, last: int, wanted: set[int], code_key: str) -> dict[int, list[Send]]:
    """seq -> what the engine says at that event, folding the ledger from its first one."""
    desk, world, after = Desk(), None, 0
    made: dict[int, list[Send]] = {}
    while after < last:
        events = ledger.read(after)
        if not events:
            break
        for event in events:
            after = event.seq
            if isinstance(event.body, Started):
                world = _world(ledger, event.body.world_hash, code_key)
            assert world is not None, "a ledger begins with a start"
            world = engine.world_after(world, event.body)
            step = engine.step(desk, event, world)
            desk = step.desk
            if event.seq in wanted:
                made[event.seq] = _only_sends(step.effects)
            if after >= last:
                break
    return made


def _only_sends(effects: tuple[Effect, ...]) -> list[Send]:
    return [effect for effect in effects if isinstance(effect, Send)]


def _world(ledger: Ledger, world_hash: str, code_key: str) -> engine.World:
    body = ledger.params(world_hash)
    assert body is not None, f"the world {world_hash[:12]} is not in the ledger"
    world = decode(body, engine.World)
    actions = msgspec.structs.replace(world.actions, code_key=code_key)
    return msgspec.structs.replace(world, actions=actions)
