"""An order of 10 contracts from 99.5, stop 99, targets 101 and 102; each test bends it."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec.structs import replace

from pawang.model.instrument import Instrument
from pawang.model.market import Aggressor, Side
from pawang.model.order import Book, Exit, Filled, Order

SECOND = 10**9
NOW = 1_757_900_000 * SECOND
PRICES = {
    Side.LONG: ("99.5", "99.0", "101.0", "102.0", "103.0"),
    Side.SHORT: ("100.5", "101.0", "99.0", "98.0", "97.0"),
}


@pytest.fixture(scope="session")
def instrument() -> Instrument:
    return Instrument.swap(
        "SOL", contract_value=Decimal(1), tick_size=Decimal("0.1"), lot_size=Decimal("0.001")
    )


@pytest.fixture(scope="session")
def order_of() -> Callable[..., Order]:
    def made(side: Side = Side.LONG, **other: object) -> Order:
        entry, stop, *targets = (Decimal(price) for price in PRICES[side])
        legs = zip(("tp1", "tp2", "runner"), targets, (50, 30, 20), strict=True)
        order = Order(
            client_order_id="snp202509150736SOLgE1",
            ref_id="snp_20250915_0736_SOL",
            book=Book.GHOST,
            coin="SOL",
            instrument="SOL-USDT-SWAP",
            side=side,
            entry=entry,
            contracts=Decimal(10),
            exits=(
                Exit(leg="sl", kind="stop", price=stop, share_pct=100),
                *(Exit(leg=leg, kind="target", price=at, share_pct=n) for leg, at, n in legs),
            ),
            ts_placed=NOW,
            ts_expiry=NOW + 360 * SECOND,
            time_stop_ns=3600 * SECOND,
            risk_usd=Decimal(10),
        )
        return replace(order, **other)

    return made


@pytest.fixture(scope="session")
def fill_of() -> Callable[..., Filled]:
    """fill_of(order, number, leg, price, contracts, fee)."""

    def made(
        order: Order, number: int, leg: str, price: str, contracts: str, fee: str = "0"
    ) -> Filled:
        buys = (leg == "entry") == (order.side is Side.LONG)
        return Filled(
            client_order_id=order.client_order_id,
            ref_id=order.ref_id,
            book=order.book,
            ts_event=NOW + number * SECOND,
            fill_id=f"fill-{number}",
            leg=leg,
            side=Aggressor.BUY if buys else Aggressor.SELL,
            price=Decimal(price),
            contracts=Decimal(contracts),
            fee_usd=Decimal(fee),
            maker=leg in ("entry", "tp1", "tp2", "runner"),
        )

    return made
