"""The outbox, law by law (reliability.md 8, rows B01-B17), on virtual time."""

import asyncio
import itertools

import pytest

from pawang.journal import MemoryLedger
from pawang.model.chat import Button, Category, Edit, Lane, Picture, Send
from pawang.model.desk import Desk
from pawang.model.event import Event, MinuteTick
from pawang.model.refs import SECOND
from pawang.simulate.loop import VirtualLoop
from pawang.telegram.errors import (
    Ambiguous,
    Blocked,
    Flooded,
    Gone,
    Migrated,
    NotModified,
    NotSent,
    Rejected,
    Unauthorised,
    Unparsable,
)
from pawang.telegram.limits import LimitParams, Limits
from pawang.telegram.outbox import REPEAT_MARK, Outbox, marked

NOON = 1_757_937_600 * SECOND
CHAT, OTHER, GROUP = 42, 43, -2002
PNG = b"\x89PNG"


class ScriptedChat:
    """A chat service that keeps what it took; `script` holds what to raise, call by call."""

    def __init__(self, clock, script=(), takes_s=0.0):
        self.clock = clock
        self.script = list(script)
        self.takes_s = takes_s
        self.calls = []  # (seconds since the start, chat, text, picture?, plain?)

    async def _answer(self, *call):
        self.calls.append((round(self.clock.elapsed_s, 3), *call))
        wrong = self.script.pop(0) if self.script else None
        if self.takes_s:
            await asyncio.sleep(self.takes_s)
        if wrong is not None:
            raise wrong
        return 100 + len(self.calls)

    async def send(self, send, tokens, *, picture=None, plain=False):
        return await self._answer(send.chat_id, send.text, picture is not None, plain)

    async def edit(self, edit, tokens, message_id, *, plain):
        await self._answer(edit.chat_id, f"{message_id}:{edit.text}", False, plain)

    @property
    def texts(self):
        return [text for _, _, text, _, _ in self.calls]


class LoopClock:
    def __init__(self, loop):
        self._loop = loop

    @property
    def elapsed_s(self):
        return self._loop.elapsed

    def now(self):
        return NOON + round(self._loop.elapsed * SECOND)


class Room:
    """A ledger, a scripted chat and an outbox between them."""

    def __init__(self, loop, script=(), takes_s=0.0, draw=None):
        self.clock = LoopClock(loop)
        self.ledger = MemoryLedger(b"buttons", b"audit")
        self.chat = ScriptedChat(self.clock, script, takes_s)
        self.outbox = Outbox(
            self.ledger, self.chat, self.clock, self.clock.now, asyncio.sleep, draw or draws
        )

    def post(self, *messages):
        seq = self.ledger.load()[1] + 1
        event = Event(
            seq=seq, ts_event=NOON, ts_recv=NOON, kind="MinuteTick", ref_id="", cause=0,
            body=MinuteTick(),
        )  # fmt: skip
        self.ledger.append(event, messages, Desk())
        self.outbox.wake()

    async def work(self, seconds):
        """Let the outbox work for so long."""
        running = asyncio.create_task(self.outbox.run())
        await asyncio.sleep(seconds)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    def states(self, ref="r"):
        return [row["state"] for row in self.ledger.rows("outbox", ref)]


async def draws(picture):
    return PNG


def send(ref="r", text="words", chat=CHAT, critical=False, lane=None, **more):
    return Send(
        chat_id=chat,
        ref_id=ref,
        category=Category.CRITICAL if critical else Category.SNIPER,
        lane=lane or (Lane.CRITICAL if critical else Lane.SIGNAL),
        text=text,
        ts_created=NOON,
        **more,
    )


def edit(ref="r", text="news", chat=CHAT):
    return Edit(chat_id=chat, ref_id=ref, lane=Lane.ORDER, text=text, ts_created=NOON)


def story(told):
    """Run `told(loop)` on virtual time; a day passes in no time."""
    loop = VirtualLoop(seed=1)
    try:
        return loop.run_until_complete(told(loop))
    finally:
        loop.close()


def after(messages, seconds=60.0, **room):
    """The room, after it worked `messages` for so long."""

    async def told(loop):
        made = Room(loop, **room)
        made.post(*messages)
        await made.work(seconds)
        return made

    return story(told)


# The plain road.


def test_a_message_goes_out_once_and_its_lag_is_measured():
    room = after([send()], takes_s=0.5)
    assert room.chat.calls == [(0.0, CHAT, "words", False, False)]
    assert room.states() == ["sent"]
    assert room.ledger.message_id(CHAT, "r") == 101
    assert room.outbox.lag_s == [0.5]


