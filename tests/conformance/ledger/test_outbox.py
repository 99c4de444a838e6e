"""What every ledger promises of messages on their way (reliability.md 8)."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pawang.journal import MemoryLedger, SqlLedger
from pawang.model.chat import Category, Edit, Lane, Send
from pawang.model.codec import decode
from pawang.model.ports import OutboxRow


def post(ledger, samples, *messages):
    seq = ledger.load()[1] + 1
    ledger.append(samples.tick(seq), messages, samples.desk())


def deliver(ledger, now, message_id, kind="send"):
    """Send the first due row."""
    row = next(row for row in ledger.due(now) if row.kind == kind)
    ledger.mark(row.row_id, "sending", now)
    ledger.mark(row.row_id, "sent", now, message_id)
    return row


def states(ledger, ref="r"):
    return [(row["kind"], row["state"]) for row in ledger.rows("outbox", ref)]


def test_a_send_is_due_as_it_was_posted(ledger, samples):
    post(ledger, samples, samples.send())
    (row,) = ledger.due(samples.NOON)
    assert row == OutboxRow(
        row_id=row.row_id,
        seq=1,
        chat_id=samples.CHAT,
        ref_id="r",
        kind="send",
        lane=Lane.SIGNAL.rank,
        critical=False,
        state="new",
        attempt=0,
        body=row.body,
        tokens=(),
        message_id=None,
        ts_created=samples.NOON,
        ts_acked=None,
    )
    assert decode(row.body.encode(), Send) == samples.send()


def test_S7_the_same_ref_is_sent_once_per_chat(ledger, samples):
    post(
        ledger, samples, samples.send("a"), samples.send("a"), samples.send("a", chat=samples.GROUP)
    )
    post(ledger, samples, samples.send("a"))
    assert [(row.chat_id, row.ref_id) for row in ledger.due(samples.NOON)] == [
        (samples.CHAT, "a"),
        (samples.GROUP, "a"),
    ]


def test_S7_not_even_after_it_was_delivered(ledger, samples):
    post(ledger, samples, samples.send())
    deliver(ledger, samples.NOON, 99)
    post(ledger, samples, samples.send())
    assert ledger.due(samples.NOON) == []


def test_T8_the_most_urgent_lane_goes_first_and_the_oldest_inside_a_lane(ledger, samples):
    lanes = [Lane.DIGEST, Lane.SIGNAL, Lane.CRITICAL, Lane.ORDER, Lane.SIGNAL]
    post(
        ledger, samples, *(samples.send(f"r{place}", lane=lane) for place, lane in enumerate(lanes))
    )
    assert [row.ref_id for row in ledger.due(samples.NOON)] == ["r2", "r3", "r1", "r4", "r0"]
    assert [row.ref_id for row in ledger.due(samples.NOON, limit=2)] == ["r2", "r3"]


def test_waiting_edits_do_not_hold_up_what_can_go(ledger, samples):
    post(ledger, samples, samples.send("slow"))
    (slow,) = ledger.due(samples.NOON)
    ledger.mark(slow.row_id, "sending", samples.NOON)
    post(ledger, samples, samples.edit("slow"), samples.send("quick", lane=Lane.DIGEST))
    assert [row.ref_id for row in ledger.due(samples.NOON, limit=1)] == ["quick"]


def test_a_send_that_is_under_way_is_not_due(ledger, samples):
    post(ledger, samples, samples.send())
    (row,) = ledger.due(samples.NOON)
    ledger.mark(row.row_id, "sending", samples.NOON)
    assert ledger.due(samples.NOON) == []
    assert ledger.waiting() == {"sending": 1}


def test_every_attempt_is_counted_and_one_that_never_left_is_not(ledger, samples):
    post(ledger, samples, samples.send())
    (row,) = ledger.due(samples.NOON)
    ledger.mark(row.row_id, "sending", samples.NOON)
    ledger.mark(row.row_id, "new", samples.NOON)
    ledger.mark(row.row_id, "sending", samples.NOON)
    ledger.surely_unsent(row.row_id)
    assert [row.attempt for row in ledger.due(samples.NOON)] == [1]
    ledger.surely_unsent(row.row_id)
    ledger.surely_unsent(row.row_id)
    assert [row.attempt for row in ledger.due(samples.NOON)] == [0]


def test_the_delivered_message_and_its_time_are_known_by_chat_and_ref(ledger, samples):
    post(ledger, samples, samples.send())
    unknown = (ledger.message_id(samples.CHAT, "r"), ledger.delivered_at(samples.CHAT, "r"))
    deliver(ledger, samples.NOON + 5, 99)
    assert unknown == (None, None)
    assert ledger.message_id(samples.CHAT, "r") == 99
    assert ledger.delivered_at(samples.CHAT, "r") == samples.NOON + 5
    assert ledger.message_id(samples.GROUP, "r") is None
    assert ledger.delivered_at(samples.CHAT, "other") is None


@pytest.mark.parametrize("state", ["unknown", "failed"])
def test_what_was_not_proven_delivered_has_no_message_and_no_time(ledger, samples, state):
    post(ledger, samples, samples.send())
    (row,) = ledger.due(samples.NOON)
    ledger.mark(row.row_id, "sending", samples.NOON)
    ledger.mark(row.row_id, state, samples.NOON)
    assert ledger.message_id(samples.CHAT, "r") is None
    assert ledger.delivered_at(samples.CHAT, "r") is None
    assert states(ledger) == [("send", state)]


def test_a_late_proof_turns_unknown_into_sent(ledger, samples):
    post(ledger, samples, samples.send())
    (row,) = ledger.due(samples.NOON)
    ledger.mark(row.row_id, "unknown", samples.NOON)
    ledger.mark(row.row_id, "sent", samples.NOON + 9, message_id=99)
    assert ledger.message_id(samples.CHAT, "r") == 99


@pytest.mark.parametrize(
    ("row_id", "state", "message_id"), [(999, "sent", 1), (1, "gone", None), (1, "sent", None)]
)
def test_an_impossible_mark_is_a_bug_of_ours(ledger, samples, row_id, state, message_id):
    post(ledger, samples, samples.send())
    with pytest.raises(AssertionError):
        ledger.mark(row_id, state, samples.NOON, message_id)
    assert states(ledger) == [("send", "new")]


# Expiry.


def test_B13_a_send_that_is_too_late_expires_and_is_not_due(ledger, samples):
    post(ledger, samples, samples.send(expiry=samples.NOON + 10))
    assert len(ledger.due(samples.NOON + 10)) == 1
    assert ledger.due(samples.NOON + 11) == []
    assert states(ledger) == [("send", "expired")]


def test_a_send_under_way_does_not_expire(ledger, samples):
    post(ledger, samples, samples.send(expiry=samples.NOON + 10))
    (row,) = ledger.due(samples.NOON)
    ledger.mark(row.row_id, "sending", samples.NOON)
    assert ledger.due(samples.NOON + 11) == []
    assert states(ledger) == [("send", "sending")]


# Edits.


def test_an_edit_is_due_once_its_message_is_there_and_carries_its_id(ledger, samples):
    post(ledger, samples, samples.send(), samples.edit())
    assert [row.kind for row in ledger.due(samples.NOON)] == ["send"]
    deliver(ledger, samples.NOON, 99)
    (row,) = ledger.due(samples.NOON)
    assert (row.kind, row.message_id) == ("edit", 99)
    assert decode(row.body.encode(), Edit) == samples.edit()


def test_a_newer_edit_takes_the_place_of_one_that_still_waits(ledger, samples):
    post(ledger, samples, samples.send(), samples.edit(text="one"))
    post(ledger, samples, samples.edit(text="two"))
    post(ledger, samples, samples.edit(text="three"), samples.edit(text="four"))
    deliver(ledger, samples.NOON, 99)
    (row,) = ledger.due(samples.NOON)
    assert decode(row.body.encode(), Edit).text == "four"
    assert ledger.waiting() == {"merged": 3, "new": 1, "sent": 1}


def test_an_edit_that_is_under_way_is_not_merged(ledger, samples):
    post(ledger, samples, samples.send(), samples.edit(text="one"))
    deliver(ledger, samples.NOON, 99)
    (one,) = ledger.due(samples.NOON)
    ledger.mark(one.row_id, "sending", samples.NOON)
    post(ledger, samples, samples.edit(text="two"))
    ledger.mark(one.row_id, "sent", samples.NOON, 99)
    assert [decode(row.body.encode(), Edit).text for row in ledger.due(samples.NOON)] == ["two"]


def test_edits_of_other_messages_are_left_alone(ledger, samples):
    post(
        ledger, samples, samples.send("a"), samples.send("b"), samples.edit("a"), samples.edit("b")
    )
    deliver(ledger, samples.NOON, 1)
    deliver(ledger, samples.NOON, 2)
    assert [(row.ref_id, row.message_id) for row in ledger.due(samples.NOON)] == [
        ("a", 1),
        ("b", 2),
    ]


@pytest.mark.parametrize("end", ["failed", "unknown"])
def test_an_edit_whose_message_never_came_is_merged_away(ledger, samples, end):
    post(ledger, samples, samples.send(), samples.edit())
    (row,) = ledger.due(samples.NOON)
    ledger.mark(row.row_id, end, samples.NOON)
    assert ledger.due(samples.NOON) == []
    assert states(ledger) == [("send", end), ("edit", "merged")]


def test_an_edit_of_an_expired_message_is_merged_away(ledger, samples):
    post(ledger, samples, samples.send(expiry=samples.NOON), samples.edit())
    assert ledger.due(samples.NOON + 1) == []
    assert states(ledger) == [("send", "expired"), ("edit", "merged")]


def test_an_edit_of_a_message_that_was_never_sent_there_is_merged_away(ledger, samples):
    post(ledger, samples, samples.send(), samples.edit(chat=samples.GROUP))
    assert [row.chat_id for row in ledger.due(samples.NOON)] == [samples.CHAT]
    assert states(ledger) == [("send", "new"), ("edit", "merged")]


# A crash between request and answer.


def crash_while_sending(desks, samples, category, attempts):
    ledger = desks()
    post(ledger, samples, samples.send(category=category))
    (row,) = ledger.due(samples.NOON)
    for _ in range(attempts - 1):
        ledger.mark(row.row_id, "sending", samples.NOON)
        ledger.mark(row.row_id, "new", samples.NOON)
    ledger.mark(row.row_id, "sending", samples.NOON)
    return desks()


def test_I7_a_normal_message_a_crash_left_in_doubt_is_not_sent_again(desks, samples):
    again = crash_while_sending(desks, samples, Category.INSTITUTIONAL, attempts=1)
    assert again.due(samples.NOON) == []
    assert states(again) == [("send", "unknown")]


def test_I7_a_critical_one_goes_once_more_and_knows_that_it_may_be_a_repeat(desks, samples):
    again = crash_while_sending(desks, samples, Category.CRITICAL, attempts=1)
    assert [(row.critical, row.attempt) for row in again.due(samples.NOON)] == [(True, 1)]


def test_I7_a_critical_one_is_never_sent_a_third_time(desks, samples):
    again = crash_while_sending(desks, samples, Category.CRITICAL, attempts=2)
    assert again.due(samples.NOON) == []
    assert states(again) == [("send", "unknown")]


def test_an_edit_may_always_be_repeated_after_a_crash(desks, samples):
    ledger = desks()
    post(ledger, samples, samples.send(), samples.edit())
    deliver(ledger, samples.NOON, 99)
    (row,) = ledger.due(samples.NOON)
    ledger.mark(row.row_id, "sending", samples.NOON)
    again = desks()
    assert [(row.kind, row.message_id) for row in again.due(samples.NOON)] == [("edit", 99)]


# The two ledgers, step by step.

REFS = st.sampled_from(["a", "b"])
STEPS = st.one_of(
    st.tuples(st.just("send"), REFS, st.sampled_from(list(Lane)), st.sampled_from([None, 1, 3])),
    st.tuples(st.just("edit"), REFS),
    st.tuples(
        st.just("mark"),
        st.integers(0, 3),
        st.sampled_from(["sending", "sent", "unknown", "failed", "new"]),
    ),
    st.tuples(st.just("unsent"), st.integers(0, 3)),
    st.tuples(st.just("pass")),
)


def play(ledger, samples, steps):
    """Do the steps; tell all that is due after each."""
    now, seen, rows = samples.NOON, [], []
    for step in steps:
        match step:
            case ("send", ref, lane, life):
                expiry = None if life is None else now + life
                critical = Category.CRITICAL if lane is Lane.CRITICAL else Category.REPLY
                post(
                    ledger, samples, samples.send(ref, lane=lane, category=critical, expiry=expiry)
                )
            case ("edit", ref):
                post(ledger, samples, samples.edit(ref, text=str(len(seen))))
            case ("mark", place, state) if place < len(rows):
                ledger.mark(rows[place].row_id, state, now, 7 if state == "sent" else None)
            case ("unsent", place) if place < len(rows):
                ledger.surely_unsent(rows[place].row_id)
            case _:
                now += 1
        rows = ledger.due(now)
        seen.append((rows, ledger.waiting()))
    return seen


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(steps=st.lists(STEPS, max_size=25))
def test_both_ledgers_tell_the_same_story(samples, tmp_path_factory, steps):
    """Whatever happens to messages, SQL and dicts agree on every row."""
    path = tmp_path_factory.mktemp("twin") / "ledger.sqlite3"
    sql = SqlLedger(path, samples.BUTTON_KEY, samples.AUDIT_KEY)
    memory = MemoryLedger(samples.BUTTON_KEY, samples.AUDIT_KEY)
    try:
        told = [
            [_without_ids(rows, waiting) for rows, waiting in play(ledger, samples, steps)]
            for ledger in (sql, memory)
        ]
        assert told[0] == told[1]
    finally:
        sql.close()


def _without_ids(rows, waiting):
    return [replace(row, row_id=0) for row in rows], waiting
