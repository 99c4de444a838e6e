"""A sandbox in a process of its own, and the session of a real client in another.

The clients live in `.venv-clients` (make clients-setup); the sessions beside this file are their
programs and print one JSON line of facts. They are no tests and are not collected.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

collect_ignore = ["sessions"]

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PYTHON = ROOT / ".venv-clients" / "bin" / "python"
SESSION_S = 240

Sandbox = Callable[..., dict]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.clients)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """`sandbox(*options)` starts `pawang sandbox okx` on a free port; its ready line."""
    running: list[subprocess.Popen[str]] = []

    def start(*options: str) -> dict:
        command = [sys.executable, "-m", "pawang", "sandbox", "okx", "--port", "0", *options]
        path = {"PYTHONPATH": str(ROOT / "src")}
        made = subprocess.Popen(
            command, env=os.environ | path, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        running.append(made)
        assert made.stdout is not None
        return json.loads(made.stdout.readline())

    yield start
    for made in running:
        made.terminate()
        assert made.wait(20) == 0, "the sandbox did not go home by itself"


@pytest.fixture
def session() -> Callable[..., dict]:
    """`session(name, *arguments, **environment)` plays one; the facts of its last line."""
    assert PYTHON.exists(), "no clients here: run `make clients-setup`"

    def play(name: str, *arguments: str, **environment: str) -> dict:
        command = [str(PYTHON), str(HERE / "sessions" / f"{name}.py"), *arguments]
        done = subprocess.run(
            command, env=os.environ | environment, capture_output=True, text=True,
            timeout=SESSION_S, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-4000:] + done.stdout[-2000:]
        return json.loads(done.stdout.splitlines()[-1])

    return play


# The money, reckoned again from the fills alone (okx-v5.md 10.4).

CONTRACT = Decimal("0.01")  # coins of BTC-USDT-SWAP
RATES = {"M": Decimal("0.0002"), "T": Decimal("0.0005")}


def reckon(fills: list[dict]) -> tuple[list[tuple[Decimal, Decimal]], Decimal]:
    """(fee, pnl) of each fill in its order, and what all of them did to the cash.

    Right while every position is entered at one price: then no average is ever rounded.
    """
    held, entry, made = Decimal(0), Decimal(0), []
    for fill in fills:
        price, size = Decimal(fill["fillPx"]), Decimal(fill["fillSz"])
        signed = size if fill["side"] == "buy" else -size
        fee = -RATES[fill["execType"]] * size * CONTRACT * price
        closing = held * signed < 0
        pnl = (price - entry) * -signed * CONTRACT if closing else Decimal(0)
        assert not closing or abs(signed) <= abs(held), "these stories never flip"
        assert closing or held == 0 or price == entry, "these stories enter at one price"
        entry = entry if closing else price
        held += signed
        made.append((fee, pnl))
    assert held == 0, "these stories end flat"
    return made, sum((fee + pnl for fee, pnl in made), Decimal(0))


@pytest.fixture(scope="session")
def reckoned() -> Callable[[list[dict]], tuple[list[tuple[Decimal, Decimal]], Decimal]]:
    return reckon


@pytest.fixture(scope="session")
def check_money() -> Callable[[dict], None]:
    """Facts with `fills` (venue rows, any order), `bills` and `cash` [before, after]."""

    def check(facts: dict) -> None:
        fills = sorted(facts["fills"], key=lambda row: int(row["tradeId"]))
        assert fills, "nothing was traded"
        expected, change = reckon(fills)
        told = [(Decimal(row["fee"]), Decimal(row["fillPnl"])) for row in fills]
        assert told == expected
        assert {row["feeCcy"] for row in fills} == {"USDT"}
        before, after = (Decimal(cash) for cash in facts["cash"])
        assert after - before == change
        trades = [row for row in facts["bills"] if row["type"] == "2"]
        assert sum((Decimal(row["balChg"]) for row in trades), Decimal(0)) == change

    return check
