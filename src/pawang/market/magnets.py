"""The map of estimated liquidations, and its magnets (signals.md 6.3). Always ESTIMATED.

State: USD by log-price bin (5 bp) and side, within about +-25 % of the price. One `Step` a minute
(or a back-filled candle): bins the mark crossed are consumed; new open interest is laid where
positions opened at the minute's prices would die; closed interest is taken off; a day's turnover
moves half of what stands to the price of now; observed liquidations are taken off.

First heatmap: the leverage mix is a prior, nothing is learned yet and nothing is validated
(6.5). What was consumed is only summed up, not kept bin by bin for the evaluation.
Cost: 0.1 ms a step (two convolutions), 0.2 ms for the magnets.
"""

from dataclasses import dataclass
from math import exp, floor, log

import numpy as np

from pawang.market.liquidation import BINS_PER_LOG, KERNEL_BINS, Floats, kernel
from pawang.market.params import MarketParams
from pawang.model.market import Side
from pawang.model.refs import HOUR, SECOND
from pawang.model.view import Magnet

HALF_BINS = 576
"""-25 % is 575 bins below; the same above, so both fit at any time."""
RECENTRE_BINS = 100
FORCED_REACH_BINS = 10
"""Observed liquidations are taken off at most 50 bp away from their price."""
MAGNETS_MAX = 20
MEDIAN_FACTOR = 1.5
QUANTILE = 0.9
SKEW = 0.1
"""Of the funding z: crowded longs weigh more below (6.3, step 5)."""


@dataclass(frozen=True, slots=True)
class Step:
    """What happened in one minute or candle. Prices are the mark's where there is one."""

    ts: int  # its end
    span: int
    coins_before: float | None  # open interest at its start and end, None unknown
    coins: float | None
    taker_imbalance: float  # -1 to 1, 0 unknown
    low: float
    high: float
    close: float
    vwap: float
    first_bin: int  # of the volume profile
    profile: tuple[float, ...]  # USD by bin from there on
    forced: tuple[tuple[Side, float, float], ...] = ()  # side, price, USD

    @property
    def opened_coins(self) -> float:
        """Change of open interest; negative = closed, 0 where it is unknown."""
        if self.coins_before is None or self.coins is None:
            return 0.0
        return self.coins - self.coins_before


def bin_of(price: float) -> int:
    """The absolute log-price bin of a price."""
    return floor(log(price) * BINS_PER_LOG)


def price_of(bin_: int) -> float:
    """The middle of a bin."""
    return exp((bin_ + 0.5) / BINS_PER_LOG)


