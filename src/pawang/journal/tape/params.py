"""Knobs of a tape."""

from pawang.model.codec import Record


class TapeParams(Record):
    cap_gb: float = 20.0  # a month of four coins; the oldest segments go
    days: float = 7.0  # older ones go, too
    keep_free_gb: float = 1.0  # the ledger needs the rest of the disk more than the tape does
    flush_s: float = 1.0  # a crash loses at most what came in this time
    segment_minutes: float = 60.0  # desk time; a segment is sealed then
    segment_mb: float = 64.0  # or when its journal is so big
    queue_max: int = 100_000  # records that wait for the disk; two minutes of four coins
    group_rows: int = 131_072  # of a row group in Parquet: 9 MB while they are gathered
    retry_s: float = 1.0  # a disk that takes nothing is asked again, doubling
    retry_max_s: float = 30.0
