"""One venue, all rows in order, each with a stopwatch."""

import asyncio
import json
import random
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import httpx
from cyclopts import App, Parameter

from pawang.operations.soak.ground import Ground, Watcher, make_feed
from pawang.operations.soak.market import MARKET_ROWS, SETTLED_S
from pawang.operations.soak.orders import order_rows
from pawang.operations.soak.timing import Outcome, Row, TookTooLong
from pawang.venues.okx import public
from pawang.venues.okx.rest import OkxRest

COINS = ("BTC", "SOL")
WHOLE_S = 20.0  # a fresh client is whole by then, or the row has not begun
STARTS_S = 30.0  # the simulated venue listens by then
ROWS: tuple[Row, ...] = (*MARKET_ROWS, *order_rows())


@asynccontextmanager
async def venue(*more: str) -> AsyncIterator[str]:
    """A simulated OKX as its own process; its base URL."""
    coins = [word for coin in COINS for word in ("--coin", coin)]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pawang", "sandbox", "okx", "--seed", "7", *coins, *more),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(STARTS_S):
            said = await process.stdout.readline()
        yield str(json.loads(said)["url"])
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def run_row(row: Row, url: str) -> Outcome:
    """On a fresh client; the venue forgets its script afterwards."""
    if row.alone is not None:
        return await _alone(row, url)
    assert row.test is not None, "a row is one or the other"
    async with httpx.AsyncClient(base_url=url, trust_env=False) as control:
        rest = OkxRest(url, time.time_ns, random.random)
        instruments = await public.listings(rest, COINS)
        await rest.close()
        watcher = Watcher(tuple(made.name for made in instruments.values()))
        feed = make_feed(url, instruments)
        following = asyncio.create_task(watcher.follow(feed))
        ground = Ground(url, instruments, watcher, feed, control)
        began = time.monotonic()
        problem = ""
        try:
            await ground.whole(WHOLE_S)
            await asyncio.sleep(SETTLED_S)
            began = time.monotonic()
            timed = await row.test(ground, row.bound_s)
            took_s = time.monotonic() - began if timed is None else timed
        except TookTooLong as late:
            problem, took_s = str(late), time.monotonic() - began
        if following.done():
            problem = f"the feed ended: {following.exception()!r}"
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await control.delete("/sandbox/fault")
    return Outcome(row.name, row.words, row.bound_s, round(took_s, 2), not problem, problem)


async def _alone(row: Row, url: str) -> Outcome:
    assert row.alone is not None
    problem, began = "", time.monotonic()
    try:
        took_s = await row.alone(url, row.bound_s)
    except TookTooLong as late:
        problem, took_s = str(late), time.monotonic() - began
    async with httpx.AsyncClient(base_url=url, trust_env=False) as control:
        await control.delete("/sandbox/fault")
    return Outcome(row.name, row.words, row.bound_s, round(took_s, 2), not problem, problem)


async def soak(rows: Sequence[Row], tell: Callable[[Outcome], None]) -> list[Outcome]:
    """All rows in order against one venue."""
    outcomes: list[Outcome] = []
    async with venue() as url:
        for row in rows:
            outcome = await run_row(row, url)
            outcomes.append(outcome)
            tell(outcome)
    return outcomes


app = App(name="soak", help="Each fault once over real sockets, with a stopwatch.")


@app.default
def main(
    *,
    only: Annotated[str, Parameter(help="Rows, with commas: A04,A12.")] = "",
    json_: Annotated[bool, Parameter(name="--json", negative="")] = False,
    report: Annotated[Path | None, Parameter(help="Write the outcomes there as JSON.")] = None,
) -> int:
    """Exit status 1 when a row missed its bound."""
    wanted = {name.strip() for name in only.split(",") if name.strip()}
    rows = [row for row in ROWS if not wanted or row.name in wanted]

    def tell(one: Outcome) -> None:
        if json_:
            print(json.dumps(vars(one)), flush=True)
            return
        verdict = "ok" if one.ok else f"MISSED: {one.problem}"
        took = f"{one.took_s:7.2f} s of {one.bound_s:5.1f}"
        print(f"{one.row:>4}  {one.words:<42} {took}  {verdict}", flush=True)

    began = time.monotonic()
    outcomes = asyncio.run(soak(rows, tell))
    if report is not None:
        report.write_text(json.dumps([vars(one) for one in outcomes], indent=1))
    missed = [one.row for one in outcomes if not one.ok]
    summary: dict[str, Any] = {"rows": len(outcomes), "missed": missed}
    summary["seconds"] = round(time.monotonic() - began)
    print(json.dumps(summary) if json_ else f"soak: {summary}", flush=True)
    return 1 if missed else 0
