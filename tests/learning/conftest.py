"""Samples, thumbs and plans as the learning room reads them; every field has a quiet default."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from pawang.learning.hit_rates import Played
from pawang.learning.samples import Sample
from pawang.model.chat import Rating
from pawang.model.order import Book
from pawang.model.refs import DAY, HOUR, MINUTE, ref_id

NOW = 100 * DAY + 20 * MINUTE  # 00:20 UTC of some day


@pytest.fixture
def now() -> int:
    return NOW


@pytest.fixture
def sample_of() -> Callable[..., Sample]:
    """A bias that opened `hours_ago` and was known an hour later."""

    def make(hours_ago: float, hit: bool, raw: float = 0.7, **changes: Any) -> Sample:
        opened = NOW - round(hours_ago * HOUR)
        coin = changes.get("coin", "BTC")
        sample = Sample(
            ref_id=ref_id("ib", opened, coin),
            kind="ib",
            coin=coin,
            raw=raw,
            told=raw,
            hit=hit,
            opened=opened,
            ended=opened + HOUR,
        )
        return replace(sample, **changes)

    return make


@pytest.fixture
def rating_of() -> Callable[..., Rating]:
    def make(ref: str, user: int, thumb: int, ts: int, resolved: bool = False) -> Rating:
        return Rating(
            ref_id=ref,
            user_id=user,
            chat_id=7,
            rating=thumb,
            ts_clicked=ts,
            latency_s=30.0,
            resolved=resolved,
            side="LONG",
            confidence=70,
        )

    return make


@pytest.fixture
def played_of() -> Callable[..., Played]:
    """The n-th plan of the ghost book: one an hour, over after ten minutes, of the usual geometry."""

    def make(n: int, tp1: bool, **changes: Any) -> Played:
        ts = NOW - 40 * DAY + n * HOUR
        row = Played(
            ref_id=ref_id("snp", ts, "SOL"),
            coin="SOL",
            setup="wall",
            regime="trend",
            book=Book.GHOST,
            ts=ts,
            ts_resolved=ts + 10 * MINUTE,
            filled=True,
            tp1=tp1,
            tp2=False,
            null_tp1=0.5556,
            null_tp2=0.3684,
            net_r=0.6 if tp1 else -1.0,
            size_pct=1.0,
        )
        return replace(row, **changes)

    return make
