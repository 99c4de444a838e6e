"""Instrument: contract sizes, and the only rounding and contracts-to-coin conversion.

>>> from decimal import Decimal as D
>>> btc = Instrument.swap("BTC", contract_value=D("0.01"), tick_size=D("0.1"), lot_size=D("0.01"))
>>> btc.notional_usd(D("34.03"), D("60000"))
Decimal('20418.0000')
>>> btc.contracts_floor(D("0.340399"))
Decimal('34.03')
"""

from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal

from pawang.model.codec import Record

DOWN = Context(rounding=ROUND_DOWN)
"""A quotient's last digit must not round up past a lot's edge either."""


class PositionTier(Record):
    """One row of the venue's position tiers; sizes in contracts, rates as fractions."""

    tier: int
    size_min: Decimal
    size_max: Decimal
    maintenance_rate: Decimal
    initial_rate: Decimal
    leverage_max: Decimal


class Instrument(Record):
    """A perpetual swap as its venue lists it (okx-v5.md 5, /public/instruments).

    Linear: notional = contracts * contract_value * multiplier * price (contract_value in coin).
    Inverse: notional = contracts * contract_value (contract_value in USD).
    """

    name: str  # instId, e.g. "BTC-USDT-SWAP"
    coin: str  # "BTC"
    family: str  # instFamily, e.g. "BTC-USDT"
    linear: bool
    contract_value: Decimal
    multiplier: Decimal
    settle_currency: str
    tick_size: Decimal
    lot_size: Decimal
    size_min: Decimal  # contracts
    leverage_max: Decimal
    state: str  # "live" trades freely
    code: int | None = None  # instIdCode

    def __post_init__(self) -> None:
        for field in ("contract_value", "multiplier", "tick_size", "lot_size", "size_min"):
            assert getattr(self, field) > 0, f"{self.name}: {field} must be positive"

    @classmethod
    def swap(
        cls,
        coin: str,
        *,
        contract_value: Decimal,
        tick_size: Decimal,
        lot_size: Decimal,
        size_min: Decimal | None = None,
        leverage_max: Decimal = Decimal(100),
    ) -> "Instrument":
        """A linear USDT swap with the venue's usual names."""
        return cls(
            name=f"{coin}-USDT-SWAP",
            coin=coin,
            family=f"{coin}-USDT",
            linear=True,
            contract_value=contract_value,
            multiplier=Decimal(1),
            settle_currency="USDT",
            tick_size=tick_size,
            lot_size=lot_size,
            size_min=lot_size if size_min is None else size_min,
            leverage_max=leverage_max,
            state="live",
        )

    def changes(self, before: "Instrument") -> tuple[str, ...]:
        """What is other than `before`, field by field, in words.

        >>> from msgspec.structs import replace
        >>> sol = Instrument.swap("SOL", contract_value=Decimal(1), tick_size=Decimal("0.01"),
        ...                       lot_size=Decimal("0.01"))
        >>> replace(sol, lot_size=Decimal("0.1"), state="suspend").changes(sol)
        ('lot size 0.01 → 0.1', 'state live → suspend')
        """
        return tuple(
            f"{field.replace('_', ' ')} {getattr(before, field)} → {getattr(self, field)}"
            for field in self.__struct_fields__
            if getattr(before, field) != getattr(self, field)
        )

    @property
    def tradeable(self) -> bool:
        """Whether new orders are taken as usual."""
        return self.state == "live"

    @property
    def unit(self) -> Decimal:
        """Coin (linear) or USD (inverse) in one contract."""
        return self.contract_value * self.multiplier

    def price(self, value: float | Decimal) -> Decimal:
        """The nearest price on the tick grid."""
        return self._on_tick(value, ROUND_HALF_EVEN)

    def price_floor(self, value: float | Decimal) -> Decimal:
        """The highest tick not above `value`."""
        return self._on_tick(value, ROUND_FLOOR)

    def price_ceiling(self, value: float | Decimal) -> Decimal:
        """The lowest tick not below `value`."""
        return self._on_tick(value, ROUND_CEILING)

    def _on_tick(self, value: float | Decimal, rounding: str) -> Decimal:
        # str() first: Decimal(221.45) would carry binary dust over a tick's edge.
        exact = value if isinstance(value, Decimal) else Decimal(str(value))
        return (exact / self.tick_size).quantize(Decimal(1), rounding) * self.tick_size

    def coins(self, contracts: Decimal, price: Decimal) -> Decimal:
        """Contracts as coin; `price` matters only for inverse contracts."""
        if self.linear:
            return contracts * self.unit
        return contracts * self.unit / price

    def notional_usd(self, contracts: Decimal, price: Decimal) -> Decimal:
        """USD value of `contracts` at `price`."""
        if self.linear:
            return contracts * self.unit * price
        return contracts * self.unit

    def contracts_floor(self, coins: Decimal, price: Decimal | None = None) -> Decimal:
        """Whole lots that `coins` pay for. Floor, never round up (row R3).

        An inverse contract is so many dollars: how many coins that is, only a price can say.
        """
        if self.linear:
            return self._whole_lots(coins, self.unit)
        assert price is not None, f"{self.name}: coins buy inverse contracts at a price"
        return self._whole_lots(DOWN.multiply(coins, price), self.unit)

    def contracts_worth(self, usd: Decimal, price: Decimal) -> Decimal:
        """Whole lots whose notional at `price` is at most `usd`; none for nothing or less."""
        one = self.notional_usd(Decimal(1), price)
        return self._whole_lots(max(usd, Decimal(0)), one)

    def _whole_lots(self, total: Decimal, contract: Decimal) -> Decimal:
        lots = DOWN.divide(DOWN.divide(total, contract), self.lot_size)
        return lots.quantize(Decimal(1), ROUND_DOWN) * self.lot_size
