"""Every public row, field by field: what is needed, which words it may say, what is ignored.

The shapes are those of okx-v5.md 5, 6 and 9.1 with values of our own. `needed` names what the desk
cannot do without: its absence is refused by its name. Everything else may be missing, as in older
payloads and on some endpoints, and a field that nobody knows is ignored: OKX adds some every year.
"""

import json
from dataclasses import dataclass

import pytest

from pawang.venues.okx.connection import Connection
from pawang.venues.okx.parse import parse

TS = "1743041250440"
SWAP = "ETH-USDT-SWAP"
LEVELS = {"asks": [["2001.5", "12", "0", "3"]], "bids": [["2001.4", "7", "0", "2"]]}


@dataclass(frozen=True)
class Sample:
    """One documented message. `at` is a channel of the stream or a path of REST."""

    at: str
    row: dict | list
    needed: tuple
    words: tuple = ()  # fields that say one of some words
    action: str = ""
    arg: str = SWAP

    def frame(self, row) -> tuple[bytes, str]:
        if "/" in self.at:
            return json.dumps({"code": "0", "msg": "", "data": [row]}).encode(), self.at
        message = {"arg": {"channel": self.at, "instId": self.arg}, "data": [row]}
        if self.action:
            message["action"] = self.action
        return json.dumps(message).encode(), ""

    def parse(self, row):
        return parse(*self.frame(row))


LISTING = {
    "alias": "",
    "baseCcy": "",
    "category": "1",
    "ctMult": "1",
    "ctType": "linear",
    "ctVal": "0.1",
    "ctValCcy": "ETH",
    "expTime": "",
    "futureSettlement": False,
    "groupId": "4",
    "instCategory": "1",
    "instFamily": "ETH-USDT",
    "instId": SWAP,
    "instIdCode": 2021,
    "instType": "SWAP",
    "lever": "100",
    "listTime": "1611916828000",
    "lotSz": "0.01",
    "maxLmtSz": "90000000",
    "maxMktSz": "20000",
    "minSz": "0.01",
    "quoteCcy": "",
    "ruleType": "normal",
    "settleCcy": "USDT",
    "state": "live",
    "tickSz": "0.01",
    "tradeQuoteCcyList": [],
    "uly": "ETH-USDT",
    "upcChg": [{"param": "tickSz", "newValue": "0.1", "effTime": "1744000000000"}],
}
FUNDING = {
    "formulaType": "noRate",
    "fundingRate": "0.0000182221218054",
    "fundingTime": "1743062400000",
    "impactValue": "",
    "instId": SWAP,
    "instType": "SWAP",
    "interestRate": "",
    "maxFundingRate": "0.00375",
    "method": "current_period",
    "minFundingRate": "-0.00375",
    "nextFundingRate": "",
    "nextFundingTime": "1743091200000",
    "premium": "0.0000910113652644",
    "settFundingRate": "0.0000145824401745",
    "settState": "settled",
    "ts": TS,
}
TICKER = {
    "instType": "SWAP",
    "instId": SWAP,
    "last": "2001.45",
    "lastSz": "1",
    "askPx": "2001.5",
    "askSz": "12",
    "bidPx": "2001.4",
    "bidSz": "7",
    "open24h": "1990",
    "high24h": "2050",
    "low24h": "1980",
    "volCcy24h": "222200",
    "vol24h": "2222000",
    "sodUtc0": "1995",
    "sodUtc8": "1996",
    "ts": TS,
}
TRADE = {"instId": SWAP, "tradeId": "130", "px": "2001.4", "sz": "3", "side": "sell", "ts": TS}
OPEN_INTEREST = {"instId": SWAP, "instType": "SWAP", "oi": "5000", "oiCcy": "500", "ts": TS}
MARK = {"instType": "SWAP", "instId": SWAP, "markPx": "2001.3", "ts": TS}
INDEX = {"instId": "ETH-USDT", "idxPx": "2001.2", "ts": TS, "open24h": "1", "sodUtc8": "1"}
LIMIT = {"instId": SWAP, "buyLmt": "2100", "sellLmt": "1900", "ts": TS, "enabled": True}
STATUS = {
    "begin": "1743060000000",
    "end": "1743063600000",
    "href": "",
    "preOpenBegin": "",
    "scheDesc": "",
    "serviceType": "0",
    "state": "scheduled",
    "system": "unified",
    "maintType": "1",
    "env": "1",
    "title": "WebSocket upgrade",
    "ts": TS,
}
TIER = {
    "imr": "0.01",
    "instId": "",
    "instFamily": "ETH-USDT",
    "maxLever": "100",
    "maxSz": "5000",
    "minSz": "0",
    "mmr": "0.004",
    "tier": "1",
    "uly": "ETH-USDT",
}
DETAIL = {"bkLoss": "0", "bkPx": "1990", "ccy": "", "posSide": "net", "side": "sell"}
LIQUIDATION = {
    "details": [{**DETAIL, "sz": "13", "ts": TS}],
    "instFamily": "ETH-USDT",
    "instId": SWAP,
    "instType": "SWAP",
    "uly": "ETH-USDT",
}

