"""The quick reader against the strict one: whatever comes, both say the same.

`quick` reads the usual texts without making a Python object; its promise is never to be more
lenient than the strict parser, and to reach the same verdict on the same book. So two connections
hear every input: one as in production, one that reads everything strictly. Their records, the
counts of what they refused, and whole books afterwards are held against each other.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from pawang.model.instrument import Instrument
from pawang.model.market import Levels
from pawang.simulate.fuzz.corpus import Sample
from pawang.venues.okx.connection import Connection, Item
from pawang.venues.okx.reading import Batch

LEVELS = 400
_PREV = re.compile(rb'"prevSeqId":(\d{1,18}),')
_NAME = re.compile(rb'"channel":"books","instId":"([A-Z-]{1,30})"')


class Strict(Connection):
    """Never takes the quick way."""

    def hear_some(
        self, batch: Batch, first: int, now: int, ts_recv: int, one: bool = False
    ) -> tuple[list[Item], int]:
        self._heard_at, self._pinged_at = now, None
        self.about = None
        self.frames += 1
        return self._strictly(batch.frames[first], now, ts_recv), first + 1


class Twins:
    """A target of the fuzzer."""

    name = "quick"

    def __init__(self, listed: list[Instrument]) -> None:
        self._listed = listed
        self._now = 0
        self._renew()

    def _renew(self) -> None:
        self.quick, self.strict = Connection(self._listed), Strict(self._listed)
        for one in (self.quick, self.strict):
            one.open(self._now)

    def wants(self, sample: Sample) -> bool:
        return not sample.request and not sample.path

    def read(self, sample: Sample) -> Iterator[str]:
        self._now += 1_000_000
        for frame in (*_before(sample.body), sample.body):
            made = [self._hear(one, frame) for one in (self.quick, self.strict)]
            if made[0] != made[1]:
                yield f"quick says {_short(made[0])}, strict {_short(made[1])}"
        yield from self._compare()
        if self.quick.closing or self.strict.closing:
            if self.quick.closing != self.strict.closing:
                yield f"quick closes {self.quick.closing!r}, strict {self.strict.closing!r}"
            self._renew()

    def _hear(self, one: Connection, frame: bytes) -> list[Any]:
        items = one.hear(frame, self._now, self._now)
        one.tick(self._now, self._now)
        return [_plain(item) for item in items] + [one.requests()]

    def _compare(self) -> Iterator[str]:
        for word in ("malformed", "verdicts"):
            ours, theirs = getattr(self.quick, word), getattr(self.strict, word)
            if ours != theirs:
                yield f"{word}: quick {ours - theirs} strict {theirs - ours}"
                ours.clear()
                theirs.clear()
        for name, chain in self.quick.chains.items():
            other = self.strict.chains[name]
            mine = (chain.intact, chain.seq, chain.top(LEVELS))
            true = (other.intact, other.seq, other.top(LEVELS))
            if mine != true:
                yield f"{name}: quick has {_short(mine)}, strict {_short(true)}"
                self._renew()
                return


def _before(body: bytes) -> Iterator[bytes]:
    """A snapshot that an update's prevSeqId follows, so that it is judged and not just late; so
    wide that whatever the update brings lies inside."""
    name, prev = _NAME.search(body), _PREV.search(body)
    if name is None or prev is None:
        return
    levels = ",".join(f'["0.{9 - place}","{place + 1}","0","1"]' for place in range(3))
    asks = ",".join(f'["90000000{place}.5","{place + 1}","0","1"]' for place in range(3))
    yield (
        f'{{"arg":{{"channel":"books","instId":"{name[1].decode()}"}},"action":"snapshot","data":['
        f'{{"asks":[{asks}],"bids":[{levels}],"ts":"1757894400000","checksum":0,"prevSeqId":-1,'
        f'"seqId":{prev[1].decode()}}}]}}'
    ).encode()


def _plain(item: Any) -> Any:
    """A record as values: levels are rows of an array on one side, tuples on the other."""
    if isinstance(item, msgspec.Struct):
        cells = [_plain(getattr(item, name)) for name in item.__struct_fields__]
        return (type(item).__name__, *cells)
    if isinstance(item, Levels | tuple | list):
        return tuple(_plain(cell) for cell in item)
    return item


def _short(what: object) -> str:
    return repr(what)[:300]
