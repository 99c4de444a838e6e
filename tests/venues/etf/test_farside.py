"""The table in a page: in the shape Farside shows it, and everything else (A24)."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pawang.model.errors import Malformed
from pawang.model.market import EtfFlow
from pawang.model.refs import HOUR, SECOND
from pawang.venues.etf.farside import read
from pawang.venues.etf.tables import CELLS_MAX, PAGE_MAX, ROWS_MAX, tables
from pawang.venues.provider import Refused

NOW = 1_705_363_200 * SECOND  # 2024-01-16 00:00 UTC
PAGE = """<!DOCTYPE html><html><head><title>Flows</title>
<script>var rows = "<table><tr><td>1 Jan 2024</td><td>Total</td></tr></table>";</script></head>
<body><p>Bitcoin ETF Flow (US$m) &ndash; <b>total</b></p>
<table class="menu"><tr><td><a href="/eth/">ETH</a></td></tr></table>
<!-- <table><tr><th>Date</th><th>Total</th></tr><tr><td>12 Jan 2024</td><td>9.9</td></tr> -->
<div class="wp-block-table"><table class="etf"><thead>
<tr><th></th><th>Blackrock</th><th>Fidelity</th><th>Grayscale</th><th></th></tr>
<tr><th>Date</th><th>IBIT</th><th>FBTC</th><th>GBTC</th><th>Total</th></tr>
<tr><td>Fee</td><td>0.25%</td><td>0.25%</td><td>1.50%</td><td></td></tr></thead>
<tbody>
<tr><td>Seed</td><td>10.0</td><td>20.0</td><td>-</td><td>30.0</td></tr>
<tr><td><span class="tabletext">11 Jan 2024</span></td><td>111.7</td><td>227.0</td>
    <td><span class="redFont">(95.1)</span></td><td>243.6</td></tr>
