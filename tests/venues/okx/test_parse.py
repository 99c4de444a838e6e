"""Bytes in, records or refusals out: whatever the bytes are (A17, A18)."""

import json
from decimal import Decimal as D

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pawang.venues.okx import wire
from pawang.venues.okx.parse import Parsed, Refusal, parse, parse_file

TS = 1_743_041_250_440


def refusal(parsed: Parsed) -> Refusal:
    assert parsed.records == ()
    [only] = parsed.refusals
    return only


def field(parsed: Parsed) -> str:
    return refusal(parsed).field


# What is understood.


def test_a_push_says_its_channel_arg_action_and_kind(wire):
    parsed = parse(wire.book(10, 11, [("99.9", "0")]))
    assert (parsed.kind, parsed.channel, parsed.action) == ("book", "books", "update")
    assert parsed.arg == {"channel": "books", "instId": "BTC-USDT-SWAP"}
    assert parsed.refusals == ()


def test_a_liquidation_parses_with_its_details(wire):
    """No recording exists; okx-v5.md 9.1 documents one."""
    detail = {
        "bkLoss": "0",
        "bkPx": "0.007831",
        "ccy": "",
        "posSide": "short",
        "side": "buy",
        "sz": "13",
        "ts": "1692266434010",
    }
    row = {
        "details": [detail],
        "instFamily": "IOST-USDT",
        "instId": "IOST-USDT-SWAP",
        "instType": "SWAP",
        "uly": "IOST-USDT",
    }
    arg = {"channel": "liquidation-orders", "instType": "SWAP"}
    parsed = parse(json.dumps({"id": "1512", "arg": arg, "data": [row]}))
    assert parsed.records == (LIQUIDATION,)


LIQUIDATION = wire.LiquidationRow(
    inst_id="IOST-USDT-SWAP",
    inst_type="SWAP",
    inst_family="IOST-USDT",
    uly="IOST-USDT",
    details=(
        wire.LiquidationDetail(
            bk_px=D("0.007831"),
            sz=D(13),
            side="buy",
            pos_side="short",
            ts=1692266434010,
            bk_loss=D(0),
        ),
    ),
)


def test_open_interest_history_has_contracts_coin_and_usd(wire):
    path = "/api/v5/rubik/stat/contracts/open-interest-history?instId=BTC-USDT-SWAP"
    parsed = parse(wire.answer([str(TS), "100", "1.5", "90000.25"]), path)
    assert (parsed.kind, len(parsed.records)) == ("interest_history", 1)
    row = parsed.records[0]
    assert (row.ts, row.oi, row.oi_ccy, row.oi_usd) == (TS, D(100), D("1.5"), D("90000.25"))


@pytest.mark.parametrize("empty", ["", None])
def test_what_is_not_given_is_empty_or_null(wire, empty):
    row = {
        "instId": "BTC-USDT-SWAP",
        "instType": "SWAP",
        "fundingRate": "-0.0001",
        "fundingTime": str(TS),
        "nextFundingRate": empty,
        "nextFundingTime": empty,
        "ts": str(TS),
    }
    [made] = parse(wire.push("funding-rate", row)).records
    assert (made.funding_rate, made.next_funding_rate, made.next_funding_time) == (
        D("-0.0001"),
        None,
        None,
    )


def test_an_unknown_field_is_ignored(wire):
    parsed = parse(wire.trade(newIn2027={"deep": [1]}))
    assert len(parsed.records) == 1
    assert parsed.refusals == ()


def test_arg_may_carry_nulls(wire):
    frame = b'{"arg":{"channel":"trades","instId":"X","instType":null},"data":[]}'
    assert parse(frame) == Parsed(
        kind="trade", channel="trades", arg={"channel": "trades", "instId": "X"}
    )


@pytest.mark.parametrize("event", ["subscribe", "unsubscribe", "error", "notice", "login"])
def test_an_event_is_a_record(wire, event):
    arg = {"channel": "books", "instId": "BTC-USDT-SWAP"}
    frame = wire.event(event, id="s1", code="60018", msg="Wrong URL", arg=arg, connId="a4")
    parsed = parse(frame)
    assert parsed.kind == "event"
    assert parsed.records == (
        EventRow(event=event, id="s1", code="60018", msg="Wrong URL", arg=arg, conn_id="a4"),
    )


EventRow = wire.EventRow


def test_pong_is_a_record_of_its_own():
    assert (
        parse(b"pong") == parse("pong") == Parsed(kind="event", records=(EventRow(event="pong"),))
    )


def test_the_clock_of_the_sandbox_is_a_record(wire):
    [row] = parse(b'{"event":"clock","now":"1743041250440000000","speed":20,"ended":false}').records
    assert (row.now, row.speed, row.ended) == (1743041250440000000, 20.0, False)


