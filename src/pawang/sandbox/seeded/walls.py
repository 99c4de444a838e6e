"""Walls: single fat levels some basis points from the mid.

Most are mirages, pulled in less than 5 s (signals.md 0.4). A few stand for minutes, refill what
trades took while their reserve lasts, and end eaten; the shy ones are pulled when the price comes
near. More stand on the side that a whale episode comes from.
"""

from dataclasses import dataclass

from pawang.sandbox.seeded.chance import Chance
from pawang.sandbox.seeded.makers import Makers
from pawang.sandbox.seeded.nature import Nature

MINUTE = 600  # steps
STANDING_BPS = (6.0, 20.0)  # where they are put
STANDING_LEAVE_BPS = 32.0  # the market has moved on
STANDING_EVERY = 150  # steps between placements on a side that wants one, mean
MIRAGE_EVERY = 60  # steps between mirages, mean
SHY = 0.12  # share of the standing that flee
SHY_BPS = 3.0
APART_BPS = 3.0
NEAR_BPS = 25.0
LINGER = 5 * MINUTE
EATEN = 0.1  # of its whole size: what is left is an ordinary level


@dataclass(slots=True)
class Wall:
    """`whole` is its size when it was put, `reserve` what it may still refill, both in lots."""

    ticks: int
    sign: int
    whole: int
    reserve: int
    ends: int  # step
    standing: bool
    shy: bool
    refill: int = 0  # step, 0 = nothing to refill


class Walls:
    """All walls of one coin; time is the number of the step."""

    def __init__(self, nature: Nature, makers: Makers, usd_lots: float, chance: Chance) -> None:
        self._nature = nature
        self._makers = makers
        self._usd_lots = usd_lots
        self._chance = chance
        self.walls: list[Wall] = []

    def nearest(self, sign: int) -> Wall | None:
        """The wall of that side (+1 bids) a mover would meet first."""
        best: Wall | None = None
        for wall in self.walls:
            if wall.sign == sign and (best is None or (wall.ticks - best.ticks) * sign > 0):
                best = wall
        return best

    def tend(self, now: int, elapsed: int, lean: int) -> None:
        """Let walls end, refill and appear; `lean` is the side whales come from, 0 if none."""
        for wall in list(self.walls):
            self._live(wall, now)
        chance = self._chance
        for sign in (1, -1):
            wanted = 2 if lean == sign else 1
            standing = sum(wall.standing and wall.sign == sign for wall in self.walls)
            if standing < wanted and chance.uniform() * STANDING_EVERY < elapsed:
                self._put_standing(sign, now, lean == sign)
        if chance.uniform() * MIRAGE_EVERY < elapsed:
            self._put_mirage(now)

    def _live(self, wall: Wall, now: int) -> None:
        makers = self._makers
        ladder = makers.bids if wall.sign > 0 else makers.asks
        size = ladder.sizes.get(wall.ticks, 0)
        distance_bps = (makers.mid - wall.ticks) * wall.sign / makers.bp
        if size == 0 or (wall.reserve <= 0 and size < EATEN * wall.whole):
            self._end(wall, size)
        elif self._gives_up(wall, now, distance_bps):
            self._end(wall, 0)
        elif wall.reserve > 0 and size < 0.85 * wall.whole:
            self._refill(wall, now, size)

    def _gives_up(self, wall: Wall, now: int, distance_bps: float) -> bool:
        """Pulled by its owner. A standing wall whose time is up still waits for a price that is
        near: it was put there to be traded with."""
        if not wall.standing:
            return now >= wall.ends
        if distance_bps > STANDING_LEAVE_BPS or (wall.shy and distance_bps < SHY_BPS):
            return True
        near = 0.0 < distance_bps < NEAR_BPS
        return now >= wall.ends + (LINGER if near else 0)

    def _refill(self, wall: Wall, now: int, size: int) -> None:
        if wall.refill == 0:
            wall.refill = now + int(self._chance.between(4, 15))
        elif now >= wall.refill:
            lots = min(wall.reserve, wall.whole - size)
            wall.reserve -= lots
            wall.refill = 0
            ladder = self._makers.bids if wall.sign > 0 else self._makers.asks
            ladder.put(wall.ticks, size + lots)

    def _end(self, wall: Wall, left: int) -> None:
        self.walls.remove(wall)
        self._makers.release(wall.ticks, left)

    def _put_standing(self, sign: int, now: int, with_drift: bool) -> None:
        chance = self._chance
        low, high = STANDING_BPS
        distance_bps = chance.between(low, high - 7.0 if with_drift else high)
        lots = self._lots(1.0 + 0.6 * chance.exponential())
        life = int(MINUTE * min(15.0, max(1.0, 6.0 * chance.exponential())))
        self._put(sign, distance_bps, lots, now + life, standing=True)

    def _put_mirage(self, now: int) -> None:
        chance = self._chance
        near = chance.uniform() < 0.4
        distance_bps = chance.between(3.0, 25.0) if near else chance.between(25.0, 90.0)
        lots = self._lots(0.7 + 0.6 * chance.exponential())
        life = 2 + int(min(44.0, 12.0 * chance.exponential()))
        self._put(chance.sign(), distance_bps, lots, now + life, standing=False)

    def _lots(self, times: float) -> int:
        return int(self._nature.wall_usd * min(3.0, times) * self._usd_lots)

    def _put(self, sign: int, distance_bps: float, lots: int, ends: int, standing: bool) -> None:
        makers, bp = self._makers, self._makers.bp
        ticks = round(makers.mid - sign * distance_bps * bp)
        step = 50 if bp >= 50 else 10 if bp >= 20 else 1
        ticks -= ticks % step  # people like round prices
        if any(abs(wall.ticks - ticks) < APART_BPS * bp for wall in self.walls):
            return
        ladder = makers.bids if sign > 0 else makers.asks
        if ticks * sign >= ladder.keys[-1]:
            return
        chance = self._chance
        reserve = int(lots * chance.between(0.5, 2.0)) if standing else 0
        shy = standing and chance.uniform() < SHY
        self.walls.append(Wall(ticks, sign, lots, reserve, ends, standing, shy))
        makers.guard(ticks, sign, lots)
