"""`pawang backtest parity`: is the ghost what the venue would have been?

Seeds 1 to 500 are for tuning the ghost, 501 to 1000 are shown. A plan is played in two worlds, so
it takes a core some seconds; all cores are used, and the seeds are told in their order.
"""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import msgspec
from rich.box import SIMPLE
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from pawang.simulate.parity import Parity, Summary, play, summarise
from pawang.simulate.parity.gap import (
    BRACKET_SHARE_MIN,
    FILL_SHARE_MIN,
    GAP_MAX_BP,
    GAP_MEAN_MAX_BP,
    GAP_SHARE_MIN,
)

NOTE = """\
The gap is live less ghost in basis points of what was ordered, of plans that filled on both sides:
negative where the ghost flattered. Distances and times are a sniper's made smaller."""


def backtest_parity(first: int, plans: int, as_json: bool) -> int:
    """Exit status 0 where every target is met, 1 where one is missed."""
    found = []
    for one in _progress(range(first, first + plans)):
        found.append(one)
        if as_json:
            print(json.dumps({"kind": "parity", **_row(one)}), flush=True)
    summary = summarise(found)
    if as_json:
        print(json.dumps({"kind": "verdict", **msgspec.to_builtins(summary)}))
    else:
        _show(summary, [one for one in found if _odd(one)])
    return 0 if summary.met else 1


def _progress(seeds: range) -> Iterator[Parity]:
    with (
        Progress(console=Console(stderr=True), transient=True) as bar,
        ProcessPoolExecutor(min(len(seeds), os.cpu_count() or 1)) as pool,
    ):
        whole = bar.add_task("plans", total=len(seeds))
        for one in pool.map(play, seeds):
            bar.advance(whole)
            yield one


def _row(one: Parity) -> dict[str, object]:
    return {
        **msgspec.to_builtins(one),
        "same_decision": one.same_decision,
        "gap_bp": one.gap_bp,
        "bracketed": one.bracketed,
    }


def _odd(one: Parity) -> bool:
    """Worth a look: another decision, or a gap beyond the bound."""
    return not one.same_decision or abs(one.gap_bp) > GAP_MAX_BP


def _show(summary: Summary, odd: list[Parity]) -> None:
    console = Console()
    table = Table("", "measured", "target", box=SIMPLE)
    gaps = summary.gap_quantiles_bp
    rows = (
        ("plans", f"{summary.plans}", ""),
        ("filled live / ghost", f"{summary.filled_live} / {summary.filled_ghost}", ""),
        ("same decision", f"{summary.same_decision:.1%}", f"≥ {FILL_SHARE_MIN:.0%}"),
        ("mean gap, bp", f"{summary.gap_mean_bp:+.3f}", f"within {GAP_MEAN_MAX_BP:g}"),
        ("gaps", f"{summary.both}", ""),
        (f"gaps within {GAP_MAX_BP:g} bp", f"{summary.gap_within:.1%}", f"≥ {GAP_SHARE_MIN:.0%}"),
        ("bracketed by the models", f"{summary.bracketed:.1%}", f"≥ {BRACKET_SHARE_MIN:.0%}"),
        *((f"gap {name}, bp", f"{gap:+.2f}", "") for name, gap in gaps.items()),
    )
    for row in rows:
        table.add_row(*row)
    console.print(table)
    for one in odd:
        live, base = one.live, one.base
        console.print(
            f"seed {one.seed}: live {live.label} {live.filled} {live.net_bp:+.2f} bp, "
            f"ghost {base.label} {base.filled} {base.net_bp:+.2f} bp"
        )
    console.print(NOTE)
    console.print("all targets met" if summary.met else "[bold red]a target is missed[/]")
