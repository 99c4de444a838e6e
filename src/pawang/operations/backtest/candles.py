"""A rule on recorded bars, each signal a plan with stop, targets and costs; one plan at a time.

    cross:20,50      the mean of 20 bars comes to stand above or below that of 50 (simple means)
    ema:12,26        the same of exponential means
    breakout:48      a bar closes beyond the highest or lowest of the 48 before it
    every:12         a plan every 12 bars, long and short by turns: no signal at all

A signal is known at its bar's close and filled at the next bar's open, both ways a taker's fee
and slippage; a target rests and pays a maker's fee. Indicators and plans begin anew behind a hole.
The walk itself is a kernel (`kernels/candles`), held to `signals.barriers` by a test.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from msgspec.structs import asdict
from numpy.typing import NDArray

from pawang.kernels import candles as kernel
from pawang.learning.evidence import e_value, excess_z
from pawang.learning.intervals import wilson
from pawang.model.codec import Record
from pawang.model.errors import BadInput
from pawang.model.kpi import Interval
from pawang.operations.backtest.null import chances
from pawang.operations.backtest.recordings import Candles
from pawang.signals.barriers import Exits, Geometry, Label

RULE = re.compile(r"(cross|ema|breakout|every):(\d{1,5})(?:,(\d{1,5}))?")
ATR_BARS = 14
PAIRED = ("cross", "ema")

Floats = NDArray[np.float64]
Sides = NDArray[np.int8]


class Rule(Record):
    """When to enter: its name, its one or two lengths, and which sides it may take."""

    name: str
    length: int
    slower: int = 0
    side: str = "both"  # "both" | "long" | "short"


class Plan(Record):
    """What a signal becomes. Percentages of entry; with `stop_atr` the stop is so many ATR(14),
    and the targets keep their proportion to it."""

    stop_pct: float = 0.35
    target_pct: float = 0.28
    target_next_pct: float = 0.60
    stop_atr: float = 0.0
    share: float = 0.5
    share_next: float = 0.3
    to_entry: bool = False
    trail_pct: float = 0.0
    bars_max: int = 0  # 0 = no time stop

    @property
    def geometry(self) -> Geometry:
        return Geometry(
            stop=self.stop_pct, target=self.target_pct, target_next=self.target_next_pct
        )

    @property
    def nulls(self) -> tuple[float, float]:
        """The closed form of TP1 and TP2; it knows no clock."""
        return chances(self.geometry, Exits(to_entry=self.to_entry))


class Costs(Record):
    """Percent of a leg's notional."""

    maker_pct: float = 0.02
    taker_pct: float = 0.05
    slippage_pct: float = 0.01  # of whatever crosses the spread


class Trades(NamedTuple):
    """One row a plan, in order. Bars are places in the file's rows; `at` of close are fills."""

    rows: Floats
    stop: Floats  # fraction of entry

    @property
    def net(self) -> Floats:
        """Fraction of entry, after costs."""
        found: Floats = self.rows[:, kernel.GROSS] - self.rows[:, kernel.COST]
        return found

    @property
    def net_r(self) -> Floats:
        found: Floats = self.net / self.stop
        return found

    @property
    def label(self) -> NDArray[np.int64]:
        return self.rows[:, kernel.LABEL].astype(np.int64)


class Summary(Record):
    """One market's trades in figures. Undecided plans stay in every denominator."""

    market: str
    bars: int
    trades: int
    labels: dict[str, int]
    tp1: float | None
    tp1_95: Interval | None
    tp1_null: float
    tp2: float | None
    tp2_95: Interval | None
    tp2_null: float
    z: float | None  # of TP1 beyond its null
    e_value: float
    net_pct: float  # mean a trade, percent of entry
    cost_pct: float
    net_r: float  # sum
    drawdown_r: float
    sharpe: float | None  # per trade


def read_rule(text: str, side: str = "both") -> Rule:
    """
    >>> read_rule("cross:20,50").slower
    50
    """
    found = RULE.fullmatch(text)
    if found is None or (found[1] in PAIRED) != (found[3] is not None) or int(found[2]) < 1:
        raise BadInput(
            "--rule takes cross:FAST,SLOW, ema:FAST,SLOW, breakout:BARS or every:BARS,"
            f" not {text!r}"
        )
    rule = Rule(name=found[1], length=int(found[2]), slower=int(found[3] or 0), side=side)
    if rule.name in PAIRED and rule.slower <= rule.length:
        raise BadInput(f"--rule {text}: the second length is the slower one")
    return rule


# Signals.


def signals(rule: Rule, bars: Candles) -> Sides:
    """+1 or -1 at the bars whose close says so. Reads nothing behind a bar."""
    out = np.zeros(len(bars.ts), dtype=np.int8)
    match rule.name:
        case "every":
            places = np.arange(0, len(out), rule.length)
            out[places] = 1 - np.arange(len(places)) % 2 * 2
        case "breakout":
            kernel.breakouts(bars.high, bars.low, bars.close, rule.length, out)
        case "ema":
            kernel.exponential_crossings(bars.close, rule.length, rule.slower, out)
        case _:
            kernel.simple_crossings(bars.close, rule.length, rule.slower, out)
    if rule.side != "both":
        out[out == (-1 if rule.side == "long" else 1)] = 0
    return out


# Trades.


