"""Providers over HTTP: ETF flows and Fear & Greed, their bodies and their failures (A24)."""

import asyncio
import json
import logging
from contextlib import aclosing

import httpx
import pytest

from pawang.guards.cache import Fresh, Missing, Stale
from pawang.guards.secret import Secret
from pawang.model.errors import Malformed
from pawang.model.event import HealthChanged
from pawang.model.market import EtfFlow, FearGreed
from pawang.model.refs import DAY, HOUR, MILLISECOND, SECOND
from pawang.venues.etf import FlowReader, etf_flows, read_flows
from pawang.venues.sentiment import fear_greed, read_fear_greed

MIDNIGHT = 1_757_894_400 * SECOND  # 2025-09-15 00:00 UTC
NOW = MIDNIGHT + 15 * HOUR


def fng(value="47", stamp=MIDNIGHT, **more) -> bytes:
    day = {"value": value, "value_classification": "Neutral", "timestamp": str(stamp // SECOND)}
    body = {"name": "Fear and Greed Index", "data": [day], "metadata": {"error": None}}
    return json.dumps({**body, **more}).encode()


def etf(*days, code="0") -> bytes:
    data = [
        {
            "timestamp": ts // MILLISECOND,
            "flow_usd": flow,
            "price_usd": 115000.5,
            "etf_flows": [{"etf_ticker": str(at), "flow_usd": one} for at, one in enumerate(funds)],
        }
        for ts, flow, funds in days
    ]
    return json.dumps({"code": code, "data": data}).encode()


# Bodies.


def test_the_index_is_read_with_its_stamp():
    [value], refused = read_fear_greed(fng(), NOW)
    assert refused == []
    assert value == FearGreed(value=47.0, ts_asof=MIDNIGHT, source="alternative.me")


@pytest.mark.parametrize("value", ["780", "-1", "4.5", "", "NaN", "٤"])
def test_A24_a_value_outside_the_scale_is_refused(value):
    values, refused = read_fear_greed(fng(value), NOW)
    assert values == []
    assert len(refused) == 1


@pytest.mark.parametrize("stamp", [0, NOW + 2 * DAY])
def test_a_stamp_of_another_age_is_refused(stamp):
    assert read_fear_greed(fng(stamp=stamp), NOW)[0] == []


BROKEN = [b"", b"<html>busy</html>", b"\xff", b"[]", b"[" * 200_000, b'{"data":[{"value":47}]}']


@pytest.mark.parametrize("body", [*BROKEN, fng(metadata={"error": "try later"})])
def test_A24_what_is_no_index_is_malformed(body):
    with pytest.raises(Malformed):
        read_fear_greed(body, NOW)


def flow(flow_usd=35e6, reported=2, total=3, ts_asof=NOW) -> EtfFlow:
    return EtfFlow(
        asset="BTC",
        trade_date="2025-09-15",
        flow_usd=flow_usd,
        funds_reported=reported,
        funds_total=total,
        ts_asof=ts_asof,
        source="coinglass",
    )


def test_a_day_s_flow_counts_the_funds_that_have_reported():
    assert read_flows(etf((MIDNIGHT, 35e6, [30e6, 5e6, None])), NOW, "BTC") == ([flow()], [])


def test_a_day_nobody_has_reported_is_neither_flow_nor_zero():
    assert read_flows(etf((MIDNIGHT, None, [None])), NOW, "BTC") == ([], [])


def test_an_absurd_flow_or_date_is_refused():
    body = etf((MIDNIGHT, 1e12, []), (NOW + 2 * DAY, 1.0, []))
    flows, refused = read_flows(body, NOW, "BTC")
    assert flows == []
    assert len(refused) == 2


@pytest.mark.parametrize("body", [*BROKEN[:-1], etf(code="30001"), b'{"code":"0","data":[7]}'])
def test_A24_what_is_no_flow_is_malformed(body):
    with pytest.raises(Malformed):
        read_flows(body, NOW, "BTC")


def test_an_unchanged_day_keeps_its_first_stamp_and_a_revision_gets_its_own():
    """Bitemporal: the past is seen as it was known then (signals.md 2.2)."""
    reader, partial = FlowReader("BTC"), etf((MIDNIGHT, 35e6, [30e6, 5e6, None]))
    assert reader(partial, NOW)[0] == [flow()]
    assert reader(partial, NOW + HOUR)[0] == [flow()]
    revised = etf((MIDNIGHT, 40e6, [30e6, 5e6, 5e6]))
    assert reader(revised, NOW + 2 * HOUR)[0] == [flow(40e6, 3, 3, NOW + 2 * HOUR)]


def test_once_everybody_must_have_reported_an_unchanged_day_is_stamped_anew():
    """`complete` reads the stamp; without a new one a silent fund would keep the day open."""
    reader, partial = FlowReader("BTC"), etf((MIDNIGHT, 35e6, [30e6, 5e6, None]))
    final = MIDNIGHT + DAY + 21 * HOUR
    reader(partial, NOW)
    assert reader(partial, final)[0] == [flow(ts_asof=final)]
    assert reader(partial, final + HOUR)[0] == [flow(ts_asof=final)]


# The door.


class Whole(httpx.AsyncByteStream):
    def __init__(self, data):
        self.data = data

    async def __aiter__(self):
        yield self.data


class Site:
    """Answers from a script; the last answer repeats. Its wall moves when somebody sleeps."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.now = SECOND
        self.desk = NOW

    def __call__(self, request):
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        return httpx.Response(status, stream=Whole(body))

    def wall(self):
        return self.now

    async def sleep(self, seconds):
        self.now += round(seconds * SECOND)
        await asyncio.sleep(0)

    def provider(self):
        return fear_greed(
            lambda: self.desk,
            self.wall,
            lambda: 0.5,
            self.sleep,
            base_url="http://127.0.0.1:1",
            transport=httpx.MockTransport(self),
        )


def looks(site: Site, *pauses_s) -> list:
    async def story():
        provider, found = site.provider(), []
        for pause in pauses_s:
            site.now += round(pause * SECOND)
            found.append(await provider.look())
        await provider.close()
        return found

    return asyncio.run(story())


def test_an_answer_is_asked_for_once_while_it_is_fresh():
    site = Site(fng())
    first, second = looks(site, 0, 60)
    assert isinstance(first, Fresh)
    assert isinstance(second, Fresh)
    assert len(site.requests) == 1
    assert site.requests[0].url.raw_path == b"/fng/?limit=1&format=json"


@pytest.mark.parametrize(
    "trouble", [httpx.ConnectError("down"), (503, b"busy"), b"<html>", fng("780")]
)
def test_A24_while_the_provider_is_ill_the_old_answer_stands_with_its_age(trouble):
    fresh, stale = looks(Site(fng(), trouble), 0, 3600)
    assert isinstance(fresh, Fresh)
    assert stale == Stale(value=fresh.value, age_ns=3600 * SECOND)


def test_A24_an_answer_too_old_is_missing_and_never_zero():
    _, missing = looks(Site(fng(), (503, b"")), 0, 48 * 3600)
    assert missing == Missing()


def test_two_who_ask_at_once_cost_one_request():
    site = Site(fng())

    async def story():
        provider = site.provider()
        await asyncio.gather(*(provider.look() for _ in range(5)))
        await provider.close()

    asyncio.run(story())
    assert len(site.requests) == 1


def story_of(site: Site, wanted: int) -> list:
    async def story():
        provider, items = site.provider(), []
        async with aclosing(provider.events()) as events, asyncio.timeout(10):
            while len(items) < wanted:
                items += await anext(events)
        await provider.close()
        return items

    return asyncio.run(story())


def test_the_feed_yields_news_only():
    site = Site(fng("47"), fng("47"), fng("47"), fng("50", MIDNIGHT + DAY))
    site.desk = NOW + DAY
    assert [item.value for item in story_of(site, 2)] == [47.0, 50.0]
    assert len(site.requests) == 4


def test_A28_a_sick_provider_is_told_by_its_breaker_and_left_alone_for_a_while():
    site = Site(*[(503, b"")] * 5, fng(), fng(), fng("48"), fng("49"))
    items = story_of(site, 4)
    health = [(item.provider, item.state) for item in items if isinstance(item, HealthChanged)]
    assert health[0] == ("fear-greed", "opened")
    assert health[1] == ("fear-greed", "half_open")
    assert FearGreed(value=47.0, ts_asof=MIDNIGHT, source="alternative.me") in items


def test_the_key_travels_in_a_header_and_never_in_a_log(caplog):
    site = Site(etf((MIDNIGHT, 35e6, [35e6])))

    async def story():
        provider = etf_flows(
            "BTC",
            Secret("hunter2-hunter2"),
            lambda: NOW,
            site.wall,
            lambda: 0.5,
            site.sleep,
            base_url="http://127.0.0.1:1",
            transport=httpx.MockTransport(site),
        )
        looked = await provider.look()
        await provider.close()
        return looked

    with caplog.at_level(logging.DEBUG):
        looked = asyncio.run(story())
    assert looked.value == (flow(reported=1, total=1),)
    [request] = site.requests
    assert request.headers["CG-API-KEY"] == "hunter2-hunter2"
    assert request.url.path == "/api/etf/bitcoin/flow-history"
    assert "hunter2" not in caplog.text
