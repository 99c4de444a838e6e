"""A provider over HTTP: its cache, breaker, pauses and failures, and the index of it (A24)."""

import asyncio
import json
from collections import Counter
from contextlib import aclosing

import httpx
import pytest

from pawang.guards.cache import Fresh, Missing, Stale
from pawang.model.errors import Malformed
from pawang.model.event import HealthChanged
from pawang.model.market import FearGreed
from pawang.model.refs import DAY, HOUR, SECOND
from pawang.venues.provider import Refused
from pawang.venues.sentiment import fear_greed, read_fear_greed

MIDNIGHT = 1_757_894_400 * SECOND  # 2025-09-15 00:00 UTC
NOW = MIDNIGHT + 15 * HOUR


def fng(value="47", stamp=MIDNIGHT, **more) -> bytes:
    day = {"value": value, "value_classification": "Neutral", "timestamp": str(stamp // SECOND)}
    body = {"name": "Fear and Greed Index", "data": [day], "metadata": {"error": None}}
    return json.dumps({**body, **more}).encode()


# Bodies.


def test_the_index_is_read_with_its_stamp():
    [value], refused = read_fear_greed(fng(), NOW)
    assert refused == []
    assert value == FearGreed(value=47.0, ts_asof=MIDNIGHT, source="alternative.me")


@pytest.mark.parametrize("value", ["780", "-1", "4.5", "", "NaN", "٤"])
def test_A24_a_value_outside_the_scale_is_refused(value):
    refused = Refused(what="value outside 0 to 100", detail=repr(value))
    assert read_fear_greed(fng(value), NOW) == ([], [refused])


@pytest.mark.parametrize("stamp", [0, NOW + 2 * DAY])
def test_a_stamp_of_another_age_is_refused(stamp):
    assert read_fear_greed(fng(stamp=stamp), NOW)[0] == []


BROKEN = [b"", b"<html>busy</html>", b"\xff", b"[]", b"[" * 200_000, b'{"data":[{"value":47}]}']


@pytest.mark.parametrize("body", [*BROKEN, fng(metadata={"error": "try later"})])
def test_A24_what_is_no_index_is_malformed(body):
    with pytest.raises(Malformed):
        read_fear_greed(body, NOW)


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


def test_what_the_consumer_could_not_keep_is_told_him_again():
    """He dies over a batch and starts again: the news must not be lost with him."""
    site = Site(fng("47"))

    async def story():
        provider, heard = site.provider(), []
        for _ in range(2):
            async with aclosing(provider.events()) as events, asyncio.timeout(10):
                heard += await anext(events)
        await provider.close()
        return heard

    assert [fact.value for fact in asyncio.run(story())] == [47.0, 47.0]


def test_A28_a_sick_provider_is_told_by_its_breaker_and_left_alone_for_a_while():
    site = Site(*[(503, b"")] * 5, fng(), fng(), fng("48"), fng("49"))
    items = story_of(site, 4)
    health = [(item.provider, item.state) for item in items if isinstance(item, HealthChanged)]
    assert health[0] == ("fear-greed", "opened")
    assert health[1] == ("fear-greed", "half_open")
    assert FearGreed(value=47.0, ts_asof=MIDNIGHT, source="alternative.me") in items


def test_what_is_refused_is_counted_by_name():
    bad = {"data": [{"value": v, "timestamp": str(MIDNIGHT // SECOND)} for v in ("780", "47", "x")]}
    site = Site(json.dumps(bad).encode(), b"<html>")

    async def story():
        provider = site.provider()
        for _ in range(2):
            await provider.look()
            site.now += 3600 * SECOND
        await provider.close()
        return provider.refused

    assert asyncio.run(story()) == Counter({"value outside 0 to 100": 2, "malformed": 1})


def test_refused_rows_are_told_once_and_once_more_when_there_are_none():
    day = {"value": "47", "timestamp": str(MIDNIGHT // SECOND)}
    mixed = json.dumps({"data": [day, {**day, "value": "780"}]}).encode()
    site = Site(mixed, mixed, fng("47"), fng("48"))
    health = [item for item in story_of(site, 4) if isinstance(item, HealthChanged)]
    reason = "1, first value outside 0 to 100: '780'"
    assert health == [
        HealthChanged(provider="fear-greed", state="refused", reason=reason),
        HealthChanged(provider="fear-greed", state="clean", reason="no row refused any more"),
    ]


@pytest.mark.parametrize(("roll", "pause_s"), [(0.0, 900.0), (0.5, 945.0), (1.0, 990.0)])
def test_pauses_are_longer_by_chance_and_never_shorter_than_an_answer_is_fresh(roll, pause_s):
    """Two questions of one desk to one site drift apart."""
    site, pauses = Site(fng("47"), fng("48")), []

    async def sleep(seconds):
        pauses.append(seconds)
        await site.sleep(seconds)

    async def story():
        provider = fear_greed(
            lambda: NOW,
            site.wall,
            lambda: roll,
            sleep,
            base_url="http://127.0.0.1:1",
            transport=httpx.MockTransport(site),
        )
        async with aclosing(provider.events()) as events, asyncio.timeout(10):
            await anext(events)
            await anext(events)
        await provider.close()

    asyncio.run(story())
    assert pauses == [pytest.approx(pause_s)]
