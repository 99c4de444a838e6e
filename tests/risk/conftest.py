"""Instruments, accounts and a request to bend."""

from collections.abc import Callable
from decimal import Decimal as D
from typing import Any

import pytest
from msgspec.structs import replace

from pawang.model.instrument import Instrument, PositionTier
from pawang.model.market import Side
from pawang.model.sizing import AccountView
from pawang.risk import SizingRequest

BTC = Instrument.swap("BTC", contract_value=D("0.01"), tick_size=D("0.1"), lot_size=D("0.01"))
SOL = Instrument.swap("SOL", contract_value=D(1), tick_size=D("0.01"), lot_size=D("0.01"))


def _tier(number: int, size_min: int, size_max: int, maintenance: str, most: int) -> PositionTier:
    return PositionTier(
        tier=number,
        size_min=D(size_min),
        size_max=D(size_max),
        maintenance_rate=D(maintenance),
        initial_rate=1 / D(most),
        leverage_max=D(most),
    )


def _request(coin: str = "SOL", **other: Any) -> SizingRequest:
    """SOL LONG at 221.375, stop -0.35 %, confidence 75, ATR 0.88 %, 10,000 USD, risk 1 %."""
    account = AccountView(equity_usd=D(10_000), base_risk_pct=1.0)
    fields = {
        name: other.pop(name) for name in list(other) if name in AccountView.__struct_fields__
    }
    request = SizingRequest(
        coin=coin,
        side=Side.LONG,
        entry=D("221.375") if coin == "SOL" else D(60_000),
        stop=D("220.6001875") if coin == "SOL" else D(59_760),
        confidence=75,
        calibrated=True,
        atr_pct=0.88,
        etf_net_usd=None,
        instrument=SOL if coin == "SOL" else BTC,
        tiers=(_tier(1, 0, 1_000_000, "0.004", 100),),
        account=replace(account, **fields),
        depth_10bp_usd=None,
    )
    return replace(request, **other)


@pytest.fixture(scope="session")
def request_of() -> Callable[..., SizingRequest]:
    """`request_of(coin="SOL", **changed)`; names of the account's fields change the account."""
    return _request


@pytest.fixture(scope="session")
def tier_of() -> Callable[..., PositionTier]:
    """`tier_of(number, size_min, size_max, maintenance, leverage_max)`."""
    return _tier
