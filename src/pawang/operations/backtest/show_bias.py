"""`pawang backtest bias`: the bias on recorded hours, walked forward, printed as it is.

Figures go to stdout, a table for people or a JSON object a line; progress goes to stderr.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill

import msgspec
import numpy as np
from rich.console import Console
from rich.progress import Progress

from pawang.config import Config, load
from pawang.learning.folds import FoldParams
from pawang.model.codec import digest, encode
from pawang.model.errors import BadInput
from pawang.model.forecast import Trial
from pawang.model.refs import DAY, utc
from pawang.operations.backtest import daily, hourly, recordings, registry, report, walk_forward
from pawang.operations.backtest.charts import Column, Columns, Dot, Dots, Whisker, Whiskers
from pawang.operations.backtest.hourly import Hours
from pawang.operations.backtest.page import Page, Section, Table
from pawang.operations.backtest.scored import scored_trial
from pawang.operations.backtest.walk_forward import Score, Walked
from pawang.operations.home import Home

NOTE = """
One line a week of test, after 60 days of training; nothing of the week, and nothing that ends
within two hours before it, is learned from. Each hour goes through the desk's engine; the hour's
close stands for the mid. Hit: the price went to the side of the score, NEUTRAL hours too, against
the chance that the base rate gave the same events; z counts overlapping labels once. The e-value
takes every label for a new one: with labels of four hours, made every hour, it knows too much,
and z is the one to read. Skill above 0 beats the rival's Brier score. "As fitted" is the fit
whatever the rules of refusal say of it. ECE is crooked only above its null. Net is what a told
side earns when it is followed for its horizon, less 10 bps.
"""
DEAD = "the recorded CVD is 0 in every hour, a dead series: the flow pillar is missing"
STANDS_IN = "liquidations stand in for the taker flow"


@dataclass(frozen=True)
class Asked:
    """The words of the command line."""

    data: Path | None = None
    home: Path | None = None
    report: Path | None = None
    train_d: int = 60
    test_d: int = 7
    as_json: bool = False


def backtest_bias(asked: Asked) -> int:
    """Exit status 0 when it ran whole, whatever it shows."""
    report.check(asked.report)
    home = Home.at(asked.home)
    tried = registry.trials(home.ledger) if asked.home is not None else []
    config = load(home.config)
    found = list(_walked(asked, config))
    trials = [made for each in found if (made := _trial(each, config, asked)) is not None]
    for made in trials:
        if asked.home is not None:
            registry.keep(home.ledger, made)
    if asked.report is not None:
        report.save(asked.report, page(found))
    _tell(found, trials, len(tried), asked)
    return 0


def _walked(asked: Asked, config: Config) -> Iterator[Walked]:
    """Every way of the flow over every horizon, with a bar on stderr."""
    where = recordings.folder(asked.data)
    paths = sorted(where.glob("regime_btc_1h*.parquet"))
    if not paths:
        raise BadInput(f"no regime_btc_1h*.parquet in {where}")
    hours = _joined([hourly.read(path) for path in paths])
    patterns = ("etf_flow*.parquet", "fear_greed*.parquet")
    days = daily.read([path for name in patterns for path in sorted(where.glob(name))])
    params = FoldParams(train_ns=asked.train_d * DAY, test_ns=asked.test_d * DAY)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        steps = len(hourly.FLOWS) * (1 + len(walk_forward.HORIZONS_NS))
        whole = bar.add_task("", total=steps)
        for name, flow in hourly.FLOWS.items():
            bar.update(whole, description=f"{name}: {len(hours.ts)} hours through the engine")
            made = walk_forward.judged(hours, days, flow, config.signals)
            bar.advance(whole)
            for horizon in walk_forward.HORIZONS_NS:
                bar.update(whole, description=f"{name}: weeks of {horizon // 3600 // 10**9} h")
                yield walk_forward.walk(name, hours, made, horizon, params)
                bar.advance(whole)


def _joined(parts: list[Hours]) -> Hours:
    """Files one after the other; an hour that comes twice is told by the first."""
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    _, first = np.unique(columns[0], return_index=True)
    return Hours(*(column[first] for column in columns))


def _trial(found: Walked, config: Config, asked: Asked) -> Trial | None:
    """One row a configuration: what following the told sides would have earned, per hour."""
    if not found.folds:
        return None
    rules = (config.signals, found.flow, found.horizon_h, asked.train_d, asked.test_d)
    what = f"bias walk-forward, {found.flow}, {found.horizon_h} h"
    span = (found.folds[0].ts_from, found.folds[-1].ts_to)
    return scored_trial(found.net, digest(encode(rules)), what, span, time.time_ns())


# What is printed.


def _tell(found: list[Walked], trials: list[Trial], tried: int, asked: Asked) -> None:
    if asked.as_json:
        for each in found:
            head = {"flow": each.flow, "horizon_h": each.horizon_h}
            for fold in each.folds:
                print(json.dumps({"kind": "fold", **head, **msgspec.to_builtins(fold)}))
            body = {name: getattr(each, name) for name in COUNTS}
            pooled = msgspec.to_builtins(each.pooled)
            print(json.dumps({"kind": "pooled", **head, **body, "score": pooled}))
        for made in trials:
            print(json.dumps({"kind": "trial", **msgspec.to_builtins(made)}))
        return
    for each in found:
        print("\n".join([*lines(each), ""]))
    print(fill(" ".join(NOTE.split()), 96))
    kept = f"kept beside {tried} before them" if asked.home else "kept nowhere without --home"
    print(f"\n{len(trials)} trials, {kept}:")
    for made in trials:
        print(f"  {made.what}: Sharpe {made.sharpe:+.4f} per told hour, n {made.trades}")
    if asked.report is not None:
        print(f"report: {asked.report}")


COUNTS = ("hours", "whale_hours", "etf_hours", "sentiment_hours")


def words(found: Walked) -> str:
    """What the views were made of."""
    flow = STANDS_IN if found.flow == "liquidations" else "flow from CVD"
    if found.flow == "cvd" and not found.whale_hours:
        flow = DEAD
    return (
        f"{found.hours:,} hours; flow in {found.whale_hours:,}, ETF in {found.etf_hours:,},"
        f" sentiment in {found.sentiment_hours:,}; {flow}"
    )


def lines(found: Walked) -> list[str]:
    """A block of four lines a week, and one for all of them."""
    rows = [f"Bias, {found.horizon_h} h on", words(found), f"{'':12}{HEAD}"]
    for fold in found.folds:
        why = f"a {fold.a:+.2f}, b {fold.b:.2f}"
        why += f"; refused: {', '.join(fold.refusals)}" if fold.refusals else ""
        rows += _block(f"{utc(fold.ts_from):%Y-%m-%d}", fold.score)
        rows.append(f"{'':12}{fold.calibrator}, learned of {fold.trained} hours: {why}")
    if found.pooled is None:
        return [*rows, "too short for a week of test after its training"]
    return [*rows, *_block("all weeks", found.pooled)]


HEAD = "   n  n_eff    hit  95 %             base      z  e-value  told    hit"


def _block(label: str, score: Score) -> list[str]:
    ends, told = score.hit_95, score.told
    return [
        f"{label:<12}{score.n:>4} {score.n_eff:>6.0f}  {score.hit:.3f}"
        f"  {ends.low:.3f} to {ends.high:.3f}  {score.base:.3f}  {_signed(score.z, 2):>5}"
        f"  {score.e_value:>7.3g}  {score.said:>4}  {_plain(score.said_hit, 3):>5}",
        f"{'':12}Brier {score.brier:.4f}; skill: base rate {_signed(score.skill_base, 3)},"
        f" momentum {_signed(score.skill_momentum, 3)}, 50 % {_signed(score.skill_half, 3)},"
        f" as fitted {_signed(score.skill_refused, 3)}",
        f"{'':12}slope {told.slope:.2f}, intercept {told.intercept:+.2f},"
        f" ECE {told.ece.ece:.3f} (null 95 % {told.ece.null_95:.3f}),"
        f" net {_signed(score.net_bps, 1) or '–'} bps",
    ]


def _signed(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:+.{digits}f}"


def _plain(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _cells(score: Score) -> tuple[str, ...]:
    told = score.told
    return (
        str(score.n),
        f"{score.n_eff:.0f}",
        f"{score.hit:.3f}",
        f"{score.base:.3f}",
        _signed(score.z, 2),
        f"{score.e_value:.3g}",
        _signed(score.skill_base, 3),
        f"{told.slope:.2f}",
        f"{told.ece.ece:.3f}",
        _signed(score.net_bps, 1),
    )


# The report.


def page(found: list[Walked]) -> Page:
    """Hit rates week by week and the calibration of each way, one below the other."""
    spans = [fold for each in found for fold in each.folds]
    begun = min((fold.ts_from for fold in spans), default=0)
    ended = max((fold.ts_to for fold in spans), default=0)
    return Page(
        title="The bias on recorded hours",
        under=f"walk-forward, test weeks {utc(begun):%Y-%m-%d} to {utc(ended):%Y-%m-%d}",
        facts=tuple((f"{each.flow}, {each.horizon_h} h", words(each)) for each in found),
        sections=(*(one for each in found for one in _sections(each)), _last()),
    )


def _last() -> Section:
    return Section(heading="How to read this", words=" ".join(NOTE.split()))


def _sections(each: Walked) -> Iterator[Section]:
    name = f"{each.flow}, {each.horizon_h} h"
    if each.pooled is None:
        yield Section(heading=name, words="Too short for a week of test after its training.")
        return
    rows = [*((f"{utc(fold.ts_from):%Y-%m-%d}", fold.score) for fold in each.folds)]
    rows.append(("all weeks", each.pooled))
    yield Section(
        heading=f"{name}: hit rates",
        words="Dots are measured, lines 95 % on n_eff, upright marks the base rate's chance.",
        chart=Whiskers(
            title=f"{name}: hit rates by week",
            rows=tuple(
                Whisker(
                    label=f"{label}: {score.hit:.1%}, n_eff {score.n_eff:.0f}",
                    value=score.hit,
                    low=score.hit_95.low,
                    high=score.hit_95.high,
                    null=score.base,
                )
                for label, score in rows
            ),
        ),
    )
    yield Section(
        heading=f"{name}: what was told, and what came",
        chart=Dots(
            title=f"{name}: calibration",
            dots=tuple(
                Dot(
                    told=one.forecast,
                    came=one.rate,
                    low=one.interval.low,
                    high=one.interval.high,
                    n=one.n,
                )
                for one in each.pooled.told.curve
            ),
        ),
    )
    yield Section(
        heading=f"{name}: Brier skill against the base rate",
        chart=Columns(
            title=f"{name}: Brier skill by week",
            unit="skill",
            columns=tuple(
                Column(label=label, value=score.skill_base or 0.0, n=score.n)
                for label, score in rows[:-1]
            ),
        ),
        table=Table(
            heads=(
                "week",
                "n",
                "n_eff",
                "hit",
                "base",
                "z",
                "e",
                "skill",
                "slope",
                "ECE",
                "net bps",
            ),
            rows=tuple((label, *_cells(score)) for label, score in rows),
        ),
    )
