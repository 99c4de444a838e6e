"""A request's parameters, read strictly: each reader raises the refusal OKX would give.

"" and nothing are the same (okx-v5.md 2.1).
"""

import re
from decimal import Decimal
from urllib.parse import parse_qsl

from pawang.sandbox.okx.bars import BarKind, bar_kind
from pawang.sandbox.okx.core import Core
from pawang.sandbox.okx.errors import Refused
from pawang.sandbox.okx.instrument import Instrument

TYPES = ("SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION")
DIGITS_MAX = 19
NUMBER = re.compile(r"\d{1,20}(\.\d{1,20})?")


class Query:
    """One request's parameters."""

    def __init__(self, raw: str) -> None:
        self._given = {name: value for name, value in parse_qsl(raw) if value}

    def text(self, name: str) -> str | None:
        return self._given.get(name)

    def needed(self, name: str) -> str:
        value = self._given.get(name)
        if value is None:
            raise Refused("50014", name)
        return value

    def whole(self, name: str) -> int | None:
        """A number that counts something: a time in ms, an id."""
        value = self._given.get(name)
        if value is None:
            return None
        if not (value.isascii() and value.isdigit()) or len(value) > DIGITS_MAX:
            raise Refused("51000", name)
        return int(value)

    def decimal(self, name: str) -> Decimal | None:
        """A price or a size; above 0."""
        value = self._given.get(name)
        if value is None:
            return None
        if NUMBER.fullmatch(value) is None or Decimal(value) <= 0:
            raise Refused("51000", name)
        return Decimal(value)

    def between(self, ts_ms: int) -> bool:
        """Whether it lies within `begin` and `end`, both included."""
        begin, end = self.whole("begin"), self.whole("end")
        return (begin is None or ts_ms >= begin) and (end is None or ts_ms <= end)

    def limit(self, usual: int, most: int) -> int:
        """More than the most is cut to it, as OKX does."""
        count = self.whole("limit")
        if count == 0:
            raise Refused("51000", "limit")
        return usual if count is None else min(count, most)

    def one_of(self, name: str, choices: tuple[str, ...], usual: str | None = None) -> str:
        value = self._given.get(name, usual)
        if value is None:
            raise Refused("50014", name)
        if value not in choices:
            raise Refused("51000", name)
        return value

    def kind(self) -> str:
        return self.one_of("instType", TYPES)

    def bar(self, name: str, usual: str) -> BarKind:
        kind = bar_kind(self._given.get(name, usual))
        if kind is None:
            raise Refused("51000", name)
        return kind

    def instrument(self, core: Core) -> Instrument:
        made = core.instruments.get(self.needed("instId"))
        if made is None:
            raise Refused("51001")
        return made

    def chosen(self, core: Core) -> list[Instrument]:
        """All of `instType`, narrowed by instId, instFamily or uly. Only swaps are listed."""
        if self.kind() != "SWAP":
            return []
        name, family = self.text("instId"), self.text("instFamily") or self.text("uly")
        if name is not None and name not in core.instruments:
            raise Refused("51001")
        return [
            made
            for made in core.instruments.values()
            if name in (None, made.name) and family in (None, made.listing.family)
        ]
