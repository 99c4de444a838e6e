"""When the report of a week is told by itself: Monday 08:00 where the chat is, once (row L2).

The week's name is remembered in the chat as soon as its report was said, in the same step. So a
restart repeats nothing, a desk that was away at the hour tells it when it is back, and a change
of the time zone tells no week twice. A chat hears of the week it was born in first.
"""

from msgspec.structs import replace

from pawang.alerts.policy import Told
from pawang.alerts.report import CAPTION_MAX, TEXT_MAX, Teller, day_text
from pawang.alerts.text import fitted
from pawang.alerts.words import FALLBACK
from pawang.model.chat import Category, Lane, Picture, Send
from pawang.model.codec import encode
from pawang.model.desk import Chat, Desk
from pawang.model.event import Consult, Consulted
from pawang.model.refs import ref_id
from pawang.model.report import Report
from pawang.model.weeks import report_due


def weekly(desk: Desk, now: int) -> Told:
    """Ask for the report in every chat whose Monday morning has come; /panic pauses this, too."""
    if desk.trading.state == "halted":
        return Told(desk=desk)
    chats, asked = dict(desk.chats), []
    for chat_id, chat in sorted(desk.chats.items()):
        week, due = report_due(now, chat.timezone)
        if not chat.reported:
            chats[chat_id] = replace(chat, reported=week)
        elif chat.enabled and chat.reported < week:
            # Asked for until it is told: an answer that a restart lost is worked out again.
            asked.append(_ask(chat, week, due))
    if not asked and chats == desk.chats:
        return Told(desk=desk)
    return Told(desk=replace(desk, chats=chats), effects=tuple(asked))


def _ask(chat: Chat, week: str, due: int) -> Consult:
    return Consult(
        question="report",
        chat_id=chat.chat_id,
        ref_id=ref_id("rpt", due, week.replace("-", "")),
        thread_id=chat.thread_id,
        week=week,
        timezone=chat.timezone,
        weekly=True,
    )


def reported(desk: Desk, found: Consulted, now: int) -> Told:
    """Say it: the picture with its caption, then the pages; a week by itself only once."""
    report = found.report
    assert report is not None
    chat = desk.chats.get(found.chat_id)
    language = FALLBACK if chat is None else chat.language
    if found.weekly and chat is not None:
        if chat.reported >= report.name:
            return Told(desk=desk)
        told = replace(chat, reported=report.name)
        desk = replace(desk, chats={**desk.chats, chat.chat_id: told})
    return Told(desk=desk, effects=_messages(found, report, language, now))


def _messages(found: Consulted, report: Report, language: str, now: int) -> tuple[Send, ...]:
    teller = Teller(report, language)
    picture = Picture(kind="report", data=encode(teller.scene()).decode())
    first = _send(found, fitted(teller.caption(), found.ref_id, CAPTION_MAX), now)
    pages = f"{found.ref_id}P"
    second = _send(found, fitted(teller.pages(), pages, TEXT_MAX), now)
    return replace(first, picture=picture), replace(second, ref_id=pages)


def days_pnl(desk: Desk, found: Consulted, now: int) -> Told:
    """/report day."""
    assert found.day is not None
    chat = desk.chats.get(found.chat_id)
    language = FALLBACK if chat is None else chat.language
    running = sum(1 for order in desk.orders.values() if order.open > 0 and not order.state.over)
    text = fitted(day_text(found.day, running, language), found.ref_id, TEXT_MAX)
    return Told(desk=desk, effects=(_send(found, text, now),))


def _send(found: Consulted, text: str, now: int) -> Send:
    return Send(
        chat_id=found.chat_id,
        ref_id=found.ref_id,
        category=Category.REPORT,
        lane=Lane.DIGEST if found.weekly else Lane.ORDER,
        text=text,
        ts_created=now,
        thread_id=found.thread_id,
    )
