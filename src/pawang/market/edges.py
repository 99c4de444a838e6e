"""Edges: what ends a fold early because the desk must hear of it at once.

A line is crossed by the first trade at or beyond its price; a jump over it counts. It fires once:
to fire again it must be watched anew.
"""

import numpy as np

from pawang.market.kernels.layout import LINE_ABOVE, LINE_BELOW
from pawang.market.state import Floats
from pawang.model.codec import Record
from pawang.model.desk import Line
from pawang.model.event import FlowTurned, HealthChanged, LineCrossed, WallFell

REFS_MAX = 256
"""Plans with watched lines a coin; each plan has about four."""


class Edge(Record):
    """Something the desk must hear of now; `ts` is that of the record that made it."""

    ts: int
    body: LineCrossed | WallFell | FlowTurned | HealthChanged


class Folded(Record):
    """How many records were folded, and the edge that stopped it (None: end of the batch)."""

    consumed: int
    edge: Edge | None = None


class Lines:
    """The watched lines of one coin."""

    __slots__ = ("_floats", "_lines")

    def __init__(self, floats: Floats | None = None) -> None:
        """`floats` are the fold's: it stops for a print that may have crossed a line."""
        if floats is None:
            floats = np.zeros(LINE_ABOVE + 1)
        self._lines: dict[str, tuple[Line, ...]] = {}
        self._floats = floats
        self._aim()

    def watch(self, ref_id: str, lines: tuple[Line, ...]) -> None:
        """Watch these lines of a plan instead of those before."""
        waiting = tuple(line for line in lines if not line.crossed)
        if waiting:
            self._lines[ref_id] = waiting
        else:
            self._lines.pop(ref_id, None)
        while len(self._lines) > REFS_MAX:
            del self._lines[next(iter(self._lines))]
        self._aim()

    def unwatch(self, ref_id: str) -> None:
        self._lines.pop(ref_id, None)
        self._aim()

    def _aim(self) -> None:
        waiting = [line for lines in self._lines.values() for line in lines]
        above = min((float(x.price) for x in waiting if x.above), default=float("inf"))
        below = max((float(x.price) for x in waiting if not x.above), default=0.0)
        self._floats[LINE_ABOVE], self._floats[LINE_BELOW] = above, below

    def trade(self, ts: int, price: float) -> list[Edge]:
        """The lines that a trade at `price` crossed, in the order they were watched."""
        if self._floats[LINE_BELOW] < price < self._floats[LINE_ABOVE]:
            return []
        edges = []
        for ref_id, lines in list(self._lines.items()):
            crossed = tuple(line for line in lines if _beyond(line, price))
            for line in crossed:
                body = LineCrossed(ref_id=ref_id, name=line.name, price=price)
                edges.append(Edge(ts=ts, body=body))
            if crossed:
                self.watch(ref_id, tuple(line for line in lines if line not in crossed))
        return edges


def _beyond(line: Line, price: float) -> bool:
    return price >= float(line.price) if line.above else price <= float(line.price)
