"""`pawang bench`: what the river costs, as medians of interleaved rounds and ratios in one run.

Machines are noisy: read the ratios. The work is a stretch of the seeded market over the simulated
venue's own wire texts, so every run measures the same bytes. Peers come with the speed work.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from pawang.journal import MemoryLedger, SqlLedger
from pawang.market import Market
from pawang.model.codec import Record
from pawang.model.desk import Desk
from pawang.model.event import Event, MinuteTick
from pawang.model.instrument import Instrument
from pawang.model.market import Observation
from pawang.sandbox.faults import FaultScript
from pawang.sandbox.okx.connection import Connection as Socket
from pawang.sandbox.okx.core import Core
from pawang.sandbox.okx.hub import Hub
from pawang.sandbox.okx.rest import Rest
from pawang.sandbox.seeded import SeededMarket
from pawang.simulate.world import unframed
from pawang.venues.ghost import GhostVenue
from pawang.venues.okx.connection import Connection
from pawang.venues.okx.parse import parse
from pawang.venues.okx.translate import instrument
from pawang.venues.okx.wire import InstrumentRow

ROUNDS = 7
STEPS = 300  # of 100 ms: half a minute of market
APPENDS = 200


class Line(Record):
    """One figure: microseconds an item, the median of the rounds, and its ratio to `beside`."""

    name: str
    us: float
    beside: str
    ratio: float


def bench(progress: Callable[[str], None] = lambda _: None) -> list[Line]:
    """Run every part; takes some twenty seconds."""
    progress("making half a minute of market")
    core = Core(SeededMarket(7))
    listed = _listed(core)
    frames = _frames(core, listed)
    records = _records(frames, listed)
    parts: dict[str, tuple[int, Callable[[], object]]] = {
        "json.loads": (len(frames), lambda: [json.loads(frame) for frame in frames]),
        "okx parse": (len(frames), lambda: [parse(frame) for frame in frames]),
        "okx door": (len(frames), lambda: _records(frames, listed)),
        "market fold": (len(records), lambda: _fold(records, listed)),
        "ghost observe": (len(records), lambda: _observe(records, listed)),
    }
    with TemporaryDirectory() as folder:
        parts["ledger memory"] = (APPENDS, lambda: _append(MemoryLedger(b"k", b"k")))
        parts["ledger sqlite FULL"] = (APPENDS, lambda: _append_sql(Path(folder)))
        times: dict[str, list[float]] = {name: [] for name in parts}
        for number in range(ROUNDS):
            progress(f"round {number + 1} of {ROUNDS}")
            for name, (count, work) in parts.items():
                begun = time.perf_counter()
                work()
                times[name].append((time.perf_counter() - begun) / count * 1e6)
    medians = {name: median(found) for name, found in times.items()}
    beside = {"ledger sqlite FULL": "ledger memory"}
    return [
        Line(
            name=name,
            us=us,
            beside=beside.get(name, "json.loads"),
            ratio=us / medians[beside.get(name, "json.loads")],
        )
        for name, us in medians.items()
    ]


def _listed(core: Core) -> dict[str, Instrument]:
    _, body = Rest(core).answer("GET", "/api/v5/public/instruments", "instType=SWAP")
    rows = parse(json.dumps(body), "/api/v5/public/instruments").records
    made = [instrument(row) for row in rows if isinstance(row, InstrumentRow)]
    return {found.coin: found for found in made if found is not None}


def _frames(core: Core, listed: dict[str, Instrument]) -> list[bytes]:
    hub = Hub(core, FaultScript(), time.monotonic_ns)
    listener = hub.join(Socket(core, "public", "bench"))
    connection = Connection(listed.values())
    connection.open(0)
    for text in connection.requests():
        hub.hear(listener, text)
    for _ in range(STEPS):
        hub.step()
    return [unframed(frame) for frame in listener.outbox]


def _records(frames: list[bytes], listed: dict[str, Instrument]) -> list[Observation]:
    connection = Connection(listed.values())
    connection.open(0)
    items = [item for frame in frames for item in connection.hear(frame, 0, 0)]
    return [item for item in items if hasattr(item, "instrument")]  # type: ignore[misc]


def _fold(records: list[Observation], listed: dict[str, Instrument]) -> None:
    market, start = Market(listed), 0
    while start < len(records):
        start += market.fold(records, start).consumed


def _observe(records: list[Observation], listed: dict[str, Instrument]) -> None:
    GhostVenue(listed.values()).observe(records)


def _append(ledger: MemoryLedger | SqlLedger) -> None:
    desk = Desk()
    _, newest = ledger.load()
    for seq in range(newest + 1, newest + 1 + APPENDS):
        event = Event(
            seq=seq,
            ts_event=seq,
            ts_recv=seq,
            kind="MinuteTick",
            ref_id="",
            cause=0,
            body=MinuteTick(),
        )
        ledger.append(event, (), desk)


def _append_sql(folder: Path) -> None:
    ledger = SqlLedger(folder / "bench.sqlite3", b"k", b"k")
    try:
        _append(ledger)
    finally:
        ledger.close()
