"""`pawang backtest …`: runs the measures, shows how far they are, prints what they found.

Figures go to stdout, a table for people or a JSON object a line; progress goes to stderr.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from pawang.learning.intervals import Interval
from pawang.model.codec import Record
from pawang.operations.backtest import null, ofi, recordings


def backtest_ofi(data: Path | None, session: str | None, seed: int, as_json: bool) -> int:
    """Exit status 0 where every target is met, 1 where one is missed."""
    where = recordings.folder(data)
    paths = recordings.chosen(recordings.sessions(where), session, where)
    tasks = {name: _ofi_task(name, path, seed) for name, path in paths.items()}
    found = list(_progress(tasks))
    met = all(each.met for each in found)
    if as_json:
        _lines(("ofi", each) for each in found)
        print(json.dumps({"kind": "verdict", "met": met, "seed": seed}))
    else:
        console = Console()
        console.print(_windows(found))
        console.print(_imbalance(found))
        console.print(OFI_NOTE)
        console.print("all targets met" if met else "[bold red]a target is missed[/]")
    return 0 if met else 1


def backtest_null(data: Path | None, plans: int, seed: int, as_json: bool) -> int:
    """Exit status 0 where every check is met, 1 where one is missed."""
    where = recordings.folder(data)
    paths = recordings.chosen(recordings.minutes(where), None, where)
    on_walks = list(_progress(_walk_tasks(plans, seed)))
    on_bars = [each for coin in _progress(_bar_tasks(paths, seed)) for each in coin]
    met = all(each.met for each in on_walks) and all(each.met for each in on_bars)
    if as_json:
        _lines(("walks", each) for each in on_walks)
        _lines(("bars", each) for each in on_bars)
        print(json.dumps({"kind": "verdict", "met": met, "seed": seed}))
    else:
        console = Console()
        console.print(_walks(on_walks))
        console.print(_bars(on_bars))
        console.print(NULL_NOTE)
        console.print("all checks met" if met else "[bold red]a check is missed[/]")
    return 0 if met else 1


# What is run, one callable a step of the progress bar.

Kind = TypeVar("Kind")


def _progress(tasks: dict[str, Callable[[], Kind]]) -> Iterator[Kind]:
    """Each task's answer in order, with a bar on stderr that names the one at work."""
    with Progress(console=Console(stderr=True), transient=True) as bar:
        whole = bar.add_task("", total=len(tasks))
        for name, task in tasks.items():
            bar.update(whole, description=name)
            yield task()
            bar.advance(whole)


def _ofi_task(name: str, path: Path, seed: int) -> Callable[[], ofi.Session]:
    return lambda: ofi.measure(name, path, seed)


def _walk_tasks(plans: int, seed: int) -> dict[str, Callable[[], null.OnWalks]]:
    def task(policy: null.Policy) -> Callable[[], null.OnWalks]:
        return lambda: null.on_walks(policy, plans, seed)

    return {
        f"walks {number}: {policy.name}": task(policy)
        for number, policy in enumerate(null.policies(), 1)
    }


def _bar_tasks(paths: dict[str, Path], seed: int) -> dict[str, Callable[[], list[null.OnBars]]]:
    coins: dict[str, list[Path]] = {}
    for name, path in paths.items():
        coins.setdefault(recordings.asset(name), []).append(path)

    def task(coin: str) -> Callable[[], list[null.OnBars]]:
        def run() -> list[null.OnBars]:
            markets = [recordings.bars(path) for path in coins[coin]]
            return [null.on_bars(coin, markets, exits, seed) for exits in null.EXITS]

        return run

    return {f"bars: {coin}": task(coin) for coin in coins}


# What is printed.

OFI_NOTE = """\
R2 of mid moves on L1 OFI; targets: same window at least 0.4 (1 s) and 0.5 (10 s), next window at
most a quarter of it, AUC at least 0.75. Windows lie side by side from the first quote; "anywhere"
is what the figure becomes when they begin some tenths of a window later. Intervals are 95 %, by
block bootstrap: a recording of minutes has some 50 windows of 10 s, so they are wide.
OFI explains the window it is taken from. It does not foretell the next one."""

