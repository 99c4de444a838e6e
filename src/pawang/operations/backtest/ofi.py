"""Does order flow explain price, and does it foretell it? Asked of each recorded market.

Windows of 1 s and 10 s lie side by side from the first quote on. In each, OFI is the sum of its
events and the move is the mid's, last quote to last quote, in ticks. R2 is that of a straight line
of moves on OFI: of the same window, and of the next one. As a session is minutes long and has some
50 windows of 10 s, the figure also leans on where the first window begins: `phases` tells by how
much. AUC: of any two book states, one before a rise of the mid and one before a fall, how often
the first had the higher queue imbalance (ties count half).

Sources of the targets: signals.md 5.3 and the papers named there.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pawang.market.imbalance import queue_imbalance
from pawang.market.ofi import Quotes, events
from pawang.model.codec import Record
from pawang.model.errors import BadInput
from pawang.model.kpi import Interval
from pawang.model.refs import SECOND
from pawang.operations.backtest import blocks, recordings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

R2_MIN = {1: 0.4, 10: 0.5}  # by seconds of the window
NEXT_SHARE_MAX = 0.25  # the next window's R2, as a share of the same window's
AUC_MIN = 0.75
PHASES = 10
CELL_SECONDS = 10  # book states are drawn together by this much time
WINDOWS_MIN = 8


class Phases(Record):
    """The same figures when the windows begin each tenth of a window later."""

    r2_min: float
    r2_max: float
    next_r2_max: float
    next_share_max: float  # of the next window's R2 to the same window's, at one beginning


class Window(Record):
    """What one length of window shows."""

    seconds: int
    n: int
    r2: float
    r2_95: Interval
    next_r2: float
    next_r2_95: Interval
    slope: float  # ticks a coin
    slope_depth: float  # ticks for a flow as large as the mean L1 depth
    phases: Phases
    r2_met: bool
    next_met: bool


class Auc(Record):
    states: int
    moves: int
    auc: float
    auc_95: Interval
    met: bool


class Session(Record):
    """One recorded market."""

    name: str
    asset: str
    quotes: int
    seconds: float
    tick: float
    depth: float  # mean coins at a best price
    windows: tuple[Window, ...]
    imbalance: Auc

    @property
    def met(self) -> bool:
        return self.imbalance.met and all(w.r2_met and w.next_met for w in self.windows)


def measure(name: str, path: Path, seed: int) -> Session:
    """All figures of one recording. BadInput where it is too short for them."""
    quotes = recordings.quotes(path)
    tick = recordings.tick(quotes.bid, quotes.ask)
    depth = float(((quotes.bid_size + quotes.ask_size) / 2.0).mean())
    return Session(
        name=name,
        asset=recordings.asset(name),
        quotes=len(quotes.ts),
        seconds=float(quotes.ts[-1] - quotes.ts[0]) / SECOND,
        tick=tick,
        depth=depth,
        windows=tuple(_window(name, quotes, tick, depth, size, seed) for size in R2_MIN),
        imbalance=_imbalance(quotes, seed),
    )


# Windows.


def windows(quotes: Quotes, seconds: int, begin: int) -> tuple[Floats, Floats]:
    """OFI (coins) and mid move (quote currency) of each whole window from `begin` (ns) on."""
    count = int((quotes.ts[-1] - begin) // (seconds * SECOND))
    edges = begin + np.arange(max(count, 0) + 1) * seconds * SECOND
    known = np.searchsorted(quotes.ts, edges)  # quotes before each edge
    # Sum through a window, not a difference of running totals: those lose digits as they grow.
    window = (quotes.ts[1:] - begin) // (seconds * SECOND)
    inside = (window >= 0) & (window < count)
    flow = np.zeros(count)
    np.add.at(flow, window[inside], events(quotes)[inside])
    return flow, np.diff(quotes.mid[np.maximum(known - 1, 0)])


def r2(flow: Floats, moves: Floats) -> float:
    """Of a straight line with an intercept."""
    return float(_r2(np.ones((1, len(flow))), flow, moves)[0])


def _r2(drawn: Floats, flow: Floats, moves: Floats) -> Floats:
    """One R2 a draw; `drawn` (draws, n) says how often each window counts."""
    x, y = flow - flow.mean(), moves - moves.mean()  # near zero, so that the sums keep their digits
    n = drawn.sum(axis=1)
    sums = drawn @ np.column_stack((x, y, x * x, y * y, x * y)) / n[:, np.newaxis]
    mean_x, mean_y, xx, yy, xy = sums.T
    found: Floats = (xy - mean_x * mean_y) ** 2 / ((xx - mean_x**2) * (yy - mean_y**2))
    return found


def _window(
    name: str, quotes: Quotes, tick: float, depth: float, seconds: int, seed: int
) -> Window:
    flow, moves = windows(quotes, seconds, int(quotes.ts[0]))
    if len(flow) < WINDOWS_MIN or not flow.any() or not moves.any():
        raise BadInput(f"{name}: too short or too still for windows of {seconds} s")
    moves = moves / tick
    same, after = r2(flow, moves), r2(flow[:-1], moves[1:])
    slope = float(np.cov(flow, moves)[0, 1] / flow.var(ddof=1))
    return Window(
        seconds=seconds,
        n=len(flow),
        r2=same,
        r2_95=blocks.interval(lambda drawn: _r2(drawn, flow, moves), len(flow), seed),
        next_r2=after,
        next_r2_95=blocks.interval(
            lambda drawn: _r2(drawn, flow[:-1], moves[1:]), len(flow) - 1, seed
        ),
        slope=slope,
        slope_depth=slope * depth,
        phases=_phases(quotes, seconds),
        r2_met=same >= R2_MIN[seconds],
        next_met=after <= NEXT_SHARE_MAX * same,
    )


def _phases(quotes: Quotes, seconds: int) -> Phases:
    begins = [int(quotes.ts[0]) + seconds * SECOND * k // PHASES for k in range(PHASES)]
    found = [windows(quotes, seconds, begin) for begin in begins]
    same = [r2(flow, moves) for flow, moves in found]
    after = [r2(flow[:-1], moves[1:]) for flow, moves in found]
    shares = [later / now for later, now in zip(after, same, strict=True)]
    return Phases(
        r2_min=min(same),
        r2_max=max(same),
        next_r2_max=max(after),
        next_share_max=max(shares),
    )


# Queue imbalance.


def next_moves(mid: Floats) -> tuple[Ints, int]:
    """+1 or -1 of the next change of the mid for each state, and how many changes there are.

    States after the last change have none and are left out.
    """
    change = np.diff(mid)
    moved = np.flatnonzero(change)
    following = np.searchsorted(moved, np.arange(moved[-1] + 1 if len(moved) else 0))
    return np.sign(change[moved[following]]).astype(np.int64), len(moved)


def pairs(score: Floats, rose: NDArray[np.bool_], cell: Ints) -> Floats:
    """(cells, cells): pairs of a state before a rise in one and before a fall in the other cell,
    in which the rise had the higher score; ties count half."""
    _, rank = np.unique(score, return_inverse=True)
    shape = (int(rank.max()) + 1, int(cell.max()) + 1)
    rises, falls = (np.zeros(shape) for _ in range(2))
    np.add.at(rises, (rank[rose], cell[rose]), 1.0)
    np.add.at(falls, (rank[~rose], cell[~rose]), 1.0)
    below: Floats = rises.T @ (np.cumsum(falls, axis=0) - falls / 2.0)
    return below


def _imbalance(quotes: Quotes, seed: int) -> Auc:
    sign, moves = next_moves(quotes.mid)
    if not (sign > 0).any() or not (sign < 0).any():
        raise BadInput("the mid never moved both ways")
    score = queue_imbalance(quotes.bid_size, quotes.ask_size)[: len(sign)]
    seconds = (quotes.ts[: len(sign)] - quotes.ts[0]) // SECOND
    rose, cell = sign > 0, seconds // CELL_SECONDS
    above = pairs(score, rose, cell)
    rises = np.bincount(cell[rose], minlength=len(above))
    falls = np.bincount(cell[~rose], minlength=len(above))

    def auc(drawn: Floats) -> Floats:
        found: Floats = ((drawn @ above) * drawn).sum(axis=1) / ((drawn @ rises) * (drawn @ falls))
        return found

    value = float(auc(np.ones((1, len(above))))[0])
    return Auc(
        states=len(sign),
        moves=moves,
        auc=value,
        auc_95=blocks.interval(auc, len(above), seed),
        met=value >= AUC_MIN,
    )
