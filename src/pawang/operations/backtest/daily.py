"""ETF flows and Fear & Greed from files, each figure with the moment it was known.

    etf_flow*.parquet     date, asset, fund, net_flow_usd        fund `Total` = the day's sum
    fear_greed*.parquet   date, value                            published at 00:00 UTC of that day
    a folder              etf_flow.csv and fear_greed.csv, as they are dropped for a desk

Without a stamp of its own a trading day's flow is known from the next day 12:00 UTC on (signals.md
2.2): what the desk's file drop says of an undated row is said of every row here.
"""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pawang.model.errors import BadInput
from pawang.model.market import EtfFlow, FearGreed
from pawang.venues import filedrop

COLUMNS = {"etf_flow": ("date", "asset", "fund", "net_flow_usd"), "fear_greed": ("date", "value")}


def is_daily(path: Path) -> bool:
    """Whether the name says that it holds days' figures."""
    return path.is_dir() or path.name.startswith(tuple(COLUMNS))


def read(paths: Sequence[Path]) -> list[EtfFlow | FearGreed]:
    """All of it, in the order in which it became known."""
    found: list[EtfFlow | FearGreed] = []
    for path in paths:
        found += _folder(path) if path.is_dir() else _file(path)
    return sorted(found, key=lambda made: made.ts_asof)


def _folder(path: Path) -> list[EtfFlow | FearGreed]:
    names = (filedrop.ETF, filedrop.FEAR)
    there = [path / name for name in names if (path / name).is_file()]
    if not there:
        raise BadInput(f"{path} has neither {names[0]} nor {names[1]}")
    return [made for file in there for made in _file(file)]


def _file(path: Path) -> list[EtfFlow | FearGreed]:
    kind = next(kind for kind in COLUMNS if path.name.startswith(kind))
    if path.suffix == ".parquet":
        text = _as_text(path, COLUMNS[kind])
    else:
        text = path.read_text(encoding="utf8")
    made: Sequence[EtfFlow | FearGreed]
    made, refused = (filedrop.read_etf if kind == "etf_flow" else filedrop.read_fear)(
        text, path.name
    )
    if refused:
        raise BadInput(f"{len(refused)} rows refused, first {refused[0]}")
    return list(made)


def _as_text(path: Path, names: Sequence[str]) -> str:
    """The table as the drop's CSV, so that one reader judges both."""
    try:
        table = pq.read_table(path, columns=list(names))
    except (OSError, pa.ArrowInvalid) as fault:
        raise BadInput(f"{path.name}: cannot be read as Parquet ({fault})") from fault
    missing = [name for name in names if name not in table.column_names]
    if missing:
        raise BadInput(f"{path.name}: column {', '.join(missing)} is missing")
    columns = [table[name].to_pylist() for name in names]
    rows = (",".join(map(str, row)) for row in zip(*columns, strict=True))
    return "\n".join([",".join(names), *rows])
