"""The map of estimated liquidations, and its magnets (signals.md 6.3). Always ESTIMATED.

State: USD by log-price bin (5 bp) and side, +-25 % of the price and more. One `Step` a minute (or
a back-filled candle), in this order: what the map foretold for untouched bins that the mark now
reaches is noted; observed liquidations are taken off and bins the mark crossed are consumed;
closed interest is taken off; a day's turnover moves half of what stands to the price of now; new
open interest is laid where positions opened at the minute's prices would die.

The leverage mix, the split over tiers and the share of cross margin are priors, nothing is learned.
Cost: 50 us a step, 5 us for the magnets (`pawang bench heatmap`).
"""

from dataclasses import dataclass
from math import exp, floor, log
from typing import NamedTuple

import numpy as np

from pawang.kernels import field as kernels
from pawang.kernels.field import ABOVE, BELOW
from pawang.market.liquidation import BINS_PER_LOG, Comb, Floats, Ints, comb
from pawang.market.params import MarketParams
from pawang.model.instrument import PositionTier
from pawang.model.market import Side
from pawang.model.refs import HOUR, SECOND
from pawang.model.view import Magnet

BINS = 2_000
HALF_BINS = BINS // 2
RECENTRE_BINS = 400
"""-25 % is 575 bins below; when the price has wandered so far it is still inside, and 3x too."""
FORCED_REACH_BINS = 10
"""Observed liquidations are taken off at most 50 bp away from their price."""
MEDIAN_FACTOR = 1.5
QUANTILE = 0.9
BEYOND_BINS = 41
"""A map is held against itself shifted by up to 200 bp (6.5): 40 bins."""
SMOOTH = np.exp(-0.5 * (np.arange(-6, 7) / 2.0) ** 2)
"""For the eye: a Gaussian of 2 bins."""
ROWS = {Side.LONG: BELOW, Side.SHORT: ABOVE}


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
    reached: tuple[tuple[int, int], ...] = ()  # bin and time, in order; none known of a candle

    @property
    def opened_coins(self) -> float:
        """What was opened, negative = closed, 0 where it is unknown. Who was liquidated is gone
        from the map by the print: where open interest stands still, somebody else opened."""
        if self.coins_before is None or self.coins is None:
            return 0.0
        forced = sum(usd / price for _, price, usd in self.forced)
        return self.coins - self.coins_before + forced


class Reached(NamedTuple):
    """An untouched bin that the mark came to, and what the map foretold for it."""

    ts: int
    bin_: int
    side: Side
    since: int  # when the mark last was there, or the map began
    volume_usd: float
    beyond: tuple[float, ...]  # the map's mass from this bin on, away from the price


def bin_of(price: float) -> int:
    """The absolute log-price bin of a price."""
    return floor(log(price) * BINS_PER_LOG)


def price_of(bin_: int) -> float:
    """The middle of a bin."""
    return exp((bin_ + 0.5) / BINS_PER_LOG)


