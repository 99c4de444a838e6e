"""Instruments without a venue: the desk's last list, else a dated one shipped with the product.

Contract values as OKX lists them (okx-v5.md 10.5); lots of 0.01 contracts are those of 2025-2026.
"""

from decimal import Decimal
from pathlib import Path

import msgspec

from pawang.model.codec import Record
from pawang.model.errors import BadInput
from pawang.model.instrument import Instrument

DATED = "2026-11-24"

SHIPPED = {
    made.coin: made
    for made in (
        Instrument.swap(
            coin,
            contract_value=Decimal(value),
            tick_size=Decimal(tick),
            lot_size=Decimal("0.01"),
            leverage_max=Decimal(leverage),
        )
        for coin, value, tick, leverage in (
            ("BTC", "0.01", "0.1", 100),
            ("ETH", "0.1", "0.01", 100),
            ("SOL", "1", "0.01", 100),
            ("AVAX", "1", "0.001", 50),
        )
    )
}


class Found(Record):
    instrument: Instrument
    source: str  # which list, in words


def save(path: Path, instruments: dict[str, Instrument]) -> None:
    """Remember what the venue listed, for the verbs that ask no venue."""
    path.write_bytes(msgspec.json.encode(instruments))


def find(path: Path, coin: str) -> Found:
    """The coin's contract. BadInput when neither list has it."""
    wanted = coin.upper()
    try:
        known = msgspec.json.decode(path.read_bytes(), type=dict[str, Instrument])
    except (OSError, msgspec.MsgspecError):
        known = {}
    if wanted in known:
        return Found(instrument=known[wanted], source=f"the desk's last list ({path.name})")
    if wanted in SHIPPED:
        return Found(instrument=SHIPPED[wanted], source=f"the list shipped with pawang, {DATED}")
    names = ", ".join(sorted({*known, *SHIPPED}))
    raise BadInput(f"no contract known for {wanted[:10]}; known: {names}")
