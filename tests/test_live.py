"""A desk's parts between the doors and the hall, without a socket."""

import asyncio
from datetime import timedelta

import pytest

from pawang import engine
from pawang.config import Config
from pawang.journal import SqlLedger, Unstorable
from pawang.live import Plan, RunningDesk, WallClock
from pawang.market.business_days import is_business_day
from pawang.model.event import HealthChanged
from pawang.model.market import EtfFlow, FearGreed
from pawang.model.refs import DAY, utc
from pawang.model.view import Memory
from pawang.operations.shipped import SHIPPED
from pawang.venues.okx.rest import OkxRest

NOW = WallClock().now()


def flow(musd, asof=NOW - DAY, **changes):
    known = {
        "asset": "BTC",
        "trade_date": f"{utc(NOW - 3 * DAY):%Y-%m-%d}",
        "flow_usd": musd * 1e6,
        "funds_reported": 11,
        "funds_total": 11,
        "ts_asof": asof,
        "source": "drop",
    }
    return EtfFlow(**{**known, **changes})


class Told:
    """A feed with a script."""

    def __init__(self, *batches):
        self.batches = batches

    async def events(self):
        for batch in self.batches:
            yield batch


@pytest.fixture
def ledger(tmp_path):
    opened = SqlLedger(tmp_path / "ledger.sqlite3", b"buttons", b"audit")
    yield opened
    opened.close()


@pytest.fixture
def desk(tmp_path, ledger):
    plan = Plan(
        config=Config(),
        ledger=tmp_path / "ledger.sqlite3",
        drop=tmp_path / "drop",
        button_key=b"buttons",
        audit_key=b"audit",
        code_key="codes",
        pairing_code="",
        telegram_token=None,
        telegram_api="",
        okx_rest="http://127.0.0.1:9",
        okx_ws="ws://127.0.0.1:9/ws/v5/public",
        follow_clock=False,
    )
    world = engine.World(coins=tuple(SHIPPED), instruments=dict(SHIPPED))

    async def made():
        rest = OkxRest(plan.okx_rest, lambda: 0, lambda: 0.5, asyncio.sleep)
        return RunningDesk(plan, ledger, rest, WallClock(), dict(SHIPPED), world)

    return asyncio.run(made())


@pytest.fixture
def folded(desk):
    """What the market was told."""
    taken = []
    desk.hall.witnesses.append(lambda batch, _: taken.extend(batch))
    return taken


def seen(desk):
    return desk.market.freeze("BTC", desk.clock.now(), Memory()).etf


def last_business_day():
    """The newest one that is over."""
    days = (utc(NOW).date() - timedelta(days=back) for back in range(1, 10))
    return str(next(day for day in days if is_business_day(day)))


def test_a_start_knows_the_flows_of_the_ledger_before_anybody_is_asked(desk, ledger):
    known = flow(35.0, trade_date=last_business_day())
    ledger.put_flows([known])
    assert seen(desk) is None
    asyncio.run(desk.recall())
    assert (seen(desk).trade_date, seen(desk).flow_usd) == (known.trade_date, 35e6)


def test_flows_are_kept_first_and_only_news_goes_on_to_the_market(desk, ledger, folded):
    again = flow(35.0, asof=NOW - DAY + 1)
    index = FearGreed(value=40.0, ts_asof=NOW - DAY, source="drop")
    asyncio.run(desk.learn(Told([flow(35.0)], [again, index], [flow(36.0, asof=NOW)])))
    kept = [flow(35.0), flow(36.0, asof=NOW)]
    assert ledger.flows("") == kept
    assert folded == [kept[0], index, kept[1]]


def test_a_flow_that_could_not_be_kept_is_not_told_to_the_market(desk, folded):
    with pytest.raises(Unstorable):
        asyncio.run(desk.learn(Told([flow(float("nan"))])))
    assert folded == []


def test_what_a_feed_says_of_itself_becomes_an_event(desk):
    told = HealthChanged(provider="drop", state="refused", reason="1, first etf_flow.csv:3: what")
    asyncio.run(desk.learn(Told([told])))
    assert desk.health()["drop"] == "refused"
