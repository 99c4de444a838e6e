"""What every ledger promises of events, decisions and the desk (port `Ledger`)."""

import pytest
from msgspec.structs import replace

from pawang.guards.secret import callback_id
from pawang.journal import Conflict, Unstorable
from pawang.model.codec import decode, digest, encode, pack, unpack
from pawang.model.decision import Decision
from pawang.model.event import Close, Consult, Count, Place, Rate, Shut, Withdraw
from pawang.model.order import Accepted, Book, OrderState
from pawang.model.refs import MINUTE
from pawang.model.sizing import AccountView
from pawang.model.view import MarketView


def everything(ledger):
    """All that can be seen of a ledger from outside."""
    return ledger.load(), ledger.read(), ledger.counts(), ledger.waiting(), ledger.refs()


def test_an_empty_ledger_has_no_desk_and_no_events(ledger):
    assert everything(ledger)[:2] == ((None, 0), [])
    assert ledger.due(now=0) == []


def test_the_newest_desk_comes_back_with_its_seq(ledger, samples):
    for seq in (1, 2, 3):
        assert ledger.append(samples.tick(seq), (), samples.desk(seq))
    assert ledger.load() == (samples.desk(3), 3)


def test_events_come_back_whole_oldest_first_and_after_a_seq(ledger, samples):
    kept = samples.keep()
    events = [samples.started(1), samples.slot(2, kept), samples.asked(3, 700)]
    for event in events:
        ledger.append(event, (kept,) if event.seq == 2 else (), samples.desk())
    assert ledger.read() == events
    assert ledger.read(after=1) == events[1:]
    assert ledger.read(after=1, limit=1) == [events[1]]
    assert ledger.read(after=3) == []


def test_events_of_a_ref(ledger, samples):
    kept = samples.keep()
    ledger.append(samples.started(1), (), samples.desk())
    ledger.append(samples.slot(2, kept), (kept,), samples.desk())
    assert ledger.events_of(kept.decision.ref_id) == [samples.slot(2, kept)]
    assert ledger.events_of("nobody") == []


# Decisions.


def test_L4_a_decision_is_stored_with_all_that_made_it_and_hashes_of_exactly_those_bytes(
    ledger, samples
):
    body = b'{"sizing":{}}'
    kept = replace(samples.keep(account=True), params_hash=digest(body))
    ledger.put_params(digest(body), body)
    ledger.put_params(digest(body), body)
    ledger.append(samples.slot(1, kept), (kept,), samples.desk())

    stored = ledger.by_ref(kept.decision.ref_id)
    assert stored.view == pack(kept.view)
    assert unpack(stored.view, MarketView) == kept.view
    assert decode(stored.decision, Decision) == kept.decision
    assert decode(stored.account, AccountView) == kept.account
    assert stored.params == body
    assert (stored.view_hash, stored.decision_hash) == (
        digest(stored.view),
        digest(stored.decision),
    )
    assert (stored.seq, stored.rule, stored.rule_version) == (1, "bias", 1)
    assert (stored.params_hash, stored.ref_id) == (digest(body), kept.decision.ref_id)


def test_an_unsized_decision_has_no_account_and_unknown_params_are_empty(ledger, samples):
    kept = samples.keep()
    ledger.append(samples.slot(1, kept), (kept,), samples.desk())
    stored = ledger.by_ref(kept.decision.ref_id)
    assert (stored.account, stored.params) == (b"", b"")


def test_params_under_a_wrong_hash_are_refused(ledger):
    with pytest.raises(AssertionError):
        ledger.put_params("0" * 64, b"{}")


def test_decisions_after_a_seq_and_their_refs_in_order(ledger, samples):
    kepts = [samples.keep(ts=samples.NOON + 5 * MINUTE * turn) for turn in range(3)]
    for seq, kept in enumerate(kepts, 1):
        ledger.append(samples.slot(seq, kept), (kept,), samples.desk())
    refs = [kept.decision.ref_id for kept in kepts]
    assert ledger.refs() == refs
    assert [stored.ref_id for stored in ledger.decisions_after(1)] == refs[1:]
    assert [stored.ref_id for stored in ledger.decisions_after(0, limit=2)] == refs[:2]
    assert ledger.decisions_after(3) == []


def test_no_decision_under_an_unknown_ref(ledger):
    assert ledger.by_ref("ib_20250915_0733_BTC") is None


# Seen before.


def test_B08_an_update_that_comes_again_writes_nothing(ledger, samples):
    assert ledger.append(samples.asked(1, 700), (samples.send(),), samples.desk(1))
    before = everything(ledger)
    again = ledger.append(
        samples.asked(2, 700), (samples.send("other"), samples.audit()), samples.desk(2)
    )
    assert again is False
    assert everything(ledger) == before


def test_S7_a_slot_that_comes_again_writes_nothing(ledger, samples):
    kept = samples.keep()
    assert ledger.append(samples.slot(1, kept), (kept, samples.send()), samples.desk(1))
    before = everything(ledger)
    other = samples.keep(seed=2)  # the same slot, another view
    assert (
        ledger.append(samples.slot(2, other), (other, samples.send("x")), samples.desk(2)) is False
    )
    assert everything(ledger) == before
    assert ledger.by_ref(kept.decision.ref_id).view == pack(kept.view)


