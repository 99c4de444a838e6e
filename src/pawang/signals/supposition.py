"""What a slot's plan would have been, whether or not a gate refused it (signals.md 7.5, row S3).

A gate is judged by what it refused. So every sniper slot supposes a plan: the one that was made, or
the geometry that the market offered regardless of the gate that said no, or, where it offered none
(no anchor, no targets, no book), a usual one from ATR, flagged as such.
"""

from decimal import Decimal

from pawang.model.decision import NoTrade, Signal, SniperPlan
from pawang.model.hypothesis import PASSED, Hypothesis
from pawang.model.market import Side
from pawang.model.refs import MINUTE, SECOND
from pawang.model.view import MarketView
from pawang.signals.aim import Aim, Zone, draw_zone, find_anchor, magnets_ahead, pick_targets
from pawang.signals.odds import luck
from pawang.signals.params import SniperParams


def suppose(view: MarketView, signal: Signal, params: SniperParams) -> Hypothesis | None:
    """The hypothetical plan of a sniper slot; None where no price at all is known.

    `sent` is left False: whether somebody was told is decided later.
    """
    if isinstance(signal, SniperPlan):
        prices = (signal.entry, signal.stop, signal.targets[0].price, signal.targets[1].price)
        return _hypothesis(view, signal, signal.side, prices, False, params)
    assert isinstance(signal, NoTrade), f"{signal.ref_id}: only sniper slots suppose plans"
    side = _side(view, signal)
    aim = Aim(side=side, instrument=view.instrument)
    found = _offered(view, aim, params)
    if found is not None:
        return _hypothesis(view, signal, side, found, False, params)
    usual = _usual(view, aim, params)
    return None if usual is None else _hypothesis(view, signal, side, usual, True, params)


Prices = tuple[Decimal, Decimal, Decimal, Decimal]
"""Entry, stop, TP1, TP2."""


def _side(view: MarketView, signal: NoTrade) -> Side:
    """The refused side; else the way the score leans; else the clock tosses a coin, so that no
    side is favoured where nothing is known."""
    if signal.side is not Side.NEUTRAL:
        return signal.side
    standing = view.memory.bias
    if standing is not None and standing.score != 0:
        return Side.LONG if standing.score > 0 else Side.SHORT
    return Side.LONG if view.ts // MINUTE // 3 % 2 == 0 else Side.SHORT


def _offered(view: MarketView, aim: Aim, params: SniperParams) -> Prices | None:
    """What anchor and magnets would have made, whichever gate said no before or after."""
    if view.book is None or view.magnets is None:
        return None
    zone = _zone(view, aim, params)
    if zone is None:
        return None
    ahead = magnets_ahead(aim, view.book, view.magnets)
    targets = pick_targets(aim, zone, ahead, _atr_pct(view), params)
    if targets is None:
        return None
    return zone.entry, zone.stop, targets[0].price, targets[1].price


def _zone(view: MarketView, aim: Aim, params: SniperParams) -> Zone | None:
    if view.book is None:
        return None
    anchor = find_anchor(aim, view.book, view, params)
    return None if anchor is None else draw_zone(aim, anchor, view.book, _atr_pct(view), params)


def _usual(view: MarketView, aim: Aim, params: SniperParams) -> Prices | None:
    """At the zone the gates found, if they found one; else a usual pullback from the price."""
    zone = _zone(view, aim, params)
    if zone is not None:
        return _laddered(aim, zone.entry, zone.stop, params)
    price = _price(view)
    if price is None:
        return None
    entry = aim.back(_moved(aim, price, -params.usual_pullback_pct))
    stop = aim.back(_moved(aim, entry, -_usual_stop_pct(view, params)))
    return _laddered(aim, entry, stop, params)


def _laddered(aim: Aim, entry: Decimal, stop: Decimal, params: SniperParams) -> Prices:
    stop_pct = float(abs(entry - stop) / entry * 100)
    first = aim.forward(_moved(aim, entry, params.usual_target_stops * stop_pct))
    second = aim.forward(_moved(aim, entry, params.usual_target_next_stops * stop_pct))
    return entry, stop, first, second


def _usual_stop_pct(view: MarketView, params: SniperParams) -> float:
    atr = _atr_pct(view)
    if atr is None:
        return params.usual_stop_pct
    return min(params.stop_max_pct, max(params.stop_min_pct, params.usual_stop_atrs * atr))


def _moved(aim: Aim, price: Decimal, pct: float) -> Decimal:
    """`price`, that much percent on towards the targets."""
    return price * (1 + aim.sign * Decimal(str(round(pct, 9))) / 100)


def _price(view: MarketView) -> Decimal | None:
    """The mid, else the mark, else the last print."""
    if view.book is not None:
        return Decimal(str(view.book.mid))
    known = view.mark_price or view.last_price
    return None if known is None else Decimal(str(known.value))


def _atr_pct(view: MarketView) -> float | None:
    return None if view.atr_5m_pct is None else view.atr_5m_pct.value


def _hypothesis(
    view: MarketView,
    signal: SniperPlan | NoTrade,
    side: Side,
    prices: Prices,
    standard: bool,
    params: SniperParams,
) -> Hypothesis:
    entry, *others = (float(price) for price in prices)
    stop_pct, tp1_pct, tp2_pct = (abs(price - entry) / entry * 100 for price in others)
    assert stop_pct > 0, f"{signal.ref_id}: a stop at its entry"
    chances = luck(view.null, stop_pct, (tp1_pct, tp2_pct))
    return Hypothesis(
        ref_id=signal.ref_id,
        coin=view.coin,
        ts=view.ts,
        code=PASSED if isinstance(signal, SniperPlan) else signal.code,
        sent=False,
        standard=standard,
        side=side,
        entry=entry,
        stop=others[0],
        tp1_price=others[1],
        tp2_price=others[2],
        tick=float(view.instrument.tick_size),
        stop_pct=stop_pct,
        tp1_pct=tp1_pct,
        tp2_pct=tp2_pct,
        share_tp1=params.shares_pct[0] / 100,
        cost_win_pct=round(2 * params.fee_maker_pct, 9),
        cost_loss_pct=round(params.fee_maker_pct + params.fee_taker_pct + params.slippage_pct, 9),
        p0_tp1=chances.targets[0],
        p0_tp2=chances.targets[1],
        p0_source=chances.source,
        ts_expiry=view.ts + params.expiry_s * SECOND,
        time_stop_ns=params.time_stop_s * SECOND,
    )
