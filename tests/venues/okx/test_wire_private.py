"""Private rows: recorded ones field by field, strict where the desk decides, open to what is new."""

import json
from decimal import Decimal as D

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pawang.venues.okx import kinds_private, wire_account
from pawang.venues.okx import wire_private as wire
from pawang.venues.okx.parse import parse


def first(recorded, name: str):
    parsed = parse((recorded / name).read_bytes())
    assert parsed.refusals == ()
    return parsed.records[0]


CASES = {
    "ccxt/order_place_ack_2025-09.json": wire.AckRow(
        s_code="0",
        s_msg="Order placed",
        ord_id="2896576259728695296",
        cl_ord_id="6b9ad766b55dBCDE63969a1144bfb943",
        tag="6b9ad766b55dBCDE",
        ts=1758827099512,
    ),
    "ccxt/cancel_algos_ack_2025-09.json": wire.AckRow(
        s_code="0", algo_id="2903938004064555008", algo_cl_ord_id="1234abcd"
    ),
    "nautilus/http_place_order_response.json": wire.AckRow(
        s_code="0", ord_id="12345678901234567890", cl_ord_id="client_order_123"
    ),
    "okx_net_docsamples/rest_AmendOrder.json": wire.AckRow(
        s_code="0", ord_id="12344", req_id="b12344", ts=1695190491421
    ),
    "ccxt/orders_history_swap_market_filled_LTC_2024-01.json": wire.OrderRow(
        inst_id="LTC-USDT-SWAP",
        inst_type="SWAP",
        ord_id="672515387010932736",
        cl_ord_id="e847386590ce4dBC2f7dbb9924c2b77c",
        tag="e847386590ce4dBC",
        ord_type="market",
        side="buy",
        state="filled",
        sz=D(1),
        acc_fill_sz=D(1),
        avg_px=D("68.24"),
        c_time=1706612162995,
        u_time=1706612162996,
        pos_side="long",
        td_mode="cross",
        reduce_only="false",
        lever=D(3),
        fee=D("-0.00003412"),
        fee_ccy="USDT",
        pnl=D(0),
        fill_sz=D(1),
        fill_px=D("68.24"),
        fill_time=1706612162995,
        trade_id="38002016",
    ),
    "okx_net_docsamples/rest_GetUserTrades.json": wire.FillRow(
        inst_id="BTC-USDT",
        ord_id="680800019749904384",
        trade_id="744876980",
        bill_id="680800019754098688",
        side="buy",
        fill_px=D(51858),
        fill_sz=D("0.00192834"),
        fee=D("-0.00000192834"),
        fee_ccy="BTC",
        fill_time=1708587373361,
        fill_pnl=D(0),
        ts=1708587373362,
        exec_type="T",
        pos_side="net",
        sub_type="1",
    ),
    "okx_net_docsamples/ws_UserTrade.json": wire.FillRow(
        inst_id="BTC-USDT-SWAP",
        ord_id="680800019749904384",
        trade_id="12345",
        side="buy",
        fill_px=D(70000),
        fill_sz=D(100),
        ts=1705449605015,
        exec_type="T",
    ),
    "ccxt/positions_swap_linear_cross_LTC_2024-01.json": wire_account.PositionRow(
        inst_id="LTC-USDT-SWAP",
        inst_type="SWAP",
        pos_id="653944598162657280",
        pos=D(1),
        pos_side="long",
        mgn_mode="cross",
        avg_px=D("68.24"),
        u_time=1706612162996,
        c_time=1706612162996,
        avail_pos=D(1),
        ccy="USDT",
        lever=D(3),
        mark_px=D("68.24"),
        upl=D(0),
        notional_usd=D("0.0682283992"),
        imr=D("0.0227466666666667"),
        mmr=D("0.00044356"),
        mgn_ratio=D("141687115.0546428"),
        pnl=D(0),
        realized_pnl=D("-0.00003412"),
        fee=D("-0.00003412"),
        funding_fee=D(0),
        liq_penalty=D(0),
        trade_id="38002016",
        adl="1",
    ),
    "ccxt/bills_transfer_2024-02.json": wire_account.BillRow(
        bill_id="673260238845333504",
        ccy="USDT",
        bal_chg=D("1.0000000000000000"),
        type="1",
        ts=1706789749511,
        bal=D("67681.1011493287929133"),
        sub_type="11",
        trade_id="0",
        sz=D(1),
    ),
    "okx_net_docsamples/rest_GetAccountConfiguration.json": wire_account.ConfigRow(
        acct_lv="3",
        pos_mode="net_mode",
        uid="44705892343619584",
        perm="read_only,withdraw,trade",
        ip="120.255.24.182,49.245.196.13",
        main_uid="444810535339712570",
        label="V5 Test",
        level="Lv1",
        role_type="0",
    ),
    "okx_net_docsamples/rest_GetFeeRates.json": wire_account.FeeRow(
        inst_type="SPOT", level="lv1", ts=1608623351857, maker=D("-0.0008"), taker=D("-0.001")
    ),
    "okx_net_docsamples/rest_SetAccountLeverage.json": wire_account.LeverageRow(
        inst_id="BTC-USDT-SWAP", mgn_mode="isolated", lever=D(30), pos_side="long"
    ),
    "okx_net_docsamples/rest_CancelAllAfter.json": wire.SwitchRow(
        trigger_time="1587971460", ts="1587971400"
    ),
    "okx_net_docsamples/rest_ClosePosition.json": wire.CloseRow(
        inst_id="BTC-USDT-SWAP", pos_side="long"
    ),
    "okx_net_docsamples/rest_GetMaximumAmount.json": wire_account.MaxSizeRow(
        inst_id="BTC-USDT",
        max_buy=D("0.0500695098559788"),
        max_sell=D("64.4798671570072269"),
        ccy="BTC",
    ),
    "okx_net_docsamples/ws_BalanceAndPosition.json": wire_account.BalancePositionRow(
        p_time=1597026383085,
        event_type="snapshot",
        bal_data=(wire_account.CashRow(ccy="BTC", cash_bal=D(1), u_time=1597026383085),),
        pos_data=(
            wire_account.HeldRow(
                inst_id="BTC-USD-191018",
                pos_id="1111111111",
                pos=D(10),
                pos_side="long",
                avg_px=D(3320),
                mgn_mode="cross",
                ccy="BTC",
                trade_id="2",
                u_time=1597026383085,
            ),
        ),
        trades=(wire_account.TradeRef(inst_id="BTC-USD-191018", trade_id="2"),),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_payload_of_each_kind_field_by_field(recorded, name):
    assert first(recorded, name) == CASES[name]


def test_an_order_push_tells_its_own_fill_with_its_fee(recorded):
    row = first(recorded, "okx_net_docsamples/ws_Order.json")
    assert (row.trade_id, row.fill_sz, row.fill_px, row.fill_fee, row.exec_type) == (
        "242589207",
        D("0.001"),
        D("31527.1"),
        D("-0.02522168"),
        "M",
    )


def test_an_algo_push_says_its_state_and_trigger(recorded):
    row = first(recorded, "okx_net_docsamples/ws_AlgoOrder.json")
    assert (row.algo_id, row.state, row.tp_trigger_px, row.tp_ord_px) == (
        "581878926302093312",
        "live",
        D(1),
        "-1",
    )


def test_the_account_has_its_currencies(recorded):
    row = first(recorded, "nautilus/ws_account.json")
    assert (row.details[0].ccy, row.details[0].cash_bal) == ("USDT", D("100.52768569797846"))


# Strictness, on every row the desk decides by.

ORDER = {
    "instId": "BTC-USDT-SWAP",
    "instType": "SWAP",
    "ordId": "7",
    "ordType": "limit",
    "side": "buy",
    "state": "live",
    "sz": "1",
    "accFillSz": "0",
    "cTime": "1743041250440",
    "uTime": "1743041250440",
}
ALGO = {
    "instId": "BTC-USDT-SWAP",
    "instType": "SWAP",
    "algoId": "7",
    "ordType": "conditional",
    "side": "sell",
    "state": "live",
}
FILL = {
    "instId": "BTC-USDT-SWAP",
    "ordId": "7",
    "tradeId": "9",
    "side": "buy",
    "fillPx": "100",
    "fillSz": "1",
    "ts": "1743041250440",
}
POSITION = {
    "instId": "BTC-USDT-SWAP",
    "instType": "SWAP",
    "posId": "1",
    "pos": "-1",
    "posSide": "net",
    "mgnMode": "cross",
    "avgPx": "100",
    "uTime": "1743041250440",
}
ROWS = {
    "trade/orders-pending": ORDER,
    "trade/orders-algo-pending": ALGO,
    "trade/fills": FILL,
    "account/positions": POSITION,
}


def refused(path, row):
    body = json.dumps({"code": "0", "msg": "", "data": [row]})
    parsed = parse(body, path)
    return [refusal.field for refusal in parsed.refusals]


@pytest.mark.parametrize(("path", "row"), ROWS.items())
def test_a_needed_field_that_is_missing_is_named(path, row):
    assert refused(path, row) == []
    for name in row:
        less = {key: value for key, value in row.items() if key != name}
        assert refused(path, less) == [f"data[0].{name}"]


@pytest.mark.parametrize(("path", "row"), ROWS.items())
def test_a_field_we_do_not_know_is_ignored(path, row):
    assert refused(path, {**row, "newIn2027": {"deep": [1]}}) == []


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        ("trade/orders-pending", "state", "pondering"),
        ("trade/orders-pending", "side", "both"),
        ("trade/orders-pending", "ordType", "magic"),
        ("trade/orders-pending", "category", "gift"),
        ("trade/orders-pending", "accFillSz", "NaN"),
        ("trade/orders-pending", "accFillSz", "-1"),
        ("trade/orders-pending", "sz", "1e999"),
        ("trade/orders-pending", "uTime", "yesterday"),
        ("trade/orders-pending", "execType", "X"),
        ("trade/orders-algo-pending", "state", "asleep"),
        ("trade/fills", "fillPx", ""),
        ("trade/fills", "fee", "free"),
        ("account/positions", "posSide", "both"),
        ("account/positions", "pos", "many"),
    ],
)
def test_a_value_that_cannot_be_is_named(path, name, value):
    assert refused(path, {**ROWS[path], name: value}) == [f"data[0].{name}"]