LISTED = ("instId", "instType", "tickSz", "lotSz", "minSz", "state", "ctType", "ctVal", "ctMult")
LISTED += ("ctValCcy", "settleCcy")
TICKED = ("instType", "instId", "last", "lastSz", "askPx", "askSz", "bidPx", "bidSz", "ts")
TICKED += ("open24h", "high24h", "low24h", "vol24h", "volCcy24h")
PRINTED = ("instId", "tradeId", "px", "sz", "side", "ts")
CANDLE = [TS, "2000", "2010", "1990", "2001", "8422", "842.2", "1684400", "0"]

SAMPLES = [
    Sample("public/time", {"ts": TS}, ("ts",)),
    Sample("public/instruments", LISTING, LISTED, ("instType", "ctType", "state")),
    Sample("instruments", LISTING, LISTED, ("instType", "ctType", "state")),
    Sample("market/ticker", TICKER, TICKED, ("instType",)),
    Sample("tickers", TICKER, TICKED, ("instType",)),
    Sample("market/books", {**LEVELS, "ts": TS, "seqId": 3235}, ("asks", "bids", "ts")),
    Sample(
        "books",
        {**LEVELS, "ts": TS, "checksum": 0, "prevSeqId": 122, "seqId": 123},
        ("asks", "bids", "ts"),
        action="update",
    ),
    Sample("books5", {**LEVELS, "instId": SWAP, "ts": TS, "seqId": 9}, ("asks", "bids", "ts")),
    Sample("bbo-tbt", {**LEVELS, "ts": TS, "seqId": 9}, ("asks", "bids", "ts")),
    Sample("market/trades", {**TRADE, "source": "0"}, PRINTED, ("side",)),
    Sample("trades", {**TRADE, "count": "3", "source": "0", "seqId": 5}, PRINTED, ("side",)),
    Sample("trades-all", {**TRADE, "source": "0"}, PRINTED, ("side",)),
    Sample("market/candles", CANDLE, (0, 1, 2, 3, 4, 5, 6), (8,)),
    Sample("candle1m", CANDLE, (0, 1, 2, 3, 4, 5, 6), (8,)),
    Sample("market/mark-price-candles", [*CANDLE[:5], "1"], (0, 1, 2, 3, 4, 5), (5,)),
    Sample("public/mark-price", MARK, ("instType", "instId", "markPx", "ts"), ("instType",)),
    Sample("mark-price", MARK, ("instType", "instId", "markPx", "ts"), ("instType",)),
    Sample("market/index-tickers", INDEX, ("instId", "idxPx", "ts")),
    Sample("index-tickers", INDEX, ("instId", "idxPx", "ts")),
    Sample(
        "public/funding-rate",
        FUNDING,
        ("instId", "fundingRate", "fundingTime"),
        ("method", "settState", "instType"),
    ),
    Sample(
        "funding-rate",
        FUNDING,
        ("instId", "fundingRate", "fundingTime"),
        ("method", "settState", "instType"),
    ),
    Sample(
        "public/open-interest",
        {**OPEN_INTEREST, "oiUsd": "1000000"},
        tuple(OPEN_INTEREST),
        ("instType",),
    ),
    Sample(
        "open-interest",
        {**OPEN_INTEREST, "oiUsd": "1000000"},
        tuple(OPEN_INTEREST),
        ("instType",),
    ),
    Sample("public/price-limit", LIMIT, ("instId", "buyLmt", "sellLmt", "ts")),
    Sample("price-limit", LIMIT, ("instId", "buyLmt", "sellLmt", "ts")),
    Sample("public/position-tiers", TIER, ("tier", "minSz", "maxSz", "mmr", "imr", "maxLever")),
    Sample("liquidation-orders", LIQUIDATION, ("instId", "instType", "details"), ("instType",)),
    Sample("system/status", STATUS, ("title", "state", "begin", "end", "serviceType"), ("state",)),
    Sample("status", STATUS, ("title", "state", "begin", "end", "serviceType"), ("state",)),
    Sample("rubik/stat/taker-volume-contract", [TS, "7596.2", "7149.4"], (0, 1, 2)),
    Sample("rubik/stat/contracts/open-interest-volume", [TS, "171302874", "3980087"], (0, 1, 2)),
    Sample("rubik/stat/contracts/long-short-account-ratio", [TS, "1.25"], (0, 1)),
    Sample("rubik/stat/contracts/open-interest-history", [TS, "1", "2", "3"], (0, 1, 2, 3)),
]
BY_NAME = {sample.at: sample for sample in SAMPLES}


