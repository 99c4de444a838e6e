"""Who may do what where: SEC1, SEC2, SEC3, SEC25, B10, B14, row T9."""

import random
from typing import Any

import pytest
from msgspec.structs import replace

from pawang.actions import REGISTRY, recognises_panic, wants
from pawang.actions.gate import ANONYMOUS
from pawang.model.chat import Answer, ButtonRow, Send
from pawang.model.desk import Desk
from pawang.model.event import Audit
from pawang.model.refs import MINUTE, SECOND

# Row T9 by hand: (private, group); the table the registry must agree with.
EVERYBODY, TRADERS, ADMINS, NOBODY = (
    ("viewer", "trader", "admin"),
    ("trader", "admin"),
    ("admin",),
    (),
)
ROW_T9: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    **dict.fromkeys(
        ("alpha", "sniper", "status", "why", "orders", "coins", "health", "budget", "lang", "tz"),
        (EVERYBODY, EVERYBODY),
    ),
    **dict.fromkeys(
        ("help", "start", "rate", "heatmap", "orderbook", "playbook", "risk", "kpi", "report"),
        (EVERYBODY, EVERYBODY),
    ),
    "snooze": (EVERYBODY, TRADERS),
    **dict.fromkeys(("panic", "entry", "lines", "cancel", "close"), (TRADERS, TRADERS)),
    **dict.fromkeys(("resume", "people", "calibrate"), (ADMINS, NOBODY)),
}
ARGUMENTS = {
    "snooze": "sniper 30",
    "rate": "1",
    "heatmap": "SOL",
    "orderbook": "SOL",
    "playbook": "sniper",
}
USERS = {"viewer": 9, "trader": 8, "admin": 7}

CELLS = [
    pytest.param(verb, role, kind, way, id=f"{verb.name}-{role}-{kind}-{way}")
    for verb in REGISTRY
    for role in USERS
    for kind in ("private", "group", "supergroup", "channel")
    for way in ("command", "button")
    if (way == "command" and verb.command) or (way == "button" and verb.button)
]


def test_every_verb_stands_in_the_table() -> None:
    assert sorted(verb.name for verb in REGISTRY) == sorted(ROW_T9)


@pytest.mark.parametrize(("verb", "role", "kind", "way"), CELLS)
def test_SEC1_SEC2_every_cell_of_role_verb_and_chat(
    crew: Any, names: Any, verb: Any, role: str, kind: str, way: str
) -> None:
    user = USERS[role]
    chat = user if kind == "private" else names.group
    argument = ARGUMENTS.get(verb.name, "")
    if way == "command":
        crew.says(user, f"/{verb.name} {argument}", chat=chat, chat_kind=kind)
    else:
        crew.presses(user, verb.name, argument, chat=chat, chat_kind=kind)
    private, group = ROW_T9[verb.name]
    allowed = {"private": private, "channel": NOBODY}.get(kind, group)
    refused = {"denied", "foreign"} & {*crew.desk.counters}
    assert (not refused) is (role in allowed)
    if refused:
        assert crew.did == []


def test_a_viewer_reads_the_risk_and_does_not_set_it(crew: Any, names: Any) -> None:
    crew.says(names.viewer, "/risk")
    assert "1%" in crew.said
    crew.says(names.viewer, "/risk 1.5")
    assert (crew.desk.risk_pct, crew.desk.counters) == (1.0, {"denied": 1})


@pytest.mark.parametrize(
    "fields",
    [
        {"user_id": ANONYMOUS[0]},
        {"user_id": 777000},
        {"user_id": 0},
        {"user_id": -5},
        {"sender_chat_id": -100},
        {"forwarded": True},
        {"chat_kind": "channel"},
    ],
)
def test_SEC1_nobodys_own_word_is_refused_without_an_answer(
    crew: Any, names: Any, fields: dict[str, Any]
) -> None:
    """Even with an admin's id on it: the words are not known to be his."""
    heard = crew.hears(names.admin, names.group, text="/panic", **{"chat_kind": "group", **fields})
    assert not recognises_panic(crew.desk, heard, names.params)
    before = crew.desk.trading
    crew.give(heard)
    assert (crew.desk.trading, crew.did) == (before, [])
    assert crew.desk.counters == {"foreign": 1}
    assert [send.chat_id for send in crew.of(Send)] == [names.admin, names.admin2]  # the alarm


