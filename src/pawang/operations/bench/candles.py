"""`candles`: three years of 5-minute bars of four coins, a rule, its trades; beside vectorbt.

The bars are the recorded ones as far as they go, then a seeded walk in the recorded volatility:
nobody is measured on a repetition. Both sides compute the same indicators (two exponential
means, Wilder's ATR), enter where the means cross at the bar's close, long and short, with a stop of
1.5 ATR and a target of 1.6 stops, fees both ways, one trade at a time; both end with a row a trade.
The trades must be the same ones: equal in number, in their bars and, to 1e-9, in what they earned,
else no ratio is told. Rounds interleave, each side in its own interpreter, warm; processor time,
medians. `cold` is the whole verb from an empty process to its printed report: wall time, and beside
it the processor's, because what other processes take of a machine is in the first and not in it.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pawang.kernels import candles as kernel
from pawang.model.codec import Record
from pawang.operations.backtest import candles, recordings
from pawang.operations.backtest.candles import Costs, Plan, Rule
from pawang.operations.backtest.recordings import Candles

ROUNDS = 7
COLD_ROUNDS = 5
COINS = ("btc", "eth", "sol", "xrp")
BARS = 3 * 365 * 24 * 12
BAR_NS = 300 * 10**9
START_NS = 1_651_363_200 * 10**9
SEED = 7
PEER = Path(sys.prefix).parent / ".venv-peers" / "vectorbt" / "bin" / "python"
SCRIPT = Path(__file__).parent / "peers" / "with_vectorbt.py"
SAME_PNL = 1e-9
TARGET_TIMES, TARGET_COLD_S = 10.0, 3.0

RULE = Rule(name="ema", length=20, slower=50)
FEE_PCT = 0.06
COSTS = Costs(maker_pct=FEE_PCT, taker_pct=FEE_PCT, slippage_pct=0.0)
PLAN = Plan(stop_pct=1.0, target_pct=1.6, target_next_pct=1.6, stop_atr=1.5, share=1.0)

Floats = NDArray[np.float64]


class Race(Record):
    """One way. `ms` for all bars; None with the reason why there is no figure."""

    name: str
    ms: float | None
    trades: int | None = None
    pnl: float | None = None
    times: float | None = None  # of ours
    target: float | None = None
    met: bool | None = None
    processor_ms: float | None = None  # where `ms` is wall time
    why: str = ""

    @property
    def words(self) -> str:
        if self.ms is None:
            return f"{self.name:>20} {self.why}"
        told = f"{self.name:>20} {self.ms:10.1f} ms"
        if self.trades is not None:
            told += f"  {self.trades:,} trades"
        if self.processor_ms is not None:
            told += f"  {self.processor_ms:.1f} ms of processor"
        if self.times is not None:
            told += f"  {self.times:.1f} x"
        if self.target is not None:
            limit = (
                f"{self.target:g} x" if self.times is not None else f"{self.target:g} ms at most"
            )
            told += f"  {'MET' if self.met else 'MISSED'} ({limit})"
        return told


def candles_bench(progress: Callable[[str], None] = lambda _: None) -> list[Race]:
    """Both sides and the cold verb; about a minute."""
    progress("candles: three years of bars for four coins")
    bars = [made(coin, place) for place, coin in enumerate(COINS)]
    with TemporaryDirectory() as folder:
        ours, theirs = _rounds(bars, Path(folder), progress)
        progress("candles: the verb from an empty process")
        cold = _cold(bars, Path(folder))
    return [ours, theirs, cold]


# Bars.


def made(coin: str, place: int, count: int = BARS) -> Candles:
    """The recorded bars, then a walk as wide as they are; all of it walks where nothing lies."""
    recorded = _recorded(coin)
    begun = 0 if recorded is None else min(count, len(recorded.ts))
    close = np.empty(0) if recorded is None else recorded.close[:begun]
    chance = np.random.default_rng([SEED, place])
    wide = float(np.diff(np.log(close)).std()) if begun > 1 else 0.002
    left = count - begun
    last = float(close[-1]) if begun else 100.0
    walked = last * np.exp(np.cumsum(chance.normal(0.0, wide, left)))
    before = np.concatenate(([last], walked[:-1]))[:left]
    above, below = np.exp(np.abs(chance.normal(0.0, wide / 2, (2, left))))
    moved = (
        before,
        np.maximum(before, walked) * above,
        np.minimum(before, walked) / below,
        walked,
    )
    known = (recorded.open, recorded.high, recorded.low, recorded.close) if recorded else moved
    open_, high, low, shut = (
        np.concatenate((one[:begun], other)) for one, other in zip(known, moved, strict=True)
    )
    ts = START_NS + np.arange(count) * BAR_NS
    return Candles(ts, open_, high, low, shut, np.ones(count))


def _recorded(coin: str) -> Candles | None:
    place = Path(os.environ.get(recordings.VARIABLE, recordings.FOLDER)) / "market"
    path = place / f"candles_okx_swap_{coin}usdt_5m.parquet"
    return recordings.candles(path) if path.is_file() else None


# The two sides.


def ours(bars: Candles) -> Floats:
    """Indicators, signals, plans and a row a trade; the entry at the signal's own close."""
    signal = candles.signals(RULE, bars)
    stop = candles.stops(bars, PLAN, signal)
    return candles.walk(bars, signal, bars.close, stop, candles.knobs(PLAN, COSTS))


