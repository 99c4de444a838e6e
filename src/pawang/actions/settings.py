"""/lang, /tz, /budget: a chat's own choices."""

from zoneinfo import ZoneInfo

from pawang.actions.base import Acted, Call, refused
from pawang.alerts.params import AlertParams
from pawang.alerts.policy import roll_budget
from pawang.alerts.words import LANGUAGES, say
from pawang.model.chat import Category


def language(call: Call) -> Acted:
    wanted = call.words[0].lower() if call.words else ""
    if wanted not in LANGUAGES:
        return refused(call.desk, "bad_language", call.reply(call.say("lang_help")))
    reply = call.reply(say(wanted, "lang_set"))
    return Acted(desk=call.with_chat(language=wanted), effects=(reply,))


def timezone(call: Call) -> Acted:
    wanted = call.words[0] if call.words else ""
    try:
        ZoneInfo(wanted)
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        shown = wanted[:40] if wanted.replace("/", "").replace("_", "").isalpha() else "?"
        return refused(call.desk, "bad_tz", call.reply(call.say("tz_bad", timezone=shown)))
    reply = call.reply(call.say("tz_set", timezone=wanted))
    return Acted(desk=call.with_chat(timezone=wanted), effects=(reply,))


def budget(call: Call) -> Acted:
    """Spent and left today, per coin and category (row T7)."""
    chat, params = roll_budget(call.chat, call.now), AlertParams()
    allowed = {
        Category.INSTITUTIONAL: params.institutional_per_day,
        Category.SNIPER: params.sniper_per_day,
    }
    lines = []
    for category, most in allowed.items():
        for coin in call.params.coins:
            spent = chat.spent.get(f"{category.value}:{coin}", 0)
            values = {"category": category.value, "coin": coin}
            lines.append(call.say("budget_line", **values, spent=spent, left=most - spent))
    return call.tell(call.say("budget", lines="\n".join(lines)))
