"""`okx_books`: one message of `books` decoded, judged and applied, beside everybody else's way.

Every way runs in its own interpreter, the peers in their own environments (`make bench-peers`),
over the same file of frames. Rounds interleave: each round all ways make one pass in turn, so a
machine's bad minute is everybody's. Told are medians, and ratios of them. All must end at the same
touch, else somebody did other work and the figure is not told.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from pawang.model.codec import Record
from pawang.operations.bench import frames
from pawang.operations.bench.peers import serve

ROUNDS = 9
STEPS = 6_000  # of 100 ms: ten minutes of market make some 1,500 updates
HERE = Path(__file__).parent / "peers"
ROOT = Path(sys.prefix).parent
SAME_TOUCH = 1e-6  # relative: a peer may keep prices in another kind of number

OURS = ("book", "records", "batches", "strict")
PEERS = ("msgspec", "ccxt", "nautilus", "cryptofeed")
TARGETS = {"msgspec": 3.0, "nautilus": 7.0, "ccxt": 10.0}
"""How many times faster `book` is to be (architecture.md 11)."""


class Way(Record):
    """One way over one series. `us` a message; None with the reason why there is no figure."""

    series: str
    name: str
    version: str
    us: float | None
    times: float | None = None  # of our `book`'s time
    target: float | None = None
    why: str = ""

    @property
    def met(self) -> bool | None:
        if self.times is None or self.target is None:
            return None
        return self.times >= self.target


@dataclass
class Worker:
    name: str
    process: "subprocess.Popen[str]"
    version: str = ""
    seconds: dict[str, list[float]] = field(default_factory=dict)
    touch: dict[str, tuple[float, float]] = field(default_factory=dict)

    def ask(self, path: str) -> None:
        answer = self._said(path)
        self.seconds.setdefault(path, []).append(answer["seconds"])
        bid, ask = answer["touch"]
        self.touch[path] = (bid, ask)

    def _said(self, line: str | None) -> dict:  # type: ignore[type-arg]
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        if line is not None:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        answered = self.process.stdout.readline()
        if not answered:
            raise RuntimeError(f"{self.name} ended")
        found: dict = json.loads(answered)  # type: ignore[type-arg]
        return found


def okx_books(progress: Callable[[str], None] = lambda _: None) -> list[Way]:
    """All ways over all series; about a minute."""
    progress("okx_books: making ten minutes of market")
    series = {"seeded": frames.books(STEPS), "recorded 2022": frames.recorded()}
    series = {name: kept for name, kept in series.items() if kept}
    with TemporaryDirectory() as folder:
        paths = {name: Path(folder) / f"{place}.frames" for place, name in enumerate(series)}
        old = {name: path.with_suffix(".l2") for name, path in paths.items()}
        for name, kept in series.items():
            serve.write(paths[name], kept)
            # cryptofeed knows these books by the channel's older name only.
            renamed = [frame.replace(b'"books"', b'"books-l2-tbt"', 1) for frame in kept]
            serve.write(old[name], renamed)
        with _workers([*paths.values(), *old.values()]) as (workers, absent):
            for number in range(ROUNDS):
                progress(f"okx_books: round {number + 1} of {ROUNDS}")
                for name in series:
                    for worker in workers:
                        path = old[name] if worker.name == "cryptofeed" else paths[name]
                        worker.ask(str(path))
    return [way for name, kept in series.items() for way in _told(name, len(kept), workers, absent)]


def _told(series: str, count: int, workers: list[Worker], absent: dict[str, str]) -> list[Way]:
    place = list({path for worker in workers for path in worker.seconds})
    del place
    figures: dict[str, tuple[float, tuple[float, float], str]] = {}
    for worker in workers:
        number = 0 if series == "seeded" else 1
        path = list(worker.seconds)[number]
        us = median(worker.seconds[path]) / count * 1e6
        figures[worker.name] = (us, worker.touch[path], worker.version)
    ours, touch, _ = figures["book"]
    ways = []
    for name, (us, ended, version) in figures.items():
        same = all(abs(a / b - 1.0) < SAME_TOUCH for a, b in zip(ended, touch, strict=True))
        ways.append(
            Way(
                series=series,
                name=name,
                version=version,
                us=us if same else None,
                times=us / ours if same else None,
                target=TARGETS.get(name) if series == "seeded" else None,
                why="" if same else f"ended at {ended}, not {touch}",
            )
        )
    ways += [
        Way(series=series, name=name, version="", us=None, why=why) for name, why in absent.items()
    ]
    return ways


# Workers.


@contextmanager
def _workers(paths: list[Path]) -> Iterator[tuple[list[Worker], dict[str, str]]]:
    """Everybody who is installed, ready; and who is not, and why."""
    workers: list[Worker] = []
    absent: dict[str, str] = {}
    try:
        for name, command in _commands():
            if not Path(command[0]).exists():
                absent[name] = "absent: make bench-peers"
                continue
            worker = Worker(name, _started([*command, *map(str, paths)]))
            workers.append(worker)
            worker.version = worker._said(None)["version"]
        yield workers, absent
    finally:
        for worker in workers:
            worker.process.kill()
            worker.process.wait()


def _commands() -> Iterator[tuple[str, list[str]]]:
    for way in OURS:
        yield way, [sys.executable, str(HERE / "with_pawang.py"), way]
    for peer in PEERS:
        python = sys.executable
        if peer != "msgspec":
            python = str(ROOT / ".venv-peers" / peer / "bin" / "python")
        yield peer, [python, str(HERE / f"with_{peer}.py")]


def _started(command: list[str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603 - our own scripts
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
