"""What became of plans that nobody made: each is walked along the coin's own minutes (7.5).

A play begins with the first whole minute after its slot. Its entry is a resting order: a minute
must trade through it by a tick. From then on each minute asks for the stop first, then for the
targets in order; where one minute holds both, the stop came first, and the minute of the fill
gives no target, for its high may be older than the fill. What no barrier ends, time ends.

Nothing here is folded with the prints: plays look at bars that are over, when somebody asks.
"""

from msgspec.structs import replace

from pawang.market.minute_bars import Bar, MinuteBars
from pawang.model.hypothesis import Ending, Hypothesis
from pawang.model.market import Side
from pawang.model.refs import MINUTE

PLAYS_MAX = 512
"""Open plays a coin: twenty-odd live at a time, the rest is room for a halted desk."""
PATIENCE = 15 * MINUTE
"""How long after its last minute a play waits for bars it has not seen: a back-fill may come."""


class Plays:
    """One coin's open hypothetical plans."""

    def __init__(self, minutes: MinuteBars) -> None:
        self._minutes = minutes
        self._open: dict[str, Play] = {}
        self._ended: dict[str, Ending] = {}

    def __len__(self) -> int:
        return len(self._open)

    def follow(self, hypothesis: Hypothesis) -> None:
        self._open.setdefault(hypothesis.ref_id, Play(hypothesis))
        while len(self._open) > PLAYS_MAX:
            del self._open[next(iter(self._open))]

    def cut(self, ref_id: str, label: str, ts: int) -> None:
        """The desk left that plan at market: so does its play, at the newest price. A second
        word on it ("flipped") only says more exactly why."""
        self._advance(ts)
        ended = self._ended.get(ref_id)
        if ended is not None and ended.label.endswith("cut"):
            renamed = ended.label.removesuffix("cut") + label
            self._ended[ref_id] = replace(ended, label=renamed)
        play = self._open.pop(ref_id, None)
        if play is not None:
            self._ended[ref_id] = play.leave(label, self._minutes.last, ts)

    def endings(self, ts: int) -> tuple[Ending, ...]:
        """Those that ended by `ts` and were not told yet, in the order in which they began."""
        self._minutes.settle(ts)
        self._advance(ts)
        told, self._ended = self._ended, {}
        return tuple(told.values())

    def _advance(self, ts: int) -> None:
        for ref_id, play in list(self._open.items()):
            ending = play.walk(self._minutes, ts)
            if ending is not None:
                self._ended[ref_id] = ending
                del self._open[ref_id]


class Play:
    """One plan on its way; all that it remembers of the minutes behind it."""

    __slots__ = ("_at", "_filled", "_hit", "_made", "_sign")

    def __init__(self, made: Hypothesis) -> None:
        assert made.side is not Side.NEUTRAL, f"{made.ref_id}: a play needs a side"
        self._made = made
        self._sign = made.side.sign
        self._at = -(-made.ts // MINUTE)  # the next minute to look at
        self._filled: int | None = None
        self._hit = False  # TP1

    def walk(self, minutes: MinuteBars, ts: int) -> Ending | None:
        """Along every minute that is over at `ts`; its ending, if one of them brought it."""
        while (self._at + 1) * MINUTE <= ts:
            if self._filled is None and (self._at + 1) * MINUTE > self._made.ts_expiry:
                return self._ended("unfilled", 0.0, self._made.ts_expiry)
            bar = minutes.bar(self._at)
            if bar is None:
                late = ts > self._made.ts_expiry + self._made.time_stop_ns + PATIENCE
                return self._unknown() if late else None
            ending = self._meet(bar)
            self._at += 1
            if ending is not None:
                return ending
        return None

    def _meet(self, bar: Bar) -> Ending | None:
        """One minute; `worst` and `best` as the plan's side sees them."""
        made, sign = self._made, self._sign
        worst, best = (bar.low, bar.high) if sign > 0 else (bar.high, bar.low)
        over = (self._at + 1) * MINUTE
        fresh = self._filled is None
        if fresh:
            if sign * (made.entry - worst) < made.tick * ALMOST:
                return None
            self._filled = over
        if sign * (worst - made.stop) <= 0:
            # A whole minute beyond the stop was left at its best price, not at the stop's.
            price = made.stop if sign * (best - made.stop) >= 0 else best
            return self._ended(self._after("sl"), self._loss(price), over)
        if not fresh:
            if sign * (best - made.tp1_price) >= made.tick * ALMOST:
                self._hit = True
            if self._hit and sign * (best - made.tp2_price) >= made.tick * ALMOST:
                return self._ended("tp2", self._win(), over)
        assert self._filled is not None
        if over >= self._filled + made.time_stop_ns:
            return self._ended(self._after("timeout"), self._loss(bar.close), over)
        return None

    def leave(self, label: str, price: float, ts: int) -> Ending:
        """At market, now."""
        if self._filled is None:
            return self._ended("unfilled", 0.0, ts)
        return self._ended(self._after(label), self._loss(price), ts)

    # What it earned, in percent of the entry.

    def _win(self) -> float:
        made = self._made
        rest = 1.0 - made.share_tp1
        return made.share_tp1 * made.tp1_pct + rest * made.tp2_pct - made.cost_win_pct

    def _loss(self, price: float) -> float:
        """What is still held leaves at `price` and pays a taker's costs."""
        made = self._made
        moved = self._sign * (price - made.entry) / made.entry * 100.0
        if not self._hit:
            return moved - made.cost_loss_pct
        first = made.share_tp1 * (made.tp1_pct - made.cost_win_pct)
        return first + (1.0 - made.share_tp1) * (moved - made.cost_loss_pct)

    def _after(self, label: str) -> str:
        return f"tp1_then_{label}" if self._hit else label

    def _unknown(self) -> Ending:
        return self._ended("unknown", 0.0, (self._at + 1) * MINUTE)

    def _ended(self, label: str, net_pct: float, ts: int) -> Ending:
        made = self._made
        filled = self._filled is not None and label != "unknown"
        return Ending(
            ref_id=made.ref_id,
            label=label,
            filled=filled,
            tp1=filled and self._hit,
            tp2=label == "tp2",
            net_r=net_pct / (made.stop_pct + made.cost_loss_pct) if filled else 0.0,
            ts_filled=self._filled if filled else None,
            ts_ended=ts,
        )


ALMOST = 1.0 - 1e-6
"""Of a tick: prices are floats here, and a tick through must not fail by a float's dust."""