def test_T8_lanes_go_by_urgency_and_a_lane_by_age():
    lanes = {"d": Lane.DIGEST, "s": Lane.SIGNAL, "o": Lane.ORDER, "s2": Lane.SIGNAL}
    room = after(
        [*(send(ref, ref, lane=lane) for ref, lane in lanes.items()), send("c", "c", critical=True)]
    )
    assert room.chat.texts == ["c", "o", "s", "s2", "d"]


def test_T8_a_chat_gets_a_short_burst_and_then_one_a_second():
    room = after([send(f"r{n}", str(n)) for n in range(6)])
    assert [at for at, *_ in room.chat.calls] == [0.0, 0.0, 0.0, 1.0, 2.0, 3.0]


def test_T8_a_group_never_gets_more_than_20_in_any_minute():
    room = after([send(f"r{n}", str(n), GROUP) for n in range(60)], seconds=400)
    times = [at for at, *_ in room.chat.calls]
    assert len(times) == 60
    assert max(sum(start <= at < start + 60 for at in times) for start in times) <= 20


def test_T8_a_slow_group_does_not_hold_another_chat():
    room = after([*(send(f"r{n}", "g", GROUP) for n in range(100)), send("mine", "me", OTHER)], 1)
    assert (0.0, OTHER, "me", False, False) in room.chat.calls


def test_T8_the_whole_bot_stays_under_30_a_second():
    room = after([send(f"r{n}", str(n), chat=1 + n) for n in range(100)], seconds=10)
    times = [at for at, *_ in room.chat.calls]
    assert len(times) == 100
    assert sum(at < 1 for at in times) <= 56  # a full bucket and one second of it
    assert times[-1] > 2


def test_a_token_that_was_paid_is_not_paid_again():
    limits = Limits(LimitParams(bot_per_s=1, chat_burst=1, chat_per_s=0.1))
    assert limits.wait_ns(1, CHAT, "send", 0) == 0
    assert limits.wait_ns(2, OTHER, "send", 0) == SECOND  # paid its chat, waits for the bot
    assert limits.wait_ns(2, OTHER, "send", SECOND) == 0


def test_an_edit_waits_until_its_message_has_an_id():
    room = after([send(), edit()], takes_s=2)
    assert room.chat.texts == ["words", "101:news"]
    assert room.states() == ["sent", "sent"]


def test_news_that_comes_while_the_outbox_looks_is_not_slept_over():
    async def told(loop):
        room = Room(loop)
        working = asyncio.create_task(room.work(10))
        await asyncio.sleep(1)
        room.post(send())
        room.post(send("s"))
        await working
        return room

    assert [at for at, *_ in story(told).chat.calls] == [1.0, 1.0]


def test_expired_rows_are_not_sent():
    room = after([send(ts_expiry=NOON - 1), send("s", "fresh", ts_expiry=NOON + SECOND)])
    assert room.chat.texts == ["fresh"]
    assert room.states() == ["expired"]


# Floods.


def test_B01_a_flood_holds_the_whole_bot_until_its_deadline_and_critical_goes_first():
    async def told(loop):
        room = Room(loop, script=[Flooded(600)])
        room.post(send("a", "a"), send("b", "b", OTHER))
        working = asyncio.create_task(room.work(700))
        await asyncio.sleep(5)
        room.post(send("late", "critical", critical=True))
        held = room.outbox.held
        await working
        return room, held

    room, held = story(told)
    times = [at for at, *_ in room.chat.calls]
    assert held == "flooded"
    assert all(at >= 600 for at in times[2:])  # two were under way when the flood was told
    assert room.chat.texts[2:] == ["critical", "a"]
    assert room.outbox.held == ""
    assert room.outbox.counts["flooded"] == 1


def test_B01_what_grew_stale_behind_a_flood_expires():
    room = after([send(ts_expiry=NOON + 60 * SECOND)], script=[Flooded(61)], seconds=100)
    assert (len(room.chat.calls), room.states()) == (1, ["expired"])


# Lost answers.


def test_B02_B04_a_normal_alert_whose_answer_was_lost_is_unknown_and_never_sent_again():
    room = after([send()], script=[Ambiguous("no answer")], seconds=3600)
    assert (room.chat.texts, room.states()) == (["words"], ["unknown"])
    assert room.outbox.counts == {"ambiguous": 1}