class LiquidationMap:
    """`mass` is USD by side and bin: longs die below the price, shorts above; `first` is the
    lowest bin."""

    def __init__(self, params: MarketParams, tiers: tuple[PositionTier, ...] = ()) -> None:
        self._params = params
        self._comb: Comb = comb(params, tiers)
        self._virgin = int(params.virgin_h * HOUR)
        self.field = np.zeros((2, BINS))
        self._veiled = np.zeros((2, BINS))  # empty between steps
        self.traded = np.zeros(BINS)  # USD by bin, fading as the map does
        self._traversed = np.zeros(BINS, np.int64)
        self._ordered = np.empty(kernels.ROOM)
        self._heights = np.empty(kernels.ROOM)
        self._places = np.empty(kernels.ROOM, np.int64)
        self.first: int | None = None
        self._close = 0.0
        self._ts_start = 0
        self.outside_usd = 0.0  # opened beyond the grid, or left behind by it
        self.consumed_usd = 0.0

    @property
    def mass(self) -> dict[Side, Floats]:
        return {side: self.field[row] for side, row in ROWS.items()}

    def retier(self, tiers: tuple[PositionTier, ...]) -> None:
        """The venue lists other tiers: what is opened from now on dies by them."""
        self._comb = comb(self._params, tiers)

    # One step.

    def apply(self, step: Step) -> list[Reached]:
        """Move the map on by one step: the untouched bins that it reached."""
        assert 0.0 < step.low <= step.close <= step.high
        if self.first is None:
            self._ts_start = step.ts - step.span
            self.first = bin_of(step.close) - HALF_BINS
            self._close = step.close
        self._recentre(bin_of(step.close))
        low = max(0, self._place(bin_of(min(step.low, self._close))))
        high = min(BINS - 1, self._place(bin_of(max(step.high, self._close))))
        reached = self._reached(step, low, high)
        for side, price, usd in step.forced:
            self._force(side, price, usd)
        self._consume(step.ts, low, high)
        self._reduce(step)
        self._turn_over_and_open(step)
        self._clear_wrong_side(bin_of(step.close))
        self._close = step.close
        return reached

    def _place(self, bin_: int) -> int:
        assert self.first is not None
        return bin_ - self.first

    def _recentre(self, bin_: int) -> None:
        shift = self._place(bin_) - HALF_BINS
        if abs(shift) <= RECENTRE_BINS:
            return
        assert self.first is not None
        self.first += shift
        before = float(self.field.sum())
        for row in self.field:
            row[:] = _shifted(row, shift)
        self.outside_usd += before - float(self.field.sum())
        self.traded = _shifted(self.traded, shift)
        self._traversed = _shifted(self._traversed, shift)

    def _reached(self, step: Step, low: int, high: int) -> list[Reached]:
        since = self._traversed[low : high + 1].copy()
        since[since == 0] = self._ts_start
        untouched = np.flatnonzero(step.ts - since >= self._virgin)
        if not untouched.size:
            return []
        when, here = dict(step.reached), self._place(bin_of(self._close))
        found = []
        for place in (untouched + low).tolist():
            ts, last = when.get(place + (self.first or 0), step.ts), int(since[place - low])
            if place != here and ts - last >= self._virgin:
                found.append(self._foretold(ts, place, last, place < here))
        return sorted(found, key=lambda one: (one.ts, one.bin_))

    def _foretold(self, ts: int, place: int, since: int, below: bool) -> Reached:
        row = self.field[BELOW] if below else self.field[ABOVE]
        beyond = np.zeros(BEYOND_BINS)
        if below:
            away = row[max(0, place - BEYOND_BINS + 1) : place + 1][::-1]
        else:
            away = row[place : place + BEYOND_BINS]
        beyond[: len(away)] = away
        return Reached(
            ts=ts,
            bin_=place + (self.first or 0),
            side=Side.LONG if below else Side.SHORT,
            since=since,
            volume_usd=float(self.traded[place]),
            beyond=tuple(beyond.tolist()),
        )

    def _consume(self, ts: int, low: int, high: int) -> None:
        """The mark went from the last close to this one by way of low and high."""
        crossed = self.field[:, low : high + 1]
        self.consumed_usd += float(crossed.sum())
        crossed[:] = 0.0
        self._traversed[low : high + 1] = ts

    def _force(self, side: Side, price: float, usd: float) -> None:
        """Take an observed liquidation off the nearest bins: before what was crossed is consumed,
        which is where it happened as a rule."""
        mass = self.field[ROWS[side]]
        middle = self._place(bin_of(price))
        for away in range(FORCED_REACH_BINS + 1):
            for place in (middle - away, middle + away)[: 1 + (away > 0)]:
                if 0 <= place < BINS:
                    taken = min(usd, float(mass[place]))
                    mass[place] -= taken
                    usd -= taken
                    self.consumed_usd += taken
            if usd <= 0.0:
                return

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
        self.field[BELOW] *= 1.0 - min(1.0, 2.0 * longs * share)
        self.field[ABOVE] *= 1.0 - min(1.0, 2.0 * (1.0 - longs) * share)

    def _turn_over_and_open(self, step: Step) -> None:
        """Turnover replaces positions even when open interest stands still: what fades is laid
        anew at the price of now. New interest is laid over the minute's volume profile, more of
        it on the takers' side, which is the leveraged one."""
        kept = 0.5 ** (step.span / (self._params.churn_tau_h * HOUR))
        moved = self.field.sum(axis=1) * (1.0 - kept)
        self.field *= kept
        self.traded *= kept
        profile = np.array(step.profile)
        entries = self._place(step.first_bin) + np.arange(len(profile))
        inside = (entries >= 0) & (entries < BINS)
        self.traded[entries[inside]] += profile[inside]
        here = self._place(bin_of(step.vwap))
        opened = max(0.0, step.opened_coins * step.vwap)
        longs = min(0.75, max(0.25, 0.5 + 0.25 * step.taker_imbalance))
        weights = profile * (opened / profile.sum())
        self._lay(
            np.append(entries, here),
            np.append(weights * longs, moved[BELOW]),
            np.append(weights * (1.0 - longs), moved[ABOVE]),
        )

    def _lay(self, entries: Ints, longs: Floats, shorts: Floats) -> None:
        """Put money of positions entered at `entries` where they would die."""
        units = np.empty((2 * len(entries), 2), np.int64)
        units[:, 0] = np.repeat((BELOW, ABOVE), len(entries))
        units[:, 1] = np.tile(entries, 2)
        usd = np.concatenate((longs, shorts))
        steps, shares, veil = self._comb
        self.outside_usd += kernels.lay(
            self.field, self._veiled, steps, shares, units, usd, len(usd)
        )
        first, last = max(0, int(entries.min())), min(BINS, int(entries.max()) + 1)
        self.outside_usd += kernels.spread(self.field, self._veiled, veil, first, last)

    def _clear_wrong_side(self, bin_: int) -> None:
        """A long that would die above the price is dead already, and so for shorts."""
        here = self._place(bin_)
        longs, shorts = self.field
        self.consumed_usd += float(longs[here:].sum() + shorts[: here + 1].sum())
        longs[here:] = 0.0
        shorts[: here + 1] = 0.0

    # Reading.

    def magnets(self, ts: int, mid: float, funding_z: float | None) -> tuple[Magnet, ...]:
        """The local maxima within reach of `mid`, strongest first. Pure."""
        if self.first is None:
            return ()
        below, above = self._skew(funding_z)
        reach = self._params.magnet_reach
        count = kernels.peaks(
            self.field,
            min(max(self._place(bin_of(mid)), 0), BINS - 1),
            max(1, self._place(bin_of(mid * (1.0 - reach)))),
            min(BINS - 1, self._place(bin_of(mid * (1.0 + reach))) + 1),
            below,
            above,
            QUANTILE,
            MEDIAN_FACTOR,
            round(self._params.magnet_merge_bps * 1e-4 * BINS_PER_LOG),
            self._ordered,
            self._places,
            self._heights,
        )
        places = self._places[:count]
        heights, since = self._heights[:count].tolist(), self._traversed[places].tolist()
        return tuple(
            Magnet(
                price=(price := price_of(place + self.first)),
                side=Side.LONG if price < mid else Side.SHORT,
                mass_usd=height,
                strength=height / heights[0],
                distance_pct=(price / mid - 1.0) * 100.0,
                age_s=max(0.0, (ts - (last or self._ts_start)) / SECOND),
            )
            for place, height, last in zip(places.tolist(), heights, since, strict=True)
        )

    def _skew(self, funding_z: float | None) -> tuple[float, float]:
        """Of what dies below and above: crowded longs weigh more below (6.3, step 5)."""
        clip = self._params.z_clip
        factor = exp(self._params.magnet_skew * max(-clip, min(clip, funding_z or 0.0)))
        return factor, 1.0 / factor

    def shown(self, funding_z: float | None = None) -> Floats:
        """Both sides by bin from `first` on as a person is shown them: skewed and smoothed."""
        below, above = self._skew(funding_z)
        whole = self.field[BELOW] * below + self.field[ABOVE] * above
        smooth: Floats = np.convolve(whole, SMOOTH / SMOOTH.sum(), mode="same")
        return smooth


def _shifted(values: np.ndarray, shift: int) -> np.ndarray:
    """`values` seen from a grid that starts `shift` bins higher; new bins are 0."""
    moved = np.zeros_like(values)
    if shift >= 0:
        moved[: max(0, len(values) - shift)] = values[shift:]
    else:
        moved[-shift:] = values[:shift]
    return moved
