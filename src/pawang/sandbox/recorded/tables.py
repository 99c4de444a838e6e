"""One recorded file as checked numpy columns; several files of a market joined in time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pawang.sandbox import bars
from pawang.sandbox.recorded import files
from pawang.sandbox.recorded.errors import RecordingError
from pawang.sandbox.recorded.files import Floats, Ints, Named

MS_NS = 1_000_000

_LISTS = ("bids_px", "bids_qty", "asks_px", "asks_qty")


@dataclass(frozen=True, slots=True)
class Rows:
    """Delta rows or trades in time order; `up` is bid or buy. `snapshot` is False for trades."""

    ts_ns: Ints
    price: Floats
    size: Floats
    up: NDArray[np.bool_]
    snapshot: NDArray[np.bool_]
    price_digits: int
    size_digits: int


@dataclass(frozen=True, slots=True)
class Snapshots:
    """Rows of an `l2snap_*` file, the lists untouched."""

    ts_ns: Ints
    lists: dict[str, pa.ListArray]
    price_digits: int
    size_digits: int


def read_deltas(named: Sequence[Named]) -> Rows:
    return _joined([_rows(file, ("is_snapshot",)) for file in named])


def read_trades(named: Sequence[Named]) -> Rows:
    """All prints of the files; no files, no prints."""
    return _joined([_rows(file, ()) for file in named])


def read_snapshots(file: Named) -> Snapshots:
    table = files.columns(file.path, ("ts_ns", *_LISTS))
    lists = {name: table[name].combine_chunks() for name in _LISTS}
    if not all(pa.types.is_list(column.type) for column in lists.values()):
        raise RecordingError(f"{file.path.name}: columns {', '.join(_LISTS)} must hold lists")
    digits = []
    for kind, names in (("price", _LISTS[::2]), ("size", _LISTS[1::2])):
        values = [files.floats(file.path, name, lists[name].values, 0.0) for name in names]
        digits.append(max(files.places_of(file.path, kind, value) for value in values))
    for side in ("bids", "asks"):
        prices, sizes = lists[f"{side}_px"], lists[f"{side}_qty"]
        if not np.array_equal(np.diff(prices.offsets), np.diff(sizes.offsets)):
            raise RecordingError(f"{file.path.name}: {side} has more prices than sizes, or fewer")
    ts_ns = np.asarray(table["ts_ns"].combine_chunks(), dtype=np.int64)
    if (np.diff(ts_ns) < 0).any():
        raise RecordingError(f"{file.path.name}: snapshots must be in order of ts_ns")
    return Snapshots(ts_ns, lists, digits[0], digits[1])


def read_candles(file: Named, price_digits: int, size_digits: int) -> bars.Rows:
    """Candles in the market's ticks and lots, rounded where the candle file is finer."""
    names = ("open", "high", "low", "close", "volume")
    table = files.columns(file.path, ("ts_ns", *names))
    ts_ms = np.asarray(table["ts_ns"].combine_chunks(), dtype=np.int64) // MS_NS
    if (np.diff(ts_ms) <= 0).any():
        raise RecordingError(f"{file.path.name}: candles must be in order of ts_ns, each once")
    values = [files.floats(file.path, name, table[name], 0.0) for name in names]
    prices = [files.scaled(value, price_digits) for value in values[:4]]
    return np.column_stack((ts_ms, *prices, files.scaled(values[4], size_digits)))


def _rows(file: Named, extra: tuple[str, ...]) -> Rows:
    table = files.columns(file.path, ("ts_ns", "side", "price", "size", *extra))
    price = files.floats(file.path, "price", table["price"], 0.0)
    size = files.floats(file.path, "size", table["size"], 0.0)
    ts_ns = np.asarray(table["ts_ns"].combine_chunks(), dtype=np.int64)
    if extra:
        snapshot = np.array(table["is_snapshot"].combine_chunks(), dtype=np.bool_)
    else:
        snapshot = np.zeros(len(ts_ns), dtype=np.bool_)
    return Rows(
        ts_ns,
        price,
        size,
        files.sides(file.path, table["side"]),
        snapshot,
        files.places_of(file.path, "price", price),
        files.places_of(file.path, "size", size),
    )


def _joined(parts: Sequence[Rows]) -> Rows:
    """Files one after the other by their first row, then by ts_ns; equal times keep file order."""
    if not parts:
        none = np.empty(0)
        no = none.astype(np.bool_)
        return Rows(none.astype(np.int64), none, none, no, no, 0, 0)
    parts = sorted(parts, key=lambda part: int(part.ts_ns[0]))
    ts_ns = np.concatenate([part.ts_ns for part in parts])
    order = np.argsort(ts_ns, kind="stable")
    return Rows(
        ts_ns[order],
        np.concatenate([part.price for part in parts])[order],
        np.concatenate([part.size for part in parts])[order],
        np.concatenate([part.up for part in parts])[order],
        np.concatenate([part.snapshot for part in parts])[order],
        max(part.price_digits for part in parts),
        max(part.size_digits for part in parts),
    )
