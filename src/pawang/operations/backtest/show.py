"""`pawang backtest …`: runs the measures, shows how far they are, prints what they found.

Figures go to stdout, a table for people or a JSON object a line; progress goes to stderr.
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from pawang.model.codec import Record
from pawang.model.kpi import Interval
from pawang.operations.backtest import ofi, on_bars, on_walks, recordings, tables
from pawang.operations.backtest.tables import paragraph, progress


def backtest_ofi(data: Path | None, session: str | None, seed: int, as_json: bool) -> int:
    """Exit status 0 where every target is met, 1 where one is missed."""
    where = recordings.folder(data)
    paths = recordings.chosen(recordings.sessions(where), session, where)
    tasks = {name: _ofi_task(name, path, seed) for name, path in paths.items()}
    found = list(progress(tasks))
    met = all(each.met for each in found)
    if as_json:
        _lines(("ofi", each) for each in found)
        print(json.dumps({"kind": "verdict", "met": met, "seed": seed}))
    else:
        console = Console()
        console.print(_windows(found))
        console.print(_imbalance(found))
        console.print(paragraph(OFI_NOTE))
        console.print("all targets met" if met else "[bold red]a target is missed[/]")
    return 0 if met else 1


def backtest_null(data: Path | None, plans: int, seed: int, as_json: bool) -> int:
    """Exit status 0 where every check is met, 1 where one is missed."""
    where = recordings.folder(data)
    paths = recordings.chosen(recordings.minutes(where), None, where)
    made = list(progress(_walk_tasks(plans, seed)))
    real = [each for coin in progress(_bar_tasks(paths, seed)) for each in coin]
    met = all(each.met for each in made) and all(each.met for each in real)
    if as_json:
        _lines(("walks", each) for each in made)
        _lines(("bars", each) for each in real)
        print(json.dumps({"kind": "verdict", "met": met, "seed": seed}))
    else:
        console = Console()
        console.print(_walks(made))
        console.print(_bars(real))
        console.print(paragraph(NULL_NOTE))
        console.print("all checks met" if met else "[bold red]a check is missed[/]")
    return 0 if met else 1


# What is run, one callable a step of the progress bar.


def _ofi_task(name: str, path: Path, seed: int) -> Callable[[], ofi.Session]:
    return lambda: ofi.measure(name, path, seed)


def _walk_tasks(plans: int, seed: int) -> dict[str, Callable[[], on_walks.OnWalks]]:
    def task(policy: on_walks.Policy) -> Callable[[], on_walks.OnWalks]:
        return lambda: on_walks.on_walks(policy, plans, seed)

    return {
        f"walks {number}: {policy.name}": task(policy)
        for number, policy in enumerate(on_walks.policies(), 1)
    }


def _bar_tasks(paths: dict[str, Path], seed: int) -> dict[str, Callable[[], list[on_bars.OnBars]]]:
    coins: dict[str, list[Path]] = {}
    for name, path in paths.items():
        coins.setdefault(recordings.asset(name), []).append(path)

    def task(coin: str) -> Callable[[], list[on_bars.OnBars]]:
        def run() -> list[on_bars.OnBars]:
            markets = [recordings.bars(path) for path in coins[coin]]
            return [on_bars.on_bars(coin, markets, exits, seed) for exits in on_bars.EXITS]

        return run

    return {f"bars: {coin}": task(coin) for coin in coins}


# What is printed.

OFI_NOTE = """
R2 of mid moves on L1 OFI. Targets: same window at least 0.4 (1 s) and 0.5 (10 s), next window at
most a quarter of it, AUC at least 0.75. Windows lie side by side from the first quote; "elsewhere"
is what a figure becomes when they begin some tenths of a window later. Intervals are 95 %, by
block bootstrap: a recording of minutes has some 50 windows of 10 s, so they are wide. OFI explains
the window it is taken from; it does not foretell the next one.
"""

NULL_NOTE = """
SE: standard errors from the closed form, and of the mean net PnL from minus the costs; at most 3.
Three in a thousand figures lie beyond by chance; more plans tell chance from fault. On bars at most
0.03 from the closed form, each rate over all plans, undecided ones too; intervals are 95 %, by
block bootstrap in blocks of two days. With a time stop rates are printed, not judged.
"""


def _lines(found: Iterable[tuple[str, Record]]) -> None:
    for kind, each in found:
        print(json.dumps({"kind": kind, **msgspec.to_builtins(each)}))


def _windows(found: list[ofi.Session]) -> Table:
    same, after = "R2 same\n95 %\nelsewhere", "R2 next\n95 %\nelsewhere to"
    share = "next/same\n\nelsewhere to"
    table = tables.table("Order flow and price", "market", "window\nn", same, after, share, "")
    for session in found:
        for window in session.windows:
            begun = window.phases
            anywhere = f"{begun.r2_min:.3f} to {begun.r2_max:.3f}"
            table.add_row(
                _market(session.name),
                f"{window.seconds} s\n{window.n}",
                f"{window.r2:.3f}\n{_range(window.r2_95)}\n{anywhere}",
                f"{window.next_r2:.4f}\n{_range(window.next_r2_95)}\n{begun.next_r2_max:.3f}",
                f"{window.next_r2 / window.r2:.3f}\n\n{begun.next_share_max:.3f}",
                _verdict(window.r2_met and window.next_met),
            )
    return table


def _imbalance(found: list[ofi.Session]) -> Table:
    title = "Queue imbalance and the next move of the mid"
    table = tables.table(title, "market", "book states", "moves", "AUC\n95 %", "")
    for session in found:
        auc = session.imbalance
        table.add_row(
            _market(session.name),
            f"{auc.states:,}",
            f"{auc.moves:,}",
            f"{auc.auc:.3f}\n{_range(auc.auc_95)}",
            _verdict(auc.met),
        )
    return table


def _walks(found: list[on_walks.OnWalks]) -> Table:
    rates = [f"{target}\nclosed form\nSE" for target in ("TP1", "TP2")]
    heads = ("plans\nundecided", *rates, "net %\ncosts %\nSE", "")
    table = tables.table("Luck alone on random walks (SL/TP1/TP2 in %)", "exits", *heads)
    for each in found:
        shape = each.geometry
        table.add_row(
            f"{each.name}\n{shape.stop:.2f}/{shape.target:.2f}/{shape.target_next:.2f}",
            f"{each.n:,}\n{each.undecided:.3f}",
            _rate(each.tp1, each.tp1_null, each.tp1_errors),
            _rate(each.tp2, each.tp2_null, each.tp2_errors),
            f"{each.net:+.4f}\n{each.cost:.4f}\n{each.net_errors:+.2f}",
            _verdict(each.met),
        )
    return table


def _bars(found: list[on_bars.OnBars]) -> Table:
    rates = [f"{target}\n95 %\nclosed form" for target in ("TP1", "TP2")]
    title = "Luck alone on recorded minutes, both sides, no signal"
    table = tables.table(title, "exits", "coin", "plans", *rates, "SL first\nundecided", "")
    for each in found:
        table.add_row(
            each.exits,
            each.coin,
            f"{each.n:,}",
            f"{each.tp1:.3f}\n{_range(each.tp1_95)}\n{each.tp1_null:.3f}",
            f"{each.tp2:.3f}\n{_range(each.tp2_95)}\n{each.tp2_null:.3f}",
            f"{each.sl_first:.3f}\n{each.undecided:.3f}",
            _verdict(each.met) if each.judged else "",
        )
    return table


def _market(name: str) -> str:
    """A recording's name on short lines: where, which pair, when."""
    return "\n".join(name.rsplit("_", 2))


def _range(found: Interval) -> str:
    return f"{found.low:.3f} to {found.high:.3f}"


def _rate(rate: float, null: float | None, errors: float | None) -> str:
    if null is None or errors is None:
        return f"{rate:.4f}"
    return f"{rate:.4f}\n{null:.4f}\n{errors:+.2f}"


def _verdict(met: bool) -> str:
    return "[green]met[/]" if met else "[bold red]missed[/]"
