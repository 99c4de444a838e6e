"""The demo's two sandboxes as processes of their own: started, found again, ended.

Addresses and pids stand in HOME/sandbox.json. A demo that is killed leaves them running; the next
one with the same home joins them. They end with a demo that ends, or 60 s after the last desk.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import httpx
import msgspec

from pawang.model.codec import Record
from pawang.model.errors import PawangError

IDLE_EXIT_S = 60
START_S = 60.0


class Worlds(Record):
    okx_url: str
    okx_pid: int
    telegram_url: str
    telegram_pid: int
    token: str  # of the simulated bot
    owner_id: int
    api_token: str  # of the desk's own API: the demo prints it


class WorldsFailed(PawangError):
    """A sandbox did not come up."""


async def find(path: Path) -> Worlds | None:
    """The sandboxes of this home, if both still answer."""
    try:
        known = msgspec.json.decode(path.read_bytes(), type=Worlds)
    except (OSError, msgspec.MsgspecError):
        return None
    async with httpx.AsyncClient(timeout=3, trust_env=False) as http:
        for url in (f"{known.okx_url}/clock", f"{known.telegram_url}/state"):
            try:
                if (await http.get(url)).status_code != 200:
                    return None
            except httpx.HTTPError:
                return None
    return known


async def start(
    path: Path, okx: Sequence[str], token: str, owner_id: int, api_token: str, telegram_port: int
) -> Worlds:
    """Both sandboxes on free ports; `okx` are more words for `pawang sandbox okx`."""
    idle = ["--idle-exit", str(IDLE_EXIT_S)]
    okx_process, okx_port = await _spawn(["okx", "--port", "0", "--wait-for-desk", *idle, *okx])
    okx_url = f"http://127.0.0.1:{okx_port}"
    words = ["telegram", "--port", str(telegram_port), "--token", token, "--owner", str(owner_id)]
    words += ["--clock", f"{okx_url}/clock", *idle]
    telegram_process, port = await _spawn(words)
    made = Worlds(
        okx_url=okx_url,
        okx_pid=okx_process,
        telegram_url=f"http://127.0.0.1:{port}",
        telegram_pid=telegram_process,
        token=token,
        owner_id=owner_id,
        api_token=api_token,
    )
    path.write_bytes(msgspec.json.encode(made))
    return made


async def _spawn(words: list[str]) -> tuple[int, int]:
    """(pid, port) of a sandbox; it says its port in the first line it prints."""
    process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own words
        [sys.executable, "-m", "pawang", "sandbox", *words],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # a Ctrl-C or kill of the demo is not theirs
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_S):
            line = await asyncio.to_thread(process.stdout.readline)
        port = int(json.loads(line)["port"])
    except (TimeoutError, ValueError, KeyError) as failed:
        process.kill()
        raise WorldsFailed(f"the {words[0]} sandbox did not start") from failed
    return process.pid, port


def end(worlds: Worlds, path: Path) -> None:
    """Ask both to end, by pid."""
    for pid in (worlds.okx_pid, worlds.telegram_pid):
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            continue
    path.unlink(missing_ok=True)
