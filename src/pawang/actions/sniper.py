"""/sniper COIN and the Sniper button: the newest plan or no-trade, its ref and age; makes none."""

from pawang.actions.alpha import unknown_coin
from pawang.actions.base import Acted, Call
from pawang.alerts.cards import plan_buttons, plan_card, rating_row
from pawang.alerts.text import Text, age
from pawang.model.decision import NoTrade, SniperPlan


def run(call: Call) -> Acted:
    coin = call.words[0].upper() if call.words else call.params.coins[0]
    if coin not in call.params.coins:
        return unknown_coin(call, coin)
    decision = call.recalled.decision
    if decision is None:
        return call.tell(call.say("no_decision", coin=coin, why="warming up"))
    signal = decision.signal
    how_old = call.say("age", age=age(call.now - decision.ts))
    if isinstance(signal, NoTrade):
        text = Text().line(
            call.say(
                "no_trade", coin=coin, side=signal.side, code=signal.code, reason=signal.reason
            )
        )
        return call.tell(text.add("ref: ").line(decision.ref_id).line(how_old))
    assert isinstance(signal, SniperPlan)
    if decision.sizing is None or decision.sizing.no_trade is not None:
        code = "size" if decision.sizing is None else decision.sizing.no_trade
        text = Text().line(
            call.say("no_trade", coin=coin, side=signal.side, code=code, reason="size")
        )
        return call.tell(text.add("ref: ").line(decision.ref_id).line(how_old))
    card = plan_card(signal, decision.sizing, call.chat).line(how_old)
    live = call.now < signal.ts_expiry and decision.ref_id in call.desk.plans
    rows = plan_buttons(decision.ref_id) if live else (rating_row(decision.ref_id, "sniper"),)
    return call.tell(card, rows)
