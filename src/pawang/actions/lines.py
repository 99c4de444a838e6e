"""⚠️ Set Alert Lines: entry, SL, TP1, TP2 are watched for this chat (row T5)."""

from msgspec.structs import replace

from pawang.actions.base import Acted, Call
from pawang.alerts import lines_of
from pawang.model.desk import PlanLife
from pawang.model.order import Book


def _over(life: PlanLife) -> bool:
    """Nobody waits for its prices any more."""
    books = [Book.GHOST] if life.taken_by else [Book.SHADOW]
    return life.cancelled or all(book in life.outcomes for book in books)


def run(call: Call) -> Acted:
    life = call.desk.plans.get(call.ref_id)
    if life is None or _over(life):
        return call.note(call.say("entry_over"))
    if call.heard.chat_id in life.line_chats:
        return call.note(call.say("lines_already"))
    watched = replace(
        life,
        lines=life.lines or lines_of(life),
        line_chats=(*life.line_chats, call.heard.chat_id),
    )
    desk = replace(call.desk, plans={**call.desk.plans, call.ref_id: watched})
    return Acted(desk=desk, effects=call.answer(call.say("lines_set")))
