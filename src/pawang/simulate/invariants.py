"""What must hold whatever happens (reliability.md 2.2); each check names its row."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from pawang.model.chat import Category, Send
from pawang.model.desk import Desk
from pawang.model.event import Close, Effect, Post
from pawang.model.money import EXACT, Account, Booking, total
from pawang.model.order import Book, Outcome
from pawang.model.refs import SECOND

CENT_OF_A_CENT = Decimal("1e-8")
EARNED = (Account.REALISED, Account.FEES, Account.FUNDING)


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


class Money:
    """I8: postings balance, and what a ref earned is what its book was changed by."""

    def __init__(self) -> None:
        self._of: dict[tuple[str, Book], dict[Account, Decimal]] = defaultdict(
            lambda: dict.fromkeys(Account, Decimal(0))
        )

    def check(self, effects: Sequence[Effect]) -> Iterator[str]:
        for effect in effects:
            if isinstance(effect, Post):
                yield from self._post(effect.booking)
            elif isinstance(effect, Close):
                yield from self._close(effect.outcome)

    def _post(self, booking: Booking) -> Iterator[str]:
        if booking.balance_usd != 0:
            yield f"I8: {booking.ref_id} {booking.cause} sums to {booking.balance_usd}"
        balances = self._of[booking.ref_id, booking.book]
        for posting in booking.postings:
            balances[posting.account] = EXACT.add(balances[posting.account], posting.amount_usd)

    def _close(self, outcome: Outcome) -> Iterator[str]:
        balances = self._of[outcome.ref_id, outcome.book]
        earned = EXACT.minus(total(balances[account] for account in EARNED))
        # An outcome is reckoned in 28 digits, an account in as many as there are.
        if abs(earned - outcome.net_usd) > CENT_OF_A_CENT:
            yield f"I8: {outcome.ref_id} {outcome.book} earned {earned}, not {outcome.net_usd}"
        if balances[Account.POSITION]:
            left = balances[Account.POSITION]
            yield f"I8: {outcome.ref_id} {outcome.book} is over and {left} stands in its position"


def balanced(balances: Mapping[tuple[str, str], Decimal]) -> Iterator[str]:
    """I8: in every book all accounts together hold nothing."""
    sums = {book: Decimal(0) for book, _ in balances}
    for (book, _), usd in balances.items():
        sums[book] = EXACT.add(sums[book], usd)
    for book, usd in sums.items():
        if usd:
            yield f"I8: the accounts of {book} sum to {usd}"


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


__all__ = ["Money", "Throttle", "balanced", "copies", "one_order_per_leg"]