@pytest.mark.parametrize("nothing", ["", None])
def test_empty_and_null_are_not_given(nothing):
    row = {**ORDER, "px": nothing, "avgPx": nothing, "fee": nothing, "fillTime": nothing}
    [made] = parse(json.dumps({"code": "0", "data": [row]}), "trade/orders-pending").records
    assert (made.px, made.avg_px, made.fee, made.fill_time) == (None, None, None, None)


def test_one_path_asked_and_sent_to_answers_differently():
    ack = json.dumps({"code": "0", "data": [{"ordId": "7", "sCode": "0", "sMsg": ""}]})
    [row] = parse(ack, "trade/order", "POST").records
    assert row == wire.AckRow(s_code="0", ord_id="7")
    assert [refusal.field for refusal in parse(ack, "trade/order").refusals] == ["data[0].instId"]


def test_an_operation_that_failed_whole_is_a_failure_with_its_id():
    parsed = parse('{"id":"12","op":"order","data":[],"code":"60013","msg":"Invalid args"}')
    assert (parsed.op, parsed.request, parsed.kind) == ("order", "12", "failure")
    assert parsed.records[0].code == "60013"


# Anything at all.

VALUES = st.sampled_from(
    ["", None, "0", "-1", "1e5", "NaN", "x" * 70, 7, 1.5, True, [], {}, ["1"], {"algoId": 5}]
)
PATHS = sorted(kinds_private.QUESTIONS)


@given(st.sampled_from(PATHS), st.data())
@settings(max_examples=300, deadline=None)
def test_A17_no_row_of_any_shape_raises_and_each_is_read_or_refused(path, data):
    kind = kinds_private.KINDS[kinds_private.QUESTIONS[path]]
    names = st.sampled_from([*kind.__struct_encode_fields__, "newIn2027"])
    row = data.draw(st.dictionaries(names, VALUES, max_size=12))
    parsed = parse(json.dumps({"code": "0", "msg": "", "data": [row, row]}), path)
    assert len(parsed.records) + len(parsed.refusals) == 2


@given(st.binary(max_size=200), st.sampled_from(PATHS), st.sampled_from(["GET", "POST"]))
def test_A17_no_bytes_raise(body, path, method):
    parsed = parse(body, path, method)
    assert parsed.records or parsed.refusals or not parsed.kind