<tr><td>12&nbsp;Jan&nbsp;2024</td><td>1,386.0</td><td>195.3<td>(484.1)<td>1,097.2
<tr><td>15 Jan 2024</td><td>-</td><td>0.0</td><td>&#8211;</td><td>0.0</td></tr>
<tr><td>16 Jan 2024</td><td>-</td><td>-</td><td>-</td><td>-</td></tr>
<tr><td>Total</td><td>1,497.7</td><td>422.3</td><td>(579.2)</td><td>1,340.8</td></tr>
<tr><td>Average</td><td>1.0</td><td>1.0</td><td>1.0</td><td>3.0</td></tr>
</tbody></table></div></body></html>"""


def flow(day, flow_usd, reported=3) -> EtfFlow:
    return EtfFlow(
        asset="BTC",
        trade_date=day,
        flow_usd=pytest.approx(flow_usd),
        funds_reported=reported,
        funds_total=3,
        ts_asof=NOW,
        source="farside",
    )


def told(page):
    return read(page.encode() if isinstance(page, str) else page, NOW, "BTC")


def cut(cell, *, old="111.7"):
    """The page with another cell in it."""
    assert old in PAGE
    return told(PAGE.replace(old, cell))


def test_the_recorded_page_is_read_parentheses_thousands_and_funds_that_are_silent():
    assert told(PAGE) == (
        [
            flow("2024-01-11", 243.6e6),
            flow("2024-01-12", 1_097.2e6),
            flow("2024-01-15", 0.0, reported=1),
        ],
        [],
    )


def test_a_total_that_is_not_there_yet_is_the_sum_of_those_that_have_reported():
    flows, _ = cut("-", old="1,097.2")
    assert flows[1] == flow("2024-01-12", 1_097.2e6)


@pytest.mark.parametrize(
    ("cell", "refused"),
    [
        ("211.7", ("total does not add up", "11 Jan 2024: 243.6, 343.6")),
        ("111.7*", ("no date or number", "11 Jan 2024: '111.7*'")),
        ("(111.7", ("no date or number", "11 Jan 2024: '(111.7'")),
        ("1,11.7", ("no date or number", "11 Jan 2024: '1,11.7'")),
        ("nan", ("no date or number", "11 Jan 2024: 'nan'")),
        ("١١١", ("no date or number", "11 Jan 2024: '١١١'")),
        ("111.7</td><td>0.0", ("row of another width", "11 Jan 2024: 6 of 5")),
    ],
)
def test_a_row_that_cannot_be_true_is_refused_by_name_and_the_others_stand(cell, refused):
    what, detail = refused
    flows, refusals = cut(cell)
    assert refusals == [Refused(what=what, detail=detail)]
    assert [row.trade_date for row in flows] == ["2024-01-12", "2024-01-15"]


def test_a_day_no_month_has_and_a_day_to_come_are_refused():
    assert cut("31 Feb 2024", old="11 Jan 2024")[1][0].what == "no date or number"
    assert cut("11 Jan 2034", old="11 Jan 2024")[1][0].what == "date of another age"


def test_a_silent_fund_is_not_a_fund_with_nothing():
    """0.0 has reported, "-" has not."""
    assert cut("-", old="0.0</td><td>&#8211;")[0][-1].trade_date == "2024-01-12"


@pytest.mark.parametrize(
    "page",
    [
        "",
        "busy",
        "<html><p>Just a moment...</p></html>",
        "<table><tr><td>no days here</td></tr></table>",
        "<table><tr><td>Date</td><td>IBIT</td></tr><tr><td>11 Jan 2024</td><td>1</td></tr></table>",
        "<table><tr><td>11 Jan 2024</td><td>Total</td></tr></table>",
        '{"code": "0"}',
        PAGE.replace("Total", "All"),
        b"\xff\xfe\x00",
        b"\x00" * 1000,
    ],
)
def test_A24_what_is_no_table_of_days_is_malformed(page):
    with pytest.raises(Malformed):
        told(page)


@pytest.mark.parametrize(
    "page",
    [
        b"<table>" + b"<tr>" * (ROWS_MAX + 1),
        b"<table><tr>" + b"<td>1" * (CELLS_MAX + 2),
        b"<table><tr><td>" * 20,
        b"<table>" + b" " * PAGE_MAX,
        b"<table><tr><td><![if x]><![",
        b"<table><![CDATA[" * 1000,
    ],
)
def test_a_page_without_measure_is_malformed(page):
    with pytest.raises(Malformed):
        told(page)


def test_what_never_ends_hides_nothing_that_comes_before_it():
    """A cut page: the rows that are whole are read."""
    cut_off = PAGE[: PAGE.index("<td>Average")] + "<!-- and then"
    assert told(cut_off) == told(PAGE)


PIECES = st.sampled_from(
    ["<", ">", "/", "!", "--", "<!--", "-->", "<table", "<table>", "</table>", "<tr>", "<td>", "</td>",
     "<script>", "</script", "<![CDATA[", "]]>", "<?", "&", "&#", "&#x110000;", "&#0;", "'", '"', "=",
     "\0", "\ud7ff", "11 Jan 2024", "Total", "(1.0)", "-", "9" * 400, " "]
)  # fmt: skip


@settings(deadline=None, max_examples=400)
@given(st.lists(PIECES | st.text(max_size=3), max_size=60).map("".join))
def test_hostile_pages_are_malformed_or_read_and_never_more(text):
    try:
        flows, refused = told(text)
    except Malformed:
        return
    assert all(isinstance(row, EtfFlow) for row in flows)
    assert all(isinstance(row, Refused) for row in refused)


@settings(deadline=None, max_examples=200)
@given(st.randoms(use_true_random=False), st.integers(1, 12))
def test_a_page_with_bytes_cut_doubled_and_changed_never_crashes_the_reader(chance, times):
    body = bytearray(PAGE.encode())
    for _ in range(times):
        at, length = chance.randrange(len(body)), chance.randrange(1, 30)
        piece = bytes(body[at : at + length])
        body[at : at + length] = chance.choice([b"", piece * 2, chance.randbytes(length)])
    try:
        flows, _ = told(bytes(body))
    except Malformed:
        return
    assert all(abs(row.flow_usd) <= 1e11 and row.ts_asof == NOW for row in flows)


def test_random_bytes_are_malformed():
    chance = random.Random(7)
    for _ in range(300):
        with pytest.raises(Malformed):
            told(chance.randbytes(chance.randrange(2000)))


def test_a_table_in_a_cell_is_a_table_of_its_own():
    page = b"<table><tr><td>a<table><tr><td>b</td></tr></table></td><td>c</td></tr></table>"
    assert tables(page) == [[["a", "c"]], [["b"]]]


def test_the_newest_thirty_days_are_kept():
    days = "".join(
        f"<tr><td>{day} {month} 2023</td><td>1.0</td><td>1.0</td></tr>"
        for month in ("Nov", "Dec")
        for day in range(1, 31)
    )
    page = f"<table><tr><td>Date</td><td>IBIT</td><td>Total</td></tr>{days}</table>"
    flows, refused = told(page)
    assert (len(flows), flows[0].trade_date, refused) == (30, "2023-12-01", [])


def test_a_days_flow_is_complete_by_its_funds():
    flows, _ = told(PAGE)
    early = [row for row in flows if row.ts_asof < row.midnight + 45 * HOUR]
    assert [(row.trade_date, row.complete) for row in early] == [("2024-01-15", False)]
