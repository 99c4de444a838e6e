"""What is done to an honest message: to its bytes, or to its meaning.

Byte mutations find what a decoder forgets; structure-aware ones (a value, a key, a type swapped in
the decoded tree) get past the decoder and try the rules behind it. JSON has no NaN, no key twice
and no 400-digit price, so the trees are written by an encoder of our own that has all of them.
"""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pawang.simulate.fuzz.corpus import LARGE, Sample

DEPTHS = (50, 500, 5_000, 200_000)  # brackets (A17 names the last)
HUGE = (2_000, 60_000, 900_000)  # characters; a frame above 1 MiB never reaches a parser (A16)
DIGITS = 400
LARGE_SHARE = 0.01  # of the inputs begin as a message above LARGE …
REQUESTS = 0.16  # … and so many less that as a client's request

SCALARS = (
    "NaN", "-NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1E400", "0", "-0", "-1", "1", "0.0",
    "1e-400", "9" * DIGITS, "-" + "9" * DIGITS, "0." + "0" * DIGITS + "1", "18446744073709551616",
    "9223372036854775808", "-9223372036854775809", "1757894400000", "4102444800001", "null", "true",
    "false", "[]", "{}", '""', '" "', '"0"', '"-1"', '"NaN"', '"inf"', '"1e999"', '"1e-999"',
    '"1_000"', '"１２"', '"0x10"', '"+1"', '".5"', '"5."', '"1,5"', '"\\u0000"', '"\\ud800"',
    '"' + "9" * DIGITS + '"', '"0.' + "0" * DIGITS + '1"', '"99999999999999999999999.5"',
    '"1757894400000"', '"-1757894400000"', '"SWAP"', '"books"', '"snapshot"', '"update"', '"buy"',
    '["1","2"]', '[["1","2","0","1"]]', '[[1,2]]', '[[]]', '[null]', '{"a":null}',
    '"BTC-USDT-SWAP"', '"❤️\\u202e"',
)  # fmt: skip
"""Raw JSON (or what looks like it) for the place of a value."""

KEYS = (
    "arg", "channel", "instId", "action", "data", "event", "op", "code", "msg", "ts", "px", "sz",
    "bids", "asks", "seqId", "prevSeqId", "checksum", "side", "state", "response", "", "\u0000",
)  # fmt: skip


