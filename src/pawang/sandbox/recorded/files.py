"""Reads recorded Parquet files: what a name says, and the columns as numpy arrays.

    l2_binance_usdm_btcusdt_20240718.parquet
    kind, venue and market, pair, and a date (or a bar, for candles)

The pair names the coin; whatever it is quoted in, the sandbox lists it as COIN-USDT-SWAP.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pawang.sandbox.recorded.errors import RecordingError

KINDS = ("l2", "l2snap", "trades", "candles", "bbo")

_PAIR = re.compile(r"^([a-z0-9]{2,10}?)(usdt|usdc|usd|btc)$")
_BAR = re.compile(r"^(\d+)([mhd])$")
_BAR_MS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DECIMALS_MAX = 12  # the finest step any venue quotes is about 1e-10

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Named:
    """What a file's name says. `market` is everything between kind and date."""

    path: Path
    kind: str
    coin: str
    market: str
    bar_ms: int | None


def read_name(path: Path) -> Named:
    """Kind, coin and market from the name; RecordingError says what a name must look like."""
    if path.suffix != ".parquet":
        raise RecordingError(f"{path.name}: not a .parquet file")
    kind, *words = path.name.removesuffix(".parquet").lower().split("_")
    if kind not in KINDS:
        raise RecordingError(f"{path.name}: the name must begin with one of {', '.join(KINDS)}")
    for at, word in enumerate(words):
        pair = _PAIR.match(word)
        if pair:
            tail = _BAR.match(words[-1])
            bar_ms = int(tail[1]) * _BAR_MS[tail[2]] if tail else None
            return Named(path, kind, pair[1].upper(), "_".join(words[: at + 1]), bar_ms)
    raise RecordingError(
        f"{path.name}: no pair in the name; one of its words must be a coin and its quote,"
        " such as btcusdt, ethusd or solusdt"
    )


def columns(path: Path, names: tuple[str, ...]) -> pa.Table:
    """The named columns; RecordingError if the file cannot be read, lacks one or has no rows."""
    try:
        there = pq.read_schema(path).names
        missing = [name for name in names if name not in there]
        if missing:
            raise RecordingError(
                f"{path.name}: column {', '.join(missing)} is missing; it has {', '.join(there)}"
            )
        table = pq.read_table(path, columns=list(names))
    except (OSError, pa.ArrowInvalid) as fault:
        raise RecordingError(f"{path.name}: cannot be read as Parquet ({fault})") from fault
    if table.num_rows == 0:
        raise RecordingError(f"{path.name}: it has no rows")
    for name in names:
        if table[name].null_count:
            raise RecordingError(f"{path.name}: column {name} has empty cells")
    return table


def floats(path: Path, name: str, column: pa.ChunkedArray | pa.Array, at_least: float) -> Floats:
    """A column of finite numbers >= `at_least`."""
    values: Floats = np.asarray(column, dtype=np.float64)
    if not np.isfinite(values).all() or (len(values) and values.min() < at_least):
        raise RecordingError(f"{path.name}: column {name} holds a value that is no {name}")
    return values


def sides(path: Path, column: pa.ChunkedArray) -> NDArray[np.bool_]:
    """True where the column says +1 (bid, or buyer is taker)."""
    values = np.asarray(column)
    if not np.isin(values, (1, -1)).all():
        raise RecordingError(f"{path.name}: column side holds something else than +1 and -1")
    up: NDArray[np.bool_] = values == 1
    return up


def places(values: Floats) -> int | None:
    """The fewest decimal places that write every value exactly, None past 12.

    A recorded float is the one nearest to its decimal, so scaling it back misses an integer by
    a few units in the last place at most.

    >>> places(np.array([60000.1, 60000.0])), places(np.array([100.0 / 3.0]))
    (1, None)
    """
    for digits in range(_DECIMALS_MAX + 1):
        scaled = values * 10.0**digits
        if (np.abs(scaled - np.rint(scaled)) <= 2.0**-51 * np.abs(scaled)).all():
            return digits
    return None


def places_of(path: Path, name: str, values: Floats) -> int:
    digits = places(values)
    if digits is None:
        raise RecordingError(
            f"{path.name}: column {name} has values of more than {_DECIMALS_MAX} decimal places;"
            " a price or a size has a step"
        )
    return digits


def scaled(values: Floats, digits: int) -> Ints:
    """Values in units of 10^-digits."""
    units: Ints = np.rint(values * 10.0**digits).astype(np.int64)
    return units
