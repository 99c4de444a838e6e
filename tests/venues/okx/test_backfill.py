"""The past: pages put together oldest first, and a series that fails does not stop the others."""

import asyncio
import json
from urllib.parse import parse_qs

import httpx
import pytest

from pawang.model.market import BookSnapshot, Candle, FundingRate, LongShortRatio, OpenInterest
from pawang.model.refs import DAY, HOUR, MILLISECOND, MINUTE, SECOND
from pawang.venues.okx import public
from pawang.venues.okx.backfill import backfill, listings, newest_ratio, server_time, tiers
from pawang.venues.okx.rest import OkxRest
from pawang.venues.okx.translate import Translator

NOW = 1_743_041_250_440 * MILLISECOND
NOW_MS = NOW // MILLISECOND
BTC = "BTC-USDT-SWAP"
LENGTHS = {"1m": MINUTE, "5m": 5 * MINUTE, "1H": HOUR}
KEPT = 1440  # rows of a statistic


class History(httpx.AsyncBaseTransport):
    """A venue with a past: pages newest first, bounds exclusive for `after`, inclusive for `end`."""

    def __init__(self, broken=()):
        self.broken = broken
        self.asked: list[str] = []

    async def handle_async_request(self, request):
        path = request.url.path.removeprefix("/api/v5/")
        query = {key: values[0] for key, values in parse_qs(request.url.query.decode()).items()}
        self.asked.append(path)
        if any(part in path for part in self.broken):
            body = {"code": "51001", "msg": "Instrument ID doesn't exist.", "data": []}
        else:
            body = {"code": "0", "msg": "", "data": self.rows(path, query)}
        return httpx.Response(200, stream=Whole(json.dumps(body).encode()))

    def rows(self, path, query):
        if path == "market/history-candles":
            stamps = self.page(LENGTHS[query["bar"]], int(query["after"]) - 1, query, 10**6)
            return [[str(ts), "1", "3", "1", "2", "100", "10", "20", "1"] for ts in stamps]
        if path == "public/funding-rate-history":
            stamps = self.page(8 * HOUR, int(query["after"]) - 1, query, 270)
            row = {"instId": query["instId"], "fundingRate": "0.0001", "realizedRate": "0.0002"}
            return [{**row, "fundingTime": str(ts)} for ts in stamps]
        if path == "public/funding-rate":
            row = {"instId": query["instId"], "fundingRate": "0.0003", "ts": str(NOW_MS)}
            return [{**row, "fundingTime": str(NOW_MS + 60_000)}]
        stamps = self.page(LENGTHS[query["period"]], int(query.get("end", NOW_MS)), query, KEPT)
        if "taker-volume" in path:
            assert query["unit"] == "0"
            return [[str(ts), "7", "5"] for ts in stamps]
        if "open-interest" in path:
            return [[str(ts), "5000", "50", "9000"] for ts in stamps]
        return [[str(ts), "1.25"] for ts in stamps]

    @staticmethod
    def page(length, newest_ms, query, kept):
        step = length // MILLISECOND
        newest = min(newest_ms, NOW_MS) // step * step
        oldest = NOW_MS // step * step - (kept - 1) * step
        count = int(query["limit"])
        return [newest - step * place for place in range(count) if newest - step * place >= oldest]


class Whole(httpx.AsyncByteStream):
    def __init__(self, data):
        self.data = data

    async def __aiter__(self):
        yield self.data


class Wall:
    def __init__(self):
        self.now = SECOND

    def __call__(self):
        self.now += 1
        return self.now

    async def sleep(self, seconds):
        self.now += round(seconds * SECOND)
        await asyncio.sleep(0)


def door(transport) -> OkxRest:
    wall = Wall()
    return OkxRest("http://127.0.0.1:1", wall, lambda: 0.5, wall.sleep, transport=transport)


def ask(transport, question):
    async def story():
        rest = door(transport)
        try:
            return await question(rest)
        finally:
            await rest.close()

    return asyncio.run(story())


def everything(transport, listings):
    failures, batches = [], []

    async def story():
        rest = door(transport)
        failed = lambda series, why: failures.append((series, why))  # noqa: E731
        async for batch in backfill(rest, listings, NOW, failed):
            batches.append(batch)
        await rest.close()

    asyncio.run(story())
    return batches, failures


