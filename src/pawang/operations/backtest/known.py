"""When a record was known, and all records in that order: the clock of a backtest.

A record says itself when it was known: `ts_recv`, or `ts_asof` where it is a day's figure. Readers
of files that keep no such stamp put the earliest moment there. Here everybody is held to it:
nobody knows a bar before it has closed, or a trading day's ETF flow while that day still trades.

>>> from pawang.model.market import FearGreed
>>> known_at(FearGreed(value=50, ts_asof=7, source="file"))
7
"""

import heapq
from collections.abc import Iterable, Iterator
from datetime import date

from pawang.journal.tape import TapeReader
from pawang.model.errors import BadInput
from pawang.model.market import Candle, EtfFlow, FearGreed, FundingRate, Observation
from pawang.model.refs import DAY, HOUR, SECOND, utc

CLOSE_NS = 20 * HOUR
"""US exchanges close at 20:00 UTC in summer, 21:00 in winter: no flow is known before."""
SKEW_NS = 2 * SECOND
"""A recorder's clock may run so far behind its venue's."""
EPOCH = date(1970, 1, 1)


class LookAhead(BadInput):
    """A record claims to have been known before it could be; the run ends with it."""


def known_at(record: Observation) -> int:
    """From this moment on the desk may use it."""
    if isinstance(record, EtfFlow | FearGreed):
        return record.ts_asof
    return record.ts_recv


def earliest(record: Observation) -> int:
    """The first moment at which anybody could have known it."""
    match record:
        case EtfFlow():
            day = date.fromisoformat(record.trade_date)
            return (day - EPOCH).days * DAY + CLOSE_NS
        case FearGreed():
            return record.ts_asof
        case Candle(closed=True):
            return record.ts_event + record.bar
        case FundingRate(settled=True):
            return record.ts_funding
        case _:
            return record.ts_event


def in_order(*sources: Iterable[Observation]) -> Iterator[tuple[int, Observation]]:
    """(known at, record) of all sources, each of which is in that order already."""
    stamped = [_stamped(source) for source in sources]
    for known, record in heapq.merge(*stamped, key=lambda pair: pair[0]):
        first = earliest(record)
        if known + SKEW_NS < first:
            raise LookAhead(
                f"{type(record).__name__} of {_name(record)} is said to be known at"
                f" {utc(known):%Y-%m-%d %H:%M:%S}, but nobody can know it before"
                f" {utc(first):%Y-%m-%d %H:%M:%S} UTC"
            )
        yield known, record


def _stamped(source: Iterable[Observation]) -> Iterable[tuple[int, Observation]]:
    if isinstance(source, TapeReader):
        return _folded(source)
    return ((known_at(record), record) for record in source)


def _folded(tape: TapeReader) -> Iterator[tuple[int, Observation]]:
    """A desk's tape says when the desk folded a record, which is later than when it came. During a
    back-fill that desk's clock stood still: what it was told says what time it really was."""
    now = 0
    for ts, record in tape.known():
        now = max(now, ts, earliest(record) - SKEW_NS)
        yield now, record


def _name(record: Observation) -> str:
    match record:
        case EtfFlow():
            return f"{record.asset} on {record.trade_date}"
        case FearGreed():
            return f"{utc(record.ts_asof):%Y-%m-%d}"
        case _:
            return record.instrument
