"""One truth, three roads: `pawang kpi`, `GET /api/kpi` and `/kpi` say the same numbers (row L3).

Once over drawn months in a ledger, once over what a whole desk did on a simulated market.
"""

import asyncio
import json
import subprocess
import sys
from shutil import copy

import msgspec
import pytest
from litestar.testing import TestClient

from pawang import engine
from pawang.alerts.answers import kpis
from pawang.config import Config
from pawang.journal import SqlLedger
from pawang.live import FollowedClock, Plan, RunningDesk
from pawang.model.chat import ChatInput, Send
from pawang.model.codec import decode
from pawang.model.event import Served
from pawang.model.kpi import Measured
from pawang.model.refs import MINUTE
from pawang.operations.board import make_board
from pawang.operations.kpis import measured
from pawang.simulate import SimulateOptions
from pawang.simulate.loop import VirtualLoop
from pawang.simulate.run import KEY, OWNER, World
from pawang.venues.okx.rest import OkxRest
from pawang.web import Metrics, Token, hashed, make_app

UPDATE = 900_001


def desk_over(path, keys, names, now):
    """A desk of today over that ledger: wired, never connected."""
    plan = Plan(
        config=Config(),
        ledger=path,
        drop=path.parent,
        button_key=keys[0],
        audit_key=keys[1],
        code_key="",
        pairing_code="",
        telegram_token=None,
        telegram_api="",
        okx_rest="http://127.0.0.1:1",
        okx_ws="ws://127.0.0.1:1",
        follow_clock=True,
    )
    world = engine.World(coins=names.coins, instruments=names.instruments)
    rest = OkxRest(plan.okx_rest, lambda: now, lambda: 0.5, asyncio.sleep)
    clock = FollowedClock(now)
    return RunningDesk(plan, SqlLedger(path, *keys), rest, clock, names.instruments, world)


def by_command(home):
    words = [sys.executable, "-m", "pawang", "kpi", "--json", "--home", str(home)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)


def by_http(desk):
    tokens = [Token(name="reader", hash=hashed("reads"), scopes=("read",))]
    app = make_app(make_board(desk, Metrics()), tokens, ("127.0.0.1",))
    with TestClient(app, "http://127.0.0.1") as client:
        return client.get("/api/kpi", headers={"Authorization": "Bearer reads"}).json()


def by_chat(desk, user):
    """What the person reads who types /kpi."""
    heard = ChatInput(
        update_id=UPDATE,
        chat_id=user,
        chat_kind="private",
        user_id=user,
        user_name="ana",
        language="en",
        ts_sent=desk.clock.now(),
        text="/kpi",
    )

    async def story():
        answering = asyncio.create_task(desk.research.answer())
        await desk.hear(heard)
        while not desk.ledger.sent(f"re_{UPDATE}"):
            await asyncio.sleep(0.01)
        answering.cancel()

    asyncio.run(asyncio.wait_for(story(), 30))
    ((_, body),) = desk.ledger.sent(f"re_{UPDATE}")
    return decode(body.encode(), Send).text


def all_roads(home, keys, names, user):
    """The numbers, after every road has told the same ones."""
    found = by_command(home)
    desk = desk_over(home / "ledger.sqlite3", keys, names, found["as_of"])
    try:
        assert by_http(desk) == found
        told = msgspec.convert(found, Measured)
        assert by_chat(desk, user) == kpis(told, "en", "UTC")
    finally:
        desk.studio.close()
        desk.ledger.close()
    return told


def test_L3_command_api_and_chat_say_the_same_of_drawn_months(home, tmp_path, names):
    copy(home / "ledger.sqlite3", tmp_path)
    told = all_roads(tmp_path, names.keys, names, names.admin)
    assert told == measured(home / "ledger.sqlite3")


def test_L3_what_the_api_served_is_in_the_ledger_a_minute_later(tmp_path, names):
    path = tmp_path / "ledger.sqlite3"
    desk = desk_over(path, names.keys, names, names.now)
    by_http(desk)

    async def story():
        await desk.hall.start(names.now, "1")
        counting = asyncio.create_task(desk.count_traffic())
        await asyncio.sleep(0)
        desk.clock.tick(names.now + MINUTE)
        while not desk.ledger.served(0):
            await asyncio.sleep(0.01)
        counting.cancel()

    try:
        asyncio.run(asyncio.wait_for(story(), 30))
        assert desk.ledger.served(0) == [Served(requests=1, server_errors=0)]
    finally:
        desk.studio.close()
        desk.ledger.close()


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """72 minutes of a whole desk, with its first night and a user who presses and rates."""
    folder = tmp_path_factory.mktemp("simulated")
    options = SimulateOptions(seed=7, days=0.05, coins=("BTC", "SOL"), kills_per_day=0)
    loop = VirtualLoop(7)
    world = World(options, loop, folder, lambda _: None)
    loop.set_exception_handler(lambda *_: None)
    loop.run_until_complete(world.run())
    loop.close()
    assert world.story.violations == []
    return folder


def test_L2_L3_and_the_same_of_a_simulated_desk_each_equal_to_plain_sql(
    simulated, tmp_path, names, plain, differs
):
    rows = plain(simulated / "ledger.sqlite3")
    copy(simulated / "ledger.sqlite3", tmp_path)
    told = all_roads(tmp_path, (KEY, KEY), names, OWNER)
    for book, found in told.books.items():
        assert differs(found, rows.trades(book)) == []
    desk = {kpi.name: kpi for kpi in told.desk}
    assert differs(told.desk, rows.desk()) == []
    assert min(desk[name].n for name in ("delivery_lag_p95", "brier_skill")) > 0
    assert told.books["shadow"][0].n > 0


def test_L1_the_simulated_night_was_asked_once_and_every_answer_stands_in_the_journal(simulated):
    ledger = SqlLedger.reader(simulated / "ledger.sqlite3")
    answers = [event.body for event in ledger.read(limit=10_000) if event.kind == "Calibrated"]
    assert [(made.kind, made.coin) for made in answers] == [
        ("ib", "BTC"),
        ("ib", "SOL"),
        ("snp", "BTC"),
        ("snp", "SOL"),
    ]
    assert {made.refusals[0].code for made in answers} == {"too_few"}
    assert len(ledger.forecasts(0)) == sum(ref.startswith("ib_") for ref in ledger.refs()) > 10
    ledger.close()
