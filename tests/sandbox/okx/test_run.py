"""The venue as a program: it says when it is ready, and it ends when it should."""

import asyncio
import os
import signal

import pytest

from pawang.sandbox.okx import OkxOptions, make_source, run_okx


def test_a_sigterm_ends_it(run):
    ports: list[int] = []

    def ready(port: int) -> None:
        ports.append(port)
        os.kill(os.getpid(), signal.SIGTERM)

    async def story():
        await run_okx(OkxOptions(coins=("BTC",), wait_for_desk=True, on_ready=ready))
        assert ports[0] > 0
        with pytest.raises(OSError, match="Connect"):
            await asyncio.open_connection("127.0.0.1", ports[0])

    run(story)


def test_without_a_following_desk_it_goes_home(run):
    async def story():
        await run_okx(OkxOptions(coins=("BTC",), idle_exit_s=0.0))

    run(story)


def test_the_seed_and_the_coins_make_the_market():
    options = OkxOptions(coins=("SOL", "BTC"), seed=11)
    first, again = make_source(options), make_source(options)
    assert [listing.coin for listing in first.listings] == ["SOL", "BTC"]
    assert first.step() == again.step()
