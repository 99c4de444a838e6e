"""parse_mode MarkdownV2 and the legacy Markdown, with the Bot API's complaints.

Source: core.telegram.org/bots/api, "MarkdownV2 style". Block quotes and custom emoji are not
read here: no text of the desk uses them.
"""

from typing import Any

from pawang.sandbox.telegram import utf16
from pawang.sandbox.telegram.refusal import Refusal, bad

RESERVED = "_*[]()~`>#+-=|{}.!"
MARKS = {
    "*": "bold", "__": "underline", "_": "italic", "~": "strikethrough", "||": "spoiler",
    "```": "pre", "`": "code",
}  # fmt: skip
LEGACY_MARKS = {"*": "bold", "_": "italic", "```": "pre", "`": "code"}


def parse(source: str) -> tuple[str, list[dict[str, Any]]]:
    """Text and entities of MarkdownV2. Raises Refusal (400 can't parse entities).

    >>> parse("*SL* `220.60`")[0]
    'SL 220.60'
    """
    return _Reader(source, MARKS, RESERVED).read()


def parse_legacy(source: str) -> tuple[str, list[dict[str, Any]]]:
    """The older mode: no nesting, only `_*`[` mean anything."""
    return _Reader(source, LEGACY_MARKS, "").read()


class _Reader:
    def __init__(self, source: str, marks: dict[str, str], reserved: str) -> None:
        self.source, self.marks, self.reserved = source, marks, reserved
        self.position = 0
        self.text, self.offset = "", 0
        self.opened: list[tuple[str, int, int]] = []  # mark, UTF-16 offset, byte offset
        self.entities: list[dict[str, Any]] = []

    def read(self) -> tuple[str, list[dict[str, Any]]]:
        while self.position < len(self.source):
            self._step()
        if self.opened:
            mark, _, place = self.opened[-1]
            kind = "TextUrl" if mark == "[" else self.marks[mark].title()
            raise _wrong(f"Can't find end of {kind} entity at byte offset {place}")
        self.entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
        return self.text, [entity for entity in self.entities if entity["length"] > 0]

    def _step(self) -> None:
        letter = self.source[self.position]
        following = self.source[self.position + 1 : self.position + 2]
        if letter == "\\" and following and ord(following) < 128:
            self._take(following, 2)
        elif self._verbatim() and not self._closes():
            self._take(letter, 1)
        elif mark := self._mark():
            self._toggle(mark)
        elif letter == "[":
            self.opened.append(("[", self.offset, self._byte()))
            self.position += 1
        elif letter == "]" and self.opened and self.opened[-1][0] == "[":
            self._link()
        elif letter in self.reserved:
            raise _wrong(
                f"Character '{letter}' is reserved and must be escaped with the preceding '\\'"
            )
        else:
            self._take(letter, 1)

    def _verbatim(self) -> bool:
        return bool(self.opened) and self.opened[-1][0] in ("`", "```")

    def _closes(self) -> bool:
        return self.source.startswith(self.opened[-1][0], self.position)

    def _mark(self) -> str:
        """The longest mark here; an open one closes first, so that `__` can end two italics."""
        for mark in ("```", "||", "__", "*", "_", "~", "`"):
            if mark in self.marks and self.source.startswith(mark, self.position):
                return mark
        return ""

    def _toggle(self, mark: str) -> None:
        if self.opened and self.opened[-1][0] == mark:
            _, start, _ = self.opened.pop()
            self._add(self.marks[mark], start)
        else:
            self.opened.append((mark, self.offset, self._byte()))
        self.position += len(mark)

    def _link(self) -> None:
        _, start, place = self.opened.pop()
        end = self.source.find(")", self.position)
        if not self.source.startswith("](", self.position) or end < 0:
            raise _wrong(f"Can't find end of a URL at byte offset {place}")
        url = self.source[self.position + 2 : end].replace("\\", "")
        self._add("text_link", start, url=url)
        self.position = end + 1

    def _add(self, kind: str, start: int, **extra: str) -> None:
        self.entities.append(
            {"type": kind, "offset": start, "length": self.offset - start, **extra}
        )

    def _take(self, letter: str, width: int) -> None:
        self.text += letter
        self.offset += utf16.length(letter)
        self.position += width

    def _byte(self) -> int:
        return len(self.source[: self.position].encode("utf-8", "surrogatepass"))


def _wrong(words: str) -> Refusal:
    return bad(f"can't parse entities: {words}")
