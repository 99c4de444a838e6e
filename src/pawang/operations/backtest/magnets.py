"""`pawang backtest magnets`: does the map of liquidations know where? Two answers, never mixed.

On made markets (`on_truth`), where every liquidation is known, targets decide the exit status. On
what was recorded (`on_sums`, `on_levels`, `attraction`) it is a report, and the gate of
signals.md 6.5 stays shut until single bins of a venue's own prints have been recorded in number.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from pawang.learning.field import FieldScore
from pawang.model.codec import Record
from pawang.model.errors import BadInput
from pawang.model.kpi import Interval
from pawang.model.refs import HOUR, utc
from pawang.operations.backtest import recordings, tables
from pawang.operations.backtest.attraction import Attraction, attraction
from pawang.operations.backtest.on_levels import OnLevels, on_levels
from pawang.operations.backtest.on_sums import OnSums, on_sums
from pawang.operations.backtest.on_truth import OnTruth, OverSeeds, on_truth, over_seeds

SHUT = "single bins of one venue, at least 1,000 a coin: none are recorded"


def backtest_magnets(
    data: Path | None, seeds: int, days: int, seed: int, as_json: bool, picture: Path | None
) -> int:
    """Exit status 0 where the targets on made markets are met, 1 where one is missed."""
    made = list(tables.progress(_truth_tasks(seeds, days)))
    whole = over_seeds(made)
    real, missing = _recorded(data, seed)
    if picture is not None:
        _paint(data, picture)
    if as_json:
        for line in _lines(made, whole, real, missing):
            print(json.dumps(line))
    else:
        _print(made, whole, real, missing)
    return 0 if whole.met else 1


def _truth_tasks(seeds: int, days: int) -> dict[str, Callable[[], OnTruth]]:
    def task(seed: int) -> Callable[[], OnTruth]:
        return lambda: on_truth(seed, days)

    return {f"made market {seed}": task(seed) for seed in range(seeds)}


def _recorded(data: Path | None, seed: int) -> tuple[list[Record], dict[str, str]]:
    """What the recordings say, and what could not be asked."""
    try:
        where = recordings.folder(data)
    except BadInput as failed:
        return [], {"recordings": str(failed)}
    tasks: dict[str, Callable[[], Record]] = {
        "sums an hour": lambda: on_sums(where, HOUR, seed),
        "sums a half hour": lambda: on_sums(where, HOUR // 2, seed),
        "levels": lambda: on_levels(where, seed),
        "attraction": lambda: attraction(where, seed),
    }
    missing: dict[str, str] = {}

    def asked(name: str) -> Callable[[], Record | None]:
        def run() -> Record | None:
            try:
                return tasks[name]()
            except BadInput as failed:
                missing[name] = str(failed)
                return None

        return run

    found = list(tables.progress({name: asked(name) for name in tasks}))
    return [one for one in found if one is not None], missing


def _lines(
    made: list[OnTruth], whole: OverSeeds, real: list[Record], missing: dict[str, str]
) -> Iterator[dict[str, Any]]:
    kinds = {OnSums: "sums", OnLevels: "levels", Attraction: "attraction"}
    for one in made:
        yield {"kind": "truth", **msgspec.to_builtins(one), "gate_passed": one.score.passed}
    yield {"kind": "truths", **msgspec.to_builtins(whole), "met": whole.met}
    for found in real:
        yield {"kind": kinds[type(found)], **msgspec.to_builtins(found)}
    for name, why in missing.items():
        yield {"kind": "missing", "name": name, "why": why}
    yield {"kind": "verdict", "met": whole.met, "gate_passed": False, "gate": SHUT}


# Tables.

TRUTH_NOTE = """
Untouched bins (four hours) that the mark reached; AUC of those in the top quintile of printed
liquidations within 60 s. A rival's AUC is read in whichever direction serves it. "shifted": the
mean of 200 maps shifted by 20 to 200 bp away from the price, the largest, and the permutation p.
"shuffled": the same forecasts dealt out at random. Targets over the seeds: median AUC at least
0.65, better than age, volume and shifted maps more often than luck (sign test, 5 %), shuffled at
most 0.55. In a made market the map knows the venue's formula; that is what it is tried on.
"""
SUMS_NOTE = """
BTC, three venues together, map on hourly open interest of one of them, the takers' side unknown.
A sample is a bar and a side on which untouched bins were reached. Read the rows "a bin": a longer
way liquidates more whatever a map says. A rival's AUC of 0.2 is 0.8 the other way round (little
was traded there). A rival above the map means that one need not know leverage to know as much.
"""
LEVELS_NOTE = """
Rank correlation within each snapshot of the map's mass and of real positions, 42 buckets of 1.2 %;
the mean over snapshots. An interval of the difference below 0 says that plain distance from the
price knows more than the map.
"""
DRAW_NOTE = """
Does the price touch the strongest magnet before the level as far away on the other side? A half
without attraction. "plain": levels at nearly the same distance that are no magnets.
"""


def _print(
    made: list[OnTruth], whole: OverSeeds, real: list[Record], missing: dict[str, str]
) -> None:
    console = Console()
    console.print(_truths(made, whole))
    console.print(tables.paragraph(TRUTH_NOTE))
    for words in whole.lacking:
        console.print(f"[bold red]missed:[/] {words}")
    sums = [one for one in real if isinstance(one, OnSums)]
    for one in sums:
        console.print(_sums(one, "whole bars", one.score))
        console.print(_sums(one, "a bin", one.a_bin))
    if sums:
        console.print(tables.paragraph(SUMS_NOTE))
    for found in real:
        if isinstance(found, OnLevels):
            console.print(_levels(found))
            console.print(tables.paragraph(LEVELS_NOTE))
        if isinstance(found, Attraction):
            console.print(_attraction(found))
            console.print(tables.paragraph(DRAW_NOTE))
    for name, why in missing.items():
        console.print(f"not asked: {name} ({why})")
    console.print("all targets met" if whole.met else "[bold red]a target is missed[/]")
    console.print(f"gate of the live map: not passed, the map stays unvalidated ({SHUT})")


def _truths(found: list[OnTruth], whole: OverSeeds) -> Table:
    heads = ("bins\nhit", "AUC\n95 %", "lift\nrank", "age\nvolume\nround")
    made = tables.table(
        "The map on made markets", "seed", *heads, "shifted\nlargest\np", "shuffled", "gate"
    )
    for one in found:
        score = one.score
        made.add_row(
            str(one.seed),
            f"{score.n:,}\n{score.hit:.2f}",
            f"{score.map.auc:.3f}\n{_range(score.auc_95)}",
            f"{score.map.lift:.2f}\n{score.map.spearman:+.2f}",
            "\n".join(f"{one.null(name):.3f}" for name in ("age", "volume", "round")),
            f"{score.shifted_auc:.3f}\n{score.shifted_auc_max:.3f}\n{score.shifted_p:.3f}",
            f"{one.shuffled_auc:.3f}",
            "passed" if score.passed else "shut",
        )
    nulls = [f"{whole.nulls[name]:.3f}" for name in ("age", "volume", "round")]
    made.add_row(
        "all:\nmedian",
        "",
        f"{whole.auc:.3f}",
        f"{whole.lift:.2f}",
        "\n".join(nulls),
        f"{whole.nulls['shifted']:.3f}",
        f"{whole.shuffled:.3f}\n(largest)",
        f"{whole.gates} of\n{whole.seeds}",
    )
    wins = [f"{whole.beaten[name]}" for name in ("age", "volume", "round")]
    made.add_row(
        "seeds\nbeaten",
        "",
        "",
        "",
        "\n".join(wins),
        f"{whole.beaten['shifted']}\n\np<0.01 {whole.significant}",
        "",
        "",
    )
    return made


def _sums(one: OnSums, name: str, score: FieldScore) -> Table:
    made = tables.table(
        f"The map of BTC and what was liquidated in bars of {one.minutes} min, {name}: "
        f"n {score.n:,}, {_day(one.first)} to {_day(one.last)}",
        "forecast", "AUC", "lift", "rank", "deviance",
    )  # fmt: skip
    for row in (score.map, *score.rivals):
        range_ = f"\n{_range(score.auc_95)}" if row is score.map else ""
        figures = f"{row.lift:.2f}", f"{row.spearman:+.2f}", f"{row.deviance:+.3f}"
        made.add_row(row.name, f"{row.auc:.3f}{range_}", *figures)
    shifted = f"{score.shifted_auc:.3f}\nat most {score.shifted_auc_max:.3f}"
    made.add_row("shifted maps", f"{shifted}\np {score.shifted_p:.3f}", "", "", "")
    return made


def _levels(one: OnLevels) -> Table:
    made = tables.table(
        f"The map of BTC and real liquidation prices: {one.snapshots} snapshots, "
        f"{one.left_out} left out",
        "forecast", "rank correlation", "95 %",
    )  # fmt: skip
    made.add_row("map", f"{one.map:+.3f}", _range(one.map_95))
    made.add_row("map, within a side", f"{one.side:+.3f}", "")
    made.add_row("distance", f"{one.distance:+.3f}", _range(one.distance_95))
    made.add_row("map less distance", "", _range(one.better_than_distance))
    made.add_row("volume", f"{one.volume:+.3f}", "")
    made.add_row("shifted maps", f"{one.shifted:+.3f}", f"p {one.shifted_p:.3f}")
    return made


def _attraction(one: Attraction) -> Table:
    made = tables.table(
        "Do magnets draw the price?", "magnets", "mean\ndistance", "touched first\n95 %", "plain",
        "magnets less\nplain, 95 %", "undecided",
    )  # fmt: skip
    made.add_row(
        f"{one.n:,}" + ("" if one.enough else "\n(too few)"),
        f"{one.distance_pct:.2f} %",
        f"{one.touched:.3f}\n{_range(one.touched_95)}",
        f"{one.plain:.3f}",
        _range(one.difference_95),
        str(one.undecided),
    )
    return made


def _day(ts: int) -> str:
    return f"{utc(ts):%Y-%m-%d}"


def _range(found: Interval) -> str:
    return f"{found.low:.3f} to {found.high:.3f}"


def _paint(data: Path | None, path: Path) -> None:
    from pawang.operations.backtest.painted import paint  # matplotlib, only where it is asked for

    paint(recordings.folder(data), path)
