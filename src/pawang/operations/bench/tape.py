"""`tape`: what recording costs and what reading back gives, on recorded books, prints and quotes.

An event is a row: a changed level, a print, a best quote. Written means from records to a durable
journal to sealed Parquet, as fast as it goes; read means the very model records in order. Beside
both, what Parquet alone costs: the same columns out and in again. On the loop is what a desk
feels: handing over, while the thread writes.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import rmtree
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from pawang.journal.tape import DiskTape, TapeParams, TapeReader
from pawang.journal.tape.disk import PUT_MAX
from pawang.journal.tape.seal import options
from pawang.journal.tape.shelf import Shelf
from pawang.journal.tape.writer import Writer
from pawang.model.codec import Record
from pawang.model.errors import BadInput
from pawang.operations.backtest.recordings import folder
from pawang.operations.bench.sessions import Batch, batches, events

ROUNDS = 7
PARAMS = TapeParams(keep_free_gb=0.0)
SESSIONS = {
    "binance_usdm_btcusdt_20230404": "BTC-USDT-SWAP",
    "binance_usdm_btcusdt_20240718": "BTC-USDT-SWAP",
    "binance_usdm_ethusdt_20240718": "ETH-USDT-SWAP",
}
TARGETS = {"write": 2e6, "read": 2e6}
BYTES_MAX = 8.0


class TapeLine(Record):
    """`per_s` events and `cpu_us` of processor an event (which other work on the machine touches
    less), `bytes` an event on disk, `us` a record on the loop; None where another figure is told.
    `ratio` is to the line `beside`."""

    name: str
    per_s: float | None = None
    cpu_us: float | None = None
    bytes: float | None = None
    us: float | None = None
    beside: str = ""
    ratio: float | None = None
    target: float | None = None
    why: str = ""

    @property
    def met(self) -> bool | None:
        if self.target is None:
            return None
        if self.bytes is not None:
            return self.bytes <= self.target
        return (self.per_s or 0.0) >= self.target

    @property
    def words(self) -> str:
        if self.why:
            return self.why
        if self.bytes is not None:
            return f"{self.bytes:10.2f} bytes an event"
        if self.us is not None:
            return f"{self.us:10.3f} us a record"
        beside = f"  {self.ratio:.2f} x {self.beside}" if self.ratio is not None else ""
        return f"{self.per_s or 0.0:>10,.0f}/s  {self.cpu_us:.3f} us of processor{beside}"


def tape(progress: Callable[[str], None] = lambda _: None) -> list[TapeLine]:
    """Half a minute."""
    try:
        given = batches(folder(None), SESSIONS)
    except BadInput as missing:
        return [TapeLine(name="tape", why=str(missing))]
    if not given:
        return [TapeLine(name="tape", why="the recorded sessions are not there")]
    count = events(given)
    times: dict[str, list[Took]] = {}
    with TemporaryDirectory() as scratch:
        home = Path(scratch)
        for number in range(ROUNDS):
            progress(f"round {number + 1} of {ROUNDS}: {count:,} events")
            for name, took in _round(given, home):
                times.setdefault(name, []).append(took)
        sizes = _sizes(home)
    medians = {name: Took(*map(median, zip(*found, strict=True))) for name, found in times.items()}
    return [*_speeds(medians, count), *_bytes(sizes, count), _loop(medians, given)]


class Took(NamedTuple):
    """Seconds, of the clock and of the processor."""

    wall: float
    cpu: float


def _round(given: list[Batch], home: Path) -> Iterator[tuple[str, Took]]:
    rmtree(home / "tape", ignore_errors=True)
    yield "write", _timed(lambda: _write(given, home / "tape"))
    yield "read", _timed(lambda: _read(home))
    columns = {path: pq.read_table(path) for path in (home / "tape").glob("*/*.parquet")}
    yield "Parquet out", _timed(lambda: _write_columns(columns, home / "bare.parquet"))
    yield "Parquet in", _timed(lambda: [pq.read_table(path) for path in columns])
    yield "on the loop", _on_the_loop(given, home / "beside")
    rmtree(home / "beside", ignore_errors=True)


def _timed(work: Callable[[], object]) -> Took:
    begun, worked = time.perf_counter(), time.process_time()
    work()
    return Took(time.perf_counter() - begun, time.process_time() - worked)


def _write(given: list[Batch], directory: Path) -> None:
    """What the tape's thread does when it is behind: piece by piece, each durable, then sealed."""
    writer = Writer(Shelf(directory), PARAMS)
    piece: list[Batch] = []
    waiting = 0
    for batch in given:
        piece.append(batch)
        waiting += len(batch[0])
        if waiting >= PUT_MAX:
            writer.put(piece)
            piece, waiting = [], 0
    writer.put(piece)
    writer.end()
    while writer.work():
        pass
    assert writer.lost == 0


def _read(home: Path) -> None:
    for _ in TapeReader(home):
        pass


def _write_columns(columns: dict[Path, pa.Table], path: Path) -> None:
    for source, table in columns.items():
        with pq.ParquetWriter(path, table.schema, **options(source.parent.name)) as writer:
            writer.write_table(table, row_group_size=PARAMS.group_rows)


def _on_the_loop(given: list[Batch], directory: Path) -> Took:
    """Only the handing over is timed; the thread writes meanwhile, and a pause lets it."""
    made = DiskTape(directory, TapeParams(keep_free_gb=0.0, queue_max=10**9))
    took = worked = 0.0
    for place, (batch, now) in enumerate(given):
        begun, worked_before = time.perf_counter(), time.thread_time()
        made.write(batch, now)
        made.books_due()
        worked += time.thread_time() - worked_before
        took += time.perf_counter() - begun
        if place % 64 == 0:
            time.sleep(0.001)
    made.close()
    assert made.lost == 0
    return Took(took, worked)


def _sizes(home: Path) -> dict[str, tuple[int, int]]:
    """Bytes and rows by table."""
    found: dict[str, tuple[int, int]] = {}
    for path in (home / "tape").glob("*/*.parquet"):
        size, rows = found.get(path.parent.name, (0, 0))
        more = pq.read_metadata(path).num_rows
        found[path.parent.name] = (size + path.stat().st_size, rows + more)
    return found


def _speeds(medians: dict[str, Took], count: int) -> list[TapeLine]:
    beside = {"write": "Parquet out", "read": "Parquet in"}
    lines = []
    for name in ("write", "Parquet out", "read", "Parquet in"):
        other = beside.get(name)
        lines.append(
            TapeLine(
                name=name,
                per_s=count / medians[name].wall,
                cpu_us=medians[name].cpu / count * 1e6,
                beside=other or "",
                ratio=None if other is None else medians[other].wall / medians[name].wall,
                target=TARGETS.get(name),
            )
        )
    return lines


def _bytes(sizes: dict[str, tuple[int, int]], count: int) -> list[TapeLine]:
    total = sum(size for size, _ in sizes.values())
    parts = [
        TapeLine(name=f"on disk, {name}", bytes=size / rows)
        for name, (size, rows) in sorted(sizes.items())
    ]
    return [TapeLine(name="on disk", bytes=total / count, target=BYTES_MAX), *parts]


def _loop(medians: dict[str, Took], given: list[Batch]) -> TapeLine:
    records = sum(len(batch) for batch, _ in given)
    return TapeLine(name="on the loop", us=medians["on the loop"].wall / records * 1e6)
