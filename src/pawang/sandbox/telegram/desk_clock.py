"""Desk time as another process tells it, carried on between two looks.

The demo's market may run at 20 x, and Telegram's dates must agree with the market's. The clock is
asked about twice a second of wall time; in between it runs on at the speed it told. It never goes
back by itself: a date in a chat that jumps back would look like an edit before its message.
"""

import asyncio
from dataclasses import dataclass
from time import monotonic_ns, time_ns

import httpx

LOOK_EVERY_S = 0.5
TIMEOUT_S = 2.0
JUMP_NS = 5 * 10**9  # a larger step back is a new world (a restart at another time): follow it


@dataclass(frozen=True, slots=True)
class Reading:
    """Desk time at one moment of the wall's monotonic clock, and how fast it runs."""

    now_ns: int
    speed: float
    taken_ns: int

    def at(self, monotonic: int) -> int:
        return self.now_ns + int((monotonic - self.taken_ns) * self.speed)


class DeskClock:
    """Wall time until the first reading, desk time from then on."""

    def __init__(self) -> None:
        self._reading: Reading | None = None
        self._last_ns = 0

    @property
    def speed(self) -> float:
        return self._reading.speed if self._reading else 1.0

    @property
    def following(self) -> bool:
        return self._reading is not None

    def now_ms(self) -> int:
        reading = self._reading
        now = reading.at(monotonic_ns()) if reading else time_ns()
        if now < self._last_ns < now + JUMP_NS:
            now = self._last_ns
        self._last_ns = now
        return now // 1_000_000

    def read(self, now_ns: int, speed: float, taken_ns: int) -> None:
        """A fresh look at the clock; `taken_ns` is the monotonic moment it was true at."""
        self._reading = Reading(now_ns, speed, taken_ns)

    async def follow(self, url: str) -> None:
        """Look again and again until cancelled; a clock that is silent keeps its last speed."""
        async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
            while True:
                await self.look(client, url)
                await asyncio.sleep(LOOK_EVERY_S)

    async def look(self, client: httpx.AsyncClient, url: str) -> bool:
        """One look; False when the clock was not to be had."""
        asked = monotonic_ns()
        try:
            told = (await client.get(url)).json()
            now_ns, speed = int(told["now"]), float(told["speed"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return False
        self.read(now_ns, speed, (asked + monotonic_ns()) // 2)
        return True
