"""The hash chain over every money or stop action (SEC14): each row signs the one before.

HMAC-SHA256 with a key that is not in the database: who can write the file cannot forge a row.
A chain cannot show by itself that its tail was cut off; an older `Head`, told elsewhere (a chat,
a backup's name), can (E13). Still simple: one key for the whole chain, no change of keys yet.
"""

import hmac
from collections.abc import Iterable
from hashlib import sha256

from pawang.model.codec import Record

GENESIS = "0" * 64


class AuditRow(Record):
    seq: int  # from 1, without a gap
    ts: int
    actor: int
    action: str
    detail: str
    previous: str
    hash: str


class Head(Record):
    """The newest link: seq 0 and the genesis hash while the chain is empty."""

    seq: int = 0
    hash: str = GENESIS


class Broken(Record):
    """The first row that is not what was written: "gap", "link", "hash" or "cut"."""

    seq: int
    reason: str


def link(key: bytes, previous: str, ts: int, actor: int, action: str, detail: str) -> str:
    """The row's hash; fields are length-prefixed so that none can flow into its neighbour."""
    assert key, "an empty key would let anybody sign"
    parts = (previous, str(ts), str(actor), action, detail)
    body = "".join(f"{len(part)}:{part}" for part in parts)
    return hmac.new(key, body.encode(), sha256).hexdigest()


def follow(key: bytes, head: Head, ts: int, actor: int, action: str, detail: str) -> AuditRow:
    """The row that comes after `head`."""
    return AuditRow(
        seq=head.seq + 1,
        ts=ts,
        actor=actor,
        action=action,
        detail=detail,
        previous=head.hash,
        hash=link(key, head.hash, ts, actor, action, detail),
    )


def verify(key: bytes, rows: Iterable[AuditRow], anchor: Head | None = None) -> Broken | None:
    """Walk the chain from its beginning; None = whole, and `anchor` lies on it."""
    head = Head()
    anchored = anchor is None or anchor == head
    for row in rows:
        if row.seq != head.seq + 1:
            return Broken(seq=head.seq + 1, reason="gap")
        if row.previous != head.hash:
            return Broken(seq=row.seq, reason="link")
        made = link(key, head.hash, row.ts, row.actor, row.action, row.detail)
        if not hmac.compare_digest(made.encode(), row.hash.encode()):
            return Broken(seq=row.seq, reason="hash")
        head = Head(seq=row.seq, hash=row.hash)
        anchored = anchored or head == anchor
    if not anchored:
        return Broken(seq=head.seq + 1, reason="cut")
    return None
