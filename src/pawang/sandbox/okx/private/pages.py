"""Pages of a history, newest first (okx-v5.md 2.3)."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from pawang.sandbox.okx.query import Query

T = TypeVar("T")
LIMIT = 100


def page(query: Query, found: Iterable[T], key: Callable[[T], int]) -> list[T]:
    """`after` = earlier than, `before` = newer than that key; `limit` at most 100.

    `before` alone gives the newest, not the next: so does OKX.
    """
    after, before, limit = query.whole("after"), query.whole("before"), query.limit(LIMIT, LIMIT)
    kept = [
        one
        for one in found
        if (after is None or key(one) < after) and (before is None or key(one) > before)
    ]
    return sorted(kept, key=key, reverse=True)[:limit]
