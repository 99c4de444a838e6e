"""A market small enough to be run a thousand times: full books that never stand still.

Each book is deeper than the 400 levels a side that OKX shows, so that levels are pushed out of the
view and come back into it all the time, which is where a rebuilt book goes wrong. Everything is
drawn from the seed. The past is one flat minute, and only a minute: nobody here asks for it.
"""

import random
from collections.abc import Sequence

from pawang.sandbox.source import STEP_MS, Bar, Listing, Print, Step

START_MS = 1_757_894_400_000  # 2025-09-15 00:00 UTC
DEPTH = 404  # levels a side; 400 are shown
TOUCHED = 5  # levels changed in a step, at most
BUSY = 0.6  # of the steps bring something to a book
MARK_MS, INTEREST_MS = 200, 3_000
CODES = {"BTC": 10459, "ETH": 10461, "SOL": 10474}
MIDS = {"BTC": 1_000_000, "ETH": 400_000, "SOL": 20_000}


def listing(coin: str) -> Listing:
    tick, decimals, value = {"BTC": ("0.1", 1, "0.01"), "ETH": ("0.01", 2, "0.1")}.get(
        coin, ("0.01", 2, "1")
    )
    return Listing(
        inst_id=f"{coin}-USDT-SWAP",
        coin=coin,
        code=CODES[coin],
        tick_size=tick,
        price_decimals=decimals,
        lot_size="0.01",
        lot_decimals=2,
        contract_value=value,
    )


class _Pit:
    """One instrument: its levels, and what happens to them."""

    def __init__(self, listed: Listing, chance: random.Random) -> None:
        self.listed = listed
        self.chance = chance
        mid = self.mid = MIDS[listed.coin]
        self.bids = {mid - place: 100 + place for place in range(DEPTH)}
        self.asks = {mid + 1 + place: 100 + place for place in range(DEPTH)}
        self.lots = 1_000_000

    def step(self, now_ms: int) -> Step:
        made = Step(self.listed.inst_id, now_ms)
        chance = self.chance
        if chance.random() < BUSY:
            for _ in range(chance.randint(1, TOUCHED)):
                self._change(made)
            if chance.random() < 0.2:
                self._move(made, chance.choice((-1, 1)), now_ms)
        if now_ms % MARK_MS == 0 and chance.random() < 0.5:
            made.mark_ticks = self.mid + chance.randint(-3, 3)
            made.index = made.mark_ticks * float(self.listed.tick_size)
        if now_ms % INTEREST_MS == 0:
            self.lots += chance.randint(-50, 50)
            made.open_interest_lots = self.lots
        return made

    def _change(self, made: Step) -> None:
        """A level somewhere changes its size, goes or comes; mostly near the touch."""
        chance = self.chance
        away = min(int(chance.expovariate(1 / 30)), DEPTH + 20)
        if chance.random() < 0.5:
            self._set(self.bids, made.bids, self.mid - away)
        else:
            self._set(self.asks, made.asks, self.mid + 1 + away)

    def _set(self, side: dict[int, int], told: dict[int, int], ticks: int) -> None:
        goes = ticks in side and len(side) > DEPTH - 8 and self.chance.random() < 0.4
        told[ticks] = 0 if goes else self.chance.randint(1, 10_000)
        if goes:
            del side[ticks]
        else:
            side[ticks] = told[ticks]

    def _move(self, made: Step, sign: int, now_ms: int) -> None:
        """A taker eats the best level of one side, and the other side follows it."""
        eaten, eaten_told = (self.asks, made.asks) if sign > 0 else (self.bids, made.bids)
        other, other_told = (self.bids, made.bids) if sign > 0 else (self.asks, made.asks)
        self.mid += sign
        ticks = self.mid if sign > 0 else self.mid + 1
        lots = eaten.pop(ticks, 0)
        if lots:
            eaten_told[ticks] = 0
            made.prints.append(Print(now_ms - 50, ticks, lots, sign > 0))
        other[ticks] = other_told[ticks] = self.chance.randint(1, 10_000)
        far = self.mid + 1 + DEPTH if sign > 0 else self.mid - DEPTH
        eaten[far] = eaten_told[far] = self.chance.randint(1, 10_000)


class TinyMarket:
    """Implements `sandbox.source.MarketSource`."""

    def __init__(self, seed: int, coins: Sequence[str] = ("BTC", "SOL")) -> None:
        self.listings = [listing(coin) for coin in coins]
        self.start_ms = START_MS
        self.end_ms: int | None = None
        self._now = START_MS
        chance = random.Random(f"{seed}:market")  # noqa: S311 - reproducible
        self._pits = {made.inst_id: _Pit(made, chance) for made in self.listings}

    def step(self) -> list[Step]:
        self._now += STEP_MS
        return [pit.step(self._now) for pit in self._pits.values()]

    def now_ms(self) -> int:
        return self._now

    def levels(self, inst_id: str) -> tuple[dict[int, int], dict[int, int]]:
        pit = self._pits[inst_id]
        return dict(pit.bids), dict(pit.asks)

    def candles(self, inst_id: str, bar_ms: int, end_ms: int, limit: int) -> list[Bar]:
        opened, mid = self.start_ms // bar_ms * bar_ms, self._pits[inst_id].mid
        return [Bar(opened, mid, mid, mid, mid, 100)] if opened < end_ms and limit else []

    def open_interest_history(
        self, inst_id: str, period_ms: int, end_ms: int, limit: int
    ) -> list[tuple[int, int]]:
        return [(self.start_ms, 1_000_000)] if limit else []

    def funding_history(self, inst_id: str, end_ms: int, limit: int) -> list[tuple[int, float]]:
        return [(self.start_ms, 0.0001)] if limit else []

    def ratio_history(
        self, inst_id: str, period_ms: int, end_ms: int, limit: int
    ) -> list[tuple[int, float]]:
        return [(self.start_ms, 1.1)] if limit else []

    def taker_history(
        self, inst_id: str, period_ms: int, end_ms: int, limit: int
    ) -> list[tuple[int, int, int]]:
        return [(self.start_ms, 50, 50)] if limit else []
