"""A plan's one message as it goes, its pushes, its lines, and forgetting (rows T5, T6)."""

import re
from decimal import Decimal as D
from typing import Any

import pytest
from msgspec.structs import replace

from pawang.alerts import AlertParams, announce, card, line_crossed, lines_of, order_moved, prune
from pawang.model.chat import Category, Edit, Send
from pawang.model.decision import Edge
from pawang.model.desk import Chat, Desk
from pawang.model.event import LineCrossed
from pawang.model.market import Aggressor, Side
from pawang.model.order import Accepted, Book, Ended, Filled, OrderState
from pawang.model.refs import DAY, MINUTE

PARAMS = AlertParams()
START = "2025-09-15 07:36"


@pytest.fixture
def sent(made: Any) -> Any:
    """A desk with one sent plan and an order of it in the given book."""

    def build(book: Book = Book.GHOST, **changes: object) -> tuple[Desk, Any, int]:
        ts = made.at(START)
        decision = made.plan(ts)
        desk = announce(made.desk(), decision, ts, PARAMS).desk
        order = made.order(decision.signal, book, **changes)
        taken = 7 if book is Book.GHOST else 0
        life = replace(
            desk.plans[decision.ref_id], orders={book: order.client_order_id}, taken_by=taken
        )
        desk = replace(desk, plans={decision.ref_id: life}, orders={order.client_order_id: order})
        return desk, order, ts

    return build


def labels(effects: Any) -> list[str]:
    (edit,) = [effect for effect in effects if isinstance(effect, Edit)]
    return [button.label for button in edit.buttons[0]]


def filled(order: Any, leg: str = "entry", price: str = "221.45") -> Filled:
    return Filled(
        client_order_id=order.client_order_id,
        ref_id=order.ref_id,
        book=order.book,
        ts_event=0,
        fill_id=f"{leg}1",
        leg=leg,
        side=Aggressor.BUY,
        price=D(price),
        contracts=D(40),
        fee_usd=D(1),
        maker=True,
    )


FULL = {"state": OrderState.FILLED, "filled": D(100), "entry_over": True}


@pytest.mark.parametrize(
    ("changes", "line", "first_row"),
    [
        (
            {"state": OrderState.WORKING},
            "⏳ ghost: waiting for entry at 221.45",
            ["⚠️ Set Alert Lines", "❌ Cancel"],
        ),
        (
            {"state": OrderState.PART_FILLED, "filled": D(40), "entry_price": D("221.45")},
            "◐ ghost: filled 40 of 100 at 221.45",
            ["✖ Close", "⚠️ Set Alert Lines"],
        ),
        (
            {**FULL, "entry_price": D("221.4499999")},
            "● ghost: filled at 221.45, stop 220.60",
            ["✖ Close", "⚠️ Set Alert Lines"],
        ),
        (
            {**FULL, "closed": D(50), "legs_hit": ("tp1",)},
            "✔ ghost: TP1 reached",
            ["✖ Close", "⚠️ Set Alert Lines"],
        ),
        (
            {
                **FULL,
                "state": OrderState.CLOSED,
                "closed": D(100),
                "legs_hit": ("tp1", "tp2"),
                "entry_usd": D(22145),
                "exit_usd": D(22250),
                "fees_usd": D(5),
            },
            "■ ghost: tp1/tp2 · +100.00 USD · +1.00R",
            ["👍", "👎", "⏸ 30m"],
        ),
        (
            {"state": OrderState.EXPIRED, "entry_over": True, "end_reason": "expired"},
            "□ ghost: entry expired, not filled",
            ["👍", "👎", "⏸ 30m"],
        ),
    ],
)
def test_T6_one_message_is_edited_through_its_life(
    sent: Any, changes: dict[str, Any], line: str, first_row: list[str]
) -> None:
    desk, order, ts = sent(**changes)
    effects = card(desk, order.ref_id, ts)
    (edit,) = effects
    assert edit.ref_id == order.ref_id
    assert edit.text.split("\n")[-1] == line
    assert edit.text.startswith("🎯 Sniper — SOL (bias LONG)\nEntry: 221.30–221.45\n")
    assert labels(effects) == first_row


def test_O4_the_shadow_is_shown_only_while_nobody_took_the_plan(sent: Any, made: Any) -> None:
    desk, shadow, ts = sent(Book.SHADOW, state=OrderState.WORKING)
    assert card(desk, shadow.ref_id, ts)[0].text.endswith("⏳ shadow: waiting for entry at 221.45")
    life = desk.plans[shadow.ref_id]
    ghost = made.order(life.plan, Book.GHOST, state=OrderState.WORKING)
    both = replace(life, orders={**life.orders, Book.GHOST: ghost.client_order_id}, taken_by=7)
    desk = replace(
        desk,
        plans={shadow.ref_id: both},
        orders={**desk.orders, ghost.client_order_id: ghost},
    )
    text = card(desk, shadow.ref_id, ts)[0].text
    assert "shadow" not in text
    assert text.endswith("⏳ ghost: waiting for entry at 221.45")


