"""Wire rows to records: contracts to coin, ms to ns, and nothing of what we do not follow."""

import json
from decimal import Decimal as D

import pytest

from pawang.model.instrument import Instrument, PositionTier
from pawang.model.market import (
    Aggressor,
    BestQuote,
    BookDelta,
    BookSnapshot,
    Candle,
    FundingRate,
    IndexPrice,
    Liquidation,
    LongShortRatio,
    MarkPrice,
    OpenInterest,
    Side,
    Trade,
)
from pawang.model.refs import HOUR, MILLISECOND
from pawang.venues.okx import translate, wire
from pawang.venues.okx.parse import parse
from pawang.venues.okx.translate import Translator

TS_MS = 1_743_041_250_440
TS = TS_MS * MILLISECOND
RECV = TS + 5
STAMPS = {"instrument": "BTC-USDT-SWAP", "ts_event": TS, "ts_recv": RECV}


@pytest.fixture
def translator(btc, sol) -> Translator:
    return Translator({btc.name: btc, sol.name: sol})


def rows(channel, translator, *made):
    arg = {"channel": channel, "instId": "BTC-USDT-SWAP"}
    return translator.records(parse(json.dumps({"arg": arg, "data": made})), RECV)


def test_a_trade_is_in_coin_and_nanoseconds(translator, wire):
    assert translator.records(parse(wire.trade()), RECV) == [
        Trade(**STAMPS, price=100.0, size=5 * 0.01, side=Aggressor.BUY, trade_id="7", count=2)
    ]


def test_a_book_is_in_coin(translator, wire):
    snapshot = parse(wire.book(-1, 10, [("99.9", "2")], [("100.1", "300")]))
    update = parse(wire.book(10, 11, [("99.9", "0")]))
    assert translator.records(snapshot, RECV) == [
        BookSnapshot(**STAMPS, bids=((99.9, 0.02),), asks=((100.1, 3.0),), seq=10)
    ]
    assert translator.records(update, RECV) == [
        BookDelta(**STAMPS, bids=((99.9, 0.0),), asks=(), seq=11, prev_seq=10)
    ]


def test_an_inverse_contract_is_worth_dollars(wire):
    inverse = Instrument(
        name="BTC-USD-SWAP",
        coin="BTC",
        family="BTC-USD",
        linear=False,
        contract_value=D(100),
        multiplier=D(1),
        settle_currency="BTC",
        tick_size=D("0.1"),
        lot_size=D(1),
        size_min=D(1),
        leverage_max=D(100),
        state="live",
    )
    translator = Translator({inverse.name: inverse})
    [trade] = translator.records(parse(wire.trade(inst="BTC-USD-SWAP", px="50000.0")), RECV)
    assert trade.size == 5 * 100 / 50000
    [book] = translator.records(
        parse(wire.book(-1, 1, [("50000", "5")], inst="BTC-USD-SWAP")), RECV
    )
    assert book.bids == ((50000.0, 0.01),)


def test_a_best_quote(translator):
    row = {"asks": [["101", "4", "0", "1"]], "bids": [["100", "2", "0", "1"]], "ts": str(TS_MS)}
    assert rows("bbo-tbt", translator, row) == [
        BestQuote(**STAMPS, bid=100.0, bid_size=0.02, ask=101.0, ask_size=0.04)
    ]


def test_mark_and_index_are_of_the_same_instrument(translator):
    mark = {"instId": "BTC-USDT-SWAP", "instType": "SWAP", "markPx": "100.5", "ts": str(TS_MS)}
    index = {"instId": "BTC-USDT", "idxPx": "100.4", "ts": str(TS_MS)}
    assert rows("mark-price", translator, mark) == [MarkPrice(**STAMPS, price=100.5)]
    assert rows("index-tickers", translator, index) == [IndexPrice(**STAMPS, price=100.4)]


def test_open_interest_without_dollars_is_unknown_and_not_zero(translator):
    row = {"instId": "BTC-USDT-SWAP", "instType": "SWAP", "oi": "5000", "oiCcy": "50"}
    row["ts"] = str(TS_MS)
    assert rows("open-interest", translator, row) == []
    assert rows("open-interest", translator, {**row, "oiUsd": "5e6"}) == [
        OpenInterest(**STAMPS, coins=50.0, usd=5e6)
    ]


def test_the_funding_forecast_and_what_was_paid(translator):
    due = TS_MS + 3_600_000
    row = {"instId": "BTC-USDT-SWAP", "fundingRate": "0.0001", "fundingTime": str(due)}
    forecast = {**row, "nextFundingTime": str(due + 1), "ts": str(TS_MS)}
    made = FundingRate(
        **STAMPS, rate=0.0001, ts_funding=due * MILLISECOND, ts_next=(due + 1) * MILLISECOND
    )
    assert rows("funding-rate", translator, forecast) == [made]
    assert rows("funding-rate", translator, {**row, "realizedRate": "0.0002"}) == [
        FundingRate(
            instrument="BTC-USDT-SWAP",
            ts_event=due * MILLISECOND,
            ts_recv=RECV,
            rate=0.0002,
            ts_funding=due * MILLISECOND,
            ts_next=due * MILLISECOND,
            settled=True,
        )
    ]


