"""What is due when: the slots of every coin, spread so that none fall together (row S8).

Slots hang on the epoch's minutes, so a restart neither repeats nor skips one (D15). Coin i is
phased by i minutes and 5 i seconds; the sniper by another 2 s. With periods of 5 and 3 minutes
that keeps up to 36 coins apart.

>>> from pawang.model.refs import utc
>>> slot = Schedule(("BTC", "SOL")).after(0)
>>> slot.kind, slot.coin, f"{utc(slot.ts):%H:%M:%S}", slot.ref_id
('snp', 'BTC', '00:00:02', 'snp_19700101_0000_BTC')
"""

from collections.abc import Sequence

from pawang.model.codec import Record
from pawang.model.refs import MINUTE, SECOND, ref_id


class ScheduleParams(Record):
    institutional_min: int = 5  # S8: at most one per 5 min and coin
    sniper_min: int = 3  # S8: at most one per 3 min and coin
    coin_phase_s: int = 65  # one minute and 5 s: neighbours neither share a minute nor a second
    sniper_phase_s: int = 2  # after the bias of the same instant, which it reads


class Slot(Record):
    """One coin's turn. Its minute is the minute of the ref."""

    kind: str  # "ib" or "snp"
    coin: str
    ts: int

    @property
    def ref_id(self) -> str:
        return ref_id(self.kind, self.ts, self.coin)


class Due(Record):
    """`slots` to run now, in time order; `skipped` older ones were passed over."""

    slots: tuple[Slot, ...]
    skipped: int


class Turn(Record):
    """A train of slots: `phase`, `phase + period`, ... since the epoch."""

    kind: str
    coin: str
    period: int
    phase: int

    def slot(self, number: int) -> Slot:
        return Slot(kind=self.kind, coin=self.coin, ts=number * self.period + self.phase)

    def newest(self, ts: int) -> int:
        """The number of the newest slot at or before `ts`."""
        return (ts - self.phase) // self.period


class Schedule:
    """All turns of a desk's coins; the order of `coins` is the phase."""

    def __init__(self, coins: Sequence[str], params: ScheduleParams | None = None) -> None:
        params = params or ScheduleParams()
        assert coins, "a desk without coins has no slots"
        assert len(coins) == len({*coins}), "a coin is listed twice"
        self.coins = tuple(coins)
        self.turns = tuple(
            Turn(kind=kind, coin=coin, period=period, phase=(offset + shift) % period)
            for kind, period, shift in (
                ("ib", params.institutional_min * MINUTE, 0),
                ("snp", params.sniper_min * MINUTE, params.sniper_phase_s * SECOND),
            )
            for coin, offset in (
                (coin, place * params.coin_phase_s * SECOND) for place, coin in enumerate(coins)
            )
        )
        taken = [(turn.kind, turn.phase) for turn in self.turns]
        assert len(taken) == len({*taken}), "too many coins: two slots would fall together"

    def after(self, ts: int) -> Slot:
        """The next slot strictly after `ts`; of equals the first by kind, then coin."""
        coming = [turn.slot(turn.newest(ts) + 1) for turn in self.turns]
        return min(coming, key=_order)

    def due(self, last: int, now: int) -> Due:
        """What to run at `now` when slots up to `last` were dealt with.

        After a pause (suspend, clock step) only the newest missed slot of each turn runs, so
        there is no burst; older ones are counted (D15, D16). A clock that went back: nothing.
        """
        missed = [(turn, turn.newest(now) - turn.newest(last)) for turn in self.turns]
        slots = [turn.slot(turn.newest(now)) for turn, count in missed if count > 0]
        skipped = sum(count - 1 for _, count in missed if count > 0)
        return Due(slots=tuple(sorted(slots, key=_order)), skipped=skipped)


def _order(slot: Slot) -> tuple[int, str, str]:
    return slot.ts, slot.kind, slot.coin
