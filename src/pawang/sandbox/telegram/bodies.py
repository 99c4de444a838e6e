"""What a client may send as a body: a query, JSON, urlencoded or multipart, all made one dict."""

from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, cast
from urllib.parse import parse_qsl

import msgspec

from pawang.sandbox.telegram.params import Upload
from pawang.sandbox.telegram.refusal import Refusal, bad

BODY_BYTES_MAX = 52 * 1024 * 1024  # a file of 50 MB and its multipart frame (telegram.md, limits)


def parse(content_type: str, body: bytes, query: str = "") -> dict[str, Any]:
    """Every parameter of the call by name; files as `Upload`. Raises Refusal (400, 413)."""
    if len(body) > BODY_BYTES_MAX:
        raise Refusal(413, "Request Entity Too Large")
    values: dict[str, Any] = dict(parse_qsl(query, keep_blank_values=True))
    kind = content_type.split(";")[0].strip().lower()
    if kind == "application/json":
        values.update(_json(body))
    elif kind == "application/x-www-form-urlencoded":
        values.update(_urlencoded(body))
    elif kind == "multipart/form-data":
        values.update(_multipart(content_type, body))
    return values


def _json(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        values = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise bad("can't parse JSON object") from None
    if not isinstance(values, dict):
        raise bad("object expected as request body")
    return values


def _urlencoded(body: bytes) -> dict[str, Any]:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    except UnicodeDecodeError:
        raise bad("strings must be encoded in UTF-8") from None


def _multipart(content_type: str, body: bytes) -> dict[str, Any]:
    # The email parser of the standard library reads multipart; it needs the header back in front.
    head = b"Content-Type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n"
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    if not message.is_multipart():
        raise bad("can't parse multipart body")
    values: dict[str, Any] = {}
    for part in cast("list[Message]", message.get_payload()):
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str):
            values[name] = _part(part)
    return values


def _part(part: Message) -> Upload | str:
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    filename = part.get_filename()
    if filename is not None:
        return Upload(filename, part.get_content_type(), data)
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise bad("strings must be encoded in UTF-8") from None
