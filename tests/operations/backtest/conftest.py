"""Where recordings are, and how a small one is made."""

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

DATA = Path(os.environ.get("PAWANG_DATA", "../shared/data")) / "market"


@pytest.fixture(scope="session")
def recorded():
    if not DATA.is_dir():
        pytest.skip("recorded market data is not here (PAWANG_DATA)")
    return DATA


@pytest.fixture
def write(tmp_path):
    """Writes columns as a Parquet file and says where."""

    def wrote(name, **columns):
        path = tmp_path / name
        pq.write_table(pa.table(columns), path)
        return path

    return wrote


@pytest.fixture
def small(write):
    """Two minutes of made-up best quotes whose mid follows their flow."""
    chance = np.random.default_rng(5)
    n = 4_000
    bid = 1000 + np.cumsum(chance.choice([-1, 0, 0, 0, 1], n))
    sizes = chance.integers(1, 50, (2, n)).astype(float)
    return write(
        "bbo_made_up_btcusdt_20240101.parquet",
        ts_ns=1_704_067_200_000_000_000 + np.sort(chance.integers(0, 120 * 10**9, n)),
        bid=bid / 10,
        bid_size=sizes[0],
        ask=(bid + 1) / 10,
        ask_size=sizes[1],
    )


START = 1_721_347_022 * 10**9  # 2024-07-18 23:57:02 UTC


@pytest.fixture
def market(write):
    """Eight minutes of a made-up market as recorded files: a book of forty levels and its prints."""
    chance = np.random.default_rng(9)
    seconds = np.arange(480)
    mid = 60_000.0 + np.cumsum(chance.choice([-0.5, 0.0, 0.5], len(seconds)))
    rows, levels = [], {}
    for second, middle in zip(seconds.tolist(), mid.tolist(), strict=True):
        before = levels
        levels = {
            (side, round(middle - side * (0.5 + step), 1)): float(chance.integers(1, 9))
            for side in (1, -1)
            for step in range(20)
        }
        ts = START + second * 10**9
        rows += [(ts, *key, 0.0, False) for key in before if key not in levels]
        rows += [(ts, *key, size, second == 0) for key, size in levels.items()]
    ts, side, price, size, snapshot = (list(column) for column in zip(*rows, strict=True))
    side_of = chance.choice([1, -1], len(seconds))
    return [
        write(
            "l2_made_up_btcusdt_20240718.parquet",
            ts_ns=ts,
            side=side,
            price=price,
            size=size,
            is_snapshot=snapshot,
        ),
        write(
            "trades_made_up_btcusdt_20240718.parquet",
            ts_ns=START + seconds * 10**9 + 5 * 10**8,
            price=np.round(mid + side_of * 0.5, 1),
            size=np.round(chance.exponential(2.0, len(seconds)) + 0.001, 3),
            side=side_of,
        ),
    ]
