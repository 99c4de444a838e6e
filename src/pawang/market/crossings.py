"""What the map foretold for untouched bins, and the liquidations printed there (6.4, 6.5).

A bin that the mark reached waits for a minute of prints, and a little longer, as prints come out
of order. Each print counts for one bin of its side: the one that holds its price, else a
neighbour (its price may be off by a bin). Bounded: what nobody takes out is dropped, the oldest
first.
"""

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from pawang.market.magnets import Reached, bin_of, price_of
from pawang.model.field import Crossing
from pawang.model.market import Liquidation, Side
from pawang.model.refs import MINUTE, SECOND

WINDOW = MINUTE
EARLY = 2 * SECOND
"""The mark is told once in a while: a print may come before the mark that explains it."""
LATE = 2 * MINUTE
"""The map moves on once a minute, and prints come out of order."""
WAITING_MAX = 2_000
PRINTS_MAX = 2_000
DONE_MAX = 1_000


class Print(NamedTuple):
    ts: int
    side: Side
    bin_: int
    usd: float


class Crossings:
    """One coin's; `wait` and `printed` take in, `settle` matches, `take` gives out."""

    def __init__(self, coin: str) -> None:
        self._coin = coin
        self._waiting: deque[tuple[Reached, list[float]]] = deque(maxlen=WAITING_MAX)
        self._prints: deque[Print] = deque(maxlen=PRINTS_MAX)
        self._done: deque[Crossing] = deque(maxlen=DONE_MAX)

    def printed(self, record: Liquidation) -> None:
        usd = record.price * record.size
        self._prints.append(Print(record.ts_event, record.side, bin_of(record.price), usd))

    def wait(self, reached: list[Reached]) -> None:
        self._waiting.extend((one, []) for one in reached)

    def settle(self, now: int) -> None:
        """Match what is old enough at `now`."""
        if not self._prints and not self._waiting:
            return
        due = sorted(print_ for print_ in self._prints if print_.ts <= now - LATE)
        if due:
            self._prints = deque(
                (print_ for print_ in self._prints if print_.ts > now - LATE), maxlen=PRINTS_MAX
            )
        for print_ in due:
            self._count(print_)
        while self._waiting and self._waiting[0][0].ts + WINDOW <= now - LATE:
            one, usd = self._waiting.popleft()
            self._done.append(self._crossing(one, sum(usd)))

    def _count(self, print_: Print) -> None:
        """For the nearest bin; of two neighbours for the one that was reached last."""
        near = [
            (abs(one.bin_ - print_.bin_), -one.ts, place)
            for place, (one, _) in enumerate(self._waiting)
            if one.side is print_.side
            and abs(one.bin_ - print_.bin_) <= 1
            and one.ts - EARLY <= print_.ts <= one.ts + WINDOW
        ]
        if near:
            self._waiting[min(near)[2]][1].append(print_.usd)

    def _crossing(self, one: Reached, forced_usd: float) -> Crossing:
        return Crossing(
            coin=self._coin,
            ts=one.ts,
            price=price_of(one.bin_),
            side=one.side,
            mass_usd=one.beyond[0],
            age_s=(one.ts - one.since) / SECOND,
            volume_usd=one.volume_usd,
            beyond=one.beyond,
            forced_usd=forced_usd,
        )

    def take(self) -> Iterator[Crossing]:
        """What is known by now, oldest first; given once."""
        while self._done:
            yield self._done.popleft()
