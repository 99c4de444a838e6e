"""Set Entry, Alert Lines, Cancel, Close: nothing happens twice (T5, B09, I1, I2)."""

import random
from decimal import Decimal as D
from typing import Any

import pytest
from msgspec.structs import replace

from pawang.model.chat import Answer
from pawang.model.event import Audit, Place, Withdraw
from pawang.model.order import Book, OrderState
from pawang.model.refs import MINUTE
from pawang.orders import open_order


def test_T5_the_plan_becomes_one_ghost_order_and_the_press_is_answered_first(
    crew: Any, names: Any
) -> None:
    life = crew.desk.plans[names.ref]
    order = open_order(life.plan, life.sizing, Book.GHOST, names.now)
    crew.presses(names.trader, "entry")
    assert crew.acted.effects[0] == Answer(
        callback_id="c1", text="Ghost order set, −$143 at the stop."
    )
    assert crew.of(Place) == [Place(order=order, epoch=0)]
    assert len(crew.of(Audit)) == 1
    assert crew.desk.plans[names.ref] == replace(
        life,
        taken_by=names.trader,
        ts_taken=names.now,
        orders={**life.orders, Book.GHOST: order.client_order_id},
    )
    assert crew.desk.orders[order.client_order_id] == order


def test_B09_fifty_taps_are_one_order(crew: Any, names: Any) -> None:
    placed, answers = [], []
    for tap in range(50):
        user = (names.trader, names.admin, names.admin2)[tap % 3]
        crew.presses(user, "entry", chat=names.group)
        placed += crew.of(Place)
        answers += [answer.text for answer in crew.of(Answer)]
    assert len(placed) == 1
    assert answers[1:] == ["Already set."] * 49


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cancelled": True}, "This plan is over."),
        ({"outcomes": {"shadow": "sl"}}, "This plan is over."),
        ({"ts_sent": -1}, "This plan is over."),  # older than the last stop
    ],
)
def test_a_dead_plan_takes_no_entry(
    crew: Any, names: Any, change: dict[str, Any], said: str
) -> None:
    life = replace(crew.desk.plans[names.ref], **change)
    crew.desk = replace(crew.desk, plans={names.ref: life})
    crew.presses(names.trader, "entry")
    assert (crew.said, crew.did) == (said, [])


def test_an_expired_plan_takes_no_entry(crew: Any, names: Any) -> None:
    crew.now += 6 * MINUTE
    crew.presses(names.trader, "entry")
    assert (crew.said, crew.did) == ("This plan is over.", [])


def test_an_unknown_plan_takes_no_entry(crew: Any, names: Any) -> None:
    for action in ("entry", "lines", "cancel", "close"):
        crew.presses(names.trader, action, ref="snp_20000101_0000_SOL")
        assert crew.did == []


def test_a_halted_desk_takes_no_entry_and_a_plan_from_before_the_stop_stays_dead(
    crew: Any, names: Any
) -> None:
    crew.now += MINUTE
    crew.says(names.trader, "/panic")
    crew.presses(names.trader, "entry")
    assert crew.did == []
    crew.says(names.admin, "/resume")
    crew.says(names.admin2, f"/resume {crew.desk.trading.resume_code}")
    assert crew.desk.trading.state == "active"
    crew.presses(names.trader, "entry")
    assert (crew.said, crew.did) == ("This plan is over.", [])


def test_T5_cancel_withdraws_the_resting_entry_once(crew: Any, names: Any) -> None:
    order = crew.ghost()
    withdrawn = []
    for _ in range(5):
        crew.presses(names.trader, "cancel")
        withdrawn += crew.of(Withdraw)
        assert crew.said == "Withdrawn."
    assert withdrawn == [Withdraw(client_order_id=order.client_order_id, reason="cancelled")]


@pytest.mark.parametrize(
    "changes",
    [
        None,
        {"state": OrderState.FILLED, "filled": D(100), "entry_over": True},
        {"state": OrderState.CANCELLED, "entry_over": True},
        {"state": OrderState.CLOSED, "filled": D(100), "closed": D(100), "entry_over": True},
    ],
)
def test_T5_cancel_says_when_nothing_rests(crew: Any, names: Any, changes: Any) -> None:
    if changes is not None:
        crew.ghost(**changes)
    crew.presses(names.trader, "cancel")
    assert (crew.said, crew.did) == ("Nothing rests under this plan.", [])


def test_T6_close_leaves_at_market_once(crew: Any, names: Any) -> None:
    order = crew.ghost(state=OrderState.FILLED, filled=D(100), entry_over=True)
    closed = []
    for _ in range(5):
        crew.presses(names.trader, "close")
        closed += crew.of(Withdraw)
    assert closed == [Withdraw(client_order_id=order.client_order_id, reason="closed", close=True)]


def test_close_still_works_after_cancel_of_a_part_fill(crew: Any, names: Any) -> None:
    crew.ghost(state=OrderState.PART_FILLED, filled=D(40))
    crew.presses(names.trader, "cancel")
    crew.presses(names.trader, "close")
    assert [effect.close for effect in crew.of(Withdraw)] == [True]


def test_the_shadow_is_nobodys_to_cancel(crew: Any, names: Any) -> None:
    crew.presses(names.trader, "cancel")
    crew.presses(names.trader, "close")
    assert crew.did == []


@pytest.mark.parametrize("seed", range(20))
def test_B09_presses_in_any_order_make_at_most_one_of_each(
    crew: Any, names: Any, seed: int
) -> None:
    presses = ["entry", "cancel", "close", "lines"] * 6
    random.Random(seed).shuffle(presses)
    done: list[str] = []
    for action in presses:
        crew.presses(names.trader, action)
        done += [f"{kind}" for kind in crew.did if kind != "Edit"]
    assert done.count("Place") == 1
    assert done.count("Withdraw") <= 2  # one cancel, one close
    assert len(crew.desk.plans[names.ref].line_chats) <= 1


def test_T5_lines_are_set_once_a_chat(crew: Any, names: Any) -> None:
    crew.presses(names.trader, "lines")
    crew.presses(names.trader, "lines")
    assert crew.said == "Alert lines are set already."
    crew.presses(names.trader, "lines", chat=names.group)
    life = crew.desk.plans[names.ref]
    assert life.line_chats == (names.trader, names.group)
    assert [(line.name, str(line.price)) for line in life.lines] == [
        ("entry", "221.45"),
        ("SL", "220.60"),
        ("TP1", "222.0"),
        ("TP2", "222.7"),
    ]


def test_a_plan_that_is_over_watches_nothing(crew: Any, names: Any) -> None:
    life = replace(crew.desk.plans[names.ref], outcomes={"shadow": "tp2"})
    crew.desk = replace(crew.desk, plans={names.ref: life})
    crew.presses(names.trader, "lines")
    assert crew.desk.plans[names.ref].lines == ()
