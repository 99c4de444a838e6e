"""One peer of `okx_books` in its own interpreter: reads frames, times a pass whenever it is asked.

No import but the standard library: the peers' environments have no pawang in them. A peer is
`make() -> (fold, touch)`: `fold(frame)` decodes and applies one message, `touch()` tells best bid
and best ask, so that everybody who is compared can be seen to have done the same work.
"""

import gc
import json
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Peer = tuple[Callable[[bytes], Any], Callable[[], tuple[float, float]]]


def frames(path: str) -> list[bytes]:
    """Length-prefixed frames, a snapshot first."""
    data = Path(path).read_bytes()
    found, place = [], 0
    while place < len(data):
        (length,) = struct.unpack_from("<I", data, place)
        found.append(data[place + 4 : place + 4 + length])
        place += 4 + length
    return found


def write(path: Path, kept: list[bytes]) -> None:
    """What `frames` reads."""
    path.write_bytes(b"".join(struct.pack("<I", len(frame)) + frame for frame in kept))


def serve(make: Callable[[], Peer], version: str) -> None:
    """A line in, a line out: seconds of one pass over a fresh book, and where it ended.

    Seconds are those of the processor: what other processes took of it is nobody's work.
    """
    series = {path: frames(path) for path in sys.argv[1:]}
    print(json.dumps({"ready": True, "version": version}), flush=True)
    for line in sys.stdin:
        kept = series[line.strip()]
        fold, touch = make()
        fold(kept[0])  # the snapshot once before, so that first calls are nobody's burden
        gc.collect()
        gc.disable()
        begun = time.process_time()
        for frame in kept:
            fold(frame)
        took = time.process_time() - begun
        gc.enable()
        print(json.dumps({"seconds": took, "touch": touch()}), flush=True)
