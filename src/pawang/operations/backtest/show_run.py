"""`pawang backtest run`: plays the files, prints the KPIs, keeps the trial, writes the report.

Figures go to stdout, lines for people or a JSON object a line; progress goes to stderr.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import Progress

from pawang.config import Config, load
from pawang.model.errors import BadInput
from pawang.model.forecast import Trial
from pawang.model.kpi import Measured
from pawang.model.refs import utc
from pawang.operations.backtest import daily, desk, registry, report, scored, session, taped
from pawang.operations.backtest.scored import Scored
from pawang.operations.backtest.session import Session
from pawang.operations.home import Home
from pawang.operations.kpis import as_lines


@dataclass(frozen=True)
class Asked:
    """The words of the command line."""

    files: Sequence[Path]
    drop: Path | None = None
    coins: Sequence[str] = ()
    ts_from: int | None = None
    ts_to: int | None = None
    home: Path | None = None
    report: Path | None = None
    tape: Path | None = None
    as_json: bool = False


def backtest_run(asked: Asked) -> int:
    """Exit status 0 when it ran whole, whatever it shows."""
    report.check(asked.report)
    home = Home.at(asked.home)
    tried = registry.trials(home.ledger) if asked.home is not None else []
    return finish(asked, read(asked), load(home.config), tried, home)


def read(asked: Asked) -> Session:
    """The session of the files, cut to what was asked for."""
    missing = [str(path) for path in asked.files if not path.exists()]
    if missing:
        raise BadInput(f"no such recording: {', '.join(missing)}")
    days = [path for path in asked.files if daily.is_daily(path)]
    days += [] if asked.drop is None else [asked.drop]
    recorded = [path for path in asked.files if path not in days]
    if asked.tape is not None and recorded:
        raise BadInput(f"either files are played or a tape, not {recorded[0].name} with --tape")
    if asked.tape is not None:
        made = taped.session(asked.tape, asked.coins)
    else:
        made = session.read(recorded, asked.coins)
    made = replace(made, sources=[*made.sources, daily.read(days)])
    return cut(made, asked.ts_from, asked.ts_to)


def cut(made: Session, ts_from: int | None, ts_to: int | None) -> Session:
    """What is known before `ts_from` becomes the desk's past."""
    begun = made.ts_from if ts_from is None else max(made.ts_from, ts_from)
    ended = made.ts_to if ts_to is None else min(made.ts_to, ts_to)
    if begun >= ended:
        there = f"{utc(made.ts_from):%Y-%m-%d %H:%M:%S} to {utc(made.ts_to):%Y-%m-%d %H:%M:%S} UTC"
        raise BadInput(f"nothing was recorded in that time: there is {there}")
    return replace(made, ts_from=begun, ts_to=ended)


def finish(asked: Asked, made: Session, config: Config, tried: Sequence[Trial], home: Home) -> int:
    """Play, score, keep, tell."""
    with Progress(console=Console(stderr=True), transient=True) as bar:
        whole = bar.add_task(", ".join(made.listings), total=1.0)
        played = desk.play(made, config, lambda share: bar.update(whole, completed=share))
    found = scored.with_registry(scored.score(played, config, time.time_ns()), tried)
    if asked.home is not None and found.trial is not None:
        registry.keep(home.ledger, found.trial)
    if asked.report is not None:
        report.write(asked.report, found)
    _tell(found, asked)
    return 0


def _tell(found: Scored, asked: Asked) -> None:
    if asked.as_json:
        print(json.dumps({"kind": "backtest", **msgspec.to_builtins(found)}))
        return
    print("\n".join(lines(found)))
    if asked.home is None and found.trial is not None:
        print("trial, kept nowhere without --home:")
        print(json.dumps(msgspec.to_builtins(found.trial)))
    if asked.report is not None:
        print(f"report: {asked.report}")


def lines(found: Scored) -> list[str]:
    """A run in words, the KPIs as `pawang kpi` prints them."""
    kpis = Measured(
        as_of=found.ts_to,
        books={"shadow": found.kpis},
        desk=(found.bias, *found.calibration),
    )
    span = f"{utc(found.ts_from):%Y-%m-%d %H:%M:%S} to {utc(found.ts_to):%Y-%m-%d %H:%M:%S} UTC"
    rows = [
        f"{', '.join(found.coins)}, {span}, {found.records:,} records",
        f"slots: {_counted(found.verdicts)}",
        f"plans: {found.plans}; {_counted(found.labels)}",
        f"fills: {found.fills}, fees {found.fees_usd:,.2f} USD, funding {found.funding_usd:,.2f}"
        f" USD, net {found.net_usd:+,.2f} USD = {found.net_r:+.2f} R",
        *as_lines(kpis),
    ]
    if found.stretches:
        rows += ["", "stretches"]
        rows += [
            f"{utc(each.ts_from):%Y-%m-%d %H:%M} UTC  n {each.n:>4}  TP1 {each.tp1:6.1%}"
            f"  luck {each.tp1_null:6.1%}  net {each.net_r:+7.2f} R"
            for each in found.stretches
        ]
    return [*rows, "", _registered(found)]


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "none"


def _registered(found: Scored) -> str:
    if found.trial is None:
        return "no trial: fewer than two trades with different results make no Sharpe ratio"
    return (
        f"Sharpe {found.trial.sharpe:+.3f} per trade, {found.trial.trades} trades;"
        f" chance that it beats the luckiest of all that was tried: {found.deflated:.3f}"
    )