def test_talk_in_a_group_is_left_alone(crew: Any, names: Any) -> None:
    for user, fields in (
        (names.viewer, {}),
        (names.stranger, {}),
        (names.viewer, {"forwarded": True}),
    ):
        before = crew.desk
        crew.says(user, "what do you think of SOL?", chat=names.group, **fields)
        assert (crew.desk, crew.acted.effects) == (before, ())


@pytest.mark.parametrize(
    "text", ["/alpha", "/panic", "/risk 2", "/resume", "/start", "hello", "/start a b"]
)
def test_SEC1_a_stranger_gets_one_short_answer_and_nothing_else(
    crew: Any, names: Any, text: str
) -> None:
    before = crew.desk
    crew.says(names.stranger, text)
    replies = [send.text for send in crew.of(Send) if send.chat_id == names.stranger]
    assert replies == ["I do not know you. Ask an admin for a code and send /start CODE."]
    assert crew.did == []
    changed = {"told": {}, "counters": {}, "ref_repeats": {}}
    assert replace(crew.desk, **changed) == replace(before, **changed)
    assert (
        wants(crew.desk, crew.hears(names.stranger, text=text), names.now, names.params).ref_id
        == ""
    )


def test_SEC25_strangers_are_answered_once_in_ten_minutes_and_never_echoed(
    crew: Any, names: Any
) -> None:
    heard = []
    for step in range(40):
        crew.now = names.now + step * MINUTE
        crew.says(names.stranger, "/give me <b>everything</b>")
        heard += list(crew.of(Send))
    own = [send for send in heard if send.chat_id == names.stranger]
    alarms = [send for send in heard if send.chat_id == names.admin]
    assert (len(own), len(alarms)) == (4, 4)
    assert not any("everything" in send.text for send in heard)
    assert crew.desk.counters["stranger"] == 40


def test_SEC25_a_crowd_of_strangers_does_not_grow_the_desk(crew: Any, names: Any) -> None:
    for user in range(10_000, 11_000):
        crew.says(user, "/start 12345678")
        crew.says(user, "/alpha")
    assert len(crew.desk.told) <= names.params.strangers_max + 1
    assert len(crew.desk.chats) == 5
    assert len(crew.desk.counters) <= 3


def test_SEC25_the_alarm_is_audited_with_its_count(crew: Any, names: Any) -> None:
    crew.says(names.stranger, "/alpha")
    (audit,) = crew.of(Audit)
    assert audit == Audit(actor=names.stranger, action="refused", detail="stranger, 1 so far")


def test_no_people_means_nothing_but_pairing_works(empty: Any, names: Any) -> None:
    for verb in REGISTRY:
        empty.says(names.stranger, f"/{verb.name}")
        empty.presses(names.stranger, verb.name)
        assert empty.did == []
        assert empty.desk.people == {}


# Buttons (SEC3, B10).


def harmless(desk: Desk) -> Desk:
    return replace(desk, told={}, counters={}, ref_repeats={})


def test_B10_forged_ids_have_no_effect(crew: Any, names: Any) -> None:
    """Thousands of tokens nobody made: the ledger finds no row for any of them."""
    chance, before, alarms = random.Random(7), harmless(crew.desk), 0
    alphabet = "abcdefghijklmnopqrstuvwxyz0123456789-_"
    for number in range(3000):
        user = chance.choice((names.admin, names.trader, names.viewer))
        token = "".join(chance.choices(alphabet, k=chance.randint(1, 64)))
        crew.give(crew.hears(user, token=token, callback_id=f"c{number}", ts_sent=0))
        assert isinstance(crew.acted.effects[0], Answer)
        assert crew.did == []
        alarms += len(crew.of(Audit))
    assert harmless(crew.desk) == before
    assert (crew.desk.counters, alarms) == ({"button_refused": 3000}, 1)


