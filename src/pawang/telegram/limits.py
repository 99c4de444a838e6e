"""How fast we may knock: the bot's, the chat's and the group's buckets on wall time (row T8).

A little below what Telegram refuses (telegram.md, Limits), because its answer to one message too
many is silence for the whole bot.
"""

from pawang.guards.bucket import TokenBucket
from pawang.model.codec import Record

PAID_MAX = 1000  # rows that hold a token of one bucket and wait for another


class LimitParams(Record):
    bot_per_s: int = 28  # the whole bot: 30/s
    chat_per_s: float = 1.0  # one chat
    chat_burst: int = 3  # Telegram lets short bursts pass
    group_burst: int = 8  # with the next line never more than 20 in any minute
    group_per_min: int = 12


class Limits:
    """Ask `wait_ns` until it says 0. Edits in private chats count for the bot alone."""

    def __init__(self, params: LimitParams) -> None:
        self._params = params
        self._bot = TokenBucket(params.bot_per_s, params.bot_per_s)
        self._chats: dict[int, tuple[TokenBucket, ...]] = {}
        self._paid: dict[int, list[TokenBucket]] = {}

    def wait_ns(self, row_id: int, chat_id: int, kind: str, now: int) -> int:
        """0: the row may go now. Else how long to wait; what it has paid so far stays paid."""
        paid = self._paid.pop(row_id, [])
        for bucket in self._buckets(chat_id, kind):
            if bucket in paid:
                continue
            wait = bucket.take(now)
            if wait:
                self._remember(row_id, paid)
                return wait
            paid.append(bucket)
        return 0

    def _buckets(self, chat_id: int, kind: str) -> tuple[TokenBucket, ...]:
        if kind == "edit" and chat_id > 0:
            return (self._bot,)
        if chat_id not in self._chats:
            params = self._params
            self._chats[chat_id] = (TokenBucket(params.chat_burst, params.chat_per_s), self._bot)
            if chat_id < 0:
                minute = TokenBucket(params.group_burst, params.group_per_min / 60)
                self._chats[chat_id] = (minute, *self._chats[chat_id])
        return self._chats[chat_id]

    def _remember(self, row_id: int, paid: list[TokenBucket]) -> None:
        # Rows that expired while they waited never come back for their tokens.
        if len(self._paid) >= PAID_MAX:
            self._paid.clear()
        if paid:
            self._paid[row_id] = paid
