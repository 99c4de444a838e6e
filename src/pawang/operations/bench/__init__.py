"""`pawang bench`: what things cost, as medians of interleaved rounds and ratios in one run.

Layout: `river` (the parts of one desk, beside each other) · `books` (`okx_books`: a book's message
beside everybody else's way; `peers/` are the ways) · `ingest` (`okx_ingest`: from a socket to the
market room; `publisher` is the other end) · `memory` (a desk's start, weight and growth) ·
`features` (the market room on recorded rows; `blocks` reads them) · `tape` (recording and reading
back; `sessions` is what it records) · `frames` (what the others read) · `candles` (a rule on three
years of bars, beside vectorbt) · `heatmap` (the map of liquidations).
"""

from collections.abc import Callable, Iterator

from msgspec import to_builtins

from pawang.model.codec import Record
from pawang.operations.bench.books import Way, okx_books
from pawang.operations.bench.candles import Race, candles_bench
from pawang.operations.bench.features import Fold, features
from pawang.operations.bench.heatmap import Cost, heatmap
from pawang.operations.bench.ingest import Ingest, okx_ingest
from pawang.operations.bench.memory import Weight, memory
from pawang.operations.bench.river import Line, river
from pawang.operations.bench.tape import TapeLine, tape

Lines = (
    list[Line]
    | list[Way]
    | list[Ingest]
    | list[Weight]
    | list[Race]
    | list[TapeLine]
    | list[Cost]
    | list[Fold]
)

BENCHES: dict[str, Callable[[Callable[[str], None]], Lines]] = {
    "river": river,
    "okx_books": okx_books,
    "okx_ingest": okx_ingest,
    "memory": memory,
    "features": features,
    "candles": candles_bench,
    "tape": tape,
    "heatmap": heatmap,
}


class Figure(Record):
    """One line of a benchmark: as a person reads it, and as a program does."""

    bench: str
    words: str
    figures: dict[str, object]


def bench(names: tuple[str, ...], progress: Callable[[str], None]) -> Iterator[Figure]:
    """The benchmarks by name, all of them where none is named; half an hour."""
    for name in names or tuple(BENCHES):
        for line in BENCHES[name](progress):
            figures = {**to_builtins(line), "bench": name}
            if not isinstance(line, Line | Race):
                figures["met"] = line.met
            yield Figure(bench=name, words=_words(line), figures=figures)


def _words(line: Line | Way | Ingest | Weight | Race | TapeLine | Cost | Fold) -> str:
    match line:
        case Race():
            return line.words
        case Line():
            return f"{line.name:>20} {line.us:10.1f} us  {line.ratio:6.2f} x {line.beside}"
        case Cost():
            return f"{line.name:>20} {line.ns:10,.1f} ns{_verdict(line.target_ns, line.met, ' ns')}"
        case Way():
            what = f"{line.series:>14}  {line.name:<11}"
            if line.us is None or line.times is None:
                return f"{what} {line.why}"
            rate = f"{1e6 / line.us:>10,.0f}/s {line.us:8.2f} us {line.times:6.2f} x"
            return f"{what} {rate}  {line.version}{_verdict(line.target, line.met, ' x')}"
        case Fold():
            what = f"{line.session:>30}  batch {line.batch:>5}"
            if line.ns is None:
                return f"{what} {line.why}"
            return f"{what} {line.ns:8.1f} ns a row{_verdict(line.target, line.met, ' ns')}"
        case Ingest():
            what = f"{line.library:>14}{' TLS' if line.tls else '    '}"
            if line.why:
                return f"{what} {line.why}"
            cost = f"{line.cpu_us or 0.0:6.1f} us of processor a message"
            if line.per_s is not None:
                told = f"{line.per_s:>10,.0f}/s sustained"
                return f"{what} {told}, {cost}{_verdict(line.target, line.met, '/s')}"
            told = f"{line.rate:>10,}/s: p50 {line.p50_ms:.2f} ms, p99 {line.p99_ms:.2f} ms"
            return f"{what} {told}, {cost}{_verdict(line.target, line.met, ' ms')}"
        case Weight():
            if line.value is None:
                return f"{line.name:>20} {line.note}"
            told = f"{line.value:10.2f} {line.unit}{_verdict(line.target, line.met, line.unit)}"
            return f"{line.name:>20} {told}  {line.note}"

        case TapeLine():
            unit = " bytes" if line.bytes is not None else "/s"
            return f"{line.name:>20} {line.words}{_verdict(line.target, line.met, unit)}"


def _verdict(target: float | None, met: bool | None, unit: str) -> str:
    if target is None:
        return ""
    return f"  {'MET' if met else 'MISSED'} ({target:,.0f}{unit})"
