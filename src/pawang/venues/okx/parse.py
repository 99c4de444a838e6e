"""Bytes to wire records, and a refusal for everything else. Pure; never raises, never drops.

>>> parsed = parse(b'{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":'
...                b'"BTC-USDT","tradeId":"1","px":"NaN","sz":"1","side":"buy",'
...                b'"ts":"1630048897897"}]}')
>>> parsed.records, parsed.refusals[0].field, parsed.refusals[0].reason
((), 'data[0].px', "not a number: 'NaN'")

What may come: a WebSocket message, a REST answer, and either of them inside a recorder's wrapping
({"method","path","response"} or {"recv_ts","msg"}), or the answer to a WebSocket order operation.
"""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from pawang.model.codec import Record
from pawang.venues.okx import fields, kinds, kinds_private
from pawang.venues.okx.kinds import KINDS, PRIVATE
from pawang.venues.okx.wire import ClockRow, EventRow, FailureRow
from pawang.venues.okx.wire import Row as PublicRow
from pawang.venues.okx.wire_private import PrivateRow

Row = PublicRow | PrivateRow

REASON_MAX = 200  # characters; a reason is for a log line and a counter
BROKEN = (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError, OverflowError)
"""All that decoding hostile bytes can raise: 200,000 brackets are a RecursionError (A17)."""


class Refusal(Record):
    """`field` is a dotted path into the message, "frame" for the whole of it."""

    field: str
    reason: str


class Parsed(Record):
    """One message. `channel`, `arg` and `action` are a push's; `kind` names all its records.

    `op` and `request` (its id) are of an answer to a WebSocket operation.
    """

    kind: str = ""
    channel: str = ""
    arg: dict[str, str] = {}
    action: str = ""
    op: str = ""
    request: str = ""
    records: tuple[Row, ...] = ()
    refusals: tuple[Refusal, ...] = ()


class _Envelope(msgspec.Struct):
    arg: dict[str, str | None] | None = None
    action: str = ""
    data: msgspec.Raw = msgspec.Raw(b"")
    event: str = ""
    op: str = ""
    id: str | None = None
    code: str | int | None = None
    msg: msgspec.Raw = msgspec.Raw(b"")
    method: str = ""
    path: str = ""
    response: msgspec.Raw = msgspec.Raw(b"")


_envelopes = msgspec.json.Decoder(_Envelope)
_lists = {
    kind: msgspec.json.Decoder(tuple[row, ...], dec_hook=fields.read)  # type: ignore[valid-type]
    for kind, row in KINDS.items()
}
_rows = {kind: msgspec.json.Decoder(row, dec_hook=fields.read) for kind, row in KINDS.items()}
_raws = msgspec.json.Decoder(list[msgspec.Raw])
_events = msgspec.json.Decoder(EventRow)
_clocks = msgspec.json.Decoder(ClockRow, dec_hook=fields.read)


def parse(frame: bytes | str, path: str = "", method: str = "GET") -> Parsed:
    """One message; `path` and `method` say which REST endpoint answered, where one knows."""
    if frame in (b"pong", "pong"):
        return Parsed(kind="event", records=(EventRow(event="pong"),))
    return _parse(frame, path, method, wrapped=True)


def _parse(frame: bytes | str | msgspec.Raw, path: str, method: str, wrapped: bool) -> Parsed:
    try:
        envelope = _envelopes.decode(frame)
    except BROKEN as broken:
        return _refused(_place("", broken) or "frame", _words(broken))
    if envelope.event:
        return _event(frame, envelope.event)
    if wrapped and len(envelope.response):
        return _parse(envelope.response, envelope.path, envelope.method, wrapped=False)
    if wrapped and bytes(envelope.msg).startswith(b"{"):
        return _parse(envelope.msg, path, method, wrapped=False)
    if envelope.arg is not None:
        return _push(envelope)
    if envelope.code is None and not len(envelope.data):
        return _stranger(frame)
    return _operation(envelope) if envelope.op else _answer(envelope, path, method)


