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
from typing import get_args

from pawang.sandbox.faults import Fault, Kind

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
    """What a script may draw from: a maker of strikes by kind."""

    kinds: tuple[str, ...]
    names: tuple[str, ...]  # instruments


Chance = random.Random
Maker = Callable[[Chance, Swarm, float], Strike]

CHANNELS = ("books", "trades", "mark-price", "")
BODIES = ("", "<html><body>502 Bad Gateway</body></html>", '{"code":"0","msg":"","data":[{"a', "{}")
STATUSES = (400, 403, 404, 429, 500, 502, 503, 200)
SENDINGS = ("whole", "whole", "reset", "hang", "truncate", "slow")


def _fault(chance: Chance, swarm: Swarm, kind: str, at_s: float) -> Strike:
    """A fault of the venue, with whatever fields its kind takes."""
    fields: dict[str, object] = {"kind": kind}
    if kind in ("gap", "duplicate", "crossed", "reorder", "price", "no_snapshot"):
        fields |= {"inst_id": chance.choice(swarm.names), "count": chance.choice((1, 1, 2, 5))}
    elif kind == "seq_reset":
        fields |= {"inst_id": chance.choice(swarm.names)}
    elif kind == "reject":
        named = chance.choice(swarm.names)
        fields |= {"channel": chance.choice(CHANNELS[:3]), "inst_id": named}
    elif kind in ("freeze", "delay"):
        fields |= {
            "channel": chance.choice(CHANNELS),
            "inst_id": chance.choice((*swarm.names, "")),
            "seconds": round(chance.uniform(0.5, 25.0 if kind == "freeze" else 3.0), 2),
        }
    elif kind in ("half_open", "slow_pong"):
        fields |= {"seconds": round(chance.uniform(1.0, 40.0), 2)}
    elif kind == "notice":
        fields |= {"seconds": round(chance.uniform(2.0, 30.0), 2)}
    elif kind == "close":
        fields |= {"status": chance.choice((1000, 1001, 1006 + 3000, 4004, 4006))}
    elif kind == "http":
        fields |= {
            "path": "/api/v5/",
            "count": chance.choice((1, 2, 4)),
            "status": chance.choice(STATUSES),
            "body": chance.choice(BODIES),
            "sending": chance.choice(SENDINGS),
        }
    elif kind == "stamp":
        fields |= {
            "channel": chance.choice(CHANNELS),
            "inst_id": chance.choice(swarm.names),
            "seconds": round(chance.uniform(-400.0, 400.0), 1),
        }
    elif kind == "huge":
        fields |= {"count": chance.choice((1, 2, 5))}
    elif kind == "garbage":
        fields |= {"body": chance.choice(("", '{"event":', "[[[[", '{"arg":{"channel":"books"}}'))}
    return Strike(at_s, kind, Fault(**fields))  # type: ignore[arg-type]


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


def public_kinds() -> tuple[str, ...]:
    """The faults of the public side that this venue can do, and the network's."""
    known = get_args(Kind)
    return (*(kind for kind in PUBLIC if kind in known), *WEATHER)


def write_script(
    seed: int,
    kinds: Sequence[str] = (),
    names: Sequence[str] = ("BTC-USDT-SWAP", "SOL-USDT-SWAP"),
    seconds: float = 60.0,
) -> tuple[Strike, ...]:
    """The seed's strikes in order. `kinds`: draw from these instead of from all."""
    chance = random.Random(f"{seed}:script")  # noqa: S311 - reproducible
    choice = tuple(kinds) or public_kinds()
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
    return _fault(chance, swarm, kind, at_s)
