"""/panic and /resume: the stop is one step, the start needs two (G5, E15, SEC5)."""

import itertools
from decimal import Decimal as D
from typing import Any

import pytest
from msgspec.structs import replace

from pawang.model.chat import Category, Lane, Send
from pawang.model.desk import Trading
from pawang.model.event import Audit, Shut, Withdraw
from pawang.model.order import OrderState
from pawang.model.refs import MINUTE


def ask_code(crew: Any, user: int) -> str:
    crew.says(user, "/resume")
    code: str = crew.desk.trading.resume_code
    return code


def test_G5_one_step_closes_the_gate_withdraws_and_answers_with_a_receipt(
    crew: Any, names: Any
) -> None:
    ghost = crew.ghost()
    crew.says(names.trader, "/panic")
    assert crew.desk.trading == Trading(
        state="halted", epoch=1, ts_changed=names.now, by_user=names.trader
    )
    assert crew.of(Shut) == [Shut(halted=True, epoch=1)]
    left = [effect.client_order_id for effect in crew.of(Withdraw)]
    assert ghost.client_order_id in left
    assert not any(effect.close for effect in crew.of(Withdraw))
    assert crew.of(Audit) == [Audit(actor=names.trader, action="panic", detail="epoch 1")]
    receipts = crew.of(Send)
    assert sorted(send.chat_id for send in receipts) == sorted(crew.desk.chats)
    assert {(send.category, send.lane, send.ref_id) for send in receipts} == {
        (Category.CRITICAL, Lane.CRITICAL, "pnc_20250915_0736_E1")
    }
    assert receipts[0].text.startswith("🛑 PANIC on, epoch 1, by @budi at 07:36 UTC\n")
    assert receipts[0].text.endswith("\nref: pnc_20250915_0736_E1")


def test_G5_the_gate_shuts_before_anything_is_said(crew: Any, names: Any) -> None:
    crew.says(names.trader, "/panic")
    kinds = [type(effect) for effect in crew.acted.effects]
    assert kinds.index(Shut) < kinds.index(Send)


def test_G5_positions_keep_their_stops_and_are_named(crew: Any, names: Any) -> None:
    order = crew.ghost(state=OrderState.FILLED, filled=D(100), entry_over=True)
    crew.says(names.trader, "/panic")
    assert order.client_order_id not in [made.client_order_id for made in crew.of(Withdraw)]
    assert "Positions kept with their stops: SOL ghost" in crew.of(Send)[0].text


def test_E15_a_second_panic_changes_nothing_and_says_so(crew: Any, names: Any) -> None:
    crew.says(names.trader, "/panic")
    before = crew.desk
    crew.says(names.admin, "/panic")
    assert crew.desk == before
    assert crew.said.startswith("🛑 Already halted since 07:36 UTC, epoch 1.")
    assert crew.of(Shut) == [Shut(halted=True, epoch=1)]


def test_G5_resume_needs_another_admin(crew: Any, names: Any) -> None:
    crew.says(names.trader, "/panic")
    code = ask_code(crew, names.admin)
    assert code in crew.said
    assert (len(code), code.isdigit()) == (6, True)
    crew.says(names.admin, f"/resume {code}")
    assert crew.desk.trading.state == "halted"
    crew.says(names.admin2, f"/resume {code}")
    assert crew.desk.trading == Trading(
        state="active",
        epoch=2,
        ts_changed=names.now,
        by_user=names.admin2,
        resume_by=names.admin,
        ts_resume_asked=names.now,
    )
    assert crew.of(Shut) == [Shut(halted=False, epoch=2)]
    assert len(crew.of(Send)) == len(crew.desk.chats)


@pytest.mark.parametrize(
    "given", ["000000", "", "12345", "１２３４５６", "é", "'; drop", "123456 7"]
)
def test_a_wrong_code_starts_nothing(crew: Any, names: Any, given: str) -> None:
    crew.says(names.trader, "/panic")
    code = ask_code(crew, names.admin)
    assert code != given
    crew.says(names.admin2, f"/resume {given}")
    assert (crew.desk.trading.state, crew.did) == ("halted", [])


def test_a_code_dies_after_ten_minutes(crew: Any, names: Any) -> None:
    crew.says(names.trader, "/panic")
    code = ask_code(crew, names.admin)
    crew.now += 10 * MINUTE + 1
    crew.says(names.admin2, f"/resume {code}")
    assert crew.desk.trading.state == "halted"


def test_a_code_is_good_once(crew: Any, names: Any) -> None:
    crew.says(names.trader, "/panic")
    code = ask_code(crew, names.admin)
    crew.says(names.admin2, f"/resume {code}")
    crew.says(names.trader, "/panic")
    crew.says(names.admin2, f"/resume {code}")
    assert crew.desk.trading.state == "halted"


def test_E15_a_panic_during_a_resume_wins(crew: Any, names: Any) -> None:
    crew.says(names.trader, "/panic")
    code = ask_code(crew, names.admin)
    crew.says(names.trader, "/panic")
    crew.says(names.admin2, f"/resume {code}")
    assert (crew.desk.trading.state, crew.of(Shut)) == ("halted", [])


@pytest.mark.parametrize("order", [*itertools.permutations(["ask", "confirm", "panic"])])
def test_E15_in_any_order_the_last_panic_stands(
    crew: Any, names: Any, order: tuple[str, ...]
) -> None:
    crew.says(names.trader, "/panic")
    code, last = "", {}
    for place, step in enumerate(order):
        last[step] = place
        if step == "ask":
            code = ask_code(crew, names.admin)
        elif step == "confirm":
            crew.says(names.admin2, f"/resume {code or '000000'}")
        else:
            crew.says(names.trader, "/panic")
    resumed = last["ask"] < last["confirm"] and not last["ask"] < last["panic"] < last["confirm"]
    stopped_after = last["panic"] > last["confirm"]
    assert crew.desk.trading.state == ("active" if resumed and not stopped_after else "halted")


def test_the_epoch_never_goes_back(crew: Any, names: Any) -> None:
    epochs = []
    for _ in range(3):
        crew.says(names.trader, "/panic")
        epochs.append(crew.desk.trading.epoch)
        crew.says(names.admin2, f"/resume {ask_code(crew, names.admin)}")
        epochs.append(crew.desk.trading.epoch)
    assert epochs == [1, 2, 3, 4, 5, 6]


def test_resume_on_a_running_desk_says_so(crew: Any, names: Any) -> None:
    before = crew.desk
    crew.says(names.admin, "/resume")
    assert (crew.desk, crew.said) == (before, "Nothing is halted.")


def test_every_word_of_the_stop_is_in_the_chats_language(crew: Any, names: Any) -> None:
    chats = {key: replace(chat, language="id") for key, chat in crew.desk.chats.items()}
    crew.desk = replace(crew.desk, chats=chats)
    crew.says(names.trader, "/panic")
    assert all(send.text.startswith("🛑 PANIK aktif") for send in crew.of(Send))
