"""The venue as a program: it says when it is ready, and it ends when it should."""

import asyncio
import json
import os
import signal
import ssl
import subprocess
import sys

import httpx
import pytest

from pawang.sandbox.okx import OkxOptions, make_source, run_okx
from pawang.sandbox.seeded import START_MS


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


@pytest.mark.parametrize(
    "words",
    [
        ["--balance", "-5"],
        ["--balance", "much"],
        ["--start", "tomorrow"],
        ["--environment", "moon"],
    ],
)
def test_a_word_that_makes_no_sense_is_refused_before_anything_starts(words):
    command = [sys.executable, "-m", "pawang", "sandbox", "okx", *words]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert refused.returncode != 0
    assert '"port"' not in refused.stdout


def test_the_ready_line_says_where_and_what_to_trust(tmp_path):
    command = [sys.executable, "-m", "pawang", "sandbox", "okx", "--coin", "BTC", "--start", "now"]
    command += ["--tls-dir", str(tmp_path / "tls"), "--balance", "250000.5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            ready = json.loads(running.stdout.readline())
            trusting = ssl.create_default_context(cafile=ready["ca"])
            with httpx.Client(base_url=ready["url"], trust_env=False, verify=trusting) as http:
                clock = http.get("/clock").json()
                account = http.get("/sandbox/account").json()["accounts"][0]
        finally:
            running.terminate()
    assert ready["ca"] == str(tmp_path / "tls" / "ca.pem")
    assert account["balance"]["totalEq"] == "250000.5"
    assert int(clock["start"]) % 60_000_000_000 == 0
    assert int(clock["start"]) > START_MS * 1_000_000
