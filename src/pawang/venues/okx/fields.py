"""What the text of one wire field may be: OKX sends nearly every number as a string.

A row in `wire` names a rule as the type of its field (`mark_px: Price`); msgspec hands the value
to `read`, which returns the checked Decimal or int, or raises `Wrong`. `Maybe…` reads the venue's
"not given" ("" or null) as None. Rows made in code are not checked, as with any annotation.

>>> read(Price, "60000.10")
Decimal('60000.10')
>>> read(MaybeStamp, "") is None
True
"""

import re
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

MOST = Decimal(10) ** 12  # a price or a size above this is absurd
MOST_VOLUME = Decimal(10) ** 18  # a day's volume of the cheapest coins stays below
MOST_MONEY = Decimal(10) ** 18  # a balance, in the cheapest coin
MOST_RATE = Decimal(10)  # fractions: funding, margin; 1000 % of anything is absurd
EARLIEST_MS, LATEST_MS = 1_262_304_000_000, 4_102_444_800_000  # 2010 .. 2100
MOST_COUNT = 10**9  # matches merged into one print

# 1E-8 is how Java prints a small number, so OKX may; "1_000", " 1" and "1e999" are nobody's.
_NUMBER = re.compile(r"-?[0-9]{1,25}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,2})?")
_PLAIN = r"[0-9]{1,12}(?:\.[0-9]{1,20})?"
_PAIRS = re.compile(f"{_PLAIN};{_PLAIN}(?:;{_PLAIN};{_PLAIN})*")
_DIGITS = re.compile("[0-9]{1,19}")


class Wrong(ValueError):
    """A field says nonsense. `at` names the place inside the field, e.g. "[3][0]"."""

    def __init__(self, reason: str, at: str = "") -> None:
        super().__init__(reason)
        self.at = at


def number(value: Any, least: Decimal, most: Decimal, zero: bool = True) -> Decimal:
    """The Decimal that `value` spells, within [least, most]."""
    if type(value) is not str:
        raise Wrong(f"a number as text was expected, not {_shown(value)}")
    if not _NUMBER.fullmatch(value):
        raise Wrong("empty" if value == "" else f"not a number: {_shown(value)}")
    made = Decimal(value)
    if made < least:
        raise Wrong(f"negative: {value}" if least == 0 else f"below {least}: {value}")
    if made > most:
        raise Wrong(f"absurdly large: {value}")
    if made == 0 and not zero:
        raise Wrong("zero")
    return made


def stamp(value: Any) -> int:
    """Milliseconds UTC of this century."""
    if type(value) is not str or not _DIGITS.fullmatch(value):
        raise Wrong("empty" if value == "" else f"not a millisecond stamp: {_shown(value)}")
    made = int(value)
    if not EARLIEST_MS <= made <= LATEST_MS:
        raise Wrong(f"a stamp of another age: {value}")
    return made


def nanoseconds(value: Any) -> int:
    """Nanoseconds UTC of this century, as the sandbox's clock tells them."""
    if type(value) is not str or not _DIGITS.fullmatch(value):
        raise Wrong(f"not a nanosecond stamp: {_shown(value)}")
    made = int(value)
    if not EARLIEST_MS <= made // 1_000_000 <= LATEST_MS:
        raise Wrong(f"a stamp of another age: {value}")
    return made


def count(value: Any) -> int:
    """A positive whole number."""
    if type(value) is not str or not _DIGITS.fullmatch(value):
        raise Wrong("empty" if value == "" else f"not a count: {_shown(value)}")
    made = int(value)
    if not 1 <= made <= MOST_COUNT:
        raise Wrong(f"absurd count: {value}")
    return made


def levels(value: Any) -> tuple[tuple[str, ...], ...]:
    """One side of a book: rows of price, size, (dead "0", orders), kept as sent.

    They stay text because the tape makes floats of them once and the old checksum is over the
    text. One pattern over the whole side is three times faster than a check a level.
    """
    if type(value) is not list:
        raise Wrong(f"rows of levels were expected, not {_shown(value)}")
    if not value:
        return ()
    try:
        text = ";".join([row[0] + ";" + row[1] for row in value])
        whole = set(map(type, value)) == {list} and text.count(";") == 2 * len(value) - 1
        if whole and _PAIRS.fullmatch(text) and min([float(row[0]) for row in value]) > 0:
            return tuple([tuple(row) for row in value])
    except (TypeError, ValueError, LookupError):
        pass  # said by name below
    for place, row in enumerate(value):
        _level(row, place)
    return tuple([tuple(row) for row in value])


def _level(row: Any, place: int) -> None:
    if type(row) is not list or len(row) < 2:
        raise Wrong("a level needs a price and a size", f"[{place}]")
    for cell, zero in ((0, False), (1, True)):
        try:
            number(row[cell], Decimal(0), MOST, zero)
        except Wrong as wrong:
            raise Wrong(str(wrong), f"[{place}][{cell}]") from None


def _shown(value: Any) -> str:
    return repr(value)[:40]


def _or_none(rule: Callable[[Any], Any], value: Any) -> Any:
    return None if value is None or value == "" else rule(value)


Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]

if TYPE_CHECKING:
    Price = Decimal
    Size = Decimal
    Traded = Decimal
    Volume = Decimal
    Rate = Decimal
    Stamp = int
    Nanoseconds = int
    Count = int
    Levels = tuple[tuple[str, ...], ...]
    Money = Decimal
    MaybeMoney = Decimal | None
    MaybePrice = Decimal | None
    MaybeSize = Decimal | None
    MaybeVolume = Decimal | None
    MaybeRate = Decimal | None
    MaybeStamp = int | None
else:
    # msgspec asks whether what `read` returned is an instance of the rule. It is no class of
    # values, so it says yes to all; type checkers see the plain types above.
    class _Rule(type):
        def __instancecheck__(cls, value: object) -> bool:
            return True

    def _rule(name: str, read: Callable[[Any], Any], maybe: bool = False) -> _Rule:
        reader = partial(_or_none, read) if maybe else read
        return _Rule(name, (), {"read": staticmethod(reader)})

    _price = partial(number, least=Decimal(0), most=MOST, zero=False)
    _size = partial(number, least=Decimal(0), most=MOST)
    _volume = partial(number, least=Decimal(0), most=MOST_VOLUME)
    _rate = partial(number, least=-MOST_RATE, most=MOST_RATE)
    _money = partial(number, least=-MOST_MONEY, most=MOST_MONEY)
    Money, MaybeMoney = _rule("Money", _money), _rule("MaybeMoney", _money, True)
    Price, MaybePrice = _rule("Price", _price), _rule("MaybePrice", _price, True)
    Size, MaybeSize = _rule("Size", _size), _rule("MaybeSize", _size, True)
    Traded = _rule("Traded", _price)
    Volume, MaybeVolume = _rule("Volume", _volume), _rule("MaybeVolume", _volume, True)
    Rate, MaybeRate = _rule("Rate", _rate), _rule("MaybeRate", _rate, True)
    Stamp, MaybeStamp = _rule("Stamp", stamp), _rule("MaybeStamp", stamp, True)
    Nanoseconds = _rule("Nanoseconds", nanoseconds)
    Count = _rule("Count", count)
    Levels = _rule("Levels", levels)


def read(rule: Any, value: Any) -> Any:
    """msgspec's dec_hook: one value by its rule. Raises Wrong."""
    return rule.read(value)
