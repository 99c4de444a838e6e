"""The loop: a million inputs, the CPU time of each, the memory after all.

Times are CPU time of the thread, so that a busy machine accuses nobody; what still looks slow is
read again, alone, and only its best time counts (a collection of garbage falls on somebody).
"""

import gc
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pawang.simulate.fuzz.corpus import Sample, corpus
from pawang.simulate.fuzz.mutate import Mutator
from pawang.simulate.fuzz.targets import Target, targets

SLOW_MS = 50.0  # no input takes longer (the bound of the fuzz rows A17, A18)
SUSPECT_MS = 5.0  # above it an input is kept to be timed again
RETIMED = 5
WARM = 0.2  # of the inputs, until caches, pools and counters stand
RISE_MAX_KB = 16 * 1024
BATCH = 10_000  # inputs of one seed: any of them can be drawn again alone


@dataclass(frozen=True)
class FuzzOptions:
    seed: int = 7
    inputs: int = 1_000_000
    seconds: float | None = None  # stop then, however many it were
    recorded: Path | None = None
    shapes: Path | None = None


@dataclass
class FuzzReport:
    """`broken` holds what went wrong, with the input that did it."""

    inputs: int = 0
    seconds: float = 0.0
    worst_ms: float = 0.0
    worst: bytes = b""
    rise_kb: int = 0
    samples: int = 0
    read: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.broken


def fuzz(
    options: FuzzOptions,
    tell: Callable[[FuzzReport], None] = lambda _: None,
    on_trial: Sequence[Target] | None = None,
) -> FuzzReport:
    """Run it. The same seed draws the same inputs in the same order."""
    return _Run(options, tell, targets() if on_trial is None else on_trial).run()


class _Run:
    def __init__(
        self,
        options: FuzzOptions,
        tell: Callable[[FuzzReport], None],
        on_trial: Sequence[Target],
    ) -> None:
        self.options = options
        self.report = FuzzReport()
        self._tell = tell
        self._targets = tuple(on_trial)
        self._samples = corpus(options.recorded, options.shapes)
        self._suspects: list[tuple[float, Target, Sample]] = []
        self._rss_warm: int | None = None

    def run(self) -> FuzzReport:
        report, options = self.report, self.options
        report.samples = len(self._samples)
        began = time.monotonic()
        while report.inputs < options.inputs and len(report.broken) < 20:
            self._batch(min(BATCH, options.inputs - report.inputs))
            report.seconds = time.monotonic() - began
            share = max(
                report.inputs / options.inputs, report.seconds / (options.seconds or float("inf"))
            )
            if self._rss_warm is None and share >= WARM:
                self._rss_warm = rss_kb()
            self._tell(report)
            if options.seconds is not None and report.seconds >= options.seconds:
                break
        self._time_again()
        self._weigh()
        report.seconds = time.monotonic() - began
        return report

    def _batch(self, count: int) -> None:
        number = self.report.inputs // BATCH
        chance = random.Random(f"{self.options.seed}:{number}")  # noqa: S311 - reproducible
        mutator = Mutator(self._samples, chance)
        for _ in range(count):
            sample = mutator.draw()
            self.report.inputs += 1
            for target in self._targets:
                if target.wants(sample):
                    self._read(target, sample)

    def _read(self, target: Target, sample: Sample) -> None:
        self.report.read[target.name] += 1
        begun = time.thread_time_ns()
        try:
            wrong = list(target.read(sample))
        except Exception as escaped:  # the very thing that is looked for
            wrong = [f"{type(escaped).__name__}: {escaped}"[:200]]
        took_ms = (time.thread_time_ns() - begun) / 1e6
        for words in wrong:
            self.report.broken.append(
                f"{target.name} {words} <- {sample.path} {sample.body[:400]!r}"
            )
        if took_ms > SUSPECT_MS:
            self._suspects.append((took_ms, target, sample))
            self._suspects = sorted(self._suspects, key=lambda row: -row[0])[:50]

    def _time_again(self) -> None:
        for _, target, sample in self._suspects:
            best_ms = min(_timed(target, sample) for _ in range(RETIMED))
            if best_ms > self.report.worst_ms:
                self.report.worst_ms, self.report.worst = best_ms, sample.body[:200]
            if best_ms > SLOW_MS:
                words = f"took {best_ms:.0f} ms"
                self.report.broken.append(f"{target.name} {words} <- {sample.body[:400]!r}")

    def _weigh(self) -> None:
        self._suspects = []
        gc.collect()
        if self._rss_warm is not None:
            self.report.rise_kb = rss_kb() - self._rss_warm
        if self.report.rise_kb > RISE_MAX_KB:
            self.report.broken.append(f"memory rose by {self.report.rise_kb} kB")


def _timed(target: Target, sample: Sample) -> float:
    begun = time.thread_time_ns()
    list(target.read(sample))
    return (time.thread_time_ns() - begun) / 1e6


def rss_kb() -> int:
    """Resident memory of this process."""
    gc.collect()
    with Path("/proc/self/statm").open() as statm:
        pages = int(statm.read().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024
