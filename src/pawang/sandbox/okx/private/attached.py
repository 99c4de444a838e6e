"""TP and SL attached to an order: read, and checked by the rules of split TPs (okx-v5.md 8.1).

They are no orders yet: algos are made of them when the parent ends with something filled.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pawang.sandbox.okx.errors import Refused
from pawang.sandbox.okx.private.asked import Asked
from pawang.sandbox.okx.private.legs import Leg, read_leg

SPLIT_MAX = 10
RATIO = (Decimal("0.001"), Decimal(1))  # of a trailing stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """One item of attachAlgoOrds. `size` is given for split TPs only; `tp_limit`: the TP is a
    limit order at once, not a trigger; `to_cost`: after the first TP the SL goes to the entry."""

    algo_id: str
    cl_ord_id: str = ""
    tp: Leg | None = None
    sl: Leg | None = None
    tp_limit: bool = False
    size: Decimal | None = None
    to_cost: bool = False
    ratio: Decimal | None = None
    spread: Decimal | None = None
    active: Decimal | None = None


def read_attached(
    asked: Asked, size: Decimal | None, entry: Decimal | None, new_id: Callable[[], int]
) -> tuple[Attached, ...]:
    """The order's attachAlgoOrds, or the old flat fields; `size` is the parent's, None = all."""
    items = asked.items("attachAlgoOrds")
    if not items and any(name in asked for name in FLAT):
        items = [asked]
    made = tuple(_one(item, entry, new_id) for item in items)
    names = [one.cl_ord_id for one in made if one.cl_ord_id]
    if len(names) != len(set(names)):
        raise Refused("51068", "attachAlgoClOrdId")
    if len(made) > 1:
        _check_split(made, size)
    return made


FLAT = ("tpTriggerPx", "tpOrdPx", "slTriggerPx", "slOrdPx")


def _one(asked: Asked, entry: Decimal | None, new_id: Callable[[], int]) -> Attached:
    tp_limit = asked.one_of("tpOrdKind", ("condition", "limit"), "condition") == "limit"
    tp = _limit_leg(asked) if tp_limit else read_leg(asked, "tp", entry)
    sl = read_leg(asked, "sl", entry)
    ratio, spread = asked.positive("callbackRatio"), asked.positive("callbackSpread")
    if ratio is not None and not RATIO[0] <= ratio <= RATIO[1]:
        raise Refused("51257")
    if tp is None and sl is None and ratio is None and spread is None:
        raise Refused("51178")
    return Attached(
        algo_id=str(new_id()),
        cl_ord_id=asked.name("attachAlgoClOrdId"),
        tp=tp,
        sl=sl,
        tp_limit=tp_limit,
        size=asked.positive("sz"),
        to_cost=asked.one_of("amendPxOnTriggerType", ("0", "1"), "0") == "1",
        ratio=ratio,
        spread=spread,
        active=asked.positive("activePx"),
    )


def _limit_leg(asked: Asked) -> Leg:
    """A TP that is a limit order needs no trigger, only its price."""
    price = asked.positive("tpOrdPx")
    if price is None:
        raise Refused("50014", "tpOrdPx")
    return Leg(price, "last", price)


def _check_split(made: Sequence[Attached], size: Decimal | None) -> None:
    """51076 to 51089, in the order of their numbers."""
    tps = [one for one in made if one.tp is not None]
    stops = [one for one in made if one.sl is not None]
    if any(one.tp is not None and one.sl is not None for one in made):
        raise Refused("51076")
    if len(tps) > SPLIT_MAX:
        raise Refused("51079", str(SPLIT_MAX))
    if len({one.tp.kind for one in tps if one.tp}) > 1:
        raise Refused("51080")
    if len({one.tp.trigger for one in tps if one.tp}) < len(tps):
        raise Refused("51081")
    if any(one.size is None for one in tps):
        raise Refused("51089")
    if size is not None and sum(one.size or 0 for one in tps) != size:
        raise Refused("51083")
    if len(stops) > 1:
        raise Refused("51084", "1")
    if any(one.to_cost for one in made) and len(tps) < 2:
        raise Refused("51085")


def check_sides(made: Sequence[Attached], buy: bool, price: Decimal, codes: Sequence[str]) -> None:
    """TP beyond `price`, SL behind it, seen from the parent; `codes`: TP, SL of a buy, then of a
    sell (51046.. against the order's price, 51050.. against the touch)."""
    for one in made:
        tp, sl = one.tp, one.sl
        if tp is not None and (tp.trigger <= price if buy else tp.trigger >= price):
            raise Refused(codes[0] if buy else codes[2])
        if sl is not None and (sl.trigger >= price if buy else sl.trigger <= price):
            raise Refused(codes[1] if buy else codes[3])


AGAINST_PRICE = ("51046", "51047", "51048", "51049")
AGAINST_TOUCH = ("51050", "51051", "51052", "51053")