def test_a_failed_answer_is_a_record_with_okx_s_code():
    parsed = parse(b'{"code":"50011","msg":"Rate limit reached.","data":[]}')
    assert parsed.records == (FailureRow(code="50011", msg="Rate limit reached."),)


FailureRow = wire.FailureRow


def test_an_answer_without_rows_is_an_empty_answer():
    assert parse(b'{"code":"0","msg":"","data":[]}', "/api/v5/public/instruments") == Parsed(
        kind="instrument"
    )


@pytest.mark.parametrize(
    "wrapped",
    [
        '{"method":"GET","path":"/api/v5/public/time","signed":false,"response":%s}',
        '{"recv_ts":1652459225.5,"msg":%s}',
    ],
)
def test_a_recorder_s_wrapping_is_taken_off(wrapped):
    inner = '{"code":"0","msg":"","data":[{"ts":"1597026383085"}]}'
    assert parse(wrapped % inner).records == (TimeRow(ts=1597026383085),)


TimeRow = wire.TimeRow


def test_a_wrapping_in_a_wrapping_is_refused():
    inner = '{"msg":{"msg":{"msg":{}}}}'
    assert field(parse(inner)) == "frame"


# What is refused, by name.

BAD_NUMBERS = [
    *("NaN", "Infinity", "-Infinity", "1e999", "1e13", "-1", "", " 1", "1_000", "0x10", "ten"),
    *("9" * 400, "1000000000001", "١٢"),
]


@pytest.mark.parametrize("bad", [*BAD_NUMBERS, "0", None, 5, 1.5, True, [], {}])
def test_A18_a_price_that_is_no_price_is_refused(wire, bad):
    assert field(parse(wire.trade(px=bad))) == "data[0].px"


@pytest.mark.parametrize("bad", [*BAD_NUMBERS, "0", None, 5])
def test_A18_a_size_that_is_no_size_is_refused(wire, bad):
    assert field(parse(wire.trade(sz=bad))) == "data[0].sz"


@pytest.mark.parametrize(
    "bad", [*BAD_NUMBERS, "0", "1743041250", "17430412504400", "1.5", None, TS]
)
def test_A18_a_stamp_of_another_age_is_refused(wire, bad):
    assert field(parse(wire.trade(ts=bad))) == "data[0].ts"


@pytest.mark.parametrize("bad", BAD_NUMBERS)
def test_A18_a_level_that_is_no_level_is_refused_where_it_is(wire, bad):
    good = ("99.9", "1")
    assert field(parse(wire.book(1, 2, [good, (bad, "1")]))) == "data[0].bids[1][0]"
    assert field(parse(wire.book(1, 2, [good], [good, ("101", bad)]))) == "data[0].asks[1][1]"


def test_A18_a_price_of_zero_is_refused_and_a_size_of_zero_is_a_deletion(wire):
    assert field(parse(wire.book(1, 2, [("0", "1")]))) == "data[0].bids[0][0]"
    assert len(parse(wire.book(1, 2, [("99.9", "0")])).records) == 1


@pytest.mark.parametrize("row", ["[]", '["1"]', '"12"', "{}", "null", "[1,2]", '[["1"],["2"]]'])
def test_a_level_of_the_wrong_shape_is_refused(row):
    frame = (
        '{"arg":{"channel":"books","instId":"X"},"action":"update","data":[{"asks":['
        + row
        + '],"bids":[],"ts":"1743041250440","seqId":2,"prevSeqId":1}]}'
    )
    assert field(parse(frame)).startswith("data[0].asks[0]")


def test_a_separator_inside_a_cell_does_not_slip_through(wire):
    """All cells of a side are checked as one text; "2;3" must not pass as two of them."""
    assert field(parse(wire.book(1, 2, [("1", "2;3"), ("4", "5;6")]))) == "data[0].bids[0][1]"


@pytest.mark.parametrize(
    ("channel", "name"), [("trades", "px"), ("trades", "side"), ("mark-price", "markPx")]
)
def test_a_missing_field_is_named(wire, channel, name):
    row = {"instId": "X", "instType": "SWAP", "tradeId": "1", "px": "1", "sz": "1", "side": "buy"}
    row |= {"ts": str(TS), "markPx": "5"}
    del row[name]
    assert field(parse(wire.push(channel, row))) == f"data[0].{name}"


def test_an_unknown_word_is_refused(wire):
    assert refusal(parse(wire.trade(side="hold"))) == Refusal(
        field="data[0].side", reason="Invalid enum value 'hold'"
    )


def test_a_nested_detail_is_named_with_its_whole_path(wire):
    detail = {"bkPx": "NaN", "posSide": "short", "side": "buy", "sz": "13", "ts": str(TS)}
    row = {"details": [detail], "instId": "X", "instType": "SWAP"}
    assert field(parse(wire.push("liquidation-orders", row))) == "data[0].details[0].bkPx"