class LiquidationMap:
    """`longs` die below the price, `shorts` above; USD by bin, `first` is the lowest bin."""

    def __init__(self, params: MarketParams) -> None:
        self._params = params
        self._kernels = {side: kernel(side, params) for side in (Side.LONG, Side.SHORT)}
        size = 2 * HALF_BINS + 1
        self.mass = {Side.LONG: np.zeros(size), Side.SHORT: np.zeros(size)}
        self._traversed = np.zeros(size, dtype=np.int64)
        self.first: int | None = None
        self._close = 0.0
        self._ts_start = 0
        self.outside_usd = 0.0  # opened beyond the grid, or left behind by it
        self.consumed_usd = 0.0

    # One step.

    def apply(self, step: Step) -> None:
        """Move the map on by one step."""
        assert 0.0 < step.low <= step.close <= step.high
        if self.first is None:
            self._ts_start = step.ts - step.span
            self.first = bin_of(step.close) - HALF_BINS
            self._close = step.close
        self._recentre(bin_of(step.close))
        self._consume(step)
        self._open(step)
        self._reduce(step)
        self._churn(step)
        for side, price, usd in step.forced:
            self._force(side, price, usd)
        self._clear_wrong_side(bin_of(step.close))
        self._close = step.close

    def _place(self, bin_: int) -> int:
        assert self.first is not None
        return bin_ - self.first

    def _recentre(self, bin_: int) -> None:
        shift = self._place(bin_) - HALF_BINS
        if abs(shift) <= RECENTRE_BINS:
            return
        assert self.first is not None
        self.first += shift
        for side, mass in self.mass.items():
            moved = _shifted(mass, shift)
            self.outside_usd += float(mass.sum() - moved.sum())
            self.mass[side] = moved
        self._traversed = _shifted(self._traversed, shift)

    def _consume(self, step: Step) -> None:
        """The mark went from the last close to this one by way of low and high."""
        low = self._place(bin_of(min(step.low, self._close)))
        high = self._place(bin_of(max(step.high, self._close)))
        low, high = max(low, 0), max(-1, min(high, 2 * HALF_BINS))
        for mass in self.mass.values():
            self.consumed_usd += float(mass[low : high + 1].sum())
            mass[low : high + 1] = 0.0
        self._traversed[low : high + 1] = step.ts

    def _open(self, step: Step) -> None:
        opened = step.opened_coins * step.vwap
        if opened <= 0.0:
            return
        longs = min(0.75, max(0.25, 0.5 + 0.25 * step.taker_imbalance))
        profile = np.array(step.profile)
        weights = profile / profile.sum()
        self._lay(Side.LONG, opened * longs, step.first_bin, weights)
        self._lay(Side.SHORT, opened * (1.0 - longs), step.first_bin, weights)

    def _lay(self, side: Side, usd: float, first_bin: int, weights: Floats) -> None:
        """Put `usd` of positions entered over `weights` where they would die."""
        if side is Side.SHORT:
            laid = np.convolve(weights, self._kernels[side])
            start = self._place(first_bin)
        else:
            laid = np.convolve(weights, self._kernels[side][::-1])
            start = self._place(first_bin) - KERNEL_BINS + 1
        laid *= usd
        size = 2 * HALF_BINS + 1
        low, high = max(0, start), min(size, start + len(laid))
        inside = laid[low - start : max(low, high) - start]
        self.mass[side][low : low + len(inside)] += inside
        self.outside_usd += usd - float(inside.sum())

    def _reduce(self, step: Step) -> None:
        """A closed contract ends one long and one short; the takers' side goes first."""
        if step.opened_coins >= 0.0 or not step.coins_before:
            return
        share = -step.opened_coins / step.coins_before
        prefer = 0.5
        if step.taker_imbalance != 0.0:
            prefer = self._params.close_preference
        # Takers who sell close longs.
        longs = prefer if step.taker_imbalance < 0.0 else 1.0 - prefer
        self.mass[Side.LONG] *= 1.0 - min(1.0, 2.0 * longs * share)
        self.mass[Side.SHORT] *= 1.0 - min(1.0, 2.0 * (1.0 - longs) * share)

    def _churn(self, step: Step) -> None:
        """Turnover replaces positions even when open interest stands still."""
        kept = 0.5 ** (step.span / (self._params.churn_tau_h * HOUR))
        here = np.ones(1)
        for side in (Side.LONG, Side.SHORT):
            moved = float(self.mass[side].sum()) * (1.0 - kept)
            self.mass[side] *= kept
            self._lay(side, moved, bin_of(step.vwap), here)

    def _force(self, side: Side, price: float, usd: float) -> None:
        """Take an observed liquidation off the nearest bins."""
        mass = self.mass[side]
        middle = self._place(bin_of(price))
        for away in range(FORCED_REACH_BINS + 1):
            for place in (middle - away, middle + away)[: 1 + (away > 0)]:
                if 0 <= place < len(mass):
                    taken = min(usd, float(mass[place]))
                    mass[place] -= taken
                    usd -= taken
                    self.consumed_usd += taken

    def _clear_wrong_side(self, bin_: int) -> None:
        """A long that would die above the price is dead already, and so for shorts."""
        here = self._place(bin_)
        longs, shorts = self.mass[Side.LONG], self.mass[Side.SHORT]
        self.consumed_usd += float(longs[here:].sum() + shorts[: here + 1].sum())
        longs[here:] = 0.0
        shorts[: here + 1] = 0.0

    # Reading.

    def magnets(self, ts: int, mid: float, funding_z: float | None) -> tuple[Magnet, ...]:
        """The local maxima within reach of `mid`, strongest first. Pure."""
        if self.first is None:
            return ()
        skew = exp(SKEW * (funding_z or 0.0))
        field = self.mass[Side.LONG] * skew
        here = min(max(self._place(bin_of(mid)), 0), 2 * HALF_BINS)
        field[here:] = 0.0
        field[here + 1 :] = self.mass[Side.SHORT][here + 1 :] / skew
        reach = self._params.magnet_reach
        low = max(1, self._place(bin_of(mid * (1.0 - reach))))
        high = min(2 * HALF_BINS, self._place(bin_of(mid * (1.0 + reach))) + 1)
        near = field[low:high]
        filled = near[near > 0.0]
        if not filled.size:
            return ()
        high_bar, middle = np.quantile(filled, [QUANTILE, 0.5])
        bar = max(float(high_bar), MEDIAN_FACTOR * float(middle))
        peaks = (near >= bar) & (near >= field[low - 1 : high - 1])
        peaks &= near > field[low + 1 : high + 1]
        return self._name(ts, mid, field, [int(place) + low for place in np.flatnonzero(peaks)])

    def _name(self, ts: int, mid: float, field: Floats, peaks: list[int]) -> tuple[Magnet, ...]:
        assert self.first is not None
        merge = self._params.magnet_merge_bps * 1e-4 * BINS_PER_LOG
        kept: list[int] = []
        for place in sorted(peaks, key=lambda place: (-field[place], place)):
            if all(abs(place - other) >= merge for other in kept):
                kept.append(place)
        magnets = []
        for place in kept[:MAGNETS_MAX]:
            price = price_of(place + self.first)
            since = int(self._traversed[place]) or self._ts_start
            magnets.append(
                Magnet(
                    price=price,
                    side=Side.LONG if price < mid else Side.SHORT,
                    mass_usd=float(field[place]),
                    strength=float(field[place] / field[kept[0]]),
                    distance_pct=(price / mid - 1.0) * 100.0,
                    age_s=max(0.0, (ts - since) / SECOND),
                )
            )
        return tuple(magnets)


def _shifted(values: np.ndarray, shift: int) -> np.ndarray:
    """`values` seen from a grid that starts `shift` bins higher; new bins are 0."""
    moved = np.zeros_like(values)
    if shift >= 0:
        moved[: max(0, len(values) - shift)] = values[shift:]
    else:
        moved[-shift:] = values[:shift]
    return moved