def test_pages_are_put_together_oldest_first_without_a_row_twice(btc):
    transport = History()
    translator = Translator({btc.name: btc})
    made = ask(
        transport, lambda rest: public.candles(rest, translator, BTC, "1H", NOW - 30 * DAY, NOW)
    )
    stamps = [candle.ts_event for candle in made]
    assert stamps == [stamps[0] + HOUR * place for place in range(720)]
    assert stamps[-1] <= NOW < stamps[-1] + HOUR
    assert transport.asked == ["market/history-candles"] * 3
    assert made[0] == Candle(
        instrument=BTC,
        ts_event=stamps[0],
        ts_recv=NOW,
        bar=HOUR,
        open=1.0,
        high=3.0,
        low=1.0,
        close=2.0,
        volume=10.0,
        volume_usd=20.0,
        closed=True,
    )


def test_a_statistic_with_an_inclusive_bound_gives_each_row_once(btc):
    translator = Translator({btc.name: btc})
    made = ask(
        History(),
        lambda rest: public.open_interest_history(rest, translator, BTC, "5m", 0, NOW),
    )
    stamps = [record.ts_event for record in made]
    assert len(stamps) == len(set(stamps)) == KEPT
    assert stamps == sorted(stamps)


def test_a_venue_that_turns_in_circles_is_left(btc):
    """The same page for ever: one page of rows, and an end."""

    class Circle(History):
        def rows(self, path, query):
            return [[str(NOW_MS - 60_000 * place), "1.5"] for place in range(3)]

    transport, translator = Circle(), Translator({btc.name: btc})
    made = ask(transport, lambda rest: public.ratio_history(rest, translator, BTC, "5m", 0, NOW))
    assert (len(made), len(transport.asked)) == (3, 2)


def test_the_backfill_brings_every_series_of_every_coin(listings):
    batches, failures = everything(History(), listings)
    assert failures == []
    shapes = [(type(batch[0]).__name__, batch[0].instrument, len(batch)) for batch in batches]
    expected = []
    for kind, *counts in (
        ("Candle", 720, 1440, 1440),
        ("FundingRate", 270, 1),
        ("OpenInterest", 720, 1440),
        ("LongShortRatio", 720, 288),
    ):
        for coin in ("BTC", "SOL"):
            expected += [(kind, f"{coin}-USDT-SWAP", count) for count in counts]
    assert shapes == expected
    assert {record.ts_recv for batch in batches for record in batch} == {NOW}
    for batch in batches:
        stamps = [record.ts_event for record in batch]
        assert stamps == sorted(stamps)


def test_a_series_that_fails_is_told_and_does_not_stop_the_others(listings):
    batches, failures = everything(History(broken=["open-interest"]), listings)
    assert [series for series, _ in failures] == [
        "BTC 1H open interest",
        "BTC 5m open interest",
        "SOL 1H open interest",
        "SOL 5m open interest",
    ]
    assert all("51001" in why for _, why in failures)
    kinds = {type(batch[0]) for batch in batches}
    assert kinds == {Candle, FundingRate, LongShortRatio}


def test_funding_has_what_was_paid_and_the_forecast(btc):
    translator = Translator({btc.name: btc})
    paid = ask(
        History(), lambda rest: public.funding_history(rest, translator, BTC, NOW - DAY, NOW)
    )
    [forecast] = ask(History(), lambda rest: public.funding(rest, translator, BTC, NOW))
    assert [(rate.rate, rate.settled) for rate in paid] == [(0.0002, True)] * 3
    assert (forecast.rate, forecast.settled, forecast.ts_event) == (0.0003, False, NOW)


def test_the_newest_ratios_are_three(btc):
    translator = Translator({btc.name: btc})
    made = ask(History(), lambda rest: newest_ratio(rest, translator, BTC, NOW))
    assert [type(one) for one in made] == [LongShortRatio] * 3
    assert made[0].ts_event < made[2].ts_event


# What the desk is told once.


class Fixed(History):
    def __init__(self, *rows):
        super().__init__()
        self.fixed = list(rows)

    def rows(self, path, query):
        return self.fixed


