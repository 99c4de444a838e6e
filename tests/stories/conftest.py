"""A demo as a user starts it: a process with its own home, read line by line."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest


class Demo:
    """`pawang demo --json ...` in a home of its own; `lines` grow as it speaks."""

    def __init__(self, home: Path, *words: str) -> None:
        self.home = home
        self.lines: list[dict] = []
        self._changed = threading.Condition()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pawang", "demo", "--json", "--home", str(home), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._errors: list[str] = []
        self._readers = [
            threading.Thread(target=self._read, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            with self._changed:
                self.lines.append(json.loads(line))
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def _read_errors(self) -> None:
        self._errors.extend(self.process.stderr)

    def wait_for(self, what, timeout: float = 60) -> dict:
        """The first line for which `what(line)` holds; fails when the demo ends before."""

        def found():
            return next((line for line in self.lines if what(line)), None)

        with self._changed:
            self._changed.wait_for(
                lambda: found() is not None or self.process.poll() is not None, timeout
            )
            line = found()
        assert line is not None, f"never said; stderr: {''.join(self._errors)[-2000:]}"
        return line

    def wait_lines(self, count: int, timeout: float = 30) -> None:
        """Until it has said so many lines more, or has ended."""
        with self._changed:
            until = len(self.lines) + count
            self._changed.wait_for(
                lambda: len(self.lines) >= until or self.process.poll() is not None, timeout
            )

    def kind(self, name: str) -> list[dict]:
        return [line for line in self.lines if line["kind"] == name]

    def finish(self, timeout: float = 120) -> int:
        status = self.process.wait(timeout)
        for reader in self._readers:
            reader.join(5)
        return status

    def kill(self) -> None:
        """kill -9: only the desk; its sandboxes go on."""
        self.process.kill()
        self.finish(10)

    def end(self) -> None:
        """Whatever is left, by pid."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.finish(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        left = self.home / "sandbox.json"
        if left.exists():
            known = json.loads(left.read_text())
            for name in ("okx_pid", "telegram_pid"):
                try:
                    os.kill(known[name], signal.SIGTERM)
                except ProcessLookupError:
                    continue


@pytest.fixture
def demo(tmp_path):
    """Start demos in one home; all of them are ended."""
    started: list[Demo] = []

    def start(*words: str) -> Demo:
        made = Demo(tmp_path / "home", *words)
        started.append(made)
        return made

    yield start
    for made in started:
        made.end()


@pytest.fixture
def pawang():
    """Run a verb to its end."""

    def run(*words: str, timeout: float = 60) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "pawang", *words],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return run
