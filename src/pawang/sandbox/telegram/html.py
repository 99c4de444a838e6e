"""parse_mode HTML: the tags the Bot API lists, and its complaints about all others.

Source: core.telegram.org/bots/api, "HTML style". Offsets in the complaints are byte offsets of
the text that was sent.
"""

import re
from html import unescape
from typing import Any

from pawang.sandbox.telegram import utf16
from pawang.sandbox.telegram.refusal import Refusal, bad

STYLES = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline",
    "ins": "underline", "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
    "tg-spoiler": "spoiler", "span": "spoiler", "code": "code", "pre": "pre", "a": "text_link",
    "blockquote": "blockquote", "tg-emoji": "custom_emoji",
}  # fmt: skip

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)((?:\s[^<>]*)?)>")
_ATTRIBUTE = re.compile(r"""([a-z-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});")

Open = tuple[str, int, dict[str, str]]  # tag, UTF-16 offset, attributes


def parse(source: str) -> tuple[str, list[dict[str, Any]]]:
    """Text without tags and its entities. Raises Refusal (400 can't parse entities).

    >>> parse("SL <code>220.60</code>")
    ('SL 220.60', [{'type': 'code', 'offset': 3, 'length': 6}])
    """
    text, offset, position = "", 0, 0
    opened: list[Open] = []
    entities: list[dict[str, Any]] = []
    while position < len(source):
        letter = source[position]
        if letter == "<":
            match = _TAG.match(source, position)
            if match is None:
                raise _wrong(f"Unclosed start tag at byte offset {_byte(source, position)}")
            _step(match, offset, opened, entities)
            position = match.end()
            continue
        piece, position = _literal(source, position)
        text += piece
        offset += utf16.length(piece)
    if opened:
        raise _wrong(f'Can\'t find end tag corresponding to start tag "{opened[-1][0]}"')
    return text, _finished(entities)


def _literal(source: str, position: int) -> tuple[str, int]:
    """The plain run from here to the next tag or character reference."""
    if source[position] == "&":
        match = _ENTITY.match(source, position)
        return (unescape(match.group()), match.end()) if match else ("&", position + 1)
    end = position
    while end < len(source) and source[end] not in "<&":
        end += 1
    return source[position:end], end


def _step(
    match: re.Match[str], offset: int, opened: list[Open], entities: list[dict[str, Any]]
) -> None:
    closing, tag, rest = match.group(1), match.group(2).lower(), match.group(3)
    place = _byte(match.string, match.start())
    if not closing:
        attributes = _attributes(rest)
        if tag not in STYLES or (tag == "span" and attributes.get("class") != "tg-spoiler"):
            raise _wrong(f'Unsupported start tag "{tag}" at byte offset {place}')
        opened.append((tag, offset, attributes))
        return
    if not opened:
        raise _wrong(f"Unexpected end tag at byte offset {place}")
    start_tag, start, attributes = opened.pop()
    if start_tag != tag:
        raise _wrong(
            f'Unmatched end tag at byte offset {place}, expected "</{start_tag}>", found "</{tag}>"'
        )
    entity = _entity(tag, start, offset - start, attributes)
    if entity is not None:
        _add(entities, entity)


def _entity(
    tag: str, offset: int, length: int, attributes: dict[str, str]
) -> dict[str, Any] | None:
    entity: dict[str, Any] = {"type": STYLES[tag], "offset": offset, "length": length}
    if tag == "a":
        if not attributes.get("href"):
            return None
        entity["url"] = attributes["href"]
    elif tag == "tg-emoji":
        entity["custom_emoji_id"] = attributes.get("emoji-id", "")
    elif tag == "code" and attributes.get("class", "").startswith("language-"):
        entity["language"] = attributes["class"].removeprefix("language-")
    elif tag == "blockquote" and "expandable" in attributes:
        entity["type"] = "expandable_blockquote"
    return entity


def _add(entities: list[dict[str, Any]], entity: dict[str, Any]) -> None:
    """<pre><code class=language-x> is one entity: of type pre, with a language."""
    inner = entities[-1] if entities else {}
    span = (entity["offset"], entity["length"])
    wraps_code = entity["type"] == "pre" and inner.get("type") == "code"
    if wraps_code and (inner["offset"], inner["length"]) == span:
        entities[-1] = {**inner, "type": "pre"}
    else:
        entities.append(entity)


def _finished(entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """In order of offset, outer before inner; only a pre has a language."""
    for entity in entities:
        if entity["type"] == "code":
            entity.pop("language", None)
    entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return [entity for entity in entities if entity["length"] > 0]


def _attributes(rest: str) -> dict[str, str]:
    return {
        match[1].lower(): unescape(match[2] or match[3] or match[4] or "")
        for match in _ATTRIBUTE.finditer(rest)
    }


def _byte(source: str, position: int) -> int:
    return len(source[:position].encode("utf-8", "surrogatepass"))


def _wrong(words: str) -> Refusal:
    return bad(f"can't parse entities: {words}")
