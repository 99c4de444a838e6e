"""`GET /api/positions`: what is held, at the mark, to the last decimal."""

from decimal import Decimal as D

from msgspec.structs import replace

from pawang.model.desk import Desk
from pawang.model.instrument import Instrument
from pawang.model.market import Side
from pawang.model.order import Book, Exit, Order, OrderState
from pawang.model.view import Reading
from pawang.operations.positions import positions

SOL = Instrument.swap("SOL", contract_value=D(1), tick_size=D("0.01"), lot_size=D("0.01"))
OPEN = Order(
    client_order_id="snp202509150736SOLgE1",
    ref_id="snp_20250915_0736_SOL",
    book=Book.GHOST,
    coin="SOL",
    instrument=SOL.name,
    side=Side.SHORT,
    entry=D("221.45"),
    contracts=D(10),
    exits=(Exit(leg="sl", kind="stop", price=D("222.15"), share_pct=100),),
    ts_placed=1,
    ts_expiry=2,
    time_stop_ns=3,
    state=OrderState.FILLED,
    filled=D(10),
    entry_price=D("221.45"),
    closed=D(5),
    entry_usd=D("2214.5"),
    exit_usd=D("1102.5"),
    fees_usd=D("0.6634"),
    legs_hit=("tp1",),
    entry_over=True,
    risk_usd=D("7.4"),
)
ROW = {
    "ref_id": "snp_20250915_0736_SOL",
    "order_id": "snp202509150736SOLgE1",
    "book": "ghost",
    "coin": "SOL",
    "side": "SHORT",
    "state": "filled",
    "contracts": "10",
    "open": "5",
    "entry": "221.45",
    "entry_price": "221.45",
    "exits": {"sl": "222.15"},
    "legs_hit": ["tp1"],
    "mark_price": 220.25,
    "mark_age_s": 0.2,
    "unrealised_usd": "6.00000000",
    "realised_usd": "4.75000000",
    "fees_usd": "0.6634",
    "funding_usd": "0",
    "risk_usd": "7.4",
}
MARK = {"SOL": Reading(value=220.25, age_s=0.2)}


def desk(*orders):
    return Desk(orders={order.client_order_id: order for order in orders})


def test_a_position_is_shown_at_the_mark_and_what_it_earned_so_far_beside_it():
    assert positions(desk(OPEN), MARK, {"SOL": SOL}, {})["positions"] == [ROW]


def test_without_a_mark_what_is_open_is_worth_nothing_that_anybody_knows():
    unknown = {"mark_price": None, "mark_age_s": None, "unrealised_usd": None}
    found = positions(desk(OPEN), {"SOL": None}, {"SOL": SOL}, {})
    assert found["positions"] == [{**ROW, **unknown}]


def test_what_is_over_is_not_shown():
    over = replace(OPEN, state=OrderState.CLOSED)
    assert positions(desk(over), MARK, {"SOL": SOL}, {})["positions"] == []


def test_O4_books_are_shown_apart_with_what_each_earned():
    balances = {
        ("ghost", "cash"): D("10004.0866"),
        ("ghost", "capital"): D(-10_000),
        ("ghost", "realised"): D("-4.75"),
        ("ghost", "fees"): D("0.6634"),
        ("live", "cash"): D(250),
        ("live", "capital"): D(-250),
    }
    assert positions(Desk(), {}, {}, balances)["books"] == {
        "ghost": {
            "capital": "-10000",
            "cash": "10004.0866",
            "fees": "0.6634",
            "realised": "-4.75",
            "earned": "4.0866",
        },
        "live": {"capital": "-250", "cash": "250", "earned": "0"},
    }
