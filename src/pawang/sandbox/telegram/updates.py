"""The queue of updates: one id each, kept until acknowledged, at most a day.

`allowed_updates` is applied when an update is born, as Telegram does: changing it later neither
hides nor reveals older ones.
"""

from collections import deque
from dataclasses import dataclass
from typing import Any

FIRST_UPDATE_ID = 700_000_001
KEPT_MS = 24 * 3600 * 1000  # Telegram keeps updates for 24 h
QUEUE_MAX = 100_000
LIMIT_MAX = 100
# Not sent unless asked for by name (core.telegram.org/bots/api#getupdates).
ASKED_ONLY = ("chat_member", "message_reaction", "message_reaction_count")

Update = dict[str, Any]


@dataclass(slots=True)
class Waiting:
    """An update and how many more acknowledgements it needs (two when it shall come again)."""

    update: Update
    born_ms: int
    lives: int = 1


class Updates:
    """Births, deliveries and acknowledgements of one bot's updates."""

    def __init__(self) -> None:
        self.allowed: list[str] = []  # empty: everything but ASKED_ONLY
        self._next_id = FIRST_UPDATE_ID
        self._queue: deque[Waiting] = deque(maxlen=QUEUE_MAX)
        self._held: Waiting | None = None

    def __len__(self) -> int:
        return len(self._queue)

    def wants(self, kind: str) -> bool:
        return kind in self.allowed if self.allowed else kind not in ASKED_ONLY

    def allow(self, kinds: list[Any] | None) -> None:
        """None keeps the earlier choice, an empty list is the default."""
        if kinds is not None:
            self.allowed = [str(kind) for kind in kinds]

    def push(self, kind: str, body: dict[str, Any], now_ms: int, fault: str = "") -> int | None:
        """Its update_id, or None when the bot did not ask for this kind."""
        if not self.wants(kind):
            return None
        update_id = self._next_id
        self._next_id += 1
        lives = 2 if fault == "duplicate_update" else 1
        waiting = Waiting({"update_id": update_id, kind: body}, now_ms, lives)
        if fault == "out_of_order_update" and self._held is None:
            self._held = waiting  # comes right after the next one
            return update_id
        self._queue.append(waiting)
        if self._held is not None:
            self._queue.append(self._held)
            self._held = None
        return update_id

    def acknowledge(self, offset: int) -> None:
        """Everything below `offset` is known to the bot; negative counts from the end."""
        if offset < 0:
            for _ in range(len(self._queue) + offset):
                self._queue.popleft()
            return
        for waiting in self._queue:
            if waiting.update["update_id"] < offset:
                waiting.lives -= 1
        alive = [waiting for waiting in self._queue if waiting.lives > 0]
        if len(alive) < len(self._queue):
            self._queue = deque(alive, maxlen=QUEUE_MAX)

    def pending(self, limit: int, now_ms: int) -> list[Update]:
        """The oldest updates that are not acknowledged, without those of more than a day ago."""
        while self._queue and now_ms - self._queue[0].born_ms > KEPT_MS:
            self._queue.popleft()
        count = min(max(limit, 1), LIMIT_MAX, len(self._queue))
        return [self._queue[index].update for index in range(count)]

    def done(self, update_id: int) -> None:
        """A webhook took it."""
        for index, waiting in enumerate(self._queue):
            if waiting.update["update_id"] == update_id:
                waiting.lives -= 1
                if waiting.lives <= 0:
                    del self._queue[index]
                return

    def drop(self) -> None:
        self._queue.clear()
        self._held = None
