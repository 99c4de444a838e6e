"""A finished journal becomes Parquet: one file a table, then the journal goes.

All files are written beside, made durable and named at the end. A crash in between leaves the
journal: it is sealed again, to the same names and the same rows.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pawang.journal.tape.frames import read_frames, sync_folder
from pawang.journal.tape.shelf import Segment, Shelf
from pawang.journal.tape.tables import BY_NAME

LEVEL = 3  # of zstd; 9 saves some 4 % and takes three times as long


def seal(shelf: Shelf, segment: Segment, group_rows: int) -> Iterator[None]:
    """Do it in steps of a row group, some 50 ms. OSError leaves everything as it was."""
    groups: dict[str, Group] = {}
    try:
        for frame in read_frames(shelf.journal(segment)):
            for table, rows in frame.items():
                if table not in groups:
                    groups[table] = Group(table, shelf.unfinished(segment, table), group_rows)
                if groups[table].add(rows):
                    yield
        for group in groups.values():
            group.finish()
            yield
    except BaseException:
        for group in groups.values():
            group.forget()
        raise
    for table in groups:
        os.replace(shelf.unfinished(segment, table), shelf.sealed(segment, table))
        sync_folder(shelf.directory / table)
    shelf.journal(segment).unlink()
    sync_folder(shelf.journal(segment).parent)


class Group:
    """One table's file in the making."""

    def __init__(self, table: str, path: Path, most: int) -> None:
        self._path = path
        self._most = most
        self._waiting: list[pa.Table] = []
        self._rows = 0
        self._writer = pq.ParquetWriter(path, BY_NAME[table].schema, **options(table))
        self._writer.add_key_value_metadata({"pawang.tape": "1", "table": table})

    def add(self, rows: pa.Table) -> bool:
        """Whether a row group went out."""
        self._waiting.append(rows)
        self._rows += len(rows)
        if self._rows < self._most:
            return False
        self._flush()
        return True

    def _flush(self) -> None:
        if self._waiting:
            whole = pa.concat_tables(self._waiting).unify_dictionaries().combine_chunks()
            self._waiting, self._rows = [], 0
            # One row group, so that no message lies in two.
            self._writer.write_table(whole, row_group_size=len(whole))

    def finish(self) -> None:
        self._flush()
        self._writer.close()
        opened = os.open(self._path, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)

    def forget(self) -> None:
        with suppress(OSError):
            self._writer.close()
        self._path.unlink(missing_ok=True)


def options(table: str) -> dict[str, object]:
    """Whole numbers rise or repeat: their differences are stored. The rest has few values."""
    schema = BY_NAME[table].schema
    whole = [field.name for field in schema if field.type == pa.int64()]
    flags = [field.name for field in schema if field.type == pa.bool_()]
    return {
        "compression": "zstd",
        "compression_level": LEVEL,
        "store_schema": False,  # text is text to whoever opens it, and not our dictionary
        "use_dictionary": [name for name in schema.names if name not in (*whole, *flags)],
        "column_encoding": dict.fromkeys(whole, "DELTA_BINARY_PACKED"),
    }
