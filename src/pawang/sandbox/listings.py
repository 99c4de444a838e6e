"""The simulated venue's own listings, and those of coins that only a recording knows.

BTC's code, contract value, tick and lot and ETH's contract value, tick and lot are OKX's recorded
ones (okx-v5.md 5 and 10.5); SOL and AVAX have the contract values given there, and like the rest
lots of 0.01 as OKX has had since 2024. SOL's tick, everything about the other four coins and all
codes but BTC's are public knowledge or made up: a client reads `/public/instruments` anyway.
"""

from decimal import Decimal

from pawang.sandbox.source import Listing


def _listing(coin: str, code: int, tick: str, decimals: int, value: str, lever: str) -> Listing:
    return Listing(
        inst_id=f"{coin}-USDT-SWAP",
        coin=coin,
        code=code,
        tick_size=tick,
        price_decimals=decimals,
        lot_size="0.01",
        lot_decimals=2,
        contract_value=value,
        leverage_max=lever,
    )


LISTINGS = {
    made.coin: made
    for made in (
        _listing("BTC", 10459, "0.1", 1, "0.01", "100"),
        _listing("ETH", 10461, "0.01", 2, "0.1", "100"),
        _listing("SOL", 10490, "0.01", 2, "1", "100"),
        _listing("AVAX", 10512, "0.001", 3, "1", "50"),
        _listing("XRP", 10470, "0.0001", 4, "100", "100"),
        _listing("DOGE", 10478, "0.00001", 5, "1000", "75"),
        _listing("LTC", 10464, "0.01", 2, "1", "75"),
        _listing("LINK", 10486, "0.001", 3, "1", "75"),
    )
}

_STRANGER_CODE = 20_000  # strangers are numbered from here on


def contract_value(coin: str) -> Decimal:
    """Coins in a contract; 1 for a coin that is not listed here."""
    return Decimal(LISTINGS[coin].contract_value) if coin in LISTINGS else Decimal(1)


def recorded(coin: str, tick_size: Decimal, lot_size: Decimal) -> Listing:
    """The coin's swap with a recording's own tick and lot; strangers are welcome.

    >>> recorded("BTC", Decimal("0.01"), Decimal("0.001")).size(1500)
    '1.500'
    """
    known = LISTINGS.get(coin)
    # Made from the name, so that a stranger has the same code in every process.
    number = sum(ord(letter) * 31**place for place, letter in enumerate(coin)) % 1_000_000
    return Listing(
        inst_id=f"{coin}-USDT-SWAP",
        coin=coin,
        code=known.code if known else _STRANGER_CODE + number,
        tick_size=f"{tick_size:f}",
        price_decimals=_decimals(tick_size),
        lot_size=f"{lot_size:f}",
        lot_decimals=_decimals(lot_size),
        contract_value=str(contract_value(coin)),
        leverage_max=known.leverage_max if known else "20",
    )


def _decimals(step: Decimal) -> int:
    exponent = step.normalize().as_tuple().exponent
    assert isinstance(exponent, int), f"{step} is no number"
    return max(0, -exponent)
