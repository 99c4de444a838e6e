"""What must hold whatever happens (reliability.md 2.2); each check names its row."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pawang.model.chat import Category, Send
from pawang.model.desk import Desk
from pawang.model.event import Effect
from pawang.model.refs import SECOND


def one_order_per_leg(desk: Desk) -> Iterator[str]:
    """I2: at most one order under way per ref and book."""
    under_way = Counter(
        (order.ref_id, order.book.value) for order in desk.orders.values() if not order.state.over
    )
    for (ref, book), count in under_way.items():
        if count > 1:
            yield f"I2: {count} orders under way for {ref} {book}"


class Throttle:
    """I6: institutional at most once in 5 min a coin and chat, sniper once in 3."""

    GAPS = {Category.INSTITUTIONAL: 300 * SECOND, Category.SNIPER: 180 * SECOND}

    def __init__(self) -> None:
        self._last: dict[tuple[int, str, str], int] = {}

    def check(self, effects: Sequence[Effect]) -> Iterator[str]:
        for effect in effects:
            if not isinstance(effect, Send) or effect.category not in self.GAPS:
                continue
            coin = effect.ref_id.rsplit("_", 1)[-1]
            key = (effect.chat_id, effect.category.value, coin)
            before = self._last.get(key)
            self._last[key] = effect.ts_created
            if before is not None and effect.ts_created - before < self.GAPS[effect.category]:
                gap_s = (effect.ts_created - before) / SECOND
                yield f"I6: {effect.ref_id} only {gap_s:.0f} s after"


def copies(transcript: Sequence[Mapping[str, Any]], critical: set[str]) -> Iterator[str]:
    """I7: a text with a ref reaches a chat once; a critical one twice at most."""
    seen: Counter[tuple[int, str]] = Counter()
    for row in transcript:
        if row["method"] not in ("sendMessage", "sendPhoto"):
            continue
        text = row.get("text") or row.get("caption") or ""
        refs = [
            line.removeprefix("ref: ") for line in text.splitlines() if line.startswith("ref: ")
        ]
        first = text.splitlines()[0] if text else ""
        if refs:
            seen[(row["chat_id"], f"{refs[-1]}|{first[:24]}")] += 1
    for (chat, what), count in seen.items():
        most = 2 if what.split("|")[0] in critical else 1
        if count > most:
            yield f"I7: {count} copies of {what} in chat {chat}"


__all__ = ["Throttle", "copies", "one_order_per_leg"]