def swap_row(coin, quote="USDT", **more):
    row = {
        "instId": f"{coin}-{quote}-SWAP",
        "instType": "SWAP",
        "instFamily": f"{coin}-{quote}",
        "tickSz": "0.1",
        "lotSz": "0.01",
        "minSz": "0.01",
        "state": "live",
        "ctType": "linear",
        "ctVal": "0.01",
        "ctMult": "1",
        "ctValCcy": coin,
        "settleCcy": quote,
        "lever": "100",
        "instIdCode": 7,
        "instCategory": "1",
    }
    return {**row, **more}


def test_the_desk_s_listings_are_linear_dollar_swaps_in_the_desk_s_order():
    transport = Fixed(
        swap_row("BTC"),
        swap_row("BTC", "USDC"),
        swap_row("BTC", "USD", ctType="inverse", settleCcy="BTC"),
        swap_row("TSLA", instCategory="3"),
        swap_row("ETH"),
        swap_row("ODD", tickSz="NaN"),
    )
    made = ask(transport, lambda rest: listings(rest, ("ETH", "BTC", "TSLA", "NONE")))
    assert [(coin, one.name) for coin, one in made.items()] == [
        ("ETH", "ETH-USDT-SWAP"),
        ("BTC", "BTC-USDT-SWAP"),
    ]


def test_tiers_come_smallest_first():
    row = {"minSz": "0", "maxSz": "50", "mmr": "0.03", "imr": "0.1", "maxLever": "10"}
    transport = Fixed({**row, "tier": "2"}, {**row, "tier": "1"})
    made = ask(transport, lambda rest: tiers(rest, "BTC-USDT"))
    assert [one.tier for one in made] == [1, 2]


def test_the_venue_s_clock_is_in_nanoseconds():
    assert ask(Fixed({"ts": str(NOW_MS)}), server_time) == NOW


def test_an_empty_answer_holds_no_time():
    with pytest.raises(public.Malformed, match="no time in it"):
        ask(Fixed(), server_time)


def test_a_book_over_rest_is_a_snapshot(btc):
    row = {"asks": [["101", "4", "0", "1"]], "bids": [["100", "2", "0", "1"]], "ts": str(NOW_MS)}
    translator = Translator({btc.name: btc})
    made = ask(Fixed({**row, "seqId": 5}), lambda rest: public.book(rest, translator, BTC, NOW))
    assert made == BookSnapshot(
        instrument=BTC,
        ts_event=NOW,
        ts_recv=NOW,
        bids=((100.0, 0.02),),
        asks=((101.0, 0.04),),
        seq=5,
    )


def test_open_interest_is_in_coin_and_dollars(btc):
    translator = Translator({btc.name: btc})
    made = ask(
        History(),
        lambda rest: public.open_interest_history(rest, translator, BTC, "1H", NOW - DAY, NOW),
    )
    assert made[-1] == OpenInterest(
        instrument=BTC, ts_event=NOW // HOUR * HOUR, ts_recv=NOW, coins=50.0, usd=9000.0
    )


def test_takers_sold_before_they_bought():
    """Sell stands before buy on the wire (okx-v5.md 6)."""
    made = ask(History(), lambda rest: public.taker_volume_history(rest, BTC, "5m", NOW - DAY, NOW))
    assert len(made) == 288
    assert (made[0].sell_vol, made[0].buy_vol) == (7, 5)
    assert [row.ts for row in made] == sorted({row.ts for row in made})


def test_only_crypto_is_listed():
    """OKX lists perpetuals of stocks and metals in the same list (instCategory)."""
    rows = [swap_row("BTC"), swap_row("TSLA", instCategory="3"), swap_row("XAU", instCategory="4")]
    found = ask(Fixed(*rows), public.instruments)
    assert set(found) == {BTC}


def test_maintenance_is_asked_for():
    row = {
        "title": "Trading upgrade",
        "state": "scheduled",
        "begin": str(NOW_MS),
        "end": "",
        "serviceType": "5",
    }
    [made] = ask(Fixed(row), public.status)
    assert (made.title, made.state, made.end) == ("Trading upgrade", "scheduled", None)
