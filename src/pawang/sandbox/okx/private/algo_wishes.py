"""An algo order as sent, made into an `Algo`, and what it may be changed to (okx-v5.md 8.5)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from pawang.sandbox.okx.core import Core
from pawang.sandbox.okx.errors import Refused
from pawang.sandbox.okx.figures import number
from pawang.sandbox.okx.instrument import Instrument
from pawang.sandbox.okx.private.accounts import Account
from pawang.sandbox.okx.private.algos import Algo, Kind
from pawang.sandbox.okx.private.asked import TAG_MAX, Asked, plain
from pawang.sandbox.okx.private.attached import RATIO, Attached, read_attached
from pawang.sandbox.okx.private.legs import MARKET, PRICE_KINDS, Leg, PriceKind, read_leg
from pawang.sandbox.okx.private.orders import Order
from pawang.sandbox.okx.private.wishes import SIDES, Rules, find_instrument, read_pos_side

KINDS = ("conditional", "oco", "trigger", "move_order_stop")
UNSUPPORTED = ("chase", "twap", "iceberg", "smart_iceberg")  # they exist at OKX, not here
CAPS = {"conditional": 100, "oco": 100, "trigger": 500, "move_order_stop": 50}  # an instrument


def price_of(made: Instrument, kind: PriceKind, last_ticks: int) -> Decimal:
    """The price that a trigger of that kind is compared with."""
    if kind == "index":
        return Decimal(number(made.index, made.price.decimals + 1))
    return (made.mark if kind == "mark" else last_ticks) * made.tick_size


def read_algo(core: Core, account: Account, asked: Asked, new_id: Callable[[], int]) -> Algo:
    """Raises what the venue would answer."""
    made = find_instrument(core, asked)
    if asked.one_of("tdMode", ("cross", "isolated", "cash")) != "cross":
        raise Refused("51010")
    buy = asked.one_of("side", SIDES) == "buy"
    kind: Kind = asked.one_of("ordType", KINDS + UNSUPPORTED)  # type: ignore[assignment]
    if kind in UNSUPPORTED:
        raise Refused("51010")
    algo = Algo(
        owner=account.uid,
        algo_id=new_id(),
        made=made,
        kind=kind,
        buy=buy,
        pos_side=read_pos_side(account, asked),
        lots=_read_lots(account, asked, made, kind),
        created_ms=core.now_ms,
        cl_ord_id=asked.name("algoClOrdId"),
        tag=asked.name("tag", TAG_MAX),
        reduce_only=asked.flag("reduceOnly"),
        cancel_on_close=asked.flag("cxlOnClosePos"),
        lever=plain(account.lever(made)),
    )
    if not account.net:
        algo.reduce_only = buy is not (algo.pos_side == "long")
    if algo.cancel_on_close and not algo.reduce_only:
        raise Refused("51000", "cxlOnClosePos")
    READERS[kind](algo, asked, new_id)
    _admit(account, algo)
    return algo


def _read_lots(account: Account, asked: Asked, made: Instrument, kind: Kind) -> int | None:
    """Lots, or None for closeFraction 1: the whole position when it triggers."""
    if "closeFraction" in asked:
        if asked.decimal("closeFraction") != 1 or kind not in ("conditional", "oco"):
            raise Refused("51000", "closeFraction")
        if account.net and not asked.flag("reduceOnly"):
            raise Refused("51205")
        if "sz" in asked:
            raise Refused("50024", "sz", "closeFraction")
        return None
    size = asked.decimal("sz")
    if size is None:
        raise Refused("50015", "sz", "closeFraction")
    rules = Rules.of(made)
    rules.must_trade()
    return rules.lots(size)


def _read_legs(algo: Algo, asked: Asked, _: Callable[[], int]) -> None:
    algo.tp, algo.sl = read_leg(asked, "tp"), read_leg(asked, "sl")
    if algo.kind == "oco" and (algo.tp is None or algo.sl is None):
        raise Refused("50014", "slTriggerPx" if algo.tp else "tpTriggerPx")
    if algo.tp is None and algo.sl is None:
        raise Refused("50015", "tpTriggerPx", "slTriggerPx")
    if algo.kind == "conditional" and algo.sl is not None:
        algo.tp = None  # okx-v5.md 8.5: of both only the SL acts
    if algo.lots is None and any(leg and leg.price is not None for leg in (algo.tp, algo.sl)):
        raise Refused("51000", "ordPx")
    algo.to_cost = asked.text("amendPxOnTriggerType") == "1"
    for leg in (algo.tp, algo.sl):
        if leg is not None:
            check_leg(algo.made, leg)


def check_leg(made: Instrument, leg: Leg) -> None:
    """Its own prices keep to the tick."""
    rules = Rules.of(made)
    if leg.price is not None:
        rules.ticks(leg.price, "ordPx")
    if leg.kind != "index":
        rules.ticks(leg.trigger, "triggerPx")


def _read_trigger(algo: Algo, asked: Asked, new_id: Callable[[], int]) -> None:
    trigger, price = asked.positive("triggerPx"), asked.decimal("orderPx")
    if trigger is None or price is None:
        raise Refused("50014", "triggerPx" if trigger is None else "orderPx")
    kind: PriceKind = asked.one_of("triggerPxType", PRICE_KINDS, "last")  # type: ignore[assignment]
    algo.entry = Leg(trigger, kind, None if price == MARKET else price)
    check_leg(algo.made, algo.entry)
    entry = trigger if algo.entry.price is None else algo.entry.price
    algo.attached = read_attached(asked, asked.decimal("sz"), entry, new_id)


def _read_trailing(algo: Algo, asked: Asked, _: Callable[[], int]) -> None:
    algo.ratio, algo.spread = asked.positive("callbackRatio"), asked.positive("callbackSpread")
    if algo.ratio is None and algo.spread is None:
        raise Refused("50015", "callbackRatio", "callbackSpread")
    if algo.ratio is not None and algo.spread is not None:
        raise Refused("50024", "callbackRatio", "callbackSpread")
    if algo.ratio is not None and not RATIO[0] <= algo.ratio <= RATIO[1]:
        raise Refused("51257", "0.1", "100")
    algo.active = asked.positive("activePx")


READERS: dict[Kind, Callable[[Algo, Asked, Callable[[], int]], None]] = {
    "conditional": _read_legs,
    "oco": _read_legs,
    "trigger": _read_trigger,
    "move_order_stop": _read_trailing,
}


def _admit(account: Account, algo: Algo) -> None:
    """Names, numbers of them, and a position to close."""
    named = algo.cl_ord_id
    if named and any(one.cl_ord_id == named for one in account.algos.values()):
        raise Refused("51065")
    same = [one for one in account.algos.values() if one.made is algo.made]
    cap = CAPS[algo.kind]
    if sum(1 for one in same if CAPS[one.kind] == cap) >= cap:
        raise Refused("51260" if algo.kind == "move_order_stop" else "51261", str(cap))
    if algo.lots is None:
        held = account.positions.get((algo.made.name, algo.pos_side))
        if held is None or not held.lots or algo.buy is (held.lots > 0):
            raise Refused("51058")
        if account.closing_algos(held):
            raise Refused("51088")


def check_sides(algo: Algo, last_ticks: int) -> None:
    """A trigger on the wrong side of the price would fire at once: 51277 to 51280, 51258, 51259."""
    made, buy = algo.made, algo.buy
    if algo.tp is not None:
        price = price_of(made, algo.tp.kind, last_ticks)
        if (algo.tp.trigger > price) if buy else (algo.tp.trigger < price):
            raise Refused("51277" if buy else "51279")
    if algo.sl is not None:
        price = price_of(made, algo.sl.kind, last_ticks)
        if (algo.sl.trigger < price) if buy else (algo.sl.trigger > price):
            raise Refused("51278" if buy else "51280")
    if algo.active is not None:
        last = last_ticks * made.tick_size
        if (algo.active >= last) if buy else (algo.active <= last):
            raise Refused("51259" if buy else "51258")


def amend_algo(algo: Algo, asked: Asked) -> None:
    """New size, triggers and prices; "0" takes a leg away. Raises before anything changes."""
    if algo.kind == "move_order_stop":
        raise Refused("51529")
    tp, sl = amended_leg(asked, "newTp", algo.tp), amended_leg(asked, "newSl", algo.sl)
    entry = algo.entry
    if entry is not None:
        trigger = asked.positive("newTriggerPx") or entry.trigger
        price = asked.decimal("newOrdPx")
        kind = asked.one_of("newTriggerPxType", PRICE_KINDS, entry.kind)
        new_price = entry.price if price is None else None if price == MARKET else price
        entry = Leg(trigger, kind, new_price)  # type: ignore[arg-type]
    elif tp is None and sl is None:
        raise Refused("51500")
    size = asked.decimal("newSz")
    if size is not None and algo.lots is None:
        raise Refused("51524")
    lots = algo.lots if size is None else Rules.of(algo.made).lots(size)
    for leg in (tp, sl, entry):
        if leg is not None:
            check_leg(algo.made, leg)
    algo.tp, algo.sl, algo.entry, algo.lots = tp, sl, entry, lots
    if algo.kind == "oco" and (tp is None or sl is None):
        algo.kind = "conditional"


def amend_attached(order: Order, items: Sequence[Asked]) -> list[Attached]:
    """The order's attached TP and SL, some of them changed; "0" takes a leg away."""
    if not order.attached:
        raise Refused("51538")
    made = {one.algo_id: one for one in order.attached}
    meant = [_attached_id(order, asked) for asked in items]
    if len(set(meant)) < len(meant):
        raise Refused("51539")
    for algo_id, asked in zip(meant, items, strict=True):
        one = made[algo_id]
        tp, sl = amended_leg(asked, "newTp", one.tp), amended_leg(asked, "newSl", one.sl)
        changed = replace(one, tp=tp, sl=sl, size=asked.positive("sz") or one.size)
        if tp is None and sl is None and one.ratio is None and one.spread is None:
            del made[algo_id]
        else:
            made[algo_id] = changed
    return list(made.values())


def _attached_id(order: Order, asked: Asked) -> str:
    algo_id, named = asked.text("attachAlgoId"), asked.text("attachAlgoClOrdId")
    for one in order.attached:
        if (algo_id and one.algo_id == algo_id) or (named and one.cl_ord_id == named):
            return one.algo_id
    raise Refused("51527")


def amended_leg(asked: Asked, prefix: str, leg: Leg | None) -> Leg | None:
    trigger, price = asked.decimal(f"{prefix}TriggerPx"), asked.decimal(f"{prefix}OrdPx")
    kind = asked.text(f"{prefix}TriggerPxType", leg.kind if leg else "last")
    if trigger is None and price is None and (leg is None or kind == leg.kind):
        return leg
    if trigger == 0 or price == 0:
        return None
    if leg is None:
        if trigger is None or price is None:
            raise Refused("50014", f"{prefix}TriggerPx" if trigger is None else f"{prefix}OrdPx")
        leg = Leg(trigger, "last", None)
    if kind not in PRICE_KINDS:
        raise Refused("51000", f"{prefix}TriggerPxType")
    if price is not None:
        leg = replace(leg, price=None if price == MARKET else price)
    return replace(leg, trigger=trigger or leg.trigger, kind=kind)  # type: ignore[arg-type]
