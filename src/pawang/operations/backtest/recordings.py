"""Finds recordings by their names and reads them as checked columns.

    bbo_VENUE_MARKET_PAIR_DATE.parquet          best quotes of one recorded market
    candles_VENUE_MARKET_PAIR_1m.parquet        one-minute bars, `ts_ns` = open time

BadInput names the file and what is wrong with it.
"""

import os
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pawang.market.ofi import Quotes
from pawang.model.errors import BadInput
from pawang.model.refs import MINUTE

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

VARIABLE = "PAWANG_DATA"  # the folder of recordings, where --data is not given
FOLDER = Path("../shared/data")  # beside the project, where neither is
PAIR = re.compile(r"(?:^|_)([a-z0-9]{2,10}?)(usdt|usdc|usd|btc)(?:_|$)")
DECIMALS_MAX = 10


class Bars(NamedTuple):
    """One-minute bars as columns; `run` numbers the stretches without a hole."""

    ts: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    run: Ints


def folder(given: Path | None) -> Path:
    """Where the recordings are: what was given, else the environment's, else beside the project."""
    chosen = given or Path(os.environ.get(VARIABLE, FOLDER))
    inner = chosen / "market"
    found = inner if inner.is_dir() else chosen
    if not found.is_dir():
        raise BadInput(f"no recordings at {chosen}: give --data DIR or set {VARIABLE}")
    return found


def sessions(data: Path) -> dict[str, Path]:
    """Recorded best quotes by name: everything between `bbo_` and the ending."""
    return _named(data, "bbo_*.parquet", "bbo_", ".parquet")


def minutes(data: Path) -> dict[str, Path]:
    """One-minute bars by market."""
    return _named(data, "candles_*_1m.parquet", "candles_", "_1m.parquet")


def chosen(found: dict[str, Path], name: str | None, data: Path) -> dict[str, Path]:
    """All, or those whose name holds `name`; BadInput tells what there is."""
    if not found:
        raise BadInput(f"no such recordings in {data}")
    kept = {key: path for key, path in found.items() if name is None or name in key}
    if not kept:
        raise BadInput(f"nothing recorded is called {name!r}; there are {', '.join(found)}")
    return kept


def _named(data: Path, pattern: str, head: str, tail: str) -> dict[str, Path]:
    paths = sorted(data.glob(pattern))
    return {path.name.removeprefix(head).removesuffix(tail): path for path in paths}


def asset(name: str) -> str:
    """The coin in a recording's name.

    >>> asset("binance_usdm_ethusdt_20240718")
    'ETH'
    """
    pair = PAIR.search(name)
    if pair is None:
        raise BadInput(f"{name}: no pair in the name, such as btcusdt")
    return pair[1].upper()


def quotes(path: Path) -> Quotes:
    """Best quotes in order of arrival."""
    table = _read(path, ("ts_ns", "bid", "bid_size", "ask", "ask_size"))
    ts = np.asarray(table["ts_ns"], dtype=np.int64)
    bid, bid_size, ask, ask_size = _columns(path, table)
    read = Quotes(ts, bid, bid_size, ask, ask_size)
    if (read.bid >= read.ask).any():
        raise BadInput(f"{path.name}: a bid is not below its ask")
    if (np.diff(ts) < 0).any():
        raise BadInput(f"{path.name}: ts_ns runs backwards")
    return read


def bars(path: Path) -> Bars:
    """Bars in order, and where the holes are."""
    table = _read(path, ("ts_ns", "open", "high", "low", "close"))
    ts = np.asarray(table["ts_ns"], dtype=np.int64)
    steps = np.diff(ts)
    if (steps <= 0).any():
        raise BadInput(f"{path.name}: bars must be in order of ts_ns, each once")
    run = np.concatenate(([0], np.cumsum(steps != MINUTE)))
    open_, high, low, close = _columns(path, table)
    return Bars(ts, open_, high, low, close, run)


def columns(path: Path, names: tuple[str, ...]) -> list[Floats]:
    """Columns as they are; NaN where a cell is empty."""
    table = _read(path, names)
    return [np.asarray(table[name].to_numpy(), dtype=np.float64) for name in names]


def words(path: Path, name: str) -> list[str]:
    """A column of words."""
    return [str(word) for word in _read(path, (name,))[name].to_pylist()]


def stamps(path: Path) -> Ints:
    """`ts_ns`, in order."""
    ts = np.asarray(_read(path, ("ts_ns",))["ts_ns"], dtype=np.int64)
    if (np.diff(ts) < 0).any():
        raise BadInput(f"{path.name}: ts_ns runs backwards")
    return ts


def tick(*prices: Floats) -> float:
    """The step of a price grid: the largest power of ten that all prices are multiples of.

    >>> tick(np.array([28145.1, 28145.2]), np.array([28146.0]))
    0.1
    """
    values = np.unique(np.concatenate(prices))
    for decimals in range(DECIMALS_MAX + 1):
        scaled = values * 10.0**decimals
        if (np.abs(scaled - np.rint(scaled)) < 1e-6 * 10.0 ** min(0, decimals - 4)).all():
            return float(f"1e-{decimals}")
    raise BadInput(f"prices have more than {DECIMALS_MAX} decimals")


def _read(path: Path, names: tuple[str, ...]) -> pa.Table:
    try:
        there = pq.read_schema(path).names
        missing = [name for name in names if name not in there]
        if missing:
            raise BadInput(f"{path.name}: column {', '.join(missing)} is missing")
        table = pq.read_table(path, columns=list(names))
    except (OSError, pa.ArrowInvalid) as fault:
        raise BadInput(f"{path.name}: cannot be read as Parquet ({fault})") from fault
    if table.num_rows == 0:
        raise BadInput(f"{path.name}: it has no rows")
    return table.select(names)


def _columns(path: Path, table: pa.Table) -> list[Floats]:
    """All but the times."""
    return [_positive(path, table, name) for name in table.column_names[1:]]


def _positive(path: Path, table: pa.Table, name: str) -> Floats:
    values: Floats = np.asarray(table[name], dtype=np.float64)
    if not (np.isfinite(values) & (values > 0.0)).all():
        raise BadInput(f"{path.name}: column {name} holds a value that is no {name}")
    return values
