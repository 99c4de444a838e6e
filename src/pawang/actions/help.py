"""/help: the verbs this person may use here, in the chat's language."""

from pawang.actions.base import Acted, Call, Verb
from pawang.actions.gate import may


def page(verbs: tuple[Verb, ...], call: Call) -> Acted:
    lines = [
        f"/{verb.name} — {call.say(f'cmd_{verb.name}')}"
        for verb in verbs
        if verb.command and not may(verb, call.person, call.heard)
    ]
    return call.tell("\n".join([call.say("help_title"), *lines]))


def playbook(call: Call) -> Acted:
    """The [📖 What now?] button: three steps (row G11)."""
    category = call.words[0] if call.words else "institutional"
    text = call.say(f"playbook_{category}")
    return Acted(desk=call.desk, effects=call.answer(text))