def _event(frame: bytes | str | msgspec.Raw, event: str) -> Parsed:
    decoder: msgspec.json.Decoder[Any] = _clocks if event == "clock" else _events
    try:
        return Parsed(kind="event", records=(decoder.decode(frame),))
    except BROKEN as broken:
        return _refused(_place("", broken) or "event", _words(broken), kind="event")


def _push(envelope: _Envelope) -> Parsed:
    arg = {key: value for key, value in (envelope.arg or {}).items() if value is not None}
    channel = arg.get("channel", "")
    action = envelope.action
    kind = kinds.by_channel(channel)
    if not channel:
        return _refused("arg.channel", "missing")
    if kind is None:
        return _refused("arg.channel", f"unknown: {channel[:64]}", channel=channel, arg=arg)
    if kind == PRIVATE:
        return _private(channel, channel=channel, arg=arg)
    wanted = ("snapshot", "update") if channel in kinds.INCREMENTAL else ("",)
    if action not in wanted:
        reason = f"one of {', '.join(wanted) or 'none'} was expected, not {action[:32]!r}"
        return _refused("action", reason, channel=channel, arg=arg)
    records, refusals = _read(kind, envelope.data)
    return Parsed(
        kind=kind, channel=channel, arg=arg, action=action, records=records, refusals=refusals
    )


def _operation(envelope: _Envelope) -> Parsed:
    """{"id","op","data":[{"sCode",…}],"code","msg"}: its items speak, or the whole of it failed."""
    parsed = _answer(envelope, "trade/order", "POST")
    return replace(parsed, op=envelope.op[:32], request=(envelope.id or "")[:32])


def _answer(envelope: _Envelope, path: str, method: str) -> Parsed:
    known = kinds.by_path(path, method) if path else None
    if path and known is None:
        return _refused("path", f"unknown: {path[:80]}")
    failed = envelope.code not in (None, "0", 0)
    # What the path says needs no second look at the rows; a 400 kB list of instruments is many.
    shape, empty = _shape(envelope.data) if failed or known is None else (None, False)
    kind = known or shape
    if kind == PRIVATE:
        return _private(path or "by its fields")
    if failed and empty:
        failure = FailureRow(code=str(envelope.code), msg=_text(envelope.msg))
        return Parsed(kind="failure", records=(failure,))
    if kind is None and not empty:
        return _refused("data", "rows of no public kind we know; say which endpoint answered")
    records, refusals = _read(kind, envelope.data) if kind else ((), ())
    return Parsed(kind=kind or "", records=records, refusals=refusals)


def _stranger(frame: bytes | str | msgspec.Raw) -> Parsed:
    try:
        shape = kinds.by_shape(msgspec.json.decode(frame))
    except BROKEN as broken:  # the envelope's decoder does not look into what it skips
        return _refused("frame", _words(broken))
    if shape in kinds_private.KINDS:
        return _bare(shape, frame)
    if shape == PRIVATE:
        return _private("by its fields")
    return _refused("frame", "neither a push, nor an event, nor an answer")


def _bare(kind: str, frame: bytes | str | msgspec.Raw) -> Parsed:
    """One private row without its answer around it, as some recordings keep them."""
    try:
        return Parsed(kind=kind, records=(_rows[kind].decode(frame),))
    except BROKEN as broken:
        return _refused(_place("", broken) or "frame", _words(broken), kind=kind)


def _shape(data: msgspec.Raw) -> tuple[str | None, bool]:
    """(kind by the first row, whether there is no row). An object counts as its own row."""
    try:
        rows = msgspec.json.decode(data) if len(data) else []
    except BROKEN:
        return None, False
    first = rows[0] if isinstance(rows, list) and rows else rows
    return kinds.by_shape(first), rows == []


