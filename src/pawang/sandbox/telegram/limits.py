"""Telegram's flood limits: token buckets on wall time, and the gate that follows a 429.

Time is an argument in wall milliseconds: limits never run faster because the market does.
Source: telegram.md, "Limits" (1/s per chat, 30/s per bot, 20/min per group).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LimitParams:
    """How much is allowed; `enforced=False` leaves only scripted floods."""

    enforced: bool = True
    chat_per_s: float = 1.0  # telegram.md, limits
    chat_burst: float = 3.0  # "short bursts" are let through; how short is not published
    bot_per_s: float = 30.0  # telegram.md, limits
    bot_burst: float = 30.0  # one second of the rate
    group_per_min: float = 20.0  # telegram.md, limits
    edits_count_in_groups: bool = True  # telegram.md marks it "?"; the stricter reading


class Bucket:
    """Tokens that grow back with wall time. A call larger than the bucket may leave a debt."""

    def __init__(self, capacity: float, per_second: float) -> None:
        assert capacity > 0
        assert per_second > 0
        self.capacity, self.per_ms = capacity, per_second / 1000
        self.level, self.ts_ms = capacity, 0

    def wait_ms(self, tokens: int, wall_ms: int) -> float:
        """How long until `tokens` could be taken; 0 = now. Takes nothing."""
        if wall_ms > self.ts_ms:
            grown = self.level + (wall_ms - self.ts_ms) * self.per_ms
            self.level, self.ts_ms = min(self.capacity, grown), wall_ms
        missing = min(tokens, self.capacity) - self.level
        # Rounded to a nanosecond: 0.33 tokens that come up to 1000.0000001 ms are one second.
        return max(0.0, round(missing / self.per_ms, 6))

    def take(self, tokens: int) -> None:
        """Only after `wait_ms` said 0."""
        self.level -= tokens


class Limiter:
    """All buckets of one bot. During a retry_after every call is refused, not only the chat's."""

    def __init__(self, params: LimitParams) -> None:
        self.params = params
        self.gate_until_ms = 0
        self._bot = Bucket(params.bot_burst, params.bot_per_s)
        self._chats: dict[int, Bucket] = {}
        self._groups: dict[int, Bucket] = {}

    def gated_s(self, wall_ms: int) -> int:
        """Whole seconds left of an earlier 429; 0 = open."""
        return _seconds(self.gate_until_ms - wall_ms)

    def shut(self, retry_after: int, wall_ms: int) -> None:
        """A 429 was answered: nothing passes until it is over."""
        self.gate_until_ms = max(self.gate_until_ms, wall_ms + retry_after * 1000)

    def admit(self, chat_id: int, group: bool, messages: int, wall_ms: int) -> int:
        """0 when the messages may go (they are counted), else retry_after in whole seconds."""
        if not self.params.enforced:
            return 0
        buckets = self._buckets(chat_id, group)
        wait = max(bucket.wait_ms(messages, wall_ms) for bucket in buckets)
        if wait > 0:
            return _seconds(wait)
        for bucket in buckets:
            bucket.take(messages)
        return 0

    def _buckets(self, chat_id: int, group: bool) -> list[Bucket]:
        params = self.params
        chat = self._chats.get(chat_id)
        if chat is None:
            chat = self._chats[chat_id] = Bucket(params.chat_burst, params.chat_per_s)
        if not group:
            return [self._bot, chat]
        minute = self._groups.get(chat_id)
        if minute is None:
            minute = Bucket(params.group_per_min, params.group_per_min / 60)
            self._groups[chat_id] = minute
        return [self._bot, chat, minute]


def _seconds(wait_ms: float) -> int:
    return max(0, int(-(-wait_ms // 1000)))