def test_B02_a_critical_one_goes_twice_at_most_and_the_second_says_so():
    room = after([send(critical=True)], script=[Ambiguous("1"), Ambiguous("2")], seconds=3600)
    assert room.chat.texts == ["words", REPEAT_MARK + "words"]
    assert room.states() == ["unknown"]


def test_B02_an_edit_is_repeated_until_it_is_certain_and_holds_nobody():
    lost = [None, *[Ambiguous("lost")] * 4]
    room = after([send(), edit(), send("s", "other", OTHER)], script=lost, seconds=60)
    assert room.chat.texts.count("101:news") >= 4
    assert room.states() == ["sent", "sent"]
    assert "other" in room.chat.texts


def test_B02_a_restart_finds_the_message_in_doubt():
    async def told(loop):
        room = Room(loop, takes_s=5)
        room.post(send("n", "normal", OTHER), send("c", "critical", critical=True))
        await room.work(1)  # cut off while both are under way
        states = room.states("n") + room.states("c")
        room.chat.takes_s = 0
        await room.work(60)
        return room, states

    room, states = story(told)
    assert states == ["sending", "sending"]
    assert room.chat.texts == ["critical", "normal", REPEAT_MARK + "critical"]
    assert (room.states("n"), room.states("c")) == (["unknown"], ["sent"])


def test_the_repeat_keeps_its_code_spans_on_their_words():
    second = marked(send(text="🎯 221.5", code=((3, 5),)))
    ((offset, length),) = second.code
    units = second.text.encode("utf-16-le")
    assert units[2 * offset : 2 * (offset + length)].decode("utf-16-le") == "221.5"


# Connections.


def test_B03_what_surely_was_not_sent_goes_out_once_within_5_s_of_the_return():
    down = [NotSent("refused")] * 40
    room = after([send()], script=down, seconds=600)
    times = [at for at, *_ in room.chat.calls]
    assert room.states() == ["sent"]
    assert REPEAT_MARK not in room.chat.texts[-1]
    assert max(late - early for early, late in itertools.pairwise(times)) <= 5.0


def test_B03_news_does_not_make_it_knock_faster_at_a_closed_door():
    async def told(loop):
        room = Room(loop, script=[NotSent("refused")] * 1000)
        working = asyncio.create_task(room.work(60))
        for n in range(500):
            room.post(send(f"r{n}", chat=1 + n))
            await asyncio.sleep(0.1)
        await working
        return room

    assert len(story(told).chat.calls) < 150


def test_B12_a_dead_token_holds_everything_loses_nothing_and_recovers_within_5_s():
    async def told(loop):
        room = Room(loop, script=[Unauthorised("revoked")] * 30)
        room.post(send())
        working = asyncio.create_task(room.work(120))
        await asyncio.sleep(20)
        held, room.chat.script = room.outbox.held, []  # the new token
        await working
        return room, held

    room, held = story(told)
    assert (held, room.outbox.held, room.states()) == ("unauthorised", "", ["sent"])
    assert room.chat.calls[-1][0] <= 25


# Refusals.


def test_B05_a_blocked_chat_is_told_and_does_not_hold_the_others():
    async def told(loop):
        room, heard = Room(loop, script=[Blocked("blocked")]), []
        room.outbox.refusals.append(lambda row, why: heard.append((row.chat_id, type(why))))
        room.post(send("a", "a"), send("b", "b", OTHER))
        await room.work(1)
        return room, heard

    room, heard = story(told)
    assert heard == [(CHAT, Blocked)]
    assert (room.states("a"), room.states("b")) == (["failed"], ["sent"])


def test_B05_a_group_that_moved_gets_its_message_at_the_new_place_and_so_do_later_ones():
    room = after([send("a", "a", GROUP), send("b", "b", GROUP)], script=[Migrated(-100)])
    assert [(chat, text) for _, chat, text, _, _ in room.chat.calls] == [
        (GROUP, "a"),
        (-100, "a"),
        (-100, "b"),
    ]
    assert (room.states("a"), room.states("b")) == (["sent"], ["sent"])


def test_B06_refused_entities_fall_back_to_plain_text_once():
    room = after([send()], script=[Unparsable("bad entities")])
    assert [plain for *_, plain in room.chat.calls] == [False, True]
    assert room.states() == ["sent"]


