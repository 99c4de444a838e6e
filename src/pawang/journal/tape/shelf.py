"""Where a tape's files lie, and which of them go.

TAPE/open/20250915T070000Z-000012.journal       the open segment (or one that a crash left)
TAPE/books/20250915T070000Z-000012.parquet      a sealed segment: one file a table that has rows

A segment's name says when it began and its number, which never comes again. While its journal is
there, the journal counts and its Parquet files, if any, are unfinished business.
"""

import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from pawang.journal.tape.tables import BY_NAME
from pawang.model.refs import utc

OPEN = "open"
UNFINISHED = ".tmp"


class Segment(NamedTuple):
    """One stretch of the tape."""

    number: int
    name: str

    @classmethod
    def begun(cls, number: int, ts: int) -> "Segment":
        """
        >>> Segment.begun(12, 1757919600 * 10**9).name
        '20250915T070000Z-000012'
        """
        return cls(number, f"{utc(ts):%Y%m%dT%H%M%SZ}-{number:06d}")

    @property
    def day(self) -> str:
        return self.name.partition("-")[0]


class Shelf:
    """A tape's directory. Reading creates nothing."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def journal(self, segment: Segment) -> Path:
        return self.directory / OPEN / f"{segment.name}.journal"

    def sealed(self, segment: Segment, table: str) -> Path:
        return self.directory / table / f"{segment.name}.parquet"

    def unfinished(self, segment: Segment, table: str) -> Path:
        return self.directory / OPEN / f"{segment.name}.{table}{UNFINISHED}"

    def tables(self, segment: Segment) -> dict[str, Path]:
        """The Parquet files of a segment, by table."""
        paths = {table: self.sealed(segment, table) for table in BY_NAME}
        return {table: path for table, path in paths.items() if path.exists()}

    def journals(self) -> list[Segment]:
        return sorted(set(self._named(f"{OPEN}/*.journal")))

    def segments(self) -> list[Segment]:
        """All of them, oldest first."""
        return sorted({*self.journals(), *self._named("*/*.parquet")})

    def _named(self, pattern: str) -> Iterator[Segment]:
        for path in self.directory.glob(pattern):
            number = path.stem.rpartition("-")[2]
            if number.isdecimal():
                yield Segment(int(number), path.stem)

    # Making and taking away.

    def prepare(self) -> None:
        """Make the folders, sweep out what a crash left half done."""
        for folder in (OPEN, *BY_NAME):
            (self.directory / folder).mkdir(parents=True, exist_ok=True)
        for path in (self.directory / OPEN).glob(f"*{UNFINISHED}"):
            path.unlink()

    def size(self, segment: Segment) -> int:
        """Bytes on the disk."""
        paths = [self.journal(segment), *self.tables(segment).values()]
        return sum(path.stat().st_size for path in paths if path.exists())

    def drop(self, segment: Segment) -> None:
        for path in (self.journal(segment), *self.tables(segment).values()):
            path.unlink(missing_ok=True)

    def prune(self, cap_bytes: int, oldest: int) -> list[Segment]:
        """Drop sealed segments, oldest first, while all are above the cap, and those that ended
        before `oldest`; those that were dropped."""
        segments = self.segments()
        open_ = set(self.journals())
        total = sum(map(self.size, segments))
        limit = f"{utc(max(0, oldest)):%Y%m%dT%H%M%SZ}"
        dropped = []
        for segment, later in pairwise(segments):
            if segment in open_ or not (total > cap_bytes or later.day < limit):
                break
            total -= self.size(segment)
            self.drop(segment)
            dropped.append(segment)
        return dropped

    def free(self) -> int:
        """Bytes that the disk still takes."""
        found = os.statvfs(self.directory)
        return found.f_bavail * found.f_frsize
