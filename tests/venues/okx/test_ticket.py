"""One order at the venue: any order of news, and a network error decides nothing."""

from decimal import Decimal as D
from itertools import permutations

import pytest

from pawang.model.refs import MILLISECOND, SECOND
from pawang.venues.okx.codes import Halted, Held, NotSent, Refused, Retry, Unknown
from pawang.venues.okx.requests import Amend, Cancel, Place
from pawang.venues.okx.ticket import Fill, State, Ticket
from pawang.venues.okx.wanted import AskFills, AskOrder, Send, SendAmend, SendCancel, Tell

TS_MS = 1_743_041_250_440
NOW = TS_MS * MILLISECOND
INST, ENTRY = "BTC-USDT-SWAP", "pwsnp202509150736BTClE1"
REQUEST = Place(
    instrument=INST, client_id=ENTRY, side="buy", kind="post_only", contracts=D(1), price=D(100)
)
PATH = "trade/order"


def ticket(give_up=NOW + 900 * SECOND) -> Ticket:
    return Ticket(ENTRY, INST, D(1), REQUEST, give_up)


def sent() -> Ticket:
    made = ticket()
    assert made.todo(NOW) == [Send(request=REQUEST, expires=NOW + 4 * SECOND)]
    return made


def lost() -> Ticket:
    made = sent()
    made.failed(Unknown(PATH, "", "reset"), NOW)
    return made


def run(made: Ticket, until: int, answer):
    """Virtual time: do what is due, answered by `answer(todo, now)`, until `until`."""
    done, now = [], NOW
    while (due := made.due()) is not None and max(now, due) <= until:
        now = max(now, due)
        assert len(done) < 1000, "it spins"
        step = made.todo(now)
        assert step or made.due() != due, "due, and nothing to do: this would spin"
        for todo in step:
            done.append((now - NOW, todo))
            answer(todo, now)
    return done


def figures(made: Ticket):
    keep = (made.state, made.order_id, made.accumulated, made.contracts, made.over)
    return *keep, sorted(made.fills.values(), key=lambda fill: fill.trade_id)


# Life without trouble.


def test_an_intent_is_sent_once_and_its_states_are_told():
    made = ticket()
    assert made.state is State.INTENT
    assert len(made.todo(NOW)) == 1
    assert (made.todo(NOW), made.state) == ([], State.SENDING)
    made.acked("7", NOW)
    assert made.state is State.LIVE


def test_fills_make_it_partial_then_filled(rows):
    made = sent()
    made.acked("7", NOW)
    made.order(rows.match("t1", "0.4", "0.4", 10), NOW, pushed=True)
    assert (made.state, made.filled) == (State.PARTIALLY_FILLED, D("0.4"))
    made.order(rows.match("t2", "0.6", "1", 20), NOW, pushed=True)
    assert (made.state, made.filled, made.over, made.todo(NOW)) == (State.FILLED, D(1), True, [])
    assert made.fills["t1"] == Fill(
        trade_id="t1",
        price=D(100),
        contracts=D("0.4"),
        fee=D("-0.00008"),
        ts=(TS_MS + 10) * MILLISECOND,
        maker=True,
    )


def test_an_acknowledged_order_that_never_shows_itself_is_asked_for():
    made = sent()
    made.acked("7", NOW)
    assert made.due() == NOW + 2 * SECOND
    ask = AskOrder(client_id=ENTRY, instrument=INST, order_id="7")
    assert made.todo(NOW + 2 * SECOND) == [ask]


def test_an_order_too_late_to_be_sent_is_not():
    made = ticket(give_up=NOW)
    assert (made.todo(NOW), made.state, made.reason) == ([], State.REJECTED, "late")


# C07: any order of events.


