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
