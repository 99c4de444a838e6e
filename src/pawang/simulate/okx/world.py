"""One seed's world: the real venue on virtual lines, and everything that goes wrong with them.

Nothing here stands in for anything: the doors with their `websockets` and `httpx`, the venue with
its server, each as in production. `streams` and `trading` put the two halves of the client in.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Any

import httpx

from pawang.guards.secret import Secret
from pawang.sandbox.faults import BadFault
from pawang.sandbox.okx import OkxVenue, VenueParams
from pawang.simulate.loop import VirtualLoop
from pawang.simulate.net import Line, Network, Weather
from pawang.simulate.okx.market import START_MS, TinyMarket
from pawang.simulate.okx.script import Strike, kinds_of, write_script
from pawang.simulate.okx.verdict import ChaosOptions, Verdict
from pawang.simulate.world import SimClock
from pawang.venues.okx.rest import OkxRest
from pawang.venues.okx.signing import Credentials

MS = 1_000_000
PORT, STREAM_PORT = 9001, 9002  # OKX has two hosts; one server answers here
LOOK_S = 0.5
KEY = Credentials(Secret("k"), Secret("s"), Secret("p"))  # the simulated venue's own


class ChaosWorld:
    """What both halves share. `work` is the client, `healed` when it is whole again."""

    def __init__(self, options: ChaosOptions, loop: VirtualLoop, net: Network) -> None:
        self.options = options
        self.loop = loop
        self.net = net
        self.clock = SimClock(loop, START_MS * MS)
        names = [f"{coin}-USDT-SWAP" for coin in options.coins]
        kinds = options.kinds or kinds_of(options.half)
        script = write_script(options.seed, kinds, names, options.trouble_s)
        self.verdict = Verdict(options.seed, options.half, script)
        self.chance = random.Random(f"{options.seed}:client")  # noqa: S311 - reproducible
        self._trace = sha256()
        self._usual = net.weather

    async def run(self) -> None:
        market = TinyMarket(self.options.seed, self.options.coins)
        now = self.clock.now
        self.venue = OkxVenue(market, wall=now, params=VenueParams(), epoch=now)
        await self.venue.start(PORT)
        self.net.alias(STREAM_PORT, of=PORT)
        self.rest = self._rest()
        working = await self.work()
        await self._strike()
        await self._heal(working)
        for task in working:
            if task.done():
                self.broke(f"the {task.get_name()} ended: {task.exception()!r}")
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        await self.rest.close()
        await self.venue.close()
        self.judge()
        self.verdict.trace = self._trace.hexdigest()[:16]

    # What a half is.

    async def work(self) -> list["asyncio.Task[None]"]:
        """Start the client; its tasks never end by themselves."""
        raise NotImplementedError

    def healed(self, since_s: float) -> bool:
        """Whether the client is whole again, `since_s` being when all became well."""
        raise NotImplementedError

    def unhealed(self) -> list[str]:
        """Who is not, in words."""
        raise NotImplementedError

    def judge(self) -> None:
        """The last laws, when everything has ended."""
        raise NotImplementedError

    # What both use.

    def _rest(self) -> OkxRest:
        # Connections are made anew for each call: whether an idle one still stands is asked of
        # the operating system, and there is none here.
        limits = httpx.Limits(keepalive_expiry=None, max_keepalive_connections=0)
        transport = httpx.AsyncHTTPTransport(verify=False, limits=limits, trust_env=False)
        return OkxRest(
            f"http://127.0.0.1:{PORT}",
            self.clock.now,
            self.chance.random,
            asyncio.sleep,
            transport=transport,
            credentials=KEY,
        )

    def broke(self, words: str) -> None:
        self.verdict.violations.append(words)

    def note(self, line: str) -> None:
        """Into the trace, with its time."""
        self._trace.update(f"{self.clock.now()} {line}\n".encode())

    def age(self, ts: int) -> float:
        """Seconds since a desk time."""
        return (self.clock.now() - ts) / 1e9

    def escaped(self, _: Any, context: dict[str, Any]) -> None:
        """asyncio's word for an exception that nobody caught."""
        self.broke(f"escaped: {context['message']}: {context.get('exception')!r}")

    # The trouble.

    async def _strike(self) -> None:
        for strike in self.verdict.script:
            await asyncio.sleep(max(0.0, strike.at_s - self.loop.time()))
            if strike.fault is None:
                self._weather(strike)
                continue
            with suppress(BadFault):  # a hundred are waiting: enough
                self.venue.inject(strike.fault)
        await asyncio.sleep(max(0.0, self.options.trouble_s - self.loop.time()))

    def _weather(self, strike: Strike) -> None:
        until = self.loop.time() + strike.seconds
        match strike.kind:
            case "line_cut":
                self._some_line(lambda line: line.cut())
            case "line_dead":
                self._some_line(lambda line: line.die())
            case "line_stall":
                self._some_line(lambda line: line.stall(strike.seconds))
            case "refused":
                self.net.refuses_until = until
            case "swallowed":
                self.net.swallows_until = until
            case "torn":
                self.net.weather = Weather(self._usual.latency_s, torn=0.9)
            case "laggy":
                self.net.weather = Weather((0.0, 1.5), self._usual.torn)

    def _some_line(self, act: Callable[[Line], None]) -> None:
        lines = self.net.open_lines(PORT) + self.net.open_lines(STREAM_PORT)
        if lines:
            act(self.chance.choice(lines))

    # The end.

    async def _heal(self, working: Sequence["asyncio.Task[None]"]) -> None:
        """All is well from here; the client has to notice, within the bound of its rows."""
        self.venue.faults.clear()
        self.net.refuses_until = self.net.swallows_until = 0.0
        self.net.weather = self._usual
        began = self.loop.time()
        while self.loop.time() < began + self.verdict.bound_s:
            await asyncio.sleep(LOOK_S)
            if any(task.done() for task in working):
                return
            if self.healed(began):
                return
        for words in self.unhealed():
            self.broke(f"not healed: {words}")
