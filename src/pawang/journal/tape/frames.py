"""The journal of an open segment: frames on top of each other, each whole or not there.

A frame is a piece of the stream with everything that was folded in it: for each table one Arrow
IPC stream. A crash leaves at most one torn frame at the end, its checksum tells; what stands
before it is a beginning of the stream without a hole. Whoever reads stops there.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from struct import Struct
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
import pyarrow as pa

from pawang.journal.tape.tables import BY_KIND, BY_NAME
from pawang.model.tape import Taped

MAGIC = b"PAWTAPE1"
HEAD = Struct("<4sIII")  # mark, bytes of the body, its checksum, records in it
MARK = b"FRM1"
PART = Struct("<16sI")  # table, bytes of its stream
COMPRESSED = pa.ipc.IpcWriteOptions(compression="lz4")

Batch = tuple[Sequence[Taped], int]  # what was folded at once, and desk time then
Frame = Mapping[str, pa.Table]


class Framed(NamedTuple):
    """Bytes for the journal; `kept` records are in them, `refused` could not be written."""

    data: bytes
    kept: int
    refused: int


def frame(batches: Sequence[Batch], first: int) -> Framed:
    """One frame; the first record gets order `first`, the next one more."""
    kinds: dict[str, tuple[list[Any], list[int]]] = {}
    adders: dict[type, tuple[Any, Any]] = {}
    place = 0
    for batch, _ in batches:
        for record in batch:
            kind = type(record)
            adder = adders.get(kind)
            if adder is None:
                both = kinds.setdefault(BY_KIND[kind].name, ([], []))
                adder = adders[kind] = (both[0].append, both[1].append)
            adder[0](record)
            adder[1](place)
            place += 1
    sizes = [len(batch) for batch, _ in batches]
    stamps = np.repeat(np.array([now for _, now in batches], np.int64), sizes)
    parts, refused = [], 0
    for name, (records, places) in kinds.items():
        at = np.array(places, np.int64)
        batch_, bad = _encoded(name, records, at + first, stamps[at])
        refused += bad
        if batch_ is not None:
            parts.append(_part(name, batch_))
    body = b"".join(parts)
    head = HEAD.pack(MARK, len(body), crc32(body), place)
    return Framed(head + body, place - refused, refused)


def _encoded(
    name: str, records: list[Any], orders: Any, stamps: Any
) -> tuple[pa.RecordBatch | None, int]:
    """A batch of a table, and how many records it had to leave out."""
    table = BY_NAME[name]
    try:
        return table.encode(records, orders, stamps), 0
    except (ArithmeticError, TypeError, ValueError):  # pyarrow's errors are ValueErrors
        good = [place for place in range(len(records)) if _fits(name, records[place])]
        if not good:
            return None, len(records)
        kept = [records[place] for place in good]
        return table.encode(kept, orders[good], stamps[good]), len(records) - len(good)


def _fits(name: str, record: Any) -> bool:
    """A record with a number beyond 64 bits, or text that is none, has no place in a column."""
    try:
        one = np.zeros(1, np.int64)
        BY_NAME[name].encode([record], one, one)
    except (ArithmeticError, TypeError, ValueError):
        return False
    return True


def _part(name: str, batch: pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema, options=COMPRESSED) as stream:
        stream.write_batch(batch)
    data: bytes = sink.getvalue().to_pybytes()
    return PART.pack(name.encode(), len(data)) + data


class Journal:
    """An open segment's file. `append` is durable when it returns, or leaves no trace."""

    def __init__(self, path: Path) -> None:
        """A new file; OSError when it cannot be made or is there."""
        self.path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
        self.size = 0
        self.records = 0
        try:
            self._write(MAGIC)
            os.fsync(self._file)
            sync_folder(path.parent)
        except OSError:
            os.close(self._file)
            path.unlink(missing_ok=True)
            raise
        self.size = len(MAGIC)

    def append(self, frames: Sequence[Framed]) -> None:
        """All of them or none."""
        try:
            for made in frames:
                self._write(made.data)
            os.fsync(self._file)
        except OSError:
            os.ftruncate(self._file, self.size)
            raise
        self.size += sum(len(made.data) for made in frames)
        self.records += sum(made.kept for made in frames)

    def _write(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[os.write(self._file, left) :]

    def close(self) -> None:
        os.close(self._file)


def sync_folder(folder: Path) -> None:
    """Names are on the disk, too."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def read_frames(path: Path) -> Iterator[Frame]:
    """The whole frames of a journal, up to the first torn one; OSError when it is not there."""
    with pa.memory_map(str(path)) as file:
        size = file.size()
        if size < len(MAGIC):
            return
        data = memoryview(file.read_buffer(size))
    if data[: len(MAGIC)] != MAGIC:
        return
    at = len(MAGIC)
    while at + HEAD.size <= size:
        mark, length, checksum, _ = HEAD.unpack_from(data, at)
        body = data[at + HEAD.size : at + HEAD.size + length]
        if mark != MARK or len(body) != length or crc32(body) != checksum:
            return
        at += HEAD.size + length
        yield dict(_parts(body))


def _parts(body: memoryview) -> Iterator[tuple[str, pa.Table]]:
    at = 0
    while at < len(body):
        name, length = PART.unpack_from(body, at)
        at += PART.size
        with pa.ipc.open_stream(pa.py_buffer(body[at : at + length])) as stream:
            yield name.rstrip(b"\0").decode(), stream.read_all()
        at += length


def sliced(batches: Sequence[Batch], most: int) -> Iterator[list[Batch]]:
    """The same batches in pieces of at most `most` records, one batch at least."""
    for _, piece in groupby(_numbered(batches, most), itemgetter(0)):
        yield [batch for _, batch in piece]


def _numbered(batches: Sequence[Batch], most: int) -> Iterator[tuple[int, Batch]]:
    number = filled = 0
    for records, now in batches:
        for start in range(0, len(records), most):
            part = records if len(records) <= most else records[start : start + most]
            if filled and filled + len(part) > most:
                number, filled = number + 1, 0
            filled += len(part)
            yield number, (part, now)