class Mutator:
    """Draws inputs from samples; the same chance draws the same inputs."""

    def __init__(self, samples: list[Sample], chance: random.Random) -> None:
        assert samples, "nothing comes of nothing"
        self._chance = chance
        self._small = [
            sample for sample in samples if len(sample.body) <= LARGE and not sample.request
        ]
        self._requests = [sample for sample in samples if sample.request]
        self._paths = sorted({sample.path for sample in samples if sample.path})
        self._large = [sample for sample in samples if len(sample.body) > LARGE]
        self._bytes: tuple[Callable[[bytes], bytes], ...] = (
            self._flip, self._flip, self._cut, self._splice, self._insert, self._repeat, self._drop,
            self._spoil_text, self._nothing,
        )  # fmt: skip

    def draw(self) -> Sample:
        """One input with the place it came from."""
        chance = self._chance
        roll = chance.random()
        rare = self._large if roll < LARGE_SHARE else self._requests if roll < REQUESTS else []
        sample = chance.choice(rare or self._small)
        roll = chance.random()
        if roll < 0.55:
            body = self._structured(sample.body)
        elif roll < 0.999:
            body = chance.choice(self._bytes)(sample.body)
        else:
            body = self._monster()
        if chance.random() < 0.1:
            body = self._flip(body)
        return replace(sample, body=body, path=self._endpoint(sample.path))

    def _endpoint(self, path: str) -> str:
        """Sometimes an answer comes from where nobody expects it, or nobody knows from where."""
        if path and self._chance.random() < 0.1:
            return self._chance.choice((*self._paths, "", "/api/v5/nowhere"))
        return path

    # Meaning.

    def _structured(self, body: bytes) -> bytes:
        try:
            tree = json.loads(body)
        except (ValueError, RecursionError):
            return self._flip(body)
        for _ in range(self._chance.choice((1, 1, 1, 2, 4))):
            tree = self._change(tree)
        return _written(tree).encode("utf-8", "surrogatepass")

    def _change(self, tree: Any) -> Any:
        """Walk to a random place and do something there."""
        chance = self._chance
        if not isinstance(tree, dict | list) or not tree or chance.random() < 0.15:
            return Raw(chance.choice(SCALARS))
        if isinstance(tree, list):
            place = chance.randrange(min(len(tree), 50))
            return self._in_list(tree, place)
        key = chance.choice(list(tree))
        return self._in_object(tree, key)

    def _in_list(self, tree: list[Any], place: int) -> list[Any]:
        roll = self._chance.random()
        if roll < 0.08:
            return tree[:place] + tree[place + 1 :]
        if roll < 0.16:
            return [*tree[:place], tree[place], *tree[place:]]
        return [*tree[:place], self._change(tree[place]), *tree[place + 1 :]]

    def _in_object(self, tree: dict[str, Any], key: str) -> Any:
        chance = self._chance
        roll = chance.random()
        if roll < 0.08:
            return {name: value for name, value in tree.items() if name != key}
        if roll < 0.14:
            return {**tree, chance.choice(KEYS): Raw(chance.choice(SCALARS))}
        if roll < 0.20:
            return Pairs([*tree.items(), (key, Raw(chance.choice(SCALARS)))])  # a key twice
        return {**tree, key: self._change(tree[key])}

    # Bytes.

    def _flip(self, body: bytes) -> bytes:
        made = bytearray(body)
        for _ in range(self._chance.choice((1, 1, 2, 8))):
            if made:
                made[self._chance.randrange(len(made))] ^= 1 << self._chance.randrange(8)
        return bytes(made)

    def _cut(self, body: bytes) -> bytes:
        return body[: self._chance.randint(0, len(body))]

    def _splice(self, body: bytes) -> bytes:
        other = self._chance.choice(self._small).body
        return self._cut(body) + other[self._chance.randint(0, len(other)) :]

    def _insert(self, body: bytes) -> bytes:
        place = self._chance.randint(0, len(body))
        scalar = self._chance.choice(SCALARS).encode("utf-8", "surrogatepass")
        return body[:place] + scalar + body[place:]

    def _repeat(self, body: bytes) -> bytes:
        start = self._chance.randint(0, len(body))
        stop = min(len(body), start + self._chance.randint(1, 40))
        return body[:stop] + body[start:stop] * self._chance.randint(1, 20) + body[stop:]

    def _drop(self, body: bytes) -> bytes:
        start = self._chance.randint(0, len(body))
        return body[:start] + body[start + self._chance.randint(1, 40) :]

    def _spoil_text(self, body: bytes) -> bytes:
        """Not UTF-8 any more: a lone byte, an overlong slash, half a surrogate."""
        place = self._chance.randint(0, len(body))
        broken = self._chance.choice((b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf8\x88", b"\x80"))
        return body[:place] + broken + body[place:]

    def _nothing(self, body: bytes) -> bytes:
        return body if self._chance.random() < 0.5 else self._chance.choice((b"", b"pong", b" "))

    def _monster(self) -> bytes:
        """Deep, or long."""
        chance = self._chance
        kind, size = chance.randrange(6), chance.choice(HUGE)
        depth = chance.choice(DEPTHS)
        nested = b'{"arg":{"channel":"books","instId":"X"},"action":"update","data":'
        return {
            0: b"[" * depth,
            1: b'{"a":' * depth,
            2: nested + b"[" * depth + b"]" * depth + b"}",
            3: nested + b'[{"asks":[],"bids":[],"ts":"' + b"9" * size + b'"}]}',
            4: nested + b'[{"asks":[],"bids":[],"seqId":' + b"9" * size + b"}]}",
            5: b'{"event":"error","code":"1","msg":"' + b"x" * size + b'"}',
        }[kind]


class Raw(str):
    """Text that is written as it is."""

    __slots__ = ()


class Pairs(list[tuple[str, Any]]):
    """An object that may say a key twice."""


def _written(tree: Any) -> str:
    if isinstance(tree, Raw):
        return str(tree)
    if isinstance(tree, Pairs):
        return "{" + ",".join(f"{json.dumps(key)}:{_written(value)}" for key, value in tree) + "}"
    if isinstance(tree, dict):
        return _written(Pairs(tree.items()))
    if isinstance(tree, list):
        return "[" + ",".join(map(_written, tree)) + "]"
    return json.dumps(tree)