def test_an_expired_untaken_plan_offers_no_entry(sent: Any) -> None:
    desk, shadow, ts = sent(Book.SHADOW, **FULL)
    assert labels(card(desk, shadow.ref_id, ts))[0] == "🎯 Set Entry"
    assert labels(card(desk, shadow.ref_id, ts + 6 * MINUTE)) == ["👍", "👎", "⏸ 30m"]


def test_the_first_fill_of_a_taken_plan_is_pushed_as_critical(sent: Any) -> None:
    """A part that fills before the rest expires is a position somebody holds: it is told."""
    desk, order, ts = sent(state=OrderState.PART_FILLED, filled=D(40), entry_price=D("221.45"))
    told = order_moved(desk, order, filled(order), None, ts, PARAMS)
    (push,) = [effect for effect in told.effects if isinstance(effect, Send)]
    assert push.category is Category.CRITICAL
    assert push.ref_id == f"{order.ref_id}:ghost:filled"
    assert push.text.endswith(f"\nref: {order.ref_id}")


def test_the_same_push_has_the_same_ref_so_that_it_is_said_once(sent: Any) -> None:
    desk, order, ts = sent(**FULL)
    pushes = [
        effect.ref_id
        for now in (ts, ts + MINUTE)
        for effect in order_moved(desk, order, filled(order), None, now, PARAMS).effects
        if isinstance(effect, Send)
    ]
    assert len(pushes) == 2
    assert len({*pushes}) == 1


def test_the_shadow_never_pushes(sent: Any) -> None:
    desk, order, ts = sent(Book.SHADOW, **FULL)
    told = order_moved(desk, order, filled(order), None, ts, PARAMS)
    assert [type(effect) for effect in told.effects] == [Edit]


@pytest.mark.parametrize("report", [Accepted, Ended])
def test_what_only_edits_does_not_push(sent: Any, report: Any) -> None:
    desk, order, ts = sent(state=OrderState.WORKING)
    common = {"client_order_id": order.client_order_id, "ref_id": order.ref_id}
    more = {"reason": "expired"} if report is Ended else {}
    made = report(**common, book=order.book, ts_event=ts, **more)
    told = order_moved(desk, order, made, None, ts, PARAMS)
    assert [type(effect) for effect in told.effects] == [Edit]


def test_a_card_of_an_unknown_plan_is_nothing(made: Any) -> None:
    assert card(made.desk(), "snp_20250915_0736_SOL", 0) == ()


# Lines.


def watched(sent: Any, **snoozes: int) -> tuple[Desk, str, int]:
    desk, order, ts = sent()
    life = desk.plans[order.ref_id]
    life = replace(life, lines=lines_of(life), line_chats=(7,))
    chats = {7: replace(desk.chats[7], snoozes=snoozes)}
    return replace(desk, plans={order.ref_id: life}, chats=chats), order.ref_id, ts


def test_lines_are_crossed_from_the_side_the_plan_expects(sent: Any) -> None:
    desk, ref, _ = watched(sent)
    assert [(line.name, line.above) for line in desk.plans[ref].lines] == [
        ("entry", False),
        ("SL", False),
        ("TP1", True),
        ("TP2", True),
    ]


def test_S7_a_crossed_line_is_told_once_under_its_own_ref(sent: Any) -> None:
    desk, ref, ts = watched(sent)
    crossing = LineCrossed(ref_id=ref, name="TP1", price=222.01)
    told = line_crossed(desk, crossing, ts, PARAMS)
    (send,) = told.effects
    assert isinstance(send, Send)
    assert send.ref_id == "ln_20250915_0736_SOL"
    assert send.text == f"⚠️ SOL crossed TP1 222.0 at 222.01\n{ref}\nref: ln_20250915_0736_SOL"
    assert line_crossed(told.desk, crossing, ts, PARAMS).effects == ()
    second = line_crossed(told.desk, replace(crossing, name="TP2"), ts, PARAMS)
    assert second.effects[0].ref_id == "ln_20250915_0736_SOL_2"  # type: ignore[union-attr]


def test_a_snoozed_chat_hears_no_line(sent: Any) -> None:
    desk, ref, ts = watched(sent, order=2**62)
    told = line_crossed(desk, LineCrossed(ref_id=ref, name="SL", price=220.5), ts, PARAMS)
    assert told.effects == ()


@pytest.mark.parametrize("name", ["", "entry2", "SL\n"])
def test_a_line_nobody_set_is_nothing(sent: Any, name: str) -> None:
    desk, ref, ts = watched(sent)
    told = line_crossed(desk, LineCrossed(ref_id=ref, name=name, price=1.0), ts, PARAMS)
    assert (told.desk, told.effects) == (desk, ())


# Forgetting.