NULL_NOTE = """\
SE: standard errors from the closed form, and of the mean net PnL from minus the costs; at most 3.
On bars at most 0.03 from the closed form, each rate over all plans, undecided ones too; intervals
are 95 %, by block bootstrap in blocks of two days. With a time stop rates are printed, not judged.
Three in a thousand figures lie beyond 3 SE by chance; more plans tell chance from fault."""


def _lines(found: Iterable[tuple[str, Record]]) -> None:
    for kind, each in found:
        print(json.dumps({"kind": kind, **msgspec.to_builtins(each)}))


def _windows(found: list[ofi.Session]) -> Table:
    table = Table("market", "window", title="Order flow and price")
    for head in ("n", "R2 same window", "95 %", "anywhere", "R2 next window", "95 %", "share"):
        table.add_column(head, justify="right")
    for head in ("worst share anywhere", "ticks a depth", ""):
        table.add_column(head, justify="right")
    for session in found:
        for window in session.windows:
            table.add_row(
                session.name,
                f"{window.seconds} s",
                f"{window.n}",
                f"{window.r2:.3f}",
                _range(window.r2_95),
                f"{window.phases.r2_min:.3f} to {window.phases.r2_max:.3f}",
                f"{window.next_r2:.4f}",
                _range(window.next_r2_95),
                f"{window.next_r2 / window.r2:.3f}",
                f"{window.phases.next_share_max:.3f}",
                f"{window.slope_depth:.2f}",
                _verdict(window.r2_met and window.next_met),
            )
    return table


def _imbalance(found: list[ofi.Session]) -> Table:
    table = Table("market", title="Queue imbalance and the next move of the mid")
    for head in ("book states", "moves", "AUC", "95 %", ""):
        table.add_column(head, justify="right")
    for session in found:
        auc = session.imbalance
        counts = f"{auc.states:,}", f"{auc.moves:,}"
        table.add_row(
            session.name, *counts, f"{auc.auc:.3f}", _range(auc.auc_95), _verdict(auc.met)
        )
    return table


def _walks(found: list[null.OnWalks]) -> Table:
    table = Table("random walks", "SL/TP1/TP2 %", title="What luck alone does")
    for head in ("plans", "TP1", "closed form", "SE", "TP2", "closed form", "SE"):
        table.add_column(head, justify="right")
    for head in ("undecided", "net %", "cost %", "SE", ""):
        table.add_column(head, justify="right")
    for each in found:
        shape = each.geometry
        table.add_row(
            each.name,
            f"{shape.stop:.2f}/{shape.target:.2f}/{shape.target_next:.2f}",
            f"{each.n:,}",
            f"{each.tp1:.4f}",
            _optional(each.tp1_null, ".4f"),
            _optional(each.tp1_errors, "+.2f"),
            f"{each.tp2:.4f}",
            _optional(each.tp2_null, ".4f"),
            _optional(each.tp2_errors, "+.2f"),
            f"{each.undecided:.3f}",
            f"{each.net:+.4f}",
            f"{each.cost:.4f}",
            f"{each.net_errors:+.2f}",
            _verdict(each.met),
        )
    return table


def _bars(found: list[null.OnBars]) -> Table:
    table = Table("coin", "exits", title="The same on recorded minutes, both sides, no signal")
    for head in ("plans", "TP1", "95 %", "closed form", "TP2", "95 %", "closed form"):
        table.add_column(head, justify="right")
    for head in ("SL first", "undecided", ""):
        table.add_column(head, justify="right")
    for each in found:
        table.add_row(
            each.coin,
            each.exits,
            f"{each.n:,}",
            f"{each.tp1:.3f}",
            _range(each.tp1_95),
            f"{each.tp1_null:.3f}",
            f"{each.tp2:.3f}",
            _range(each.tp2_95),
            f"{each.tp2_null:.3f}",
            f"{each.sl_first:.3f}",
            f"{each.undecided:.3f}",
            _verdict(each.met) if each.judged else "",
        )
    return table


def _range(found: Interval) -> str:
    return f"{found.low:.3f} to {found.high:.3f}"


def _optional(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


def _verdict(met: bool) -> str:
    return "[green]met[/]" if met else "[bold red]missed[/]"
