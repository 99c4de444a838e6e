"""Algo orders as typed records with their own wire form (okx-v5.md 8.5)."""

from decimal import Decimal

from pawang.model.codec import Record
from pawang.venues.okx.ids import TAG
from pawang.venues.okx.requests import MARKET, Attached, Body, text

ALGOS_MAX = 10  # in one cancel-algos


class PlaceAlgo(Record):
    """Base of the four: reduce-only, as the desk closes with them."""

    instrument: str
    client_id: str
    side: str
    contracts: Decimal | None  # None = the whole position (closeFraction 1)

    def body(self) -> Body:
        made: Body = {
            "instId": self.instrument,
            "tdMode": "cross",
            "side": self.side,
            "posSide": "net",
            "reduceOnly": True,
            "algoClOrdId": self.client_id,
            "tag": TAG,
        }
        if self.contracts is None:
            made["closeFraction"] = "1"
        else:
            made["sz"] = text(self.contracts)
        return made


class StopAt(PlaceAlgo):
    """`conditional`: one way, at market when `price` trades. Dies with its position."""

    price: Decimal
    trigger: str = "last"
    take_profit: bool = False

    def body(self) -> Body:
        leg = "tp" if self.take_profit else "sl"
        made = {**super().body(), "ordType": "conditional"}
        made |= {f"{leg}TriggerPx": text(self.price), f"{leg}OrdPx": MARKET}
        made[f"{leg}TriggerPxType"] = self.trigger
        return made | ({"cxlOnClosePos": True} if self.contracts is not None else {})


class OneCancelsOther(PlaceAlgo):
    """`oco`: take profit and stop loss, the first cancels the second."""

    target: Decimal
    stop: Decimal
    trigger: str = "last"

    def body(self) -> Body:
        return {
            **super().body(),
            "ordType": "oco",
            "tpTriggerPx": text(self.target),
            "tpOrdPx": MARKET,
            "tpTriggerPxType": self.trigger,
            "slTriggerPx": text(self.stop),
            "slOrdPx": MARKET,
            "slTriggerPxType": self.trigger,
        }


class Trigger(PlaceAlgo):
    """`trigger`: an order that is placed when `price` trades; `order_price` None = market.

    The one of the four that may also open.
    """

    price: Decimal
    order_price: Decimal | None = None
    opens: bool = False
    trigger: str = "last"
    attached: tuple[Attached, ...] = ()

    def body(self) -> Body:
        made = {**super().body(), "ordType": "trigger", "triggerPx": text(self.price)}
        made["orderPx"] = MARKET if self.order_price is None else text(self.order_price)
        made["triggerPxType"] = self.trigger
        if self.opens:
            del made["reduceOnly"]
        if self.attached:
            made["attachAlgoOrds"] = [each.body() for each in self.attached]
        return made


class Trail(PlaceAlgo):
    """`move_order_stop`: follows the price at `ratio` (0.005 = 0.5 %)."""

    ratio: Decimal
    active: Decimal | None = None

    def body(self) -> Body:
        made = {**super().body(), "ordType": "move_order_stop", "callbackRatio": text(self.ratio)}
        return made | ({} if self.active is None else {"activePx": text(self.active)})


class CancelAlgo(Record):
    instrument: str
    algo_id: str = ""
    client_id: str = ""

    def body(self) -> Body:
        return {"instId": self.instrument, **_which_algo(self.algo_id, self.client_id)}


class AmendAlgo(Record):
    """TP, SL and triggers. A price of 0 deletes its leg."""

    instrument: str
    algo_id: str = ""
    client_id: str = ""
    contracts: Decimal | None = None
    stop: Decimal | None = None
    target: Decimal | None = None
    trigger_price: Decimal | None = None
    request_id: str = ""

    def body(self) -> Body:
        made: Body = {"instId": self.instrument, **_which_algo(self.algo_id, self.client_id)}
        for name, value in (
            ("newSz", self.contracts),
            ("newSlTriggerPx", self.stop),
            ("newTpTriggerPx", self.target),
            ("newTriggerPx", self.trigger_price),
        ):
            if value is not None:
                made[name] = text(value)
        return made | ({"reqId": self.request_id} if self.request_id else {})


def _which_algo(algo_id: str, client_id: str) -> Body:
    assert algo_id or client_id, "an algo order without a name"
    return {"algoId": algo_id} if algo_id else {"algoClOrdId": client_id}
