"""Bearer tokens with scopes (rows G2, SEC9): only their SHA-256 is kept, every candidate compared.

Scopes: "read" (GETs), "feedback" (POST /api/feedback), "admin" (all).
"""

import hashlib
from collections.abc import Iterable

from pawang.guards.secret import same
from pawang.model.codec import Record

SCOPES = ("read", "feedback", "admin")


class Token(Record):
    name: str
    hash: str  # SHA-256 of the token, hex
    scopes: tuple[str, ...]


def hashed(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def allowed(header: str | None, scope: str, tokens: Iterable[Token]) -> bool | None:
    """True: may. False: known but lacks the scope. None: no such token.

    >>> known = [Token(name="grafana", hash=hashed("s3cret"), scopes=("read",))]
    >>> allowed("Bearer s3cret", "read", known), allowed("Bearer s3cret", "feedback", known)
    (True, False)
    >>> allowed("Bearer other", "read", known) is None
    True
    """
    if header is None or not header.startswith("Bearer "):
        return None
    given = hashed(header.removeprefix("Bearer "))
    found: bool | None = None
    for token in tokens:  # no early exit: the time must not tell which one was close
        if same(given, token.hash):
            found = scope in token.scopes or "admin" in token.scopes
    return found
