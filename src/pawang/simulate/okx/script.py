"""A random fault script: which things go wrong in one seed's world, and when.

A seed first draws a *swarm*, a handful of kinds out of all, and then times for these only. Worlds
in which everything goes wrong at once look all alike, and never show what two faults do to each
other; worlds with few kinds each do (swarm testing, Groce et al., ISSTA 2012).

>>> write_script(7) == write_script(7)
True
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from pawang.sandbox.faults import Fault, read_fault

KINDS_MAX = 6  # of a swarm
PAUSE_S = (2.0, 40.0)  # the mean time between two strikes, drawn for each kind, short ones more


@dataclass(frozen=True)
class Strike:
    """At `at_s` either the venue is told a `fault`, or the network does `weather` for `seconds`."""

    at_s: float
    kind: str
    fault: Fault | None = None
    seconds: float = 0.0

    def __str__(self) -> str:
        if self.fault is None:
            return f"{self.at_s:7.2f} s  {self.kind} {self.seconds:.1f} s"
        told = {name: getattr(self.fault, name) for name in self.fault.__struct_fields__}
        usual = Fault(kind=self.fault.kind)
        said = {key: value for key, value in told.items() if value != getattr(usual, key)}
        return f"{self.at_s:7.2f} s  {self.kind} {said}"


@dataclass(frozen=True)
class Swarm:
    """What a script may draw from."""

    kinds: tuple[str, ...]
    names: tuple[str, ...]  # instruments


Chance = random.Random
Fields = dict[str, object]
Drawer = Callable[[Chance, Swarm], Fields]

CHANNELS = ("books", "trades", "mark-price", "")
PUSHED = ("orders", "orders", "positions", "account", "")
PATHS = (
    "/api/v5/trade/order", "/api/v5/trade/order", "/api/v5/trade/cancel-order", "/api/v5/trade/",
    "/api/v5/trade/fills", "/api/v5/account/", "/api/v5/",
)  # fmt: skip
BODIES = ("", "<html><body>502 Bad Gateway</body></html>", '{"code":"0","msg":"","data":[{"a', "{}")
UNDECIDED = (
    '{"code":"50004","msg":"API endpoint request timeout.","data":[]}',
    '{"code":"51149","msg":"Order timed out. Please try again later.","data":[]}',
)
"""OKX's own words for "nobody knows" (C04)."""
STATUSES = (400, 403, 404, 429, 500, 502, 503, 200)
AFTER = (400, 500, 502, 503, 200)
"""What may be said of something that was done: a gate's refusals are of what it kept out."""
SENDINGS = ("whole", "whole", "reset", "hang", "truncate", "slow")
GARBAGE = ("", '{"event":', "[[[[", '{"arg":{"channel":"books"}}')


def _some(chance: Chance, swarm: Swarm) -> Fields:
    """So many messages of one book."""
    return {"inst_id": chance.choice(swarm.names), "count": chance.choice((1, 1, 2, 5))}


def _quiet(chance: Chance, swarm: Swarm) -> Fields:
    named = chance.choice((*swarm.names, ""))
    seconds = round(chance.uniform(0.5, 25.0), 2)
    return {"channel": chance.choice(CHANNELS), "inst_id": named, "seconds": seconds}


def _late(chance: Chance, swarm: Swarm) -> Fields:
    channel = chance.choice((*CHANNELS, *PUSHED))
    return {"channel": channel, "seconds": round(chance.uniform(0.2, 3.0), 2)}


def _answer(chance: Chance, _: Swarm) -> Fields:
    """Before or after the effect, well or badly told, or not at all."""
    when = chance.choice(("before", "after"))
    status, body = chance.choice(STATUSES if when == "before" else AFTER), chance.choice(BODIES)
    if chance.random() < 0.3:
        status, body = 200, chance.choice(UNDECIDED)
    return {
        "path": chance.choice(PATHS),
        "count": chance.choice((1, 1, 2, 4)),
        "status": status,
        "body": body,
        "sending": chance.choice(SENDINGS),
        "when": when,
    }


def _pushes(chance: Chance, _: Swarm) -> Fields:
    return {"channel": chance.choice(PUSHED), "count": chance.choice((1, 1, 2, 5))}


def _stamp(chance: Chance, swarm: Swarm) -> Fields:
    named, seconds = chance.choice(swarm.names), round(chance.uniform(-400.0, 400.0), 1)
    return {"channel": chance.choice(CHANNELS), "inst_id": named, "seconds": seconds}