def test_C09_a_fill_that_comes_again_writes_nothing(ledger, samples):
    assert ledger.append(samples.event(1, samples.filled("f1")), (), samples.desk(1))
    before = everything(ledger)
    assert ledger.append(samples.event(2, samples.filled("f1")), (), samples.desk(2)) is False
    assert everything(ledger) == before


def test_C09_another_fill_and_the_twins_fill_of_the_same_id_count(ledger, samples):
    live = samples.order(book=Book.LIVE)
    assert ledger.append(samples.event(1, samples.filled("f1")), (), samples.desk())
    assert ledger.append(samples.event(2, samples.filled("f2")), (), samples.desk())
    assert ledger.append(samples.event(3, samples.filled("f1", of=live)), (), samples.desk())


def test_a_seq_is_free_again_after_a_refused_repeat(ledger, samples):
    ledger.append(samples.asked(1, 700), (), samples.desk(1))
    ledger.append(samples.asked(2, 700), (), samples.desk(2))
    assert ledger.append(samples.asked(2, 701), (), samples.desk(3))
    assert ledger.load() == (samples.desk(3), 2)


# All or nothing.


@pytest.mark.parametrize("seq", [1, 3, 0, -1])
def test_D14_an_event_that_does_not_follow_the_newest_is_a_conflict(ledger, samples, seq):
    ledger.append(samples.started(1), (), samples.desk(1))
    before = everything(ledger)
    with pytest.raises(Conflict):
        ledger.append(samples.asked(seq, 700), (samples.send(),), samples.desk(2))
    assert everything(ledger) == before
    assert ledger.append(samples.asked(2, 700), (), samples.desk(2)), "the update was not marked"


def test_D14_the_first_event_is_number_one(ledger, samples):
    with pytest.raises(Conflict):
        ledger.append(samples.started(2), (), samples.desk())
    assert ledger.load() == (None, 0)


def test_I1_an_intent_or_outcome_that_is_there_already_undoes_the_whole_step(ledger, samples):
    place, close = Place(order=samples.order(), epoch=0), Close(outcome=samples.outcome())
    ledger.append(samples.started(1), (place, close), samples.desk(1))
    before = everything(ledger)
    for again in (place, close):
        with pytest.raises(Conflict):
            ledger.append(
                samples.asked(2, 700), (samples.send(), samples.audit(), again), samples.desk(2)
            )
    assert everything(ledger) == before
    assert ledger.append(samples.asked(2, 700), (), samples.desk(2))


def test_the_same_intent_twice_in_one_step_is_a_conflict(ledger, samples):
    place = Place(order=samples.order(), epoch=0)
    with pytest.raises(Conflict):
        ledger.append(samples.started(1), (place, place), samples.desk(1))
    assert ledger.load() == (None, 0)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_view_that_would_come_back_changed_is_refused_and_nothing_is_written(
    ledger, samples, number
):
    kept = samples.keep()
    spoilt = replace(kept, view=replace(kept.view, cvd_usd=number))
    with pytest.raises(Unstorable):
        ledger.append(samples.slot(1, kept), (samples.send(), spoilt), samples.desk(1))
    assert ledger.load() == (None, 0)
    assert ledger.due(now=samples.NOON) == []


# What effects become.


def test_I1_an_intent_is_pending_until_the_venue_speaks_then_follows_its_order(ledger, samples):
    order = samples.order()
    ledger.append(samples.started(1), (Place(order=order, epoch=3),), samples.desk(0, [order]))
    pending = {
        "client_order_id": order.client_order_id,
        "ref_id": order.ref_id,
        "book": "ghost",
        "state": "pending",
        "body": encode(order),
        "ts": samples.NOON,
    }
    assert ledger.rows("intents", order.ref_id) == [pending]

    working = replace(order, state=OrderState.WORKING)
    report = Accepted(
        client_order_id=order.client_order_id,
        ref_id=order.ref_id,
        book=order.book,
        ts_event=samples.NOON,
    )
    ledger.append(samples.event(2, report), (), samples.desk(0, [working]))
    assert ledger.rows("intents", order.ref_id) == [{**pending, "state": "working"}]

    ledger.append(samples.event(3, samples.filled()), (), samples.desk(0, []))
    assert ledger.rows("intents", order.ref_id) == [{**pending, "state": "working"}], (
        "an order the desk forgot"
    )


def test_O4_an_outcome_keeps_its_money_to_the_digit(ledger, samples):
    made = samples.outcome()
    ledger.append(samples.started(1), (Close(outcome=made),), samples.desk())
    assert ledger.rows("outcomes", made.ref_id) == [
        {
            "ref_id": made.ref_id,
            "coin": "SOL",
            "book": "shadow",
            "side": "LONG",
            "label": "tp2",
            "filled": True,
            "tp1": True,
            "tp2": True,
            "sl": False,
            "ts_resolved": samples.NOON,
            "contracts": "34.03",
            "gross_usd": "26.30",
            "fees_usd": "1.07",
            "funding_usd": "-1.0E-8",
            "net_usd": "25.23000001",
            "net_r": 0.1 + 0.2,
        }
    ]


