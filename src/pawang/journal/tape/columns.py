"""A field of a record as a column, and back.

Floats keep every bit. Decimals are text, which keeps every digit. None is a null.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

NAMES = pa.dictionary(pa.int32(), pa.string())
"""Text with few values; a plain string in the file."""


class Column(NamedTuple):
    """`write` takes records, `read` gives the values back; `field` is the record's name for it."""

    name: str
    type: pa.DataType
    write: Callable[[Sequence[Any]], Any]
    read: Callable[[Any], list[Any]]
    field: str


def ints(name: str) -> Column:
    get = attrgetter(name)

    def write(records: Sequence[Any]) -> Any:
        return np.fromiter(map(get, records), np.int64, len(records))

    return Column(name, pa.int64(), write, values, name)


def floats(name: str) -> Column:
    get = attrgetter(name)

    def write(records: Sequence[Any]) -> Any:
        return np.fromiter(map(get, records), np.float64, len(records))

    return Column(name, pa.float64(), write, values, name)


def maybe(kind: pa.DataType, name: str, field: str = "") -> Column:
    """A number that may be unknown."""
    get = attrgetter(field or name)
    return Column(name, kind, lambda records: list(map(get, records)), objects, field or name)


def flags(name: str, field: str = "") -> Column:
    get = attrgetter(field or name)
    return Column(name, pa.bool_(), lambda records: list(map(get, records)), objects, field or name)


def texts(name: str, field: str = "") -> Column:
    get = attrgetter(field or name)
    return Column(
        name, pa.string(), lambda records: list(map(get, records)), objects, field or name
    )


def decimals(name: str, field: str) -> Column:
    """Text of a Decimal; read back as text: whoever makes the record makes it a Decimal."""
    get = attrgetter(field)
    return Column(name, pa.string(), lambda records: [str(get(r)) for r in records], objects, field)


def names(name: str) -> Column:
    get = attrgetter(name)

    def write(records: Sequence[Any]) -> Any:
        return pa.array(list(map(get, records)), pa.string()).dictionary_encode()

    return Column(name, NAMES, write, named, name)


def signs(name: str, meaning: Mapping[int, Enum]) -> Column:
    """A side as a number: 1 buys (or is long), -1 sells (or is short), 0 neither."""
    get = attrgetter(name)

    def write(records: Sequence[Any]) -> Any:
        return np.fromiter((get(record).sign for record in records), np.int8, len(records))

    def read(array: Any) -> list[Any]:
        return list(map(meaning.__getitem__, array.to_numpy().tolist()))

    return Column(name, pa.int8(), write, read, name)


# Arrow's arrays as Python's values.


def values(array: Any) -> list[Any]:
    found: list[Any] = array.to_numpy().tolist()
    return found


def objects(array: Any) -> list[Any]:
    """Of a column that may hold nulls, flags or text."""
    if pa.types.is_string(array.type):  # the fastest way that pyarrow has
        found: list[Any] = array.to_numpy(zero_copy_only=False).tolist()
        return found
    listed: list[Any] = array.to_pylist()
    return listed


def named(array: Any) -> list[Any]:
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    known = array.dictionary.to_pylist()
    return list(map(known.__getitem__, array.indices.to_numpy().tolist()))


# Trade ids: numbers at most venues, and a rising number costs nearly nothing.


def numbered(ids: Sequence[str]) -> tuple[Any, Any]:
    """Ids as numbers where that says the same, and as text where it does not."""
    given = pa.array(ids, pa.string())
    try:
        numbers = pc.cast(given, pa.int64())
        if pc.all(pc.equal(pc.cast(numbers, pa.string()), given)).as_py():
            return numbers, pa.nulls(len(ids), pa.string())
    except pa.ArrowInvalid:
        pass
    plain = [number_of(one) for one in ids]
    rest = [one if number is None else None for one, number in zip(ids, plain, strict=True)]
    return pa.array(plain, pa.int64()), pa.array(rest, pa.string())


def number_of(text: str) -> int | None:
    """The number that is written just so, if it fits.

    >>> number_of("242720720"), number_of("007"), number_of("9" * 19), number_of("a1")
    (242720720, None, None, None)
    """
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        return None
    return int(text) if str(int(text)) == text else None


def unnumbered(numbers: Any, texts_: Any) -> list[str]:
    """Undo `numbered`."""
    return objects(pc.coalesce(pc.cast(numbers, pa.string()), texts_))