def _read(kind: str, data: msgspec.Raw) -> tuple[tuple[Row, ...], tuple[Refusal, ...]]:
    """All rows at one go, which is nearly always right; else row by row to keep the good ones."""
    if not len(data):
        return (), (Refusal(field="data", reason="missing"),)
    try:
        if kind == "support_coin":
            return (_rows[kind].decode(data),), ()
        return _lists[kind].decode(data), ()
    except BROKEN as broken:
        return _one_by_one(kind, data, broken)


def _one_by_one(
    kind: str, data: msgspec.Raw, broken: Exception
) -> tuple[tuple[Row, ...], tuple[Refusal, ...]]:
    try:
        raws = _raws.decode(data)
    except BROKEN:
        return (), (Refusal(field=_place("data", broken), reason=_words(broken)),)
    records: list[Row] = []
    refusals: list[Refusal] = []
    for number, raw in enumerate(raws):
        try:
            records.append(_rows[kind].decode(raw))
        except BROKEN as wrong:
            place = _place(f"data[{number}]", wrong)
            refusals.append(Refusal(field=place, reason=_words(wrong)))
    return tuple(records), tuple(refusals)


# Refusals.


def _refused(field: str, reason: str, **known: Any) -> Parsed:
    return Parsed(refusals=(Refusal(field=field, reason=reason[:REASON_MAX]),), **known)


def _private(what: str, **known: Any) -> Parsed:
    return _refused("private", f"private, and not read: {what}", **known)


def _place(at: str, broken: Exception) -> str:
    """Where it went wrong: msgspec says "… - at `$.px`" and names a missing field in words."""
    words = str(broken)
    place = words.rsplit("`$", 1)[1].rstrip("`") if "`$" in words else ""
    if "missing required field `" in words:
        place += "." + words.split("`")[1]
    if isinstance(broken.__cause__, fields.Wrong):
        place += broken.__cause__.at
    return (at + place).removeprefix(".")


def _words(broken: Exception) -> str:
    if isinstance(broken.__cause__, fields.Wrong):
        return str(broken.__cause__)[:REASON_MAX]
    return (str(broken).split(" - at `$")[0] or type(broken).__name__)[:REASON_MAX]


def _text(raw: msgspec.Raw) -> str:
    try:
        return str(msgspec.json.decode(raw)) if len(raw) else ""
    except BROKEN:
        return ""


# Files, for `pawang parse okx FILE`.


def parse_file(path: Path) -> Iterator[dict[str, Any]]:
    """JSON-able objects: {"kind", …fields} a record, {"kind": "malformed", …} a refusal.

    One message a file, or one a line in `.jsonl`. Prices come as text. Raises OSError only.
    """
    path = Path(path)
    data = path.read_bytes()
    frames = data.splitlines() if path.suffix == ".jsonl" else [data]
    for frame in frames:
        if not frame.strip():
            continue
        parsed = parse(frame.strip())
        for record in parsed.records:
            yield _shown(parsed, record)
        for refusal in parsed.refusals:
            yield {"kind": "malformed", "field": refusal.field, "reason": refusal.reason}


def _shown(parsed: Parsed, record: Row) -> dict[str, Any]:
    """The record's fields by their wire names, with what only the message said."""
    cells = {
        encoded: _plain(getattr(record, name))
        for name, encoded in zip(
            record.__struct_fields__, record.__struct_encode_fields__, strict=True
        )
    }
    context: dict[str, Any] = {"kind": parsed.kind}
    if parsed.channel:
        context["channel"] = parsed.channel
    if parsed.action:
        context["action"] = parsed.action
    if parsed.arg.get("instId") and not cells.get("instId"):
        cells["instId"] = parsed.arg["instId"]
    return {**context, **cells}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, tuple):
        return [_plain(cell) for cell in value]
    if isinstance(value, msgspec.Struct):
        names = zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True)
        return {encoded: _plain(getattr(value, name)) for name, encoded in names}
    return value