def test_a_closed_plan_is_forgotten_after_a_day_with_its_orders(sent: Any) -> None:
    desk, _order, ts = sent(state=OrderState.CLOSED)
    assert prune(desk, ts + DAY - 1) == desk
    pruned = prune(desk, ts + DAY)
    assert (pruned.plans, pruned.orders) == ({}, {})


def test_an_open_position_is_never_forgotten(sent: Any) -> None:
    desk, _order, ts = sent(**FULL)
    assert prune(desk, ts + 30 * DAY).plans == desk.plans


def test_the_short_plan_watches_the_other_way(made: Any) -> None:
    ts = made.at(START)
    decision = made.plan(ts, side=Side.SHORT)
    life = announce(made.desk(Chat(chat_id=7, kind="private")), decision, ts, PARAMS).desk
    lines = lines_of(life.plans[decision.ref_id])
    assert [line.above for line in lines] == [True, True, False, False]


# Cut and flip (row S4)


def shown(desk: Desk, ref: str, now: int) -> list[str]:
    (edit,) = card(desk, ref, now)
    assert isinstance(edit, Edit)
    return edit.text.splitlines()


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("wall_eaten", "its wall was eaten"),
        ("wall_pulled", "its wall was pulled"),
        ("flow_turned", "the order flow turned against it"),
        ("mark_through", "the mark price went through its stop"),
    ],
)
@pytest.mark.parametrize("language", ["en", "id"])
def test_a_plan_that_is_given_up_says_why_on_its_card(sent, why, words, language):
    desk, order, ts = sent(**FULL)
    ref = order.ref_id
    given_up = replace(desk.plans[ref], cut=why)
    chats = {key: replace(chat, language=language) for key, chat in desk.chats.items()}
    lines = shown(replace(desk, plans={ref: given_up}, chats=chats), ref, ts)
    [told] = [line for line in lines if line.startswith("✂️")]
    if language == "en":
        assert told == f"✂️ given up: {words}, out at market"
    else:
        assert re.fullmatch(r"✂️ dilepas: .+, keluar di harga pasar", told)


def test_a_plan_that_was_never_entered_is_not_said_to_have_left_at_market(sent):
    ended = {"state": OrderState.CANCELLED, "entry_over": True, "end_reason": "wall_pulled"}
    desk, order, ts = sent(**ended)
    ref = order.ref_id
    given_up = replace(desk.plans[ref], cut="wall_pulled")
    lines = shown(replace(desk, plans={ref: given_up}), ref, ts)
    assert lines[-2:] == [
        "✂️ given up: its wall was pulled, entry withdrawn",
        "□ ghost: entry withdrawn, not filled",
    ]


def test_a_venues_own_reason_is_told_as_it_said_it(sent):
    ended = {"state": OrderState.CANCELLED, "entry_over": True, "end_reason": "self_trade"}
    desk, order, ts = sent(**ended)
    assert shown(desk, order.ref_id, ts)[-1] == "□ ghost: entry self trade, not filled"


def test_a_reversed_plan_and_its_flip_name_each_other(sent):
    desk, order, ts = sent()
    ref = order.ref_id
    old = replace(desk.plans[ref], cut="wall_eaten", flip="snp_20250915_0740_SOL_2")
    lines = shown(replace(desk, plans={ref: old}), ref, ts)
    assert lines[-2] == "🔁 reversed by snp_20250915_0740_SOL_2"
    flip = replace(desk.plans[ref], plan=replace(order_plan(desk, ref), flip_of="snp_old"))
    assert shown(replace(desk, plans={ref: flip}), ref, ts)[-2] == "🔁 reverses snp_old, small"


def order_plan(desk: Desk, ref: str) -> Any:
    return desk.plans[ref].plan


def test_the_first_message_of_a_flip_says_what_it_reverses_and_how_small_it_is(made):
    ts = made.at(START)
    decision = made.plan(ts)
    plan = replace(decision.signal, flip_of="snp_20250915_0733_SOL")
    small = replace(decision.sizing, flip_share=0.3)
    flip = replace(decision, signal=plan, sizing=small)
    (said,) = announce(made.desk(), flip, ts, PARAMS).effects
    assert isinstance(said, Send)
    assert said.text.endswith("🔁 reverses snp_20250915_0733_SOL, small")
    assert " × flip 0.3 = " in said.text


def test_once_calibrated_the_card_shows_the_measured_chance_beside_luck(made):
    ts = made.at(START)
    decision = made.plan(ts)
    edge = Edge(chance=0.614, chance_low=0.58, expected_pct=0.02, payoff=0.9, source="snp-SOL-1")
    told = replace(decision, signal=replace(decision.signal, edge=edge))
    (said,) = announce(made.desk(), told, ts, PARAMS).effects
    assert isinstance(said, Send)
    assert "TP1 61% measured, 55% by luck" in said.text
    (plain,) = announce(made.desk(), decision, ts, PARAMS).effects
    assert isinstance(plain, Send)
    assert "by luck" not in plain.text
