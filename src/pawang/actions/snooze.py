"""/snooze CATEGORY TIME and ⏸ 30m: silence of a category in this chat (row T4).

Monotonic: a snooze never shortens another; only `off` ends it. Critical is never snoozed.
"""

from pawang.actions.base import Acted, Call, refused
from pawang.alerts.text import clock, next_midnight
from pawang.model.chat import Category
from pawang.model.refs import MINUTE

ALLOWED = (Category.INSTITUTIONAL, Category.SNIPER, Category.HEALTH, Category.ORDER)


def run(call: Call) -> Acted:
    category = call.words[0] if call.words else ""
    until = _until(call, call.words[1]) if len(call.words) > 1 else None
    if category not in [allowed.value for allowed in ALLOWED] or until is None:
        said = call.answer(call.say("snooze_help")) if call.pressed else ()
        reply = () if call.pressed else (call.reply(call.say("snooze_help")),)
        return refused(call.desk, "bad_snooze", *said, *reply)
    if until == 0:
        left = {name: at for name, at in call.chat.snoozes.items() if name != category}
        moved = call.with_chat(snoozes=left)
        text = call.say("snooze_off", category=category)
    else:
        longest = max(until, call.chat.snoozes.get(category, 0))
        moved = call.with_chat(snoozes={**call.chat.snoozes, category: longest})
        shown = clock(longest, call.chat.timezone)
        text = call.say("snoozed", category=category, until=shown)
    said = call.answer(text) if call.pressed else (call.reply(text),)
    return Acted(desk=moved, effects=said)


def _until(call: Call, word: str) -> int | None:
    """ns of waking; 0 = off; None = not understood."""
    if word == "off":
        return 0
    if word == "tomorrow":
        return next_midnight(call.now, call.chat.timezone)
    if word.isascii() and word.isdigit() and 1 <= int(word) <= 24 * 60:
        return call.now + int(word) * MINUTE
    return None