def test_B06_plain_text_that_is_refused_too_is_final():
    room = after([send()], script=[Unparsable("1"), Unparsable("2")])
    assert (len(room.chat.calls), room.states()) == (2, ["failed"])


def test_B06_not_modified_is_success():
    room = after([send(), edit()], script=[None, NotModified("message is not modified")])
    assert room.states() == ["sent", "sent"]


@pytest.mark.parametrize("wrong", [Gone("message to edit not found"), Rejected("no rights")])
def test_B16_an_edit_that_cannot_be_is_final(wrong):
    room = after([send(), edit()], script=[None, wrong], seconds=600)
    assert (len(room.chat.calls), room.states()) == (2, ["sent", "failed"])


def test_a_bug_in_one_message_does_not_hold_the_others():
    room = after([send(), send("s", "fine", OTHER)], script=[KeyError("ours")])
    assert (room.states(), room.states("s")) == (["unknown"], ["sent"])
    assert room.outbox.counts["crashed"] == 1


def test_what_a_listener_raises_is_raised_and_the_next_run_goes_on():
    async def told(loop):
        room = Room(loop)

        def listen(row, state, message_id):
            raise OSError("disk")

        room.outbox.listeners.append(listen)
        room.post(send(), send("s", "later"))
        with pytest.raises(OSError, match="disk"):
            await room.outbox.run()
        room.outbox.listeners.clear()
        await room.work(10)
        return room

    room = story(told)
    assert room.states() == ["sent"]
    assert "sending" not in room.states("s")


# Pictures.


def test_B15_a_picture_goes_with_its_words():
    room = after([send(picture=Picture(kind="heatmap", data="{}"))])
    assert room.chat.calls == [(0.0, CHAT, "words", True, False)]


def test_B15_words_go_without_the_picture_that_cannot_be_drawn():
    async def broken(picture):
        raise TimeoutError

    room = after([send(picture=Picture(kind="heatmap", data="{}"))], draw=broken)
    assert room.chat.calls == [(0.0, CHAT, "words", False, False)]


def test_B15_words_go_without_the_picture_that_is_refused():
    room = after([send(picture=Picture(kind="h", data="{}"))], script=[Rejected("PHOTO_INVALID")])
    assert [picture for *_, picture, _ in room.chat.calls] == [True, False]
    assert room.states() == ["sent"]


@pytest.mark.parametrize(("letters", "pictured"), [(1024, True), (1025, False)])
def test_B15_words_too_long_for_a_caption_are_not_cut_for_a_picture(letters, pictured):
    text = "x" * letters
    room = after([send(text=text, picture=Picture(kind="h", data="{}"))])
    assert room.chat.calls == [(0.0, CHAT, text, pictured, False)]


# Long and slow.


def test_B13_after_six_hours_down_the_stale_expire_and_the_critical_arrive():
    async def told(loop):
        room = Room(loop, script=[NotSent("down")] * 10_000)
        working = asyncio.create_task(room.work(6 * 3600 + 60))
        for n in range(24):
            created = room.clock.now()
            room.post(send(f"s{n}", f"s{n}", ts_expiry=created + 600 * SECOND))
            room.post(send(f"c{n}", f"c{n}", critical=True)) if n % 4 == 0 else None
            await asyncio.sleep(900)
        room.chat.script, back = [], len(room.chat.calls)
        await working
        return room, back

    room, back = story(told)
    after_return = room.chat.texts[back:]
    assert after_return[:6] == ["c0", "c4", "c8", "c12", "c16", "c20"]
    assert len(after_return) <= 20
    assert room.ledger.waiting()["expired"] >= 23


def test_B17_criticals_of_four_coins_arrive_within_5_s_of_a_chat_that_takes_3_s_a_message():
    async def told(loop):
        room = Room(loop, takes_s=3)
        room.post(*(send(f"s{n}", f"s{n}", lane=Lane.DIGEST) for n in range(20)))
        working = asyncio.create_task(room.work(120))
        arrived = {}
        room.outbox.listeners.append(
            lambda row, state, _: arrived.setdefault(row.ref_id, room.clock.elapsed_s)
        )
        await asyncio.sleep(10)
        room.post(*(send(f"c{n}", f"c{n}", critical=True) for n in range(4)))
        await working
        return [arrived[f"c{n}"] - 10 for n in range(4)]

    assert max(story(told)) < 5.0


def test_buttons_travel_with_their_tokens():
    room = after([send(buttons=((Button(label="Snooze", action="snooze", ref_id="r"),),))])
    assert room.states() == ["sent"]
