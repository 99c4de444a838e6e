"""A position and its arithmetic: average price, closing PnL, funding (okx-v5.md 10.4).

    pnl = (price - average) * contracts * ctVal * direction, exact
    average = volume weighted on increase, unchanged on decrease, kept to AVERAGE_STEP

Contracts are signed lots: short positions are negative, in long_short_mode too.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from pawang.sandbox.okx.instrument import Instrument

AVERAGE_STEP = Decimal("1e-10")  # then cash, fees and PnL are exact sums
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Part:
    """What a fill did to a position: it closed or it opened so many lots."""

    lots: int
    pnl: Decimal
    closing: bool


@dataclass(eq=False, slots=True)
class Position:
    """`side` is "net", "long" or "short". The figures since it was opened from nothing."""

    made: Instrument
    side: str
    pos_id: int
    lots: int = 0
    average: Decimal = NOTHING
    lever: str = "3"
    opened_ms: int = 0
    updated_ms: int = 0
    trade_id: int = 0
    pnl: Decimal = NOTHING
    fee: Decimal = NOTHING
    funding: Decimal = NOTHING
    penalty: Decimal = NOTHING
    lots_max: int = 0
    closed_lots: int = 0
    closed_value: Decimal = NOTHING  # sum of price * lots
    last_side: int = field(default=1)  # of the last position it was, +1 long

    @property
    def contract(self) -> Decimal:
        """Coins in one lot."""
        return Decimal(self.made.listing.contract_value) * self.made.lot_size

    @property
    def lot(self) -> Decimal:
        """Contracts in one lot."""
        return self.made.lot_size

    @property
    def contracts(self) -> Decimal:
        return self.lots * self.made.lot_size

    @property
    def sign(self) -> int:
        return (self.lots > 0) - (self.lots < 0)

    @property
    def mark(self) -> Decimal:
        return self.made.mark * self.made.tick_size

    @property
    def notional(self) -> Decimal:
        """USD at the mark, always positive."""
        return abs(self.lots) * self.contract * self.mark

    @property
    def upl(self) -> Decimal:
        return self.upl_at(self.mark)

    def upl_at(self, price: Decimal) -> Decimal:
        return (price - self.average) * self.lots * self.contract

    @property
    def realized(self) -> Decimal:
        return self.pnl + self.fee + self.funding + self.penalty

    @property
    def closed_average(self) -> Decimal:
        if not self.closed_lots:
            return NOTHING
        return (self.closed_value / self.closed_lots).quantize(AVERAGE_STEP)

    def parts(self, lots: int, price: Decimal) -> list[Part]:
        """What signed `lots` would do: first close, then open what is left."""
        closing = min(abs(lots), abs(self.lots)) if lots * self.lots < 0 else 0
        made = []
        if closing:
            pnl = (price - self.average) * closing * self.sign * self.contract
            made.append(Part(closing, pnl, closing=True))
        if abs(lots) > closing:
            made.append(Part(abs(lots) - closing, NOTHING, closing=False))
        return made

    def take(self, part: Part, buy: bool, price: Decimal, fee: Decimal, now_ms: int) -> None:
        """One part of a fill. Never both: between them a position may have ended."""
        if part.closing:
            assert part.lots <= abs(self.lots), "a closing fill does not flip"
            self.lots += part.lots if buy else -part.lots
            self.pnl += part.pnl
            self.closed_lots += part.lots
            self.closed_value += price * part.lots
        else:
            if not self.lots:
                self._begin(now_ms)
            held = abs(self.lots)
            value = self.average * held + price * part.lots
            self.average = (value / (held + part.lots)).quantize(AVERAGE_STEP)
            self.lots += part.lots if buy else -part.lots
            self.lots_max = max(self.lots_max, abs(self.lots))
            self.last_side = self.sign
        self.fee += fee
        self.updated_ms = now_ms

    def _begin(self, now_ms: int) -> None:
        self.opened_ms = now_ms
        self.average = self.pnl = self.fee = self.funding = self.penalty = NOTHING
        self.lots_max = self.closed_lots = 0
        self.closed_value = NOTHING


@dataclass(frozen=True, slots=True)
class Closed:
    """A row of positions-history, as it stood at that moment."""

    position: Position
    kind: str  # 1 partly closed, 2 closed, 3 liquidated, 4 partly liquidated
    long: bool
    average: Decimal
    closed_average: Decimal
    closed_lots: int
    lots_max: int
    pnl: Decimal
    fee: Decimal
    funding: Decimal
    penalty: Decimal
    lever: str
    opened_ms: int
    updated_ms: int

    @classmethod
    def of(cls, position: Position, kind: str) -> "Closed":
        return cls(
            position, kind, position.last_side > 0, position.average, position.closed_average,
            position.closed_lots, position.lots_max, position.pnl, position.fee,
            position.funding, position.penalty, position.lever, position.opened_ms,
            position.updated_ms,
        )  # fmt: skip

    @property
    def realized(self) -> Decimal:
        return self.pnl + self.fee + self.funding + self.penalty
