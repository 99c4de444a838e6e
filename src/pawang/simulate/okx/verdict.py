"""What one seed is asked, and how it went."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from pawang.simulate.okx.script import Strike

BOUND_S: dict[str, float] = {
    "reject": 62.0,  # A11: tried again every minute
    "half_open": 25.0 + 60.0,  # A02, then A13's longest delay
    "line_dead": 25.0 + 60.0,
    "line_stall": 25.0 + 60.0,
    "swallowed": 60.0 + 5.0,
    "slow_pong": 60.0 + 5.0,
    "freeze": 60.0 + 12.0,
}
BOUND_USUAL_S = 60.0 + 12.0
"""Any cut may be the last of many, after which the next try waits up to a minute (A13); a book
then has 12 s (A03, A08). A script without cuts heals in `BOUND_QUICK_S` (A04 after A09's 5 s)."""
BOUND_QUICK_S = 12.0
BOUND_ORDERS_S = 420.0  # a breaker that tripped again and again rests up to 300 s + 20 % (A29)
QUICK = ("gap", "duplicate", "reorder", "seq_reset", "crossed", "http", "stamp", "torn", "laggy")

Half = Literal["books", "orders"]
"""What is on trial: the public side, or the private one."""


@dataclass(frozen=True)
class ChaosOptions:
    seed: int
    half: Half = "books"
    kinds: tuple[str, ...] = ()  # () = all of its half that the venue can do
    coins: tuple[str, ...] = ("BTC", "SOL")
    trouble_s: float = 60.0


@dataclass
class Verdict:
    """How it went. `trace` is a hash over every record and its virtual time (I16)."""

    seed: int
    half: Half
    script: tuple[Strike, ...]
    violations: list[str] = field(default_factory=list)
    compared: int = 0  # books, or orders
    losses: int = 0
    connects: int = 0
    healed_s: float | None = None
    trace: str = ""
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(sorted({strike.kind for strike in self.script}))

    @property
    def bound_s(self) -> float:
        kinds = self.kinds
        if self.half == "orders":
            return BOUND_ORDERS_S
        if all(kind in QUICK for kind in kinds):
            return BOUND_QUICK_S
        return max([BOUND_S.get(kind, BOUND_USUAL_S) for kind in kinds], default=0.0) + 12.0

    @property
    def replay(self) -> str:
        """The command that tells this story again."""
        return f"pawang simulate --okx {self.half} --seed {self.seed}"

    def told(self) -> str:
        """All that a person needs to see it again."""
        return "\n".join([f"again: {self.replay}", *map(str, self.script), *self.violations[:10]])