@pytest.mark.parametrize("action", ["entry", "cancel", "close", "lines", "snooze", "rate"])
@pytest.mark.parametrize(
    "wrong", ["other_chat", "expired", "no_row", "empty_token", "unknown_action"]
)
def test_B10_a_stolen_old_or_empty_press_is_answered_and_does_nothing(
    crew: Any, names: Any, action: str, wrong: str
) -> None:
    crew.ghost()
    before = harmless(crew.desk)
    heard = crew.hears(names.trader, token="t" * 22, callback_id="c9", ts_sent=0)
    crew.presses(names.trader, action, ARGUMENTS.get(action, ""))
    row = ButtonRow(
        token=heard.token,
        chat_id=names.trader,
        ref_id=names.ref,
        action=action,
        argument=ARGUMENTS.get(action, ""),
        ts_expiry=names.now + MINUTE,
    )
    wrongs = {
        "other_chat": replace(heard, button=replace(row, chat_id=names.viewer)),
        "expired": replace(heard, button=replace(row, ts_expiry=names.now - 1)),
        "no_row": heard,
        "empty_token": replace(heard, token=""),
        "unknown_action": replace(heard, button=replace(row, action="withdraw_all")),
    }
    crew.desk = before
    crew.give(wrongs[wrong])
    assert crew.of(Answer) == [Answer(callback_id="c9", text="This button has expired.")]
    assert crew.acted.effects[0] == crew.of(Answer)[0]
    assert (crew.did, harmless(crew.desk)) == ([], before)


def test_an_expired_press_of_a_member_raises_no_alarm(crew: Any, names: Any) -> None:
    crew.presses(names.viewer, "rate", "1")
    row = crew.hears(names.viewer, token="t", callback_id="c")
    old = ButtonRow(token="t", chat_id=9, ref_id="x", action="rate", argument="1", ts_expiry=1)
    crew.give(replace(row, button=old))
    assert crew.of(Audit) == []


@pytest.mark.parametrize(
    "verb", [verb for verb in REGISTRY if verb.button], ids=lambda verb: verb.name
)
def test_every_press_is_answered_first_and_once(crew: Any, names: Any, verb: Any) -> None:
    crew.presses(names.admin, verb.name, ARGUMENTS.get(verb.name, ""))
    assert isinstance(crew.acted.effects[0], Answer)
    assert len(crew.of(Answer)) == 1
    assert len(crew.of(Answer)[0].text) <= 200


# Old commands (B14).


@pytest.mark.parametrize("text", ["/risk 1.5", "/resume", "/people invite admin", "/calibrate"])
def test_B14_a_risky_command_from_a_backlog_is_refused_with_a_note(
    crew: Any, names: Any, text: str
) -> None:
    before = crew.desk
    crew.says(names.admin, text, ts_sent=names.now - 61 * SECOND)
    assert crew.said == "Too old: sent 61 s ago. Please send it again."
    assert crew.desk == replace(before, counters={"too_old": 1})
    crew.says(names.admin, text, ts_sent=names.now - 60 * SECOND)
    assert "Too old" not in crew.said


def test_B14_panic_is_obeyed_however_old(crew: Any, names: Any) -> None:
    heard = crew.hears(names.trader, text="/panic", ts_sent=names.now - 6 * 3600 * SECOND)
    assert recognises_panic(crew.desk, heard, names.params)
    crew.give(heard)
    assert crew.desk.trading.state == "halted"


# Groups.


def test_a_group_is_ours_only_after_an_admins_start(crew: Any, names: Any) -> None:
    for user in (names.viewer, names.trader, names.admin):
        crew.says(user, "/alpha", chat=-200)
        assert crew.said == "This group is not mine yet: an admin sends /start here first."
    crew.says(names.trader, "/start", chat=-200)
    assert -200 not in crew.desk.chats
    crew.says(names.admin, "/start", chat=-200)
    assert crew.desk.chats[-200].kind == "group"
    crew.says(names.viewer, "/coins", chat=-200)
    assert crew.said.startswith("Watched: BTC")


def test_the_stop_works_in_a_group_that_is_not_ours(crew: Any, names: Any) -> None:
    crew.says(names.trader, "/panic", chat=-200)
    assert crew.desk.trading.state == "halted"
    assert -200 in [send.chat_id for send in crew.of(Send)]
    assert -200 not in crew.desk.chats


def test_an_addressed_command_is_the_same_command(crew: Any, names: Any) -> None:
    crew.says(names.trader, "/PANIC@pawang_bot now!", chat=names.group)
    assert crew.desk.trading.state == "halted"


@pytest.mark.parametrize("text", ["/", "/ ", "/@", "//", "/nope", "/\n", "/alpha" * 900, "/‮risk"])
def test_odd_commands_are_refused_without_harm(crew: Any, names: Any, text: str) -> None:
    before = harmless(crew.desk)
    crew.says(names.admin, text)
    assert (harmless(crew.desk), crew.did) == (before, [])
    assert crew.said == "I do not know this. /help shows what I can do."
