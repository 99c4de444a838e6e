"""/panic: one step, any trader, any time; a receipt says what it did (row G5, reliability.md 6).

Schedules pause, the order gate closes with a new epoch, resting entries are withdrawn, positions
keep their stops. A second panic changes nothing and says so.
"""

from msgspec.structs import replace

from pawang.actions.base import Acted, Call
from pawang.alerts.text import clock
from pawang.alerts.words import say
from pawang.model.chat import Category, Lane, Send
from pawang.model.desk import Desk
from pawang.model.event import Effect, Shut, Withdraw
from pawang.model.refs import ref_id


def run(call: Call) -> Acted:
    desk = call.desk
    resting = [order for order in desk.orders.values() if not order.entry_over]
    leaving = tuple(
        Withdraw(client_order_id=order.client_order_id, reason="panic") for order in resting
    )
    first = desk.trading.state != "halted"
    if first:
        trading = replace(
            desk.trading,
            state="halted",
            epoch=desk.trading.epoch + 1,
            ts_changed=call.now,
            by_user=call.person.user_id,
            resume_code="",
        )
        desk = replace(desk, trading=trading)
    else:
        # A panic during a resume wins: the code that was asked for is dead (E15).
        desk = replace(desk, trading=replace(desk.trading, resume_code=""))
    shut = Shut(halted=True, epoch=desk.trading.epoch)
    audit = call.audit("panic", f"epoch {desk.trading.epoch}")
    notice = call.answer(call.say("panic_gate"))
    receipts = _receipts(call, desk, first, len(resting))
    return Acted(desk=desk, effects=(*notice, shut, audit, *leaving, *receipts))


def _receipts(call: Call, desk: Desk, first: bool, withdrawn: int) -> tuple[Effect, ...]:
    """Everybody hears the first one; who asks again hears how it stands."""
    kept = [order for order in desk.orders.values() if order.open > 0 and not order.state.over]
    positions = ", ".join(f"{order.coin} {order.book}" for order in kept)
    if not first:
        values = {"time": clock(desk.trading.ts_changed, "UTC"), "epoch": desk.trading.epoch}
        return (call.reply(call.say("panic_already", **values, withdrawn=withdrawn)),)
    ref = ref_id("pnc", call.now, f"E{desk.trading.epoch}")
    made: list[Effect] = []
    # Whoever pressed must see the receipt, also in a group that is not ours.
    hearing = {**desk.chats, call.chat.chat_id: call.chat}
    for chat_id, chat in sorted(hearing.items()):
        text = say(
            chat.language,
            "panic_on",
            epoch=desk.trading.epoch,
            who=call.who,
            time=f"{clock(call.now, 'UTC')}",
            withdrawn=withdrawn,
            kept=positions or say(chat.language, "none"),
            ref=ref,
        )
        made.append(
            Send(
                chat_id=chat_id,
                ref_id=ref,
                category=Category.CRITICAL,
                lane=Lane.CRITICAL,
                text=text,
                ts_created=call.now,
                thread_id=chat.thread_id,
            )
        )
    return tuple(made)
