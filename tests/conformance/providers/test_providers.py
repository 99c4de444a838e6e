"""What every provider over HTTP promises, whoever is asked: guards, names, keys, silence (A24-A28)."""

import asyncio
import gzip
import json
import logging
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass

import httpx
import pytest

from pawang.guards.cache import Fresh, Missing, Stale
from pawang.guards.secret import Secret
from pawang.model.event import HealthChanged
from pawang.model.refs import HOUR, SECOND
from pawang.venues.etf import SOURCES, etf_flows
from pawang.venues.http import BODY_MAX
from pawang.venues.provider import Provider
from pawang.venues.sentiment import fear_greed

MIDNIGHT = 1_757_894_400 * SECOND  # 2025-09-15 00:00 UTC
NOW = MIDNIGHT + 15 * HOUR
KEY = "hunter2-hunter2"


class Site:
    """Answers from a script; the last answer repeats. Its wall moves when somebody sleeps."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.now = SECOND

    def __call__(self, request):
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        status, body, headers = answer if isinstance(answer, tuple) else (200, answer, {})
        return httpx.Response(status, headers=headers, stream=Whole(body))

    def wall(self):
        return self.now

    async def sleep(self, seconds):
        self.now += round(seconds * SECOND)
        await asyncio.sleep(0)


class Whole(httpx.AsyncByteStream):
    def __init__(self, data):
        self.data = data

    async def __aiter__(self):
        yield self.data


@dataclass(frozen=True)
class Asked:
    """A provider, how it is made, and what it answers with one figure (and another)."""

    make: Callable[[Site], Provider]
    body: Callable[[float], bytes]
    value: Callable[[object], float]
    method: str
    path: str
    posted: bytes = b""
    key_header: str = ""


def etf(name: str, asset: str, body, method: str, path: str, posted=b"") -> Asked:
    source = SOURCES[name]

    def make(site: Site) -> Provider:
        return etf_flows(
            source,
            asset,
            Secret(KEY) if source.key_header else None,
            lambda: NOW,
            site.wall,
            lambda: 0.5,
            site.sleep,
            base_url="http://127.0.0.1:1",
            transport=httpx.MockTransport(site),
        )

    header = source.key_header
    return Asked(make, body, lambda fact: fact.flow_usd / 1e6, method, path, posted, header)


def coinglass(musd: float) -> bytes:
    day = {"timestamp": MIDNIGHT // 10**6, "flow_usd": musd * 1e6, "etf_flows": []}
    return json.dumps({"code": "0", "data": [day]}).encode()


def sosovalue(musd: float) -> bytes:
    day = {"date": "2025-09-15", "totalNetInflow": musd * 1e6}
    return json.dumps({"code": 0, "data": [day]}).encode()


def farside(musd: float) -> bytes:
    head = "<tr><th>Date</th><th>ETHA</th><th>Total</th></tr>"
    day = f"<tr><td>15 Sep 2025</td><td>{musd}</td><td>{musd}</td></tr>"
    return f"<html><table>{head}{day}</table></html>".encode()


def index(value: float) -> bytes:
    day = {"value": f"{value:.0f}", "timestamp": str(MIDNIGHT // SECOND)}
    return json.dumps({"data": [day], "metadata": {"error": None}}).encode()


def fear(site: Site) -> Provider:
    return fear_greed(
        lambda: NOW,
        site.wall,
        lambda: 0.5,
        site.sleep,
        base_url="http://127.0.0.1:1",
        transport=httpx.MockTransport(site),
    )


PROVIDERS = {
    "coinglass": etf("coinglass", "BTC", coinglass, "GET", "/api/etf/bitcoin/flow-history"),
    "sosovalue": etf(
        "sosovalue",
        "SOL",
        sosovalue,
        "POST",
        "/openapi/v2/etf/historicalInflowChart",
        b'{"type":"us-sol-spot"}',
    ),
    "farside": etf("farside", "ETH", farside, "GET", "/eth/"),
    "alternative.me": Asked(fear, index, lambda fact: fact.value, "GET", "/fng/"),
}


@pytest.fixture(params=sorted(PROVIDERS))
def asked(request):
    return PROVIDERS[request.param]


def looks(asked: Asked, site: Site, *pauses_s) -> list:
    async def story():
        provider, found = asked.make(site), []
        for pause in pauses_s:
            site.now += round(pause * SECOND)
            found.append(await provider.look())
        await provider.close()
        return found

    return asyncio.run(story())


def told(asked: Asked, site: Site, wanted: int) -> list:
    async def story():
        provider, items = asked.make(site), []
        async with aclosing(provider.events()) as events, asyncio.timeout(10):
            while len(items) < wanted:
                items += await anext(events)
        await provider.close()
        return items

    return asyncio.run(story())


def test_every_source_of_flows_is_held_to_this_suite():
    assert set(PROVIDERS) == {*SOURCES, "alternative.me"}


def test_its_question_is_the_documented_one(asked):
    site = Site(asked.body(35.0))
    looks(asked, site, 0)
    [request] = site.requests
    assert (request.method, request.url.path, request.content) == (
        asked.method,
        asked.path,
        asked.posted,
    )


def test_one_answer_is_one_fact_with_who_said_it_and_when_it_was_known(asked):
    [fresh] = looks(asked, Site(asked.body(35.0)), 0)
    [fact] = fresh.value
    assert asked.value(fact) == 35.0
    assert fact.source in {*SOURCES, "alternative.me"}
    assert MIDNIGHT <= fact.ts_asof <= NOW


def test_a_fresh_answer_is_not_asked_for_again(asked):
    site = Site(asked.body(35.0))
    first, second = looks(asked, site, 0, 600)
    assert isinstance(first, Fresh)
    assert isinstance(second, Fresh)
    assert len(site.requests) == 1


TROUBLES = [
    httpx.ConnectError("down"),
    httpx.ReadTimeout("slow"),
    (401, b"{}", {}),
    (429, b"slow down", {}),
    (302, b"", {"location": "http://127.0.0.1:1/login"}),
    (503, b"busy", {}),
    b"",
    b"<html><p>Just a moment...</p></html>",
    b"[" * 200_000,
    b"\xff" * 100,
    b"{}",
    b'{"code": "0"}',
    b'{"code": 0, "data": []}',
    b"null",
    b" " * (BODY_MAX + 1),
    (200, gzip.compress(b" " * (BODY_MAX + 1), mtime=0), {"content-encoding": "gzip"}),
    (200, b"not gzip", {"content-encoding": "gzip"}),
    (200, b"{}", {"content-encoding": "br"}),
]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: str(trouble)[:30])
def test_A24_while_it_is_ill_the_old_answer_stands_with_its_age(asked, trouble):
    fresh, stale = looks(asked, Site(asked.body(35.0), trouble), 0, 3600)
    assert isinstance(fresh, Fresh)
    assert stale == Stale(value=fresh.value, age_ns=3600 * SECOND)


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: str(trouble)[:30])
def test_A24_an_answer_that_never_came_is_missing_and_never_zero(asked, trouble):
    assert looks(asked, Site(trouble), 0) == [Missing()]


def test_only_news_is_told(asked):
    site = Site(asked.body(35.0), asked.body(35.0), asked.body(35.0), asked.body(40.0))
    assert [asked.value(fact) for fact in told(asked, site, 2)] == [35.0, 40.0]
    assert len(site.requests) == 4


def test_A28_five_failures_open_its_breaker_which_is_told_with_its_name_and_cause(asked):
    site = Site(*[(503, b"", {})] * 5, asked.body(35.0))
    items = told(asked, site, 3)
    name = asked.make(site).name
    opened, half_open = (item for item in items if isinstance(item, HealthChanged))
    assert opened == HealthChanged(provider=name, state="opened", reason="HTTP 503")
    assert (half_open.provider, half_open.state) == (name, "half_open")
    assert len(site.requests) == 6, "left alone while its breaker was open"


def test_two_who_ask_at_once_cost_one_request(asked):
    site = Site(asked.body(35.0))

    async def story():
        provider = asked.make(site)
        await asyncio.gather(*(provider.look() for _ in range(5)))
        await provider.close()

    asyncio.run(story())
    assert len(site.requests) == 1


def test_a_key_travels_in_its_header_and_is_in_no_url_and_no_log(asked, caplog):
    site = Site((401, b"{}", {}), asked.body(35.0))
    with caplog.at_level(logging.DEBUG):
        looks(asked, site, 0, 3600)
    for request in site.requests:
        assert request.headers.get(asked.key_header or "none") == (
            KEY if asked.key_header else None
        )
        assert "hunter2" not in str(request.url)
    assert "hunter2" not in caplog.text
