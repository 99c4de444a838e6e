"""🔥 Heatmap and 📘 Orderbook: the view of this moment as a picture (row S5)."""

from pawang.actions.alpha import unknown_coin
from pawang.actions.base import Acted, Call
from pawang.alerts.text import local
from pawang.model.chat import Picture
from pawang.model.codec import encode
from pawang.model.view import MarketView, Scene


def heatmap(call: Call) -> Acted:
    return _draw(call, "heatmap")


def orderbook(call: Call) -> Acted:
    return _draw(call, "orderbook")


def _draw(call: Call, kind: str) -> Acted:
    coin = call.words[0].upper() if call.words else call.params.coins[0]
    if coin not in call.params.coins:
        return unknown_coin(call, coin)
    view = call.recalled.view
    if view is None or view.book is None:
        why = "no view" if view is None else str(view.book_problem)
        return call.note(call.say("picture_missing", coin=coin, why=why))
    data = encode(_scene(call, view, kind)).decode()
    words = "picture_magnets" if kind == "heatmap" and view.magnets_validated else f"picture_{kind}"
    send = call.reply(call.say(words, coin=coin), picture=Picture(kind=kind, data=data))
    return Acted(desk=call.desk, effects=(*call.answer(""), send))


def _scene(call: Call, view: MarketView, kind: str) -> Scene:
    assert view.book is not None
    return Scene(
        coin=view.coin,
        when=f"{local(call.now, call.chat.timezone):%d %b %H:%M} {call.chat.timezone}",
        mid=view.book.mid,
        magnets=(view.magnets or ()) if kind == "heatmap" else (),
        walls=view.walls if kind == "orderbook" else (),
        note=view.magnets_problem or "" if kind == "heatmap" else "",
        validated=view.magnets_validated,
    )
