"""Does the yardstick read zero where there is nothing to measure?

On random walks (`on_walks`) the hit rates must be those of the closed form (`signals/null.py`),
and no exit or entry rule may earn anything: the mean net PnL is minus the costs (optional
stopping). On recorded one-minute bars (`on_bars`), entered every five minutes on both sides
without any signal, the rates must come out near the closed form too. Whatever looks one bar ahead
is thrown far out of these bounds.
"""

from pawang.signals.barriers import Exits, Geometry
from pawang.signals.null import hit_chance, hit_chance_breakeven

GEOMETRIES = (
    Geometry(stop=0.35, target=0.28, target_next=0.60),
    Geometry(stop=0.19, target=0.28, target_next=0.60),
    Geometry(stop=0.12, target=0.18, target_next=0.36),
    Geometry(stop=0.20, target=0.20, target_next=0.40),
)
"""The rows of signals.md 7.4, in whole ticks. Only ratios count: smaller ones walk less."""
MAIN = GEOMETRIES[0]


def chances(geometry: Geometry, exits: Exits) -> tuple[float, float]:
    """The closed form of TP1 and TP2 without a clock."""
    a, b1, b2 = geometry.stop, geometry.target, geometry.target_next
    if exits.to_entry:
        return hit_chance(a, b1), hit_chance_breakeven(a, b1, b2)
    return hit_chance(a, b1), hit_chance(a, b2)