@pytest.fixture(params=sorted(BY_NAME))
def sample(request) -> Sample:
    return BY_NAME[request.param]


def places(row):
    return range(len(row)) if isinstance(row, list) else list(row)


def without(row, place):
    if isinstance(row, list):
        return row[:place]
    return {name: value for name, value in row.items() if name != place}


def saying(row, place, value):
    if isinstance(row, list):
        return [*row[:place], value, *row[place + 1 :]]
    return {**row, place: value}


def test_the_documented_row_is_understood_whole(sample):
    parsed = sample.parse(sample.row)
    assert parsed.refusals == ()
    assert len(parsed.records) == 1


def test_what_is_needed_and_missing_is_refused_by_its_name_and_nothing_else_is(sample):
    refused = []
    for place in places(sample.row):
        parsed = sample.parse(without(sample.row, place))
        if parsed.refusals:
            assert parsed.records == ()
            refused.append(place)
            if isinstance(place, str):
                assert parsed.refusals[0].field == f"data[0].{place}"
    assert set(refused) == set(sample.needed)


def test_a_word_that_nobody_knows_is_refused_by_the_name_of_its_field(sample):
    refused = []
    for place in places(sample.row):
        parsed = sample.parse(saying(sample.row, place, "brand-new"))
        where = f"data[0][{place}]" if isinstance(place, int) else f"data[0].{place}"
        if [one.field for one in parsed.refusals] == [where]:
            refused.append(place)
    assert set(sample.words) <= set(refused)


def test_a_field_that_nobody_knows_is_ignored(sample):
    if isinstance(sample.row, list):
        grown = [*sample.row, "new"]
    else:
        grown = {**sample.row, "brandNew": {"nested": [1, 2]}}
    assert sample.parse(grown) == sample.parse(sample.row)


def test_a_needed_value_that_is_null_is_as_missing(sample):
    """`""` and null both mean "not given"; what is needed must be given."""
    for place in sample.needed:
        if place not in ("last", "lastSz", "askPx", "askSz", "bidPx", "bidSz", *OPTIONAL):
            parsed = sample.parse(saying(sample.row, place, None))
            assert parsed.records == (), place


OPTIONAL = ("open24h", "high24h", "low24h", "vol24h", "volCcy24h", "ctVal", "ctMult")
OPTIONAL += ("buyLmt", "sellLmt", "end")
"""Must be there, and may be empty: spot has no contract, a quiet market no last price, a limit may
be off, an outage has no known end."""


@pytest.mark.parametrize("name", ["bkPx", "sz", "side", "posSide", "ts"])
def test_a_liquidation_without_what_is_needed_is_refused_by_its_whole_path(name):
    detail = without(LIQUIDATION["details"][0], name)
    parsed = BY_NAME["liquidation-orders"].parse({**LIQUIDATION, "details": [detail]})
    assert [one.field for one in parsed.refusals] == [f"data[0].details[0].{name}"]


def test_every_refusal_is_counted_by_its_field_and_costs_nothing_else(btc):
    """Counted as `data[].px`, whatever the row's place was."""
    connection = Connection([btc], ("trades", "books"))
    connection.open(0)
    for sample in (BY_NAME["trades"], BY_NAME["mark-price"]):
        for name in sample.needed[:3]:
            connection.hear(sample.frame(without(sample.row, name))[0], 0, 0)
    assert sum(connection.malformed.values()) == 6
    assert set(connection.malformed) == {
        *("data[].instId", "data[].tradeId", "data[].px", "data[].instType", "data[].markPx")
    }
