"""One seed, from start to verdict.

The script strikes for a minute; then all is well again, and everything has to come right.
"""

import asyncio
import random

from pawang.simulate.loop import VirtualLoop
from pawang.simulate.net import Network
from pawang.simulate.okx.streams import StreamParts, StreamWorld
from pawang.simulate.okx.trading import TradeParts, TradeWorld
from pawang.simulate.okx.verdict import ChaosOptions, Verdict
from pawang.simulate.okx.world import ChaosWorld

Parts = StreamParts | TradeParts


def chaos(options: ChaosOptions, parts: Parts | None = None) -> Verdict:
    """Run the seed; equal options and parts give equal verdicts."""
    loop = VirtualLoop(options.seed, shuffle=options.seed % 2 == 1)
    loop.net = Network(loop, random.Random(f"{options.seed}:net"))  # noqa: S311
    world = make_world(options, loop, loop.net, parts)
    loop.set_exception_handler(world.escaped)
    try:
        loop.run_until_complete(world.run())
        loop.run_until_complete(leave(loop))
    finally:
        loop.close()
    return world.verdict


def make_world(
    options: ChaosOptions, loop: VirtualLoop, net: Network, parts: Parts | None
) -> ChaosWorld:
    """The half that is asked for, with its parts."""
    if options.half == "books":
        assert parts is None or isinstance(parts, StreamParts), "parts of the other half"
        return StreamWorld(options, loop, net, parts or StreamParts())
    assert parts is None or isinstance(parts, TradeParts), "parts of the other half"
    return TradeWorld(options, loop, net, parts or TradeParts())


async def leave(loop: VirtualLoop) -> None:
    """What `asyncio.run` does at its end: sockets that are still saying goodbye are let go."""
    left = asyncio.all_tasks(loop) - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    await loop.shutdown_asyncgens()
