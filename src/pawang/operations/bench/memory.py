"""`memory`: how soon a desk is ready, what it weighs, and whether it stays so for a day.

    start    `pawang run` in a new home against the simulated OKX and Telegram, four coins: from its
             exec until /ready says yes and every coin's book is there; the median of three
    idle     what that desk weighs after some minutes, and a node of nautilus_trader that watches
             the same coins at the same venue, where it is installed (`make bench-peers`)
    day      a whole demo desk, headless, over a simulated day at speed: its weight by market hour,
             and the slope of it after the first hours, in which a day's history is filled

Weight is the resident set of the desk's own process as the kernel tells it (Linux), shared pages
of libraries included; the worker that draws pictures is a process of its own and not counted.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import linear_regression, median
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from pawang.model.codec import Record
from pawang.operations.home import Home, write_private

ROUNDS = 3
COINS = ("BTC", "ETH", "SOL", "AVAX")
TOKEN = "1234567890:sandbox-token-for-loopback-only"  # noqa: S105 - opens nothing real
READY_S = 60.0  # then it is not ready at all
IDLE_S = 180.0  # wall time until a desk at life speed is weighed
LOOK_S = 0.02
DAY_H = 24
DAY_SPEED = 240.0  # wished for; the desk's own pace decides
WARM_H = 4  # market hours until the slope is taken: books, flows and a day of bars have filled
START_MAX_S = 3.0
WEIGHT_MAX_MB = 280.0
SLOPE_MAX_MB_H = 1.0
PEERS = Path(sys.prefix).parent / ".venv-peers"
HERE = Path(__file__).parent / "peers"


class Weight(Record):
    """One figure; `value` None with the reason why there is none."""

    name: str
    value: float | None
    unit: str
    target: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        if self.value is None or self.target is None:
            return None
        return self.value <= self.target


def memory(progress: Callable[[str], None] = lambda _: None) -> list[Weight]:
    """All three; some twenty minutes, most of them the day."""
    with _worlds() as (okx, telegram):
        found = _starts_and_idle(okx, telegram, progress)
        found.append(_nautilus(okx, progress))
    return found + day(progress)


# A start, and a desk at rest.


def _starts_and_idle(okx: str, telegram: str, progress: Callable[[str], None]) -> list[Weight]:
    walls: list[float] = []
    works: list[float] = []
    idle = 0.0
    for number in range(ROUNDS):
        progress(f"memory: start {number + 1} of {ROUNDS}")
        with _home(okx, telegram) as home, _running(home) as desk:
            begun = time.monotonic()
            _until_ready(desk, home)
            walls.append(time.monotonic() - begun)
            works.append(_worked_s(desk.pid))
            if number + 1 == ROUNDS:
                progress(f"memory: a desk at rest for {IDLE_S:.0f} s")
                time.sleep(IDLE_S)
                idle = resident_mb(desk.pid)
    note = f"of it {median(works):.1f} s of processor"
    return [
        Weight(name="start to ready", value=median(walls), unit="s", target=START_MAX_S, note=note),
        Weight(name="pawang at rest", value=idle, unit="MB", target=WEIGHT_MAX_MB),
    ]


def _until_ready(desk: "subprocess.Popen[str]", home: Home) -> None:
    """Its API says so, and answers with the book of every coin."""
    assert desk.stdout is not None
    started = json.loads(desk.stdout.readline())
    header = {"authorization": f"Bearer {home.make_api_token()}"}
    until = time.monotonic() + READY_S
    with httpx.Client(base_url=started["api"], headers=header, trust_env=False) as api:
        while True:
            routes = ["/ready", *(f"/api/orderbook/{coin}" for coin in COINS)]
            if all(api.get(route).status_code == 200 for route in routes):
                return
            if time.monotonic() > until:
                raise TimeoutError(f"the desk was not ready in {READY_S:g} s")
            time.sleep(LOOK_S)


def _nautilus(okx: str, progress: Callable[[str], None]) -> Weight:
    name, python = "nautilus at rest", PEERS / "nautilus" / "bin" / "python"
    if not python.exists():
        return Weight(name=name, value=None, unit="MB", note="absent: make bench-peers")
    progress(f"memory: nautilus_trader at rest for {IDLE_S:.0f} s")
    with _process([str(python), str(HERE / "with_nautilus_node.py"), okx]) as node:
        assert node.stdout is not None
        said = node.stdout.readline()
        if not said:
            return Weight(name=name, value=None, unit="MB", note="its node did not start")
        time.sleep(IDLE_S)
        weight = resident_mb(node.pid)
    return Weight(name=name, value=weight, unit="MB", note=json.loads(said)["version"])


# A day.


def day(
    progress: Callable[[str], None] = lambda _: None,
    hours: int = DAY_H,
    speed: float = DAY_SPEED,
) -> list[Weight]:
    """A demo desk over so many market hours, weighed at each."""
    words = ["demo", "--headless", "--json", "--seed", "7", "--speed", str(speed)]
    with TemporaryDirectory() as folder:
        words += ["--for", f"{hours}h", "--home", folder]
        with _process([sys.executable, "-m", "pawang", *words]) as demo:
            weights = list(_by_hour(demo, hours, progress))
    return told_of_a_day(weights)


def told_of_a_day(weights: Sequence[tuple[float, float]]) -> list[Weight]:
    """(market hour, MB) in order, as figures."""
    late = [(hour, weight) for hour, weight in weights if hour >= WARM_H]
    if len(late) < 3:
        note = f"only {len(weights)} hours were seen"
        return [Weight(name="growth over a day", value=None, unit="MB/h", note=note)]
    slope = linear_regression(*zip(*late, strict=True)).slope
    hours, most = late[-1][0], max(weight for _, weight in weights)
    note = f"from {late[0][1]:.0f} to {late[-1][1]:.0f} MB, hour {WARM_H} to {hours:.0f}"
    return [
        Weight(
            name="pawang in a day", value=most, unit="MB", target=WEIGHT_MAX_MB, note="the most"
        ),
        Weight(
            name="growth over a day", value=slope, unit="MB/h", target=SLOPE_MAX_MB_H, note=note
        ),
    ]


def _by_hour(
    demo: "subprocess.Popen[str]", hours: int, progress: Callable[[str], None]
) -> Iterator[tuple[float, float]]:
    """Its lines are stamped with market time; each new hour it is weighed."""
    assert demo.stdout is not None
    pid, begun, seen = 0, 0, -1
    for text in demo.stdout:
        line = json.loads(text)
        pid = line.get("desk_pid", pid)
        ts = line.get("ts")
        if not isinstance(ts, int) or not pid or line["kind"] == "ended":
            continue
        begun = begun or ts
        hour = (ts - begun) / 3.6e12
        if int(hour) > seen:
            seen = int(hour)
            weight = resident_mb(pid)
            progress(f"memory: market hour {seen} of {hours}, {weight:.0f} MB")
            yield hour, weight


# Processes.


def resident_mb(pid: int) -> float:
    """The resident set of a process, in 10^6 bytes; Linux only."""
    status = Path(f"/proc/{pid}/statm").read_text(encoding="ascii")
    return int(status.split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def _worked_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _process(command: list[str]) -> "Iterator[subprocess.Popen[str]]":
    """Ended with SIGTERM, and by force if that is not enough."""
    made = subprocess.Popen(  # noqa: S603 - our own interpreter, our own words
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield made
    finally:
        made.send_signal(signal.SIGTERM)
        try:
            made.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            made.kill()
            made.wait()


@contextmanager
def _worlds() -> Iterator[tuple[str, str]]:
    """The addresses of a simulated OKX on the host's time and a simulated Telegram."""
    sandbox = [sys.executable, "-m", "pawang", "sandbox"]
    with (
        _process([*sandbox, "okx", "--seed", "7", "--start", "now"]) as okx,
        _process([*sandbox, "telegram", "--token", TOKEN]) as telegram,
    ):
        yield _url(okx), _url(telegram)


def _url(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    ready: dict[str, Any] = json.loads(process.stdout.readline())
    return str(ready["url"])


@contextmanager
def _home(okx: str, telegram: str) -> Iterator[Home]:
    """A new home whose config points at both."""
    with TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        home.prepare()
        write_private(home.directory / "telegram.token", TOKEN.encode())
        socket = okx.replace("http", "ws", 1)
        home.config.write_text(
            f'[okx]\nrest_url = "{okx}"\nws_url = "{socket}/ws/v5/public"\n'
            f'[telegram]\napi = "{telegram}"\ntoken_file = "telegram.token"\n[web]\nport = 0\n',
            encoding="utf8",
        )
        yield home


@contextmanager
def _running(home: Home) -> "Iterator[subprocess.Popen[str]]":
    words = ["run", "--home", str(home.directory), "--json"]
    with _process([sys.executable, "-m", "pawang", *words]) as desk:
        yield desk
