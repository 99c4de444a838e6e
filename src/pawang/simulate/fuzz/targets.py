"""Who has to read the hostile bytes, and what may not happen then.

A target is called with one input and raises nothing for it. What it returns are words about a
broken law: a refusal without a place, a number that is none, something read as what it is not.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from decimal import Decimal
from math import isfinite
from typing import Any, Protocol

import msgspec

from pawang.model.instrument import Instrument
from pawang.sandbox.faults import BadFault, read_fault
from pawang.sandbox.okx.connection import Connection as VenueConnection
from pawang.sandbox.okx.core import Core
from pawang.sandbox.okx.rest import ROOT, Rest
from pawang.simulate.fuzz.corpus import Sample
from pawang.simulate.fuzz.twins import Twins
from pawang.simulate.okx.market import TinyMarket
from pawang.venues.okx import translate
from pawang.venues.okx.connection import Connection
from pawang.venues.okx.parse import REASON_MAX, Parsed, parse
from pawang.venues.okx.wire import InstrumentRow

FIELD_MAX = 400  # a refusal's place; it becomes a counter's name
NAMES_MAX = 2_000  # counters of one connection: hostile bytes must not grow them without end


class Target(Protocol):
    """Reads one input; yields what was wrong about it."""

    name: str

    def wants(self, sample: Sample) -> bool: ...
    def read(self, sample: Sample) -> Iterator[str]: ...


class Parser:
    """`parse`: bytes to rows and refusals; no input is an exception, none is dropped (A17, A18)."""

    name = "parse"

    def wants(self, sample: Sample) -> bool:
        return not sample.request

    def read(self, sample: Sample) -> Iterator[str]:
        parsed = parse(sample.body, sample.path, sample.method)
        for refusal in parsed.refusals:
            if not refusal.field or len(refusal.field) > FIELD_MAX:
                yield f"a refusal's place: {refusal.field[:80]!r}"
            if not refusal.reason or len(refusal.reason) > REASON_MAX:
                yield f"a refusal's reason: {refusal.reason[:80]!r}"
        if not parsed.records and not parsed.refusals and not _empty(parsed):
            yield "dropped without a word"
        for record in parsed.records:
            yield from _numbers(record)


class Client:
    """One connection that hears everything, for ever: its books, counters and requests."""

    name = "connection"

    def __init__(self, listed: list[Instrument]) -> None:
        self._listed = listed
        self._now = 0
        self._renew()

    def _renew(self) -> None:
        self.connection = Connection(self._listed)
        self.connection.open(self._now)

    def wants(self, sample: Sample) -> bool:
        return not sample.request and not sample.path

    def read(self, sample: Sample) -> Iterator[str]:
        self._now += 1_000_000
        connection = self.connection
        for item in connection.hear(sample.body, self._now, self._now):
            yield from _numbers(item)
        connection.tick(self._now, self._now)
        connection.requests()
        if connection.closing:
            self._renew()
        if len(connection.malformed) > NAMES_MAX:
            yield f"{len(connection.malformed)} names of what was malformed"
            connection.malformed.clear()


class Venue:
    """The simulated venue's own reader: a client may send it anything."""

    name = "sandbox"

    def __init__(self) -> None:
        self._core = Core(TinyMarket(7))
        self._rest = Rest(self._core)
        self._connection = self._fresh("public")

    def _fresh(self, path: str) -> VenueConnection:
        return VenueConnection(self._core, path, "f0")

    def wants(self, sample: Sample) -> bool:
        return sample.request

    def read(self, sample: Sample) -> Iterator[str]:
        text = sample.body.decode("utf-8", "replace")  # its server refuses what is not UTF-8
        if len(self._connection.keys) > 50:
            self._connection = self._fresh("public")
        heard = self._connection.hear(text, 0)
        for reply in heard.replies:
            try:
                msgspec.json.decode(reply)
            except msgspec.DecodeError:
                yield f"an answer that is no JSON: {reply[:80]!r}"
        with contextlib.suppress(BadFault):
            read_fault(sample.body)
        status, _ = self._rest.answer("GET", f"{ROOT}/market/books", text[:400])
        if status not in (200, 400, 401, 404, 405, 429):
            yield f"status {status}"


def targets() -> tuple[Target, ...]:
    """All of them, fresh."""
    listed = _listed()
    return Parser(), Client(listed), Twins(listed), Venue()


def _listed() -> list[Instrument]:
    """What the simulated venue lists, as our parser reads it."""
    _, body = Rest(Core(TinyMarket(7))).answer("GET", f"{ROOT}/public/instruments", "instType=SWAP")
    rows = parse(msgspec.json.encode(body), "public/instruments").records
    found = [translate.instrument(row) for row in rows if isinstance(row, InstrumentRow)]
    listed = [made for made in found if made is not None]
    assert listed, "the venue lists what it trades"
    return listed


def _empty(parsed: Parsed) -> bool:
    """An answer or a push with no rows in it says so, and that is all it says."""
    return not parsed.records and (parsed.kind != "" or parsed.channel == "")


def _numbers(record: Any) -> Iterator[str]:
    """Every number of a record that was let through is one (A18)."""
    if isinstance(record, float):
        if not isfinite(record):
            yield f"not finite: {record}"
    elif isinstance(record, Decimal):
        if not record.is_finite():
            yield f"not finite: {record}"
    elif isinstance(record, tuple):
        for cell in record:
            yield from _numbers(cell)
    elif isinstance(record, msgspec.Struct):
        for name in record.__struct_fields__:
            yield from _numbers(getattr(record, name))
    elif is_dataclass(record):
        for field in fields(record):
            yield from _numbers(getattr(record, field.name))