@pytest.mark.parametrize(
    ("side", "pos_side", "died"),
    [("sell", "long", Side.LONG), ("buy", "short", Side.SHORT), ("sell", "net", Side.LONG)],
)
def test_a_liquidation_names_the_side_that_died(translator, side, pos_side, died):
    detail = {"bkPx": "90", "posSide": pos_side, "side": side, "sz": "13", "ts": str(TS_MS)}
    row = {"instId": "BTC-USDT-SWAP", "instType": "SWAP", "details": [detail]}
    assert rows("liquidation-orders", translator, row) == [
        Liquidation(**STAMPS, side=died, price=90.0, size=0.13)
    ]


def test_what_nobody_follows_is_skipped_and_counted(translator, wire):
    assert translator.records(parse(wire.trade(inst="DOGE-USDT-SWAP")), RECV) == []
    assert translator.records(parse(wire.snapshot(inst="DOGE-USDT-SWAP")), RECV) == []
    assert translator.skipped == 2


def test_histories_name_their_instrument(translator):
    candle = wire.CandleRow(
        ts=TS_MS,
        open=D(1),
        high=D(3),
        low=D(1),
        close=D(2),
        vol=D(100),
        vol_ccy=D(10),
        vol_ccy_quote=D(19),
        confirm="1",
    )
    assert translator.candle("BTC-USDT-SWAP", HOUR, candle, RECV) == Candle(
        **STAMPS,
        bar=HOUR,
        open=1.0,
        high=3.0,
        low=1.0,
        close=2.0,
        volume=10.0,
        volume_usd=19.0,
        closed=True,
    )
    ratio = wire.RatioRow(ts=TS_MS, ratio=D("1.25"))
    assert translator.ratio("BTC-USDT-SWAP", ratio, RECV) == LongShortRatio(**STAMPS, ratio=1.25)
    interest = wire.InterestHistoryRow(ts=TS_MS, oi=D(5000), oi_ccy=D(50), oi_usd=D(9))
    assert translator.past_interest("BTC-USDT-SWAP", interest, RECV) == OpenInterest(
        **STAMPS, coins=50.0, usd=9.0
    )


def listed(**changes):
    row = {
        "inst_id": "BTC-USDT-SWAP",
        "inst_type": "SWAP",
        "tick_sz": D("0.1"),
        "lot_sz": D("0.01"),
        "min_sz": D("0.01"),
        "state": "live",
        "ct_type": "linear",
        "ct_val": D("0.01"),
        "ct_mult": D(1),
        "ct_val_ccy": "BTC",
        "settle_ccy": "USDT",
        "inst_family": "BTC-USDT",
        "lever": D(100),
        "inst_id_code": 10459,
    }
    return translate.instrument(wire.InstrumentRow(**{**row, **changes}))


def test_a_listing_becomes_an_instrument():
    assert listed() == Instrument(
        name="BTC-USDT-SWAP",
        coin="BTC",
        family="BTC-USDT",
        linear=True,
        contract_value=D("0.01"),
        multiplier=D(1),
        settle_currency="USDT",
        tick_size=D("0.1"),
        lot_size=D("0.01"),
        size_min=D("0.01"),
        leverage_max=D(100),
        state="live",
        code=10459,
    )


def test_a_listing_of_2022_has_its_family_under_its_old_name():
    made = listed(inst_family="", uly="BTC-USDT", inst_id_code=None)
    assert (made.family, made.coin, made.code) == ("BTC-USDT", "BTC", None)


@pytest.mark.parametrize(
    "changes",
    [
        {"inst_category": "3"},  # shares
        {"inst_category": "4"},  # commodities
        {"inst_type": "SPOT"},
        {"ct_val": None},
        {"ct_type": ""},
        {"inst_family": ""},
        {"min_sz": D(0)},
    ],
)
def test_only_crypto_swaps_are_listings_of_ours(changes):
    assert listed(**changes) is None


def test_every_recorded_swap_becomes_an_instrument(recorded):
    frame = (recorded / "cryptofeed/rest_public_instruments_SWAP_2022-05-13.json").read_bytes()
    made = [translate.instrument(row) for row in parse(frame).records]
    assert len(made) == 166
    assert None not in made
    assert {one.coin for one in made} >= {"BTC", "ETH", "SOL", "AVAX"}


def test_a_tier_keeps_contracts_and_fractions():
    row = wire.TierRow(
        tier=2, min_sz=D(50), max_sz=D(100), mmr=D("0.03"), imr=D("0.1"), max_lever=D(10)
    )
    assert translate.tier(row) == PositionTier(
        tier=2,
        size_min=D(50),
        size_max=D(100),
        maintenance_rate=D("0.03"),
        initial_rate=D("0.1"),
        leverage_max=D(10),
    )