def _for(least: float, most: float) -> Drawer:
    return lambda chance, _: {"seconds": round(chance.uniform(least, most), 2)}


def _nothing(_: Chance, __: Swarm) -> Fields:
    return {}


FIELDS: dict[str, Drawer] = {
    **dict.fromkeys(("gap", "duplicate", "reorder", "crossed", "no_snapshot"), _some),
    "seq_reset": lambda chance, swarm: {"inst_id": chance.choice(swarm.names)},
    "reject": lambda chance, swarm: {
        "channel": chance.choice(CHANNELS[:3]),
        "inst_id": chance.choice(swarm.names),
    },
    "freeze": _quiet,
    "delay": _late,
    "cut": _nothing,
    "mid_frame": _nothing,
    "half_open": _for(1.0, 40.0),
    "slow_pong": _for(1.0, 40.0),
    "notice": _for(2.0, 30.0),
    "close": lambda chance, _: {"status": chance.choice((1000, 1001, 4004, 4006))},
    "http": _answer,
    "http_delay": lambda chance, _: {
        "path": chance.choice(PATHS),
        "seconds": round(chance.uniform(0.2, 8.0), 2),
        "count": chance.choice((1, 2)),
    },
    "stamp": _stamp,
    "huge": lambda chance, _: {"count": chance.choice((1, 2, 5))},
    "garbage": lambda chance, _: {"body": chance.choice(GARBAGE)},
    **dict.fromkeys(("drop_push", "duplicate_push", "reorder_push"), _pushes),
    "logout": _nothing,
    "skew": _for(-90.0, 90.0),
    "rate_limit": lambda chance, _: {
        "path": chance.choice(PATHS),
        "count": chance.choice((1, 3)),
    },
    "leverage_kept": lambda chance, _: {"count": chance.choice((1, 2))},
}
"""What a fault of each kind is about, beside its kind."""

WEATHER: dict[str, tuple[float, float]] = {
    "line_cut": (0.0, 0.0),
    "line_dead": (0.0, 0.0),
    "line_stall": (0.2, 20.0),
    "refused": (0.5, 15.0),
    "swallowed": (0.5, 15.0),
    "torn": (5.0, 30.0),
    "laggy": (5.0, 30.0),
}
"""What the network does, and for how many seconds."""

PUBLIC = (
    "gap", "duplicate", "reorder", "delay", "seq_reset", "crossed", "no_snapshot", "reject",
    "freeze", "cut", "mid_frame", "half_open", "close", "notice", "slow_pong", "http", "stamp",
    "huge", "garbage",
)  # fmt: skip
PRIVATE = (
    "http", "http_delay", "drop_push", "duplicate_push", "reorder_push", "logout", "cut", "skew",
    "rate_limit", "leverage_kept", "half_open", "notice", "slow_pong", "delay", "close",
)  # fmt: skip


def kinds_of(half: str) -> tuple[str, ...]:
    """The faults that this half of the venue can do, and the network's."""
    return (*(PUBLIC if half == "books" else PRIVATE), *WEATHER)


def write_script(
    seed: int,
    kinds: Sequence[str] = (),
    names: Sequence[str] = ("BTC-USDT-SWAP", "SOL-USDT-SWAP"),
    seconds: float = 60.0,
) -> tuple[Strike, ...]:
    """The seed's strikes in order. `kinds`: draw from these instead of from all."""
    chance = random.Random(f"{seed}:script")  # noqa: S311 - reproducible
    choice = tuple(kinds) or kinds_of("books")
    swarm = Swarm(
        tuple(chance.sample(choice, min(len(choice), chance.randint(1, KINDS_MAX)))), tuple(names)
    )
    strikes: list[Strike] = []
    for kind in swarm.kinds:
        pause_s, at_s = PAUSE_S[0] * (PAUSE_S[1] / PAUSE_S[0]) ** chance.random(), 0.0
        while (at_s := at_s + chance.expovariate(1 / pause_s)) < seconds:
            strikes.append(_strike(chance, swarm, kind, round(at_s, 3)))
    return tuple(sorted(strikes, key=lambda strike: strike.at_s))


def _strike(chance: Chance, swarm: Swarm, kind: str, at_s: float) -> Strike:
    if kind in WEATHER:
        return Strike(at_s, kind, None, round(chance.uniform(*WEATHER[kind]), 2))
    body = msgspec.json.encode({"kind": kind, **FIELDS[kind](chance, swarm)})
    return Strike(at_s, kind, read_fault(body))
