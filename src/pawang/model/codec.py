"""One codec for everything that is stored, hashed or compared.

JSON by msgspec: field order is the order of declaration, floats round-trip exactly, so equal
records give equal bytes and a hash of the bytes is a hash of the record.
"""

import hashlib
import zlib
from typing import Any, TypeVar, dataclass_transform

import msgspec

T = TypeVar("T")

CODEC_VERSION = 1

# What JSON does not know and a record may hold are levels of a book, which are a sequence.
_encoder = msgspec.json.Encoder(decimal_format="string", enc_hook=list)
_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Frozen(msgspec.StructMeta):
    """Makes every record frozen, keyword-only and strict without saying so class by class."""

    def __new__(
        mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **config: Any
    ) -> Any:
        settings = {"frozen": True, "kw_only": True, "forbid_unknown_fields": True, **config}
        return super().__new__(mcls, name, bases, namespace, **settings)


class Record(msgspec.Struct, metaclass=Frozen):
    """Base of every frozen record that is never a member of a tagged union."""


class Tagged(msgspec.Struct, metaclass=Frozen, tag=True):
    """Base of every frozen record that travels in a union: its class name is its tag."""


def encode(record: object) -> bytes:
    """The record's JSON bytes; equal records give equal bytes."""
    return _encoder.encode(record)


def decode(data: bytes, kind: type[T]) -> T:
    """Read `kind` back from its bytes; msgspec.ValidationError names the field that is wrong."""
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind)
    decoded: T = decoder.decode(data)
    return decoded


def digest(data: bytes) -> str:
    """SHA-256 of the bytes, in hex."""
    return hashlib.sha256(data).hexdigest()


def pack(record: object) -> bytes:
    """Compressed bytes for the ledger (zlib level 6; a view shrinks about fourfold)."""
    return zlib.compress(encode(record), 6)


def unpack(data: bytes, kind: type[T]) -> T:
    """Undo `pack`. Raises zlib.error or msgspec.DecodeError when the bytes were touched."""
    return decode(zlib.decompress(data), kind)