EVENTS = {
    "ack": lambda made, rows: made.acked("7", NOW),
    "live": lambda made, rows: made.order(rows.order("live", at=1), NOW, True),
    "part": lambda made, rows: made.order(rows.match("t1", "0.4", "0.4", 10), NOW, True),
    "whole": lambda made, rows: made.order(rows.match("t2", "0.6", "1", 20), NOW, True),
    "fill 1": lambda made, rows: made.fill(rows.fill("t1", "0.4", 10), NOW),
    "query": lambda made, rows: made.order(rows.order("partially_filled", "0.4", 10), NOW, False),
}


def test_c07_every_order_of_ack_push_fill_and_query_gives_the_same_figures(rows):
    """720 orders, and each with every event told twice."""
    expected = None
    for order in permutations(EVENTS):
        for telling in (order, [name for name in order for _ in (0, 1)], [*order, *order]):
            made = sent()
            for name in telling:
                EVENTS[name](made, rows)
            expected = expected or figures(made)
            assert figures(made) == expected, telling
    assert expected[:5] == (State.FILLED, "7", D(1), D(1), True)


def test_c07_every_order_of_a_part_fill_and_a_cancel_gives_the_same_figures(rows):
    events = {
        "ack": EVENTS["ack"],
        "live": EVENTS["live"],
        "part": EVENTS["part"],
        "fill 1": EVENTS["fill 1"],
        "cancel": lambda made, rows: made.order(
            rows.order("canceled", "0.4", 30, cancel_source="31"), NOW, True
        ),
        "ack again": EVENTS["ack"],
    }
    ends = set()
    for order in permutations(events):
        made = sent()
        for name in order:
            events[name](made, rows)
        ends.add((made.state, made.reason, made.filled, made.over))
    assert ends == {(State.CANCELED, "source 31", D("0.4"), True)}


def test_c07_a_push_before_bad_news_of_the_same_order_stands(rows):
    for error in (Unknown(PATH, "", "reset"), Refused(PATH, "51008", "margin")):
        made = sent()
        made.order(rows.order(), NOW, True)
        made.failed(error, NOW)
        assert made.state is State.LIVE


def test_c07_and_after_it_too(rows):
    made = sent()
    made.failed(Refused(PATH, "51008", "margin"), NOW)
    assert made.state is State.REJECTED
    made.order(rows.order(), NOW, True)
    assert made.state is State.LIVE


