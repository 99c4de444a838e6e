"""Every recorded and documented payload: one of each kind field by field, and all of them."""

from decimal import Decimal as D
from pathlib import Path

import pytest

from pawang.venues.okx import wire
from pawang.venues.okx.parse import parse, parse_file


def only(folder: Path, name: str):
    """The file's first record."""
    parsed = parse((folder / name).read_bytes())
    assert parsed.refusals == ()
    return parsed.records[0]


def levels(*rows: str):
    return tuple(tuple(row.split()) for row in rows)


def test_every_file_parses_whole_private_ones_too(recorded):
    """No file gives nothing, and none loses a row."""
    seen = {}
    for path in sorted(recorded.rglob("*.json*")):
        shown = list(parse_file(path))
        assert shown, path.name
        for row in shown:
            assert row["kind"] != "malformed", (path.name, row)
            seen[row["kind"]] = seen.get(row["kind"], 0) + 1
    assert seen == {
        "ack": 15,
        "algo": 12,
        "balance": 4,
        "balance_position": 1,
        "bbo": 1,
        "bill": 2,
        "book": 201,
        "candle": 5,
        "close": 1,
        "config": 1,
        "event": 12,
        "fee": 2,
        "fill": 2,
        "funding": 3,
        "index": 2,
        "instrument": 692,
        "interest_volume": 1,
        "leverage": 3,
        "liquidation_warning": 1,
        "mark": 2,
        "mark_candle": 2,
        "max_size": 1,
        "open_interest": 2,
        "order": 9,
        "position": 5,
        "position_history": 2,
        "position_mode": 2,
        "precheck": 1,
        "price_limit": 2,
        "rate_limit": 1,
        "ratio": 1,
        "status": 1,
        "support_coin": 1,
        "switch": 1,
        "taker_volume": 2,
        "ticker": 30,
        "tier": 2,
        "time": 1,
        "trade": 77,
    }


def test_a_modern_instrument_field_by_field(recorded):
    parsed = parse((recorded / "nautilus/http_get_instruments_swap.json").read_bytes())
    assert [row.inst_id for row in parsed.records] == [
        "BTC-USD-SWAP",
        "ETH-USDT-SWAP",
        "BTC-USDT-SWAP",
    ]
    assert parsed.records[2] == wire.InstrumentRow(
        inst_id="BTC-USDT-SWAP",
        inst_type="SWAP",
        tick_sz=D("0.1"),
        lot_sz=D("0.01"),
        min_sz=D("0.01"),
        state="live",
        ct_type="linear",
        ct_val=D("0.01"),
        ct_mult=D(1),
        ct_val_ccy="BTC",
        settle_ccy="USDT",
        inst_family="BTC-USDT",
        uly="BTC-USDT",
        lever=D(100),
        list_time=1573557408000,
        max_lmt_sz=D(100000000),
        max_mkt_sz=D(12000),
        rule_type="normal",
        inst_id_code=10459,
    )


def test_a_swap_of_2022_has_neither_code_nor_family(recorded):
    row = only(recorded, "cryptofeed/rest_public_instruments_SWAP_2022-05-13.json")
    assert row == wire.InstrumentRow(
        inst_id="BTC-USD-SWAP",
        inst_type="SWAP",
        tick_sz=D("0.1"),
        lot_sz=D(1),
        min_sz=D(1),
        state="live",
        ct_type="inverse",
        ct_val=D(100),
        ct_mult=D(1),
        ct_val_ccy="USD",
        settle_ccy="BTC",
        uly="BTC-USD",
        lever=D(125),
        list_time=1611916828000,
        max_lmt_sz=D(100000000),
        max_mkt_sz=D(4000),
        inst_id_code=None,
    )