def test_one_bad_row_does_not_cost_the_good_ones(wire):
    good = json.loads(wire.trade())["data"][0]
    parsed = parse(wire.push("trades", good, {**good, "px": "-1"}, good))
    assert len(parsed.records) == 2
    assert [bad.field for bad in parsed.refusals] == ["data[1].px"]


@pytest.mark.parametrize(
    ("frame", "where"),
    [
        (b"", "frame"),
        (b"{", "frame"),
        (b'{"arg":{"channel":"trades"},"data":[{"px":', "frame"),
        (b"\xff\xfe", "frame"),
        (b'{"event":"\xff"}', "frame"),
        (b"[" * 200_000, "frame"),
        (b'{"x":' + b"[" * 200_000, "frame"),
        (b'{"data":' + b"[" * 200_000 + b"]" * 200_000 + b"}", "frame"),
        (b'{"x":"\xcc"}', "frame"),
        (b"null", "frame"),
        (b"[]", "frame"),
        (b"7", "frame"),
        (b"{}", "frame"),
        (b"ping", "frame"),
        (b"<html>busy</html>", "frame"),
        (b'{"arg":{},"data":[]}', "arg.channel"),
        (b'{"arg":{"channel":"gossip"},"data":[{}]}', "arg.channel"),
        (b'{"arg":{"channel":"trades"}}', "data"),
        (b'{"arg":{"channel":"trades"},"data":{}}', "data"),
        (b'{"arg":{"channel":"trades"},"data":[7]}', "data[0]"),
        (b'{"arg":{"channel":"books"},"data":[]}', "action"),
        (b'{"arg":{"channel":"books"},"action":"merge","data":[]}', "action"),
        (b'{"arg":{"channel":"trades"},"action":"update","data":[]}', "action"),
        (b'{"event":"party"}', "event"),
        (b'{"event":"clock","now":"soon","speed":1}', "now"),
        (b'{"event":"clock","speed":1}', "now"),
        (b'{"event":"error","code":60018}', "code"),
        (b'{"code":"0","data":[["1","2","3"]]}', "data"),
        (b'{"code":"0","data":[{"colour":"red"}]}', "data"),
        (b'{"code":"0","data":[{"ordId":"1"}]}', "private"),
        (b'{"arg":{"channel":"orders"},"data":[{}]}', "data[0].instId"),
        (b'{"arg":{"channel":"deposit-info"},"data":[{}]}', "private"),
    ],
)
def test_A17_a_broken_or_strange_frame_is_refused_and_nothing_is_raised(frame, where):
    assert field(parse(frame)) == where


def test_an_endpoint_nobody_knows_is_refused():
    assert field(parse(b'{"code":"0","data":[{}]}', "/api/v5/public/horoscope")) == "path"


@pytest.mark.parametrize("number", ["9" * 400, "1e999", "-1", "1.5"])
def test_A18_a_sequence_number_must_be_a_whole_number(number):
    frame = (
        '{"arg":{"channel":"bbo-tbt","instId":"X"},"data":[{"asks":[],"bids":[],'
        '"ts":"1743041250440","seqId":' + number + "}]}"
    )
    parsed = parse(frame)
    assert parsed.refusals or isinstance(parsed.records[0].seq_id, int)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_raise(frame):
    parsed = parse(frame)
    assert parsed.records or parsed.refusals


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = st.sampled_from(["px", "sz", "side", "ts", "count", "seqId", "instId", "tradeId"])


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(NAMES, JSON, min_size=1, max_size=3))
def test_no_value_of_any_field_raises_or_slips_through(changes):
    row = {"instId": "X", "tradeId": "1", "px": "1", "sz": "1", "side": "buy", "ts": str(TS)}
    arg = {"channel": "trades", "instId": "X"}
    parsed = parse(json.dumps({"arg": arg, "data": [{**row, **changes}]}))
    assert len(parsed.records) + len(parsed.refusals) == 1
    for made in parsed.records:
        assert 0 < made.px <= D(10) ** 12
        assert 0 < made.sz <= D(10) ** 12


# Files.


def test_a_file_of_lines_gives_an_object_a_record_and_a_refusal(tmp_path, wire):
    path = tmp_path / "frames.jsonl"
    path.write_bytes(b"\n".join([wire.trade(), b"", wire.trade(px="NaN"), b"pong", b"{"]) + b"\n")
    shown = list(parse_file(path))
    assert [row["kind"] for row in shown] == ["trade", "malformed", "event", "malformed"]
    assert shown[1] == {
        "kind": "malformed",
        "field": "data[0].px",
        "reason": "not a number: 'NaN'",
    }
    json.dumps(shown)


def test_small_numbers_are_shown_without_an_exponent(tmp_path, wire):
    path = tmp_path / "frame.json"
    path.write_bytes(wire.trade(px="0.00000001"))
    [row] = parse_file(path)
    assert row["px"] == "0.00000001"