def test_a_row_that_tells_of_fills_we_have_not_seen_makes_us_ask_for_them(rows):
    made = sent()
    made.order(rows.order("filled", "1", 20), NOW, pushed=False)
    assert (made.state, made.over, made.due()) == (State.FILLED, False, NOW + SECOND // 2)
    assert made.todo(NOW + SECOND // 2) == [
        AskFills(client_id=ENTRY, instrument=INST, order_id="7")
    ]
    made.fills_answered([rows.fill("t1", "0.4", 10)], NOW + SECOND)
    assert (made.todo(NOW + 2 * SECOND), made.due()) == ([], NOW + 3 * SECOND)
    assert len(made.todo(NOW + 3 * SECOND)) == 1
    made.fills_answered([rows.fill("t1", "0.4", 10), rows.fill("t2", "0.6", 20)], NOW + SECOND)
    assert (made.over, made.filled) == (True, D(1))


def test_c09_a_fill_by_push_and_by_list_is_one(rows):
    made = sent()
    made.order(rows.match("t1", "0.4", "0.4", 10), NOW, True)
    made.fill(rows.fill("t1", "0.4", 10), NOW)
    made.fill(rows.fill("t1", "0.4", 10), NOW)
    assert (made.filled, len(made.fills)) == (D("0.4"), 1)


# C01 to C04: an unknown outcome.


@pytest.mark.parametrize("code", ["", "50004", "51054", "51149", "502"])
def test_c01_c04_a_lost_answer_is_unknown_until_the_venue_was_asked(rows, code):
    made = sent()
    made.failed(Unknown(PATH, code, "?"), NOW)
    assert made.state is State.UNKNOWN
    done = run(made, NOW + 10 * SECOND, lambda todo, now: made.found(rows.order(), now))
    assert done == [(SECOND // 5, AskOrder(client_id=ENTRY, instrument=INST))]
    assert (made.state, made.order_id, made.sends) == (State.LIVE, "7", 1)


def test_c01_nobody_answering_the_question_leaves_it_open_and_asks_on(rows):
    made = lost()

    def answer(todo, now):
        if now < NOW + 8 * SECOND:
            made.ask_failed(now)
        else:
            made.found(rows.order(), now)

    done = run(made, NOW + 10 * SECOND, answer)
    assert {type(todo) for _, todo in done} == {AskOrder}
    assert (made.state, made.sends) == (State.LIVE, 1)
    assert len(done) < 10


def test_c02_the_same_id_is_sent_again_only_when_there_is_none_and_the_first_has_expired():
    made = lost()

    def answer(todo, now):
        if isinstance(todo, AskOrder):
            made.missing(now)
        elif made.sends == 2:
            made.acked("8", now)

    done = run(made, NOW + 5 * SECOND, answer)
    [(at, again)] = [(at, todo) for at, todo in done if isinstance(todo, Send)]
    assert 4 * SECOND < at < 5 * SECOND
    assert again == Send(request=REQUEST, expires=NOW + at + 4 * SECOND)
    assert (made.state, made.order_id) == (State.LIVE, "8")


def test_c02_none_in_the_moment_after_the_expiry_proves_nothing_yet():
    """The venue's clock is known to some tenths: there it may still be in time."""
    made, expired = lost(), NOW + 4 * SECOND
    for moment, sent_again in ((SECOND // 10, False), (SECOND // 2, True)):
        [asked] = made.todo(expired + moment)
        assert isinstance(asked, AskOrder)
        made.missing(expired + moment)
        todo = made.todo(expired + moment)
        assert any(isinstance(one, Send) for one in todo) == sent_again


def test_c02_an_order_that_stays_away_is_given_up_after_three_sendings():
    made = ticket()

    def answer(todo, now):
        if isinstance(todo, Send):
            made.failed(Unknown(PATH, "", "reset"), now)
        else:
            made.missing(now)

    done = run(made, NOW + 60 * SECOND, answer)
    assert sum(isinstance(todo, Send) for _, todo in done) == 3
    assert (made.state, made.reason, made.due()) == (State.REJECTED, "lost", None)


def test_c02_it_is_not_sent_again_when_its_time_is_over():
    made = Ticket(ENTRY, INST, D(1), REQUEST, give_up=NOW + SECOND)

    def answer(todo, now):
        if isinstance(todo, Send):
            made.failed(Unknown(PATH, "", "reset"), now)
        else:
            made.missing(now)

    done = run(made, NOW + 60 * SECOND, answer)
    assert sum(isinstance(todo, Send) for _, todo in done) == 1
    assert made.state is State.REJECTED


@pytest.mark.parametrize("code", ["51016", "51011"])
def test_c03_a_duplicate_client_id_is_our_own_order_and_is_adopted(rows, code):
    made = sent()
    made.failed(Refused(PATH, code, "already exists"), NOW)
    assert made.state is State.LIVE
    assert made.todo(NOW) == [AskOrder(client_id=ENTRY, instrument=INST)]
    made.found(rows.match("t1", "1", "1", 5), NOW)
    assert (made.state, made.sends) == (State.FILLED, 1)


def test_c14_from_before_a_restart_it_is_asked_for_and_never_sent_by_itself():
    made = ticket()
    made.assume_sent(NOW - 60 * SECOND, NOW)
    assert made.todo(NOW) == [AskOrder(client_id=ENTRY, instrument=INST)]
    made.missing(NOW)
    assert (made.state, made.reason, made.sends) == (State.REJECTED, "lost", 1)


# Refusals and busy doors.


@pytest.mark.parametrize("code", ["51008", "51121", "51000", "50037", "58999"])
def test_c06_a_refusal_is_final_after_one_attempt(code):
    made = sent()
    made.failed(Refused(PATH, code, "no"), NOW)
    assert (made.state, made.reason, made.sends) == (State.REJECTED, code, 1)
    assert (made.todo(NOW + 3600 * SECOND), made.due()) == ([], None)


def test_c19_a_refused_key_ends_it_without_a_second_try():
    made = sent()
    made.failed(Halted(PATH, "50111", "no"), NOW)
    assert (made.state, made.reason, made.due()) == (State.REJECTED, "auth", None)


def test_a_shut_gate_ends_it():
    made = sent()
    made.failed(Held(PATH, "", "the gate is shut"), NOW)
    assert (made.state, made.reason) == (State.REJECTED, "held")


@pytest.mark.parametrize(
    "error", [Retry(PATH, "50011", "x"), Retry(PATH, "50061", "x"), NotSent(PATH, "", "refused")]
)
def test_c26_where_nothing_happened_the_same_goes_out_again_a_moment_later(error):
    made = sent()
    made.failed(error, NOW)
    assert (made.state, made.due()) == (State.INTENT, NOW + SECOND)
    assert made.todo(NOW + SECOND - 1) == []
    assert made.todo(NOW + SECOND) == [Send(request=REQUEST, expires=NOW + 5 * SECOND)]


def test_c26_but_not_for_ever():
    made = ticket()
    done = run(
        made,
        NOW + 600 * SECOND,
        lambda todo, now: made.failed(Retry(PATH, "50011", "too many"), now),
    )
    assert (len(done), made.state, made.reason) == (10, State.REJECTED, "50011")


def test_a_sick_venue_is_asked_before_anything_is_sent_again():
    """50026 "system error": OKX calls it a retry, an order costs too much to believe that."""
    made = sent()
    made.failed(Retry(PATH, "50026", "system error"), NOW)
    assert made.state is State.UNKNOWN
    assert made.todo(NOW + SECOND) == [AskOrder(client_id=ENTRY, instrument=INST)]


# Cancels.


def live(rows) -> Ticket:
    made = sent()
    made.order(rows.order(), NOW, True)
    return made


CANCEL = Cancel(instrument=INST, client_id=ENTRY, order_id="7")


def test_a_cancel_is_sent_and_the_push_ends_it(rows):
    made = live(rows)
    made.cancel("expired", NOW)
    assert made.todo(NOW) == [SendCancel(client_id=ENTRY, request=CANCEL)]
    made.cancel_acked(NOW)
    made.order(rows.order("canceled", at=5, cancel_source="1"), NOW, True)
    assert (made.state, made.reason, made.over) == (State.CANCELED, "source 1", True)


@pytest.mark.parametrize("code", ["51400", "51410", "51503"])
def test_c25_not_found_on_cancel_asks_for_the_final_state(rows, code):
    made = live(rows)
    made.cancel("panic", NOW)
    made.todo(NOW)
    made.cancel_failed(Refused("trade/cancel-order", code, "filled or canceled"), NOW)
    assert made.todo(NOW) == [AskOrder(client_id=ENTRY, instrument=INST, order_id="7")]
    made.found(rows.match("t1", "1", "1", 5), NOW)
    assert (made.state, made.cancels) == (State.FILLED, 1)


def test_c25_never_more_than_three_cancels_then_a_person_is_told_and_it_is_asked_for(rows):
    made = live(rows)
    made.cancel("panic", NOW)

    def answer(todo, now):
        if isinstance(todo, SendCancel):
            made.cancel_failed(Refused("trade/cancel-order", "51400", "not found"), now)
        elif isinstance(todo, AskOrder):
            made.found(rows.order(), now)

    done = run(made, NOW + 120 * SECOND, answer)
    kinds = [type(todo) for _, todo in done]
    assert kinds.count(SendCancel) == 3
    assert kinds.count(Tell) == 1
    assert 20 < kinds.count(AskOrder) < 80


def test_c25_a_cancel_without_an_answer_is_a_question_first(rows):
    made = live(rows)
    made.cancel("panic", NOW)
    made.todo(NOW)
    made.cancel_failed(Unknown("trade/cancel-order", "", "reset"), NOW)
    assert made.todo(NOW) == [AskOrder(client_id=ENTRY, instrument=INST, order_id="7")]
    made.found(rows.order(), NOW)
    assert made.todo(NOW) == [SendCancel(client_id=ENTRY, request=CANCEL)]


def test_c26_a_cancel_the_venue_had_no_time_for_is_no_attempt(rows):
    made = live(rows)
    made.cancel("panic", NOW)

    def answer(todo, now):
        if isinstance(todo, SendCancel) and now < NOW + 6 * SECOND:
            made.cancel_failed(Retry("trade/cancel-order", "50011", "too many"), now)
        elif isinstance(todo, SendCancel):
            made.cancel_acked(now)
            made.order(rows.order("canceled", at=5, cancel_source="1"), now, True)

    done = run(made, NOW + 10 * SECOND, answer)
    assert len(done) == 7
    assert made.state is State.CANCELED


def test_a_cancel_of_an_unknown_order_resolves_it_first(rows):
    made = lost()
    made.cancel("panic", NOW)
    asks = run(made, NOW + SECOND, lambda todo, now: made.missing(now))
    assert {type(todo) for _, todo in asks} == {AskOrder}
    made.missing(NOW + 5 * SECOND)
    assert (made.state, made.reason, made.sends) == (State.CANCELED, "panic", 1)


def test_a_cancel_of_an_order_that_never_left_is_our_own_affair():
    made = ticket()
    made.cancel("panic", NOW)
    assert (made.todo(NOW), made.state, made.reason) == ([], State.CANCELED, "panic")


def test_a_fill_that_won_the_race_against_the_cancel_is_a_fill(rows):
    made = live(rows)
    made.cancel("expired", NOW)
    made.todo(NOW)
    made.order(rows.match("t1", "1", "1", 5), NOW, True)
    made.cancel_failed(Refused("trade/cancel-order", "51400", "filled"), NOW)
    assert (made.state, made.over, made.todo(NOW + SECOND)) == (State.FILLED, True, [])


def test_a_known_order_that_no_query_finds_any_more_is_gone(rows):
    made = live(rows)
    made.look(NOW)
    run(made, NOW + 10 * SECOND, lambda todo, now: made.missing(now))
    assert (made.state, made.reason) == (State.CANCELED, "gone")


# Amends.


def test_an_amend_is_sent_once_and_the_row_says_what_stands(rows):
    made = live(rows)
    made.amend(D(2), D(99))
    request = Amend(
        instrument=INST,
        client_id=ENTRY,
        order_id="7",
        contracts=D(2),
        price=D(99),
        request_id="a1",
    )
    assert made.todo(NOW) == [SendAmend(client_id=ENTRY, request=request, expires=NOW + 4 * SECOND)]
    made.amend_answered(None, NOW)
    made.order(rows.order(at=5, sz=D(2), px=D(99)), NOW, True)
    assert (made.contracts, made.price, made.todo(NOW)) == (D(2), D(99), [])


def test_an_old_row_does_not_undo_an_amend(rows):
    made = live(rows)
    made.order(rows.order(at=5, sz=D(2), px=D(99)), NOW, True)
    made.order(rows.order(at=1), NOW, True)
    assert (made.contracts, made.price) == (D(2), D(99))


def test_a_fill_of_the_old_size_does_not_end_an_order_that_is_being_enlarged(rows):
    made = live(rows)
    made.amend(D(2), None)
    made.fill(rows.fill("t1", "1", 5), NOW)
    assert made.state is State.PARTIALLY_FILLED


def test_a_refused_amend_is_told_and_looked_after(rows):
    made = live(rows)
    made.amend(None, D(99))
    made.todo(NOW)
    made.amend_answered(Refused("trade/amend-order", "51503", "filled"), NOW)
    told, ask = made.todo(NOW)
    assert told.words == "amend refused: OKX trade/amend-order: 51503 filled"
    assert isinstance(ask, AskOrder)