def figures(rows: Floats, bars: int) -> dict[str, float]:
    """Of closed trades: their number, the sum of their bars, and what one coin each earned."""
    open_ = (rows[:, kernel.LABEL] == kernel.TIMEOUT) & (rows[:, kernel.EXIT_BAR] == bars - 1)
    closed = rows[~open_]
    earned = closed[:, kernel.ENTRY] * (closed[:, kernel.GROSS] - closed[:, kernel.COST])
    places = closed[:, [kernel.ENTRY_BAR, kernel.EXIT_BAR]].sum()
    return {"trades": len(closed), "bars": int(places), "pnl": float(earned.sum())}


def _ours(bars: list[Candles]) -> dict[str, float]:
    begun = time.process_time()
    rows = [ours(each) for each in bars]
    seconds = time.process_time() - begun
    found = [figures(each, len(bars[0].ts)) for each in rows]
    return {"seconds": seconds, **{name: sum(one[name] for one in found) for name in found[0]}}


def _rounds(
    bars: list[Candles], folder: Path, progress: Callable[[str], None]
) -> tuple[Race, Race]:
    own: list[dict[str, float]] = []
    other: list[dict[str, float]] = []
    if not PEER.exists():
        own = [_ours(bars) for _ in range(ROUNDS + 1)][1:]
        absent = Race(name="vectorbt", ms=None, why="absent: make bench-peers")
        return _race("pawang", own), absent
    path = folder / "bars.npy"
    prices = [[each.open, each.high, each.low, each.close] for each in bars]
    np.save(path, np.array(prices))
    peer = _started()
    try:
        name = str(_answer(peer)["version"])
        _ours(bars)
        for number in range(ROUNDS):
            progress(f"candles: round {number + 1} of {ROUNDS}")
            own.append(_ours(bars))
            other.append(_answer(peer, str(path)))
    finally:
        peer.kill()
        peer.wait()
    return _race("pawang", own), _beside(name, own, other)


def _race(name: str, rounds: list[dict[str, float]]) -> Race:
    last = rounds[-1]
    ms = median(each["seconds"] for each in rounds) * 1e3
    return Race(name=name, ms=ms, trades=int(last["trades"]), pnl=last["pnl"])


def _beside(name: str, own: list[dict[str, float]], other: list[dict[str, float]]) -> Race:
    mine, their = _race("pawang", own), _race(name, other)
    assert mine.ms is not None
    assert their.ms is not None
    if not same(own[-1], other[-1]):
        why = f"other trades: {other[-1]} beside {own[-1]}"
        return Race(name=name, ms=None, trades=their.trades, pnl=their.pnl, why=why)
    times = their.ms / mine.ms
    return Race(
        name=name,
        ms=their.ms,
        trades=their.trades,
        pnl=their.pnl,
        times=times,
        target=TARGET_TIMES,
        met=times >= TARGET_TIMES,
    )


def same(one: dict[str, float], other: dict[str, float]) -> bool:
    """The same trades: as many, at the same bars, with the same earnings."""
    apart = abs(one["pnl"] - other["pnl"]) / max(abs(one["pnl"]), 1.0)
    return (one["trades"], one["bars"]) == (other["trades"], other["bars"]) and apart < SAME_PNL


def _started() -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603 - our own script
        [str(PEER), str(SCRIPT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def _answer(peer: "subprocess.Popen[str]", line: str = "") -> dict[str, Any]:
    assert peer.stdin is not None
    assert peer.stdout is not None
    if line:
        peer.stdin.write(line + "\n")
        peer.stdin.flush()
    answered = peer.stdout.readline()
    if not answered:
        raise RuntimeError("vectorbt ended")
    found: dict[str, Any] = json.loads(answered)
    return found


# The verb.


def _cold(bars: list[Candles], folder: Path) -> Race:
    """`pawang backtest candles` on four files, from the start of the process to its last word."""
    names = [folder / f"candles_bench_{coin}usdt_5m.parquet" for coin in COINS]
    for path, each in zip(names, bars, strict=True):
        columns = dict(zip(("ts_ns", *Candles._fields[1:]), each, strict=True))
        pq.write_table(pa.table(columns), path, compression="zstd")
    words = [sys.executable, "-m", "pawang", "backtest", "candles", *map(str, names)]
    words += ["--rule", "ema:20,50", "--stop-atr", "1.5", "--time-stop", "48"]
    wall, processor = [], []
    for _ in range(COLD_ROUNDS):
        begun, used = time.monotonic(), _children_s()
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own words
        wall.append(time.monotonic() - begun)
        processor.append(_children_s() - used)
    ms = median(wall) * 1e3
    return Race(
        name="cold",
        ms=ms,
        target=TARGET_COLD_S * 1e3,
        met=ms <= TARGET_COLD_S * 1e3,
        processor_ms=median(processor) * 1e3,
    )


def _children_s() -> float:
    """Processor seconds of every process that was started here and has ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
