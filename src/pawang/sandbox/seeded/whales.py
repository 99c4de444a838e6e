"""Whales: sweeps of one side for 6 to 25 minutes, several episodes an hour, quiet in between.

Four to a dozen sweeps fall into 300 s of an episode, mostly of one side, so that the net flow's z
(signals.md 1.3) is about 1.5 to 3. Between episodes a lone whale comes every few minutes, on
either side: the literal $1M rule fires on noise, as it does outside.
"""

from dataclasses import dataclass

from pawang.sandbox.seeded.chance import Chance

MINUTE = 600  # steps
EPISODE_MIN = (6.0, 25.0)
QUIET_MIN = (4.0, 11.0)
SWEEP_WAIT = (120.0, 260.0)  # steps: least, and mean of what comes on top
SWEEP_WAIT_MAX = 800
LONE_WAIT = 4200.0
AGAINST = 0.1
FOLLOW = 0.6  # an alt's episode takes the side of BTC's
SIZE_MAX = 3.0  # of the least sweep


@dataclass(frozen=True, slots=True)
class Sweep:
    buy: bool
    times: float  # of the coin's least sweep


class Whales:
    """One coin's whales; `sign` is the running episode's side, 0 if none runs."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self.sign = 0
        self._turns = self._minutes(QUIET_MIN) // 2
        self._next = self._wait()

    def come(self, now: int, lead: int) -> Sweep | None:
        """The sweep of this step, if there is one; `lead` is the side of BTC's episode."""
        if now >= self._turns:
            self._turn(now, lead)
        if now < self._next:
            return None
        self._next = now + self._wait()
        chance = self._chance
        sign = self.sign or chance.sign()
        times = min(SIZE_MAX, 1.0 + 0.45 * chance.exponential())
        if self.sign and chance.uniform() < AGAINST:
            return Sweep(sign < 0, 1.0)
        return Sweep(sign > 0, times)

    def _turn(self, now: int, lead: int) -> None:
        chance = self._chance
        if self.sign:
            self.sign = 0
            self._turns = now + self._minutes(QUIET_MIN)
        else:
            self.sign = lead if lead and chance.uniform() < FOLLOW else chance.sign()
            self._turns = now + self._minutes(EPISODE_MIN)
        self._next = now + self._wait()

    def _wait(self) -> int:
        chance = self._chance
        if self.sign == 0:
            return 100 + int(LONE_WAIT * chance.exponential())
        least, more = SWEEP_WAIT
        return int(min(SWEEP_WAIT_MAX, least + more * chance.exponential()))

    def _minutes(self, span: tuple[float, float]) -> int:
        return int(self._chance.between(*span) * MINUTE)