CASES = {
    "okx_net_docsamples/rest_GetServerTime.json": wire.TimeRow(ts=1597026383085),
    "okx_net_docsamples/rest_GetLimitPrice.json": wire.PriceLimitRow(
        inst_type="SWAP",
        inst_id="BTC-USDT-SWAP",
        buy_lmt=D("17057.9"),
        sell_lmt=D("16388.9"),
        ts=1597026383085,
        enabled=True,
    ),
    "okx_net_docsamples/ws_PriceLimit.json": wire.PriceLimitRow(
        inst_id="LTC-USD-190628", buy_lmt=D(200), sell_lmt=D(300), ts=1597026383085, enabled=True
    ),
    "okx_net_docsamples/rest_GetPositionTiers.json": wire.TierRow(
        tier=1,
        min_sz=D(0),
        max_sz=D(50),
        mmr=D("0.03"),
        imr=D("0.1"),
        max_lever=D(10),
        inst_id="BTC-USDT",
    ),
    "ccxt/books_spot_BTC_2024-04.json": wire.BookRow(
        asks=levels("67973.4 1.40848059 0 7", "67975.9 0.08292002 0 1"),
        bids=levels("67973.3 0.05 0 1", "67973.2 0.00725939 0 1"),
        ts=1712265035051,
    ),
    "okx_net_docsamples/rest_GetOrderBook.json": wire.BookRow(
        asks=levels("41006.8 0.60038921 0 1"),
        bids=levels("41006.3 0.30178218 0 2"),
        ts=1629966436396,
    ),
    "nautilus/ws_bbo_tbt.json": wire.BboRow(
        asks=levels("8476.98 415 0 13"),
        bids=levels("8476.97 256 0 12"),
        ts=1597026383085,
        seq_id=123456,
    ),
    "nautilus/ws_trades.json": wire.TradeRow(
        inst_id="BTC-USD",
        trade_id="130639474",
        px=D("42219.9"),
        sz=D("0.12060306"),
        side="buy",
        ts=1630048897897,
        count=3,
    ),
    "ccxt/trades_spot_BTC_2024-03.json": wire.TradeRow(
        inst_id="BTC-USDT",
        trade_id="497859870",
        px=D("73239.3"),
        sz=D("0.0009478"),
        side="sell",
        ts=1710327658374,
        count=1,
    ),
    "nautilus/ws_tickers.json": wire.TickerRow(
        inst_id="BTC-USDT",
        inst_type="SPOT",
        last=D("9999.99"),
        last_sz=D("0.1"),
        ask_px=D("9999.99"),
        ask_sz=D(11),
        bid_px=D("8888.88"),
        bid_sz=D(5),
        open_24h=D(9000),
        high_24h=D(10000),
        low_24h=D("8888.88"),
        vol_24h=D(2222),
        vol_ccy_24h=D(2222),
        sod_utc0=D(2222),
        sod_utc8=D(2222),
        ts=1597026383085,
    ),
    "nautilus/http_get_candlesticks.json": wire.CandleRow(
        ts=1625097600000,
        open=D("33528.6"),
        high=D("33870.0"),
        low=D("33528.6"),
        close=D("33783.9"),
        vol=D("778.838"),
        vol_ccy=D(0),
        vol_ccy_quote=D(0),
        confirm="0",
    ),
    "nautilus/ws_candle.json": wire.CandleRow(
        ts=1597026383085,
        open=D("8533.02"),
        high=D("8553.74"),
        low=D("8527.17"),
        close=D("8548.26"),
        vol=D(45247),
        vol_ccy=D("529.5858061"),
        vol_ccy_quote=D("5529.5858061"),
        confirm="1",
    ),
    "okx_net_docsamples/rest_GetMarkPriceKlines.json": wire.MarkCandleRow(
        ts=1597026383085,
        open=D("3.721"),
        high=D("3.743"),
        low=D("3.677"),
        close=D("3.708"),
        confirm="0",
    ),
    "nautilus/http_get_mark_price.json": wire.MarkRow(
        inst_id="BTC-USDT-SWAP", inst_type="SWAP", mark_px=D("84660.1"), ts=1744590349506
    ),
    "okx_net_docsamples/ws_MarkPrice.json": wire.MarkRow(
        inst_id="LTC-USD-190628", inst_type="FUTURES", mark_px=D("0.1"), ts=1597026383085
    ),
    "nautilus/http_get_index_price.json": wire.IndexRow(
        inst_id="BTC-USDT",
        idx_px=D(103895),
        open_24h=D("103172.7"),
        high_24h=D("104985.1"),
        low_24h=D("103008.2"),
        sod_utc0=D("104812.5"),
        sod_utc8=D("103141.2"),
        ts=1746942707815,
    ),
    "okx_net_docsamples/ws_FundingRate.json": wire.FundingRow(
        inst_id="BTC-USD-SWAP",
        inst_type="SWAP",
        funding_rate=D("0.0001875391284828"),
        funding_time=1700726400000,
        next_funding_rate=D("0.0002608059239328"),
        next_funding_time=1700755200000,
        min_funding_rate=D("-0.00375"),
        max_funding_rate=D("0.00375"),
        sett_funding_rate=D("0.0001699799259033"),
        sett_state="settled",
        premium=D("0.0001233824646391"),
        method="next_period",
        ts=1700724675402,
    ),
    "nautilus/ws_funding_rate.json": wire.FundingRow(
        inst_id="BTC-USDT-SWAP",
        funding_rate=D("0.0001"),
        next_funding_rate=D("0.0002"),
        funding_time=1744590349506,
        next_funding_time=1744619149506,
        ts=1744590349506,
    ),
    "okx_net_docsamples/ws_Interest.json": wire.OpenInterestRow(
        inst_id="LTC-USD-SWAP", inst_type="SWAP", oi=D(5000), oi_ccy=D("555.55"), ts=1597026383085
    ),
    "okx_net_docsamples/rest_GetRubikContractSummary.json": wire.InterestVolumeRow(
        ts=1630502400000, oi_usd=D("1713028741.6898"), vol_usd=D("39800873.554")
    ),
    "okx_net_docsamples/rest_GetRubikLongShortRatio.json": wire.RatioRow(
        ts=1630502100000, ratio=D("1.25")
    ),
    # Sell comes before buy.
    "okx_net_docsamples/rest_GetRubikTakerVolume.json": wire.TakerVolumeRow(
        ts=1630425600000, sell_vol=D("7596.2651"), buy_vol=D("7149.4855")
    ),
    "okx_net_docsamples/rest_GetRubikSupportCoin.json": wire.SupportCoinRow(
        contract=("ADA", "BTC"), option=("BTC",), spot=("ADA", "BTC")
    ),
    "okx_net_docsamples/ws_SystemStatus.json": wire.StatusRow(
        title="Trading account WebSocket system upgrade",
        state="completed",
        begin=1672823400000,
        end=1672825980000,
        service_type="0",
        system="unified",
        maint_type="1",
        env="1",
        ts=1672826038470,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_payload_of_each_kind_field_by_field(recorded, name):
    assert only(recorded, name) == CASES[name]


def test_an_optional_value_may_be_empty_in_the_documented_funding_rate(recorded):
    row = only(recorded, "okx_net_docsamples/rest_GetFundingRates.json")
    assert row.next_funding_rate is None
    assert row.funding_rate == D("0.0000792386885340")


def test_a_recorded_book_update_keeps_the_strings_as_sent(recorded):
    path = recorded / "cryptofeed/ws_public_2022-05-13_BTC-USDT_BTC-USD-220527.jsonl"
    shown = [row for row in parse_file(path) if row["kind"] == "book"]
    first = shown[0]
    assert (first["action"], first["channel"], len(first["asks"])) == ("snapshot", "books", 64)
    assert first["instId"] in ("BTC-USDT", "BTC-USD-220527")
    assert all(isinstance(cell, str) for level in first["bids"] for cell in level)


def test_the_shown_fields_are_text_and_named_as_on_the_wire(recorded):
    [shown] = parse_file(recorded / "nautilus/ws_trades.json")
    assert shown == {
        "kind": "trade",
        "channel": "trades",
        "instId": "BTC-USD",
        "tradeId": "130639474",
        "px": "42219.9",
        "sz": "0.12060306",
        "side": "buy",
        "ts": 1630048897897,
        "count": 3,
        "source": "",
        "seqId": None,
    }
