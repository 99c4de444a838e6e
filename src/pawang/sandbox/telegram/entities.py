"""The styled spans of a message: checked when given, found when a parse mode is asked for."""

import re
from typing import Any

from pawang.sandbox.telegram import html, markdown, utf16
from pawang.sandbox.telegram.params import Params
from pawang.sandbox.telegram.refusal import bad

ENTITIES_MAX = 100  # what is above is dropped without a word, as Telegram does
KINDS = {
    "mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bold",
    "italic", "underline", "strikethrough", "spoiler", "blockquote", "expandable_blockquote",
    "code", "pre", "text_link", "text_mention", "custom_emoji", "date_time",
}  # fmt: skip
EXTRA_FIELD = {"text_link": "url", "text_mention": "user", "custom_emoji": "custom_emoji_id"}

Entity = dict[str, Any]


def styled(params: Params, text: str, prefix: str = "") -> tuple[str, list[Entity]]:
    """The text as shown and its entities; `prefix` is "caption_" for captions.

    parse_mode wins only when no entities are given, as in the Bot API. Raises Refusal.
    """
    given = params.list(f"{prefix}entities")
    mode = params.text("parse_mode").lower()
    if given or not mode:
        return text, checked(text, given or [])
    if mode == "html":
        return html.parse(text)
    if mode == "markdownv2":
        return markdown.parse(text)
    if mode == "markdown":
        return markdown.parse_legacy(text)
    raise bad("unsupported parse_mode")


def checked(text: str, given: list[Any]) -> list[Entity]:
    """The entities in order of offset, or a refusal that names the wrong one."""
    size = utf16.length(text)
    starts = utf16.boundaries(text)
    kept = [_one(entity, size, starts) for entity in given]
    kept.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return [entity for entity in kept if entity["length"] > 0][:ENTITIES_MAX]


def _one(entity: Any, size: int, starts: set[int]) -> Entity:
    if not isinstance(entity, dict):
        raise bad("can't parse MessageEntity: expected an Object")
    kind, offset, length = entity.get("type"), entity.get("offset"), entity.get("length")
    if kind not in KINDS:
        raise bad("can't parse MessageEntity: unsupported type specified")
    if not isinstance(offset, int) or isinstance(offset, bool) or offset < 0:
        raise bad(f"receive an entity with incorrect offset {offset}")
    if not isinstance(length, int) or isinstance(length, bool) or length < 0:
        raise bad(f"receive an entity with incorrect length {length}")
    if offset > size:
        raise bad(f"entity begins after the end of the text at UTF-16 offset {offset}")
    if offset + length > size:
        raise bad(
            f"entity beginning at UTF-16 offset {offset} ends after the end of the text"
            f" at UTF-16 offset {offset + length}"
        )
    if offset not in starts:
        raise bad(f"entity begins in a middle of a UTF-16 symbol at UTF-16 offset {offset}")
    if offset + length not in starts:
        raise bad(f"entity ends in a middle of a UTF-16 symbol at UTF-16 offset {offset + length}")
    extra = EXTRA_FIELD.get(kind)
    if extra and not entity.get(extra):
        raise bad(f"can't parse MessageEntity: Can't find field \"{extra}\"")
    fields = ("type", "offset", "length", "url", "user", "language", "custom_emoji_id")
    return {key: entity[key] for key in fields if entity.get(key) is not None}


_COMMAND = re.compile(r"(?<!\S)/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])")


def commands(text: str) -> list[Entity]:
    """The /commands in what a person wrote; bot libraries route by them."""
    return [
        {
            "type": "bot_command",
            "offset": utf16.length(text[: match.start()]),
            "length": utf16.length(match.group()),
        }
        for match in _COMMAND.finditer(text)
    ]
