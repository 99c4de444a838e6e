"""`pawang backtest candles`: a rule on bars, a line a market, and a row a trade where asked for.

Figures go to stdout, lines for people or a JSON object a line.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from pawang.kernels import candles as kernel
from pawang.model.codec import digest, encode
from pawang.model.errors import BadInput
from pawang.model.forecast import Trial
from pawang.operations.backtest import candles, recordings, registry
from pawang.operations.backtest.candles import Costs, Plan, Rule, Summary, Trades
from pawang.operations.backtest.recordings import Ints
from pawang.operations.backtest.scored import scored_trial
from pawang.operations.home import Home
from pawang.signals.barriers import Label

NOTE = """
Undecided plans are in every rate. Where one bar holds stop and target the stop came first: on bars
as wide as the barriers that alone pulls rates below luck. Luck is the closed form without a clock;
with a time stop fewer plans are decided, and the rates fall short of it for that reason alone.
Plans of correlated coins overlap: n is not n_eff, and z and the e-value know too much.
"""


@dataclass(frozen=True)
class Asked:
    """The words of the command line."""

    files: Sequence[Path]
    rule: Rule
    plan: Plan
    costs: Costs
    trades: Path | None = None
    home: Path | None = None
    as_json: bool = False


def backtest_candles(asked: Asked) -> int:
    """Exit status 0 when it ran whole, whatever it shows."""
    candles.check(asked.plan, asked.costs)
    home = Home.at(asked.home)
    if asked.home is not None:
        registry.trials(home.ledger)
    found: list[Summary] = []
    made: list[Trades] = []
    spans: list[tuple[int, int]] = []
    names: list[str] = []
    for path in _there(asked.files):
        bars = recordings.candles(path)
        trades = candles.backtest(bars, asked.rule, asked.plan, asked.costs)
        name = path.stem.removeprefix("candles_")
        found.append(candles.summed(name, len(bars.ts), trades, asked.plan))
        made.append(trades)
        names.append(name)
        spans.append((int(bars.ts[0]), int(bars.ts[-1])))
        if asked.trades is not None:
            _keep(asked.trades, name, bars.ts, trades)
    whole = Trades(
        np.concatenate([each.rows for each in made]), np.concatenate([each.stop for each in made])
    )
    if len(found) > 1:
        found.append(candles.merged(found, whole, asked.plan))
    span = (min(begin for begin, _ in spans), max(end for _, end in spans))
    trial = _trial(asked, whole, span)
    if asked.home is not None and trial is not None:
        registry.keep(home.ledger, trial)
    _tell(asked, found, trial)
    return 0


def _there(files: Sequence[Path]) -> Sequence[Path]:
    if not files:
        raise BadInput("give at least one candles_*.parquet file")
    missing = [str(path) for path in files if not path.is_file()]
    if missing:
        raise BadInput(f"no such recording: {', '.join(missing)}")
    return files


def _keep(folder: Path, name: str, ts: Ints, made: Trades) -> None:
    """A Parquet file a market, a row a trade."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    rows = made.rows
    columns = {
        "entry_ts_ns": ts[rows[:, kernel.ENTRY_BAR].astype(np.int64) + 1],
        "exit_bar_ts_ns": ts[rows[:, kernel.EXIT_BAR].astype(np.int64)],
        "side": rows[:, kernel.SIDE].astype(np.int8),
        "label": [Label(each).name.lower() for each in made.label.tolist()],
        "entry": rows[:, kernel.ENTRY],
        "exit": rows[:, kernel.EXIT],
        "gross_pct": rows[:, kernel.GROSS] * 100.0,
        "cost_pct": rows[:, kernel.COST] * 100.0,
        "net_r": made.net_r,
    }
    pq.write_table(pa.table(columns), folder / f"trades_of_{name}.parquet")


def _trial(asked: Asked, whole: Trades, span: tuple[int, int]) -> Trial | None:
    markets = [path.name for path in asked.files]
    rules = encode((asked.rule, asked.plan, asked.costs, markets))
    what = f"candles {asked.rule.name}:{asked.rule.length},{asked.rule.slower}"
    return scored_trial(whole.net_r.tolist(), digest(rules), what, span, time.time_ns())


def _tell(asked: Asked, found: Sequence[Summary], trial: Trial | None) -> None:
    if asked.as_json:
        for each in found:
            print(json.dumps({"kind": "candles", **msgspec.to_builtins(each)}))
        print(
            json.dumps(
                {"kind": "trial", **msgspec.to_builtins(trial)} if trial else {"kind": "trial"}
            )
        )
        return
    for each in found:
        print("\n".join(lines(each)))
    print(" ".join(NOTE.split()))
    if trial is None:
        print("no trial: fewer than two trades with different results make no Sharpe ratio")
    elif asked.home is None:
        print(f"trial, kept nowhere without --home: {json.dumps(msgspec.to_builtins(trial))}")


def lines(each: Summary) -> list[str]:
    """Three lines a market."""
    counted = ", ".join(f"{name} {count}" for name, count in each.labels.items()) or "none"
    head = f"{each.market}: {each.bars:,} bars, {each.trades:,} trades: {counted}"
    if each.tp1 is None or each.tp2 is None or each.tp1_95 is None or each.tp2_95 is None:
        return [head]
    z = "" if each.z is None else f", z {each.z:+.2f}"
    sharpe = "" if each.sharpe is None else f", Sharpe {each.sharpe:+.4f} per trade"
    return [
        head,
        f"    TP1 {each.tp1:.1%} ({each.tp1_95.low:.1%} to {each.tp1_95.high:.1%}),"
        f" luck {each.tp1_null:.1%}{z}, e {each.e_value:.3g};"
        f" TP2 {each.tp2:.1%} ({each.tp2_95.low:.1%} to {each.tp2_95.high:.1%}),"
        f" luck {each.tp2_null:.1%}",
        f"    net {each.net_pct:+.4f} % a trade after {each.cost_pct:.4f} % of costs,"
        f" {each.net_r:+,.1f} R in all, deepest fall {each.drawdown_r:,.1f} R{sharpe}",
    ]
