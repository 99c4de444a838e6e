"""Scripted misfortune: which call goes wrong, how, how often. Chance is drawn from a seed.

A rule names a kind, a method ("*" = any), a chat (None = any), a count (None = until cleared) and
a probability; the first rule that fits a call is used up by one. Kinds are in `KINDS`.
"""

from dataclasses import dataclass, replace
from random import Random
from typing import Any

RULES_MAX = 1000

KINDS = {
    # Refusals: nothing is applied and Telegram says so.
    "429": "Too Many Requests with retry_after; the whole bot is gated for as long",
    "403": "bot was blocked by the user, or kicked from the group",
    "migrate": "the group became a supergroup: 400 with migrate_to_chat_id, and the chat moves",
    "400": "Bad Request with the rule's description",
    "401": "Unauthorized",
    "409": "Conflict: another getUpdates request",
    "500": "Internal Server Error, not applied",
    "502": "an HTML page of a proxy, not applied",
    # The wire breaks: `_after` means the call WAS applied although no good answer came.
    "500_after": "applied, then 500",
    "502_after": "applied, then 502 with HTML",
    "hang": "never answered, not applied",
    "hang_after": "applied, never answered",
    "reset_before": "connection reset, not applied",
    "reset_after": "applied, then connection reset",
    "truncate": "applied, then half of the JSON",
    "unknown_fields": "applied; every object of the answer has a field nobody knows",
    "slow": "applied, answered `seconds` later",
    # Updates.
    "duplicate_update": "an update comes again with the same update_id after it was acknowledged",
    "out_of_order_update": "an update comes after the one that follows it",
    "webhook_secret_wrong": "a webhook delivery with another secret",
    "webhook_secret_missing": "a webhook delivery without the secret",
    # Time.
    "clock_skew": "every date is `seconds` off from now on; 0 puts it right",
}
# Methods that are not the Bot API's, so that a "*" rule of calls never eats them.
ON_UPDATE = ("duplicate_update", "out_of_order_update")
ON_WEBHOOK = ("webhook_secret_wrong", "webhook_secret_missing")


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the script."""

    kind: str
    method: str = "*"
    chat_id: int | None = None
    count: int | None = 1  # None: until cleared
    skip: int = 0  # let so many fitting calls pass first
    probability: float = 1.0
    retry_after: int = 5
    migrate_to_chat_id: int | None = None
    seconds: float = 0.0
    description: str = ""

    def fits(self, kinds: tuple[str, ...], method: str, chat_id: int | None) -> bool:
        return (
            self.kind in kinds
            and self.method.lower() in ("*", method.lower())
            and self.chat_id in (None, chat_id)
        )


def rule(values: dict[str, Any]) -> Rule:
    """A rule from JSON. Raises ValueError that names what is wrong."""
    unknown = sorted(values.keys() - Rule.__dataclass_fields__.keys())
    if unknown:
        raise ValueError(f"unknown field {unknown[0]!r}; a fault has {', '.join(Rule.__slots__)}")
    made = Rule(**{**values, "kind": str(values.get("kind", ""))})
    if made.kind not in KINDS:
        raise ValueError(f"unknown kind {made.kind!r}; one of {', '.join(KINDS)}")
    if not isinstance(made.probability, int | float) or not 0 <= made.probability <= 1:
        raise ValueError("probability must be between 0 and 1")
    if made.count is not None and (not isinstance(made.count, int) or made.count < 1):
        raise ValueError("count must be a whole number from 1, or null for no end")
    if not isinstance(made.retry_after, int) or made.retry_after < 1:
        raise ValueError("retry_after must be a whole number of seconds from 1")
    return made


CALL_KINDS = tuple(kind for kind in KINDS if kind not in (*ON_UPDATE, *ON_WEBHOOK, "clock_skew"))


class Script:
    """The rules that are left, in the order they were given."""

    def __init__(self, seed: int = 0) -> None:
        self.rules: list[Rule] = []
        self._chance = Random(seed)  # noqa: S311 -- a game of chance, not a key

    def add(self, rule: Rule) -> None:
        if len(self.rules) >= RULES_MAX:
            raise ValueError(f"more than {RULES_MAX} faults are waiting")
        self.rules.append(rule)

    def clear(self) -> None:
        self.rules.clear()

    def draw(self, kinds: tuple[str, ...], method: str, chat_id: int | None) -> Rule | None:
        """The fault of this call, if any; it is used up by one."""
        for index, candidate in enumerate(self.rules):
            if not candidate.fits(kinds, method, chat_id):
                continue
            if candidate.skip > 0:
                self.rules[index] = replace(candidate, skip=candidate.skip - 1)
                continue
            if candidate.probability < 1 and self._chance.random() >= candidate.probability:
                continue
            self._use(index, candidate)
            return candidate
        return None

    def _use(self, index: int, used: Rule) -> None:
        if used.count is None:
            return
        if used.count == 1:
            del self.rules[index]
        else:
            self.rules[index] = replace(used, count=used.count - 1)
