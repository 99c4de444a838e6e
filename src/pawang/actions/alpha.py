"""/alpha [COIN]: the newest bias, its ref and its age; makes none (row S7)."""

from pawang.actions.base import Acted, Call, refused
from pawang.alerts.cards import ages_line, bias_buttons, bias_card
from pawang.alerts.params import AlertParams
from pawang.alerts.text import Text, age
from pawang.model.decision import BiasSignal
from pawang.model.market import Side


def run(call: Call) -> Acted:
    coin = call.words[0].upper() if call.words else call.params.coins[0]
    if coin not in call.params.coins:
        return unknown_coin(call, coin)
    decision = call.recalled.decision
    if decision is None or not isinstance(decision.signal, BiasSignal):
        return call.tell(call.say("no_decision", coin=coin, why="warming up"))
    text = bias_card(decision, call.chat, AlertParams())
    if decision.signal.side is Side.NEUTRAL:
        text = _neutral(call, coin, decision.signal)
        text.add("ref: ").line(decision.ref_id)
    text.line().line(ages_line(decision, call.chat.language))
    text.line(call.say("age", age=age(call.now - decision.ts)))
    return call.tell(text, bias_buttons(coin, decision.ref_id, AlertParams()))


def _neutral(call: Call, coin: str, signal: BiasSignal) -> Text:
    """What is NEUTRAL and why; never pushed, only asked for."""
    text = Text().line(call.say("neutral", coin=coin))
    reasons = ", ".join(reason.replace("_", " ") for reason in signal.reasons)
    return text.line(call.say("because", reasons=reasons or f"raw {signal.raw:.0f}"))


def unknown_coin(call: Call, coin: str) -> Acted:
    """Refused with the list; the name given is shortened, never echoed whole."""
    shown = coin[:10] if coin.isalnum() else "?"
    text = call.say("unknown_coin", coin=shown, coins=", ".join(call.params.coins))
    said = call.answer(text) if call.pressed else (call.reply(text),)
    return refused(call.desk, "unknown_coin", *said)
