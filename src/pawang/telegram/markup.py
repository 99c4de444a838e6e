"""Model messages as Telegram wants them: entities instead of parse modes, opaque buttons.

Entities need no escaping, so no symbol or name can break a message (B06, SEC20).
"""

from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity

from pawang.model.chat import Button

TEXT_LIMIT = 4096  # UTF-16 units in a message
CAPTION_LIMIT = 1024
ENTITIES_MAX = 100


def entities(spans: Sequence[tuple[int, int]], limit: int = TEXT_LIMIT) -> list[MessageEntity]:
    """Code spans (UTF-16 offset, length): a tap copies the price. Those past the cut of `fit`
    and past Telegram's hundred are left out: they would have the whole message refused."""
    kept = [(offset, length) for offset, length in spans if offset + length < limit]
    return [MessageEntity(MessageEntity.CODE, *span) for span in kept[:ENTITIES_MAX]]


def keyboard(
    rows: Sequence[Sequence[Button]], tokens: Sequence[Sequence[str]]
) -> InlineKeyboardMarkup | None:
    """Buttons with their opaque ids; None for a message without any."""
    if not rows:
        return None
    return InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton(button.label, callback_data=token)
                for button, token in zip(row, row_tokens, strict=True)
            ]
            for row, row_tokens in zip(rows, tokens, strict=True)
        ]
    )


def fit(text: str, limit: int = TEXT_LIMIT) -> str:
    """Cut what would be refused, and say so; counts UTF-16 units as Telegram does."""
    units = text.encode("utf-16-le")
    if len(units) <= 2 * limit:
        return text
    cut = units[: 2 * (limit - 1)].decode("utf-16-le", errors="ignore")
    return f"{cut}…"


def units(text: str) -> int:
    """Length as Telegram counts it: UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2
