"""What the benchmarks read: frames of the seeded market, in the simulated venue's own words.

Every run makes the same bytes and nothing recorded is copied. Where recordings lie beside the
project (`PAWANG_DATA`), the frames of 2022 are a second series.
"""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pawang.model.instrument import Instrument
from pawang.sandbox.faults import FaultScript
from pawang.sandbox.okx.connection import Connection as Socket
from pawang.sandbox.okx.core import Core
from pawang.sandbox.okx.hub import Hub
from pawang.sandbox.okx.rest import Rest
from pawang.sandbox.seeded import SeededMarket
from pawang.simulate.world import unframed
from pawang.venues.okx.connection import Connection
from pawang.venues.okx.parse import parse
from pawang.venues.okx.subscriptions import CHANNELS
from pawang.venues.okx.translate import instrument
from pawang.venues.okx.wire import InstrumentRow

SEED = 7
LEVELS_MIN = 7
"""Updates are merged until they hold so many levels, which makes 18 on average, as in a busy book
(the seeded market's own hold five)."""
RECORDED = "okx/cryptofeed/ws_public_2022-05-13_BTC-USDT_BTC-USD-220527.jsonl"


class World:
    """A seeded market behind the simulated venue, and the swaps it lists."""

    def __init__(self, seed: int = SEED) -> None:
        self.core = Core(SeededMarket(seed))
        _, body = Rest(self.core).answer("GET", "/api/v5/public/instruments", "instType=SWAP")
        rows = parse(json.dumps(body), "/api/v5/public/instruments").records
        made = [instrument(row) for row in rows if isinstance(row, InstrumentRow)]
        self.listed: dict[str, Instrument] = {one.coin: one for one in made if one is not None}

    def frames(self, steps: int, channels: tuple[str, ...] = CHANNELS) -> list[bytes]:
        """What a desk that subscribes to `channels` hears in so many tenths of a second."""
        hub = Hub(self.core, FaultScript(), time.monotonic_ns)
        listener = hub.join(Socket(self.core, "public", "bench"))
        connection = Connection(self.listed.values(), channels)
        connection.open(0)
        for text in connection.requests():
            hub.hear(listener, text)
        for _ in range(steps):
            hub.step()
        return [unframed(frame) for frame in listener.outbox]


def books(steps: int, coin: str = "BTC") -> list[bytes]:
    """A snapshot of 400 levels a side and updates of some 18, one instrument."""
    world = World()
    name = world.listed[coin].name.encode()
    own = [frame for frame in world.frames(steps, ("books",)) if name in frame]
    pushes = [json.loads(frame) for frame in own if b'"action"' in frame]
    snapshot, *updates = pushes
    return [_text(snapshot), *map(_text, _merged(updates))]


def _merged(updates: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Neighbours joined until they hold so many levels: the newest size of each price counts."""
    whole: dict[str, Any] = {}
    for update in updates:
        (row,) = update["data"]
        sides = {
            side: {level[0]: level for level in (*whole.get(side, ()), *row[side])}
            for side in ("asks", "bids")
        }
        whole = {
            "asks": sorted(sides["asks"].values(), key=lambda level: float(level[0])),
            "bids": sorted(sides["bids"].values(), key=lambda level: -float(level[0])),
            "ts": row["ts"],
            "checksum": 0,
            "prevSeqId": whole.get("prevSeqId", row["prevSeqId"]),
            "seqId": row["seqId"],
        }
        if len(whole["asks"]) + len(whole["bids"]) >= LEVELS_MIN:
            yield {**update, "data": [whole]}
            whole = {}


def recorded() -> list[bytes]:
    """The recorded books of one instrument, with numbers in the place of their checksums, which
    no peer reads; empty where there are no recordings."""
    path = Path(os.environ.get("PAWANG_DATA", "../shared/data")) / RECORDED
    if not path.exists():
        return []
    rows = [json.loads(line)["msg"] for line in path.read_bytes().splitlines()]
    pushes = [row for row in rows if row.get("action") and row["arg"]["channel"] == "books"]
    name = pushes[0]["arg"]["instId"] if pushes else ""
    frames: list[bytes] = []
    for push in pushes:
        if push["arg"]["instId"] != name:
            continue
        (row,) = push["data"]
        seq = len(frames)
        numbers = {"checksum": 0, "prevSeqId": seq - 1 if seq else -1, "seqId": seq}
        arg = {"channel": "books", "instId": "BTC-USDT-SWAP"}
        frames.append(_text({**push, "arg": arg, "data": [{**row, **numbers}]}))
    return frames


def _text(push: dict[str, Any]) -> bytes:
    return json.dumps(push, separators=(",", ":")).encode()
