"""Telegram counts in UTF-16 code units: an emoji outside the basic plane is two."""


def length(text: str) -> int:
    """Code units of `text`.

    >>> length("a🔥")
    3
    """
    return len(text) + sum(1 for letter in text if letter > "\uffff")


def boundaries(text: str) -> set[int]:
    """Every offset at which a symbol begins, and the end; an entity may only use these."""
    found, offset = {0}, 0
    for letter in text:
        offset += 2 if letter > "\uffff" else 1
        found.add(offset)
    return found


def cut(text: str, offset: int, size: int) -> str:
    """The part of `text` an entity covers."""
    units = text.encode("utf-16-le", "surrogatepass")
    return units[2 * offset : 2 * (offset + size)].decode("utf-16-le", "replace")