def knobs(plan: Plan, costs: Costs) -> Floats:
    """The kernel's row: distances in stops, shares and fees as fractions."""
    crossing = (costs.taker_pct + costs.slippage_pct) / 100.0
    row = np.zeros(kernel.KNOBS)
    row[kernel.TARGET] = plan.target_pct / plan.stop_pct
    row[kernel.TARGET_NEXT] = plan.target_next_pct / plan.stop_pct
    row[kernel.SHARE], row[kernel.SHARE_NEXT] = plan.share, plan.share_next
    row[kernel.TO_ENTRY] = float(plan.to_entry)
    row[kernel.TRAIL] = plan.trail_pct / plan.stop_pct
    row[kernel.BARS_MAX] = plan.bars_max
    row[kernel.FEE_ENTRY] = row[kernel.FEE_STOP] = crossing
    row[kernel.FEE_TARGET] = costs.maker_pct / 100.0
    return row


def walk(bars: Candles, signal: Sides, price: Floats, stop: Floats, row: Floats) -> Floats:
    """The kernel's trades on bars without a hole."""
    rows = np.empty((max(1, int(np.count_nonzero(signal))), kernel.COLUMNS))
    count = kernel.trade(bars.open, bars.high, bars.low, bars.close, signal, price, stop, row, rows)
    return rows[:count]


def backtest(bars: Candles, rule: Rule, plan: Plan, costs: Costs) -> Trades:
    """All plans of a market, run after run of bars without a hole."""
    row = knobs(plan, costs)
    parts, distances = [], []
    for begin, end in runs(bars):
        part = _part(bars, begin, end)
        price = np.append(part.open[1:], 0.0)  # the last close has no next open
        signal = signals(rule, part)
        stop = stops(part, plan, signal)
        made = walk(part, signal, price, stop, row)
        distances.append(stop[made[:, kernel.ENTRY_BAR].astype(np.int64)])
        made[:, [kernel.ENTRY_BAR, kernel.EXIT_BAR]] += begin
        parts.append(made)
    return Trades(np.concatenate(parts), np.concatenate(distances))


def _part(bars: Candles, begin: int, end: int) -> Candles:
    """A copy: what Parquet gives may not be written to, and the kernel is told nothing of that."""
    return Candles(
        ts=bars.ts[begin:end].copy(),
        open=bars.open[begin:end].copy(),
        high=bars.high[begin:end].copy(),
        low=bars.low[begin:end].copy(),
        close=bars.close[begin:end].copy(),
        volume=bars.volume[begin:end].copy(),
    )


def stops(bars: Candles, plan: Plan, signal: Sides) -> Floats:
    """How far each signal's stop is, as a fraction of its close."""
    if not plan.stop_atr:
        return np.full(len(bars.ts), plan.stop_pct / 100.0)
    out = np.empty_like(bars.close)
    kernel.atr_stops(bars.high, bars.low, bars.close, signal, ATR_BARS, plan.stop_atr, out)
    return out


def runs(bars: Candles) -> list[tuple[int, int]]:
    """[begin, end) of each stretch whose bars follow each other at the file's own step."""
    steps = np.diff(bars.ts)
    if len(steps) == 0:
        return [(0, len(bars.ts))]
    ends = np.append(np.flatnonzero(steps != steps.min()) + 1, len(bars.ts))
    return list(zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True))


# Figures.


def summed(market: str, bars: int, made: Trades, plan: Plan) -> Summary:
    """What a market's trades say, as all hit rates are told: n, interval, what luck gives."""
    n, label, net_r = len(made.rows), made.label, made.net_r
    null1, null2 = plan.nulls
    first, second = label >= Label.TP1_THEN_TIMEOUT, label == Label.TP2
    hits = first.astype(float).tolist()
    counts = np.bincount(label, minlength=len(Label))
    sums = np.concatenate(([0.0], np.cumsum(net_r)))
    spread = float(net_r.std(ddof=1)) if n > 1 else 0.0
    return Summary(
        market=market,
        bars=bars,
        trades=n,
        labels={each.name.lower(): int(counts[each]) for each in Label if counts[each]},
        tp1=float(first.mean()) if n else None,
        tp1_95=wilson(float(first.sum()), n) if n else None,
        tp1_null=null1,
        tp2=float(second.mean()) if n else None,
        tp2_95=wilson(float(second.sum()), n) if n else None,
        tp2_null=null2,
        z=excess_z(hits, [null1] * n),
        e_value=e_value(hits, [null1] * n),
        net_pct=float(made.net.mean()) * 100.0 if n else 0.0,
        cost_pct=float(made.rows[:, kernel.COST].mean()) * 100.0 if n else 0.0,
        net_r=float(net_r.sum()),
        drawdown_r=float((np.maximum.accumulate(sums) - sums).max()),
        sharpe=float(net_r.mean()) / spread if spread > 0.0 else None,
    )


def check(plan: Plan, costs: Costs) -> None:
    """BadInput for what cannot be walked."""
    if not 0.0 < plan.stop_pct < 50.0:
        raise BadInput("--stop is a percentage above 0 and below 50")
    if not 0.0 < plan.target_pct <= plan.target_next_pct < 50.0:
        raise BadInput("--targets are two percentages above 0, the nearer one first")
    if min(plan.stop_atr, plan.trail_pct, plan.bars_max, *asdict(costs).values()) < 0.0:
        raise BadInput("a distance, a clock or a fee is never below 0")


def merged(parts: Sequence[Summary], whole: Trades, plan: Plan) -> Summary:
    """All markets as one row; the sums run in the order of the files."""
    return summed("all", sum(part.bars for part in parts), whole, plan)