def test_T3_one_rating_per_user_and_ref_and_the_last_wins(ledger, samples):
    thumbs = [samples.rating(1), samples.rating(1, user=8, latency_s=None), samples.rating(-1)]
    for seq, rating in enumerate(thumbs, 1):
        ledger.append(samples.tick(seq), (Rate(rating=rating),), samples.desk())
    assert [
        (row["user_id"], row["rating"], row["latency_s"]) for row in ledger.rows("feedback", "r")
    ] == [
        (7, -1, 3.25),
        (8, 1, None),
    ]


def test_effects_without_a_row_of_their_own_leave_none(ledger, samples):
    effects = (
        Shut(halted=True, epoch=1),
        Count(name="refused"),
        Withdraw(client_order_id="x", reason="cancelled"),
        Consult(question="kpi", chat_id=7, ref_id="re_1"),
    )
    ledger.append(samples.started(1), effects, samples.desk())
    assert ledger.counts() == {
        "events": 1, "decisions": 0, "outbox": 0, "intents": 0,
        "fills": 0, "postings": 0, "brackets": 0, "outcomes": 0, "feedback": 0, "forecasts": 0,
        "hypotheses": 0, "trials": 0, "etf_flow": 0, "audit": 0,
    }  # fmt: skip


# Buttons.


def test_SEC3_every_button_is_a_row_under_an_opaque_token_that_lives_48_hours(ledger, samples):
    ledger.append(samples.started(1), (samples.send(buttons=samples.BUTTONS),), samples.desk())
    (row,) = ledger.due(now=samples.NOON)
    assert [len(tokens) for tokens in row.tokens] == [2, 3]
    expected = callback_id(samples.BUTTON_KEY, samples.CHAT, "r", "snooze", "30")
    assert row.tokens[1][2] == expected
    button = ledger.button(expected)
    assert (button.chat_id, button.ref_id, button.action, button.argument) == (
        samples.CHAT,
        "r",
        "snooze",
        "30",
    )
    assert button.ts_expiry == samples.NOON + 48 * 60 * MINUTE
    assert button.message_id is None
    ledger.mark(row.row_id, "sending", samples.NOON)
    ledger.mark(row.row_id, "sent", samples.NOON, message_id=99)
    assert ledger.button(expected) == replace(button, message_id=99)


def test_SEC3_an_edit_keeps_the_ids_of_its_buttons_and_prolongs_them(ledger, samples):
    later = samples.NOON + 30 * MINUTE
    ledger.append(samples.started(1), (samples.send(buttons=samples.BUTTONS),), samples.desk())
    (sent,) = ledger.due(now=samples.NOON)
    ledger.mark(sent.row_id, "sent", samples.NOON, message_id=99)
    ledger.append(
        samples.tick(2), (samples.edit(ts=later, buttons=samples.BUTTONS),), samples.desk()
    )
    (edit,) = ledger.due(now=later)
    assert edit.tokens == sent.tokens
    assert ledger.button(sent.tokens[0][0]).ts_expiry == later + 48 * 60 * MINUTE


def test_SEC3_a_forged_token_stands_for_nothing(ledger, samples):
    ledger.append(samples.started(1), (samples.send(buttons=samples.BUTTONS),), samples.desk())
    (row,) = ledger.due(now=samples.NOON)
    good = row.tokens[0][0]
    forged = ["", "A" * 22, good[:-1], good + "A", good.swapcase(), "' OR 1=1 --", good + "\0"]
    assert [ledger.button(token) for token in forged] == [None] * len(forged)


# The audit chain.


def test_SEC14_audit_rows_make_a_chain_that_verifies(ledger, samples):
    assert ledger.verify_audit() is None
    for seq, action in enumerate(("panic", "resume", "risk"), 1):
        ledger.append(
            samples.tick(seq), (samples.audit(action), samples.audit(action)), samples.desk()
        )
    head = ledger.audit_head()
    assert head.seq == 6
    assert ledger.verify_audit() is None
    assert ledger.verify_audit(anchor=head) is None


def test_E13_an_anchor_that_is_not_on_the_chain_says_the_tail_was_cut(ledger, samples):
    ledger.append(samples.started(1), (samples.audit(),), samples.desk())
    longer = replace(ledger.audit_head(), seq=2)
    assert ledger.verify_audit(anchor=longer).reason == "cut"


def test_I3_everything_is_there_again_after_a_crash(desks, samples):
    ledger = desks()
    kept, order = samples.keep(), samples.order()
    effects = (
        kept,
        samples.send(),
        samples.audit(),
        Place(order=order, epoch=0),
        Rate(rating=samples.rating()),
    )
    ledger.append(samples.slot(1, kept), effects, samples.desk(1))
    before = everything(ledger), ledger.due(now=samples.NOON)
    again = desks()
    assert (everything(again), again.due(now=samples.NOON)) == before
    assert again.verify_audit() is None
