"""The loop's own laws: time passes by waiting, order is seeded, and a kill is a kill."""

import asyncio

import pytest

from pawang.simulate.loop import Deadlock, VirtualLoop, run_node


@pytest.fixture
def loop():
    made = VirtualLoop(seed=7)
    yield made
    made._scheduled.clear()
    made._ready.clear()
    made.close()


def test_a_day_of_waiting_takes_no_time_and_ends_exactly_then(loop):
    async def wait():
        await asyncio.sleep(86_400)
        return loop.time()

    assert loop.run_until_complete(wait()) == 86_400


def test_waiting_for_what_nobody_will_do_is_a_deadlock(loop):
    with pytest.raises(Deadlock):
        loop.run_until_complete(_forever())


async def _forever():
    await asyncio.get_running_loop().create_future()


def test_a_killed_node_runs_no_cleanup(loop):
    trace = []

    async def victim():
        try:
            await asyncio.sleep(10)
            trace.append("woke")
        finally:
            trace.append("cleaned up")

    async def world():
        task = run_node(loop, 1, victim())
        await asyncio.sleep(5)
        loop.kill(1)
        await asyncio.sleep(20)
        return task

    task = loop.run_until_complete(world())
    assert trace == []
    assert not task.done()


def test_the_same_seed_gives_the_same_order_and_another_seed_another():
    def order(seed):
        made = VirtualLoop(seed, shuffle=True)
        seen = []

        async def say(number):
            seen.append(number)

        async def main():
            await asyncio.gather(*(say(number) for number in range(20)))

        made.run_until_complete(main())
        made.close()
        return seen

    assert order(1) == order(1)
    assert order(1) != order(2)


def test_a_thread_is_refused(loop):
    async def sneak():
        await asyncio.to_thread(print)

    with pytest.raises(Exception, match="virtual time"):
        loop.run_until_complete(sneak())
