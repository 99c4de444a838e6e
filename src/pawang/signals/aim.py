"""Where a plan would stand: anchor, entry zone, stop and targets, all on the tick grid.

The geometry of signals.md 7.1, written once for both sides: `Aim` knows which way is *forward*
(to the targets) and which is *back* (to the stop). Refusing is the sniper's business, except
where a price simply does not exist: then the answer is None.
"""

from decimal import Decimal

from pawang.model.codec import Record
from pawang.model.decision import Target
from pawang.model.instrument import Instrument
from pawang.model.market import Aggressor, Side
from pawang.model.view import BookView, Magnet, MarketView, Wall
from pawang.signals.params import SniperParams

HUNDRED = Decimal(100)
BPS = Decimal(10_000)


class Anchor(Record):
    """What the zone leans on: a wall, or (wall None) a level behind a one-sided book."""

    price: Decimal
    wall: Wall | None


class Zone(Record):
    """Entry zone and stop. `entry` is the worst edge: everything is reckoned from it."""

    entry: Decimal
    far: Decimal  # the other edge, nearest to the anchor
    stop: Decimal
    widened: bool

    @property
    def stop_pct(self) -> Decimal:
        return distance_pct(self.entry, self.stop)


class Aim(Record):
    """One side on one instrument's tick grid."""

    side: Side
    instrument: Instrument

    @property
    def sign(self) -> int:
        return self.side.sign

    @property
    def tick(self) -> Decimal:
        return self.instrument.tick_size

    def back(self, price: Decimal) -> Decimal:
        """Onto the grid, away from the targets: for stops (farther) and targets (nearer)."""
        on_grid = self.instrument.price_floor if self.sign > 0 else self.instrument.price_ceiling
        return on_grid(price)

    def forward(self, price: Decimal) -> Decimal:
        """Onto the grid, towards the targets."""
        on_grid = self.instrument.price_ceiling if self.sign > 0 else self.instrument.price_floor
        return on_grid(price)

    def ahead(self, price: Decimal | float, of: Decimal | float) -> bool:
        """Is `price` farther towards the targets?"""
        return self.sign * (Decimal(str(price)) - Decimal(str(of))) > 0


def distance_pct(entry: Decimal, price: Decimal) -> Decimal:
    """How far `price` is from the entry, percent of the entry, never negative."""
    return abs(price - entry) / entry * HUNDRED


def find_anchor(aim: Aim, book: BookView, view: MarketView, params: SniperParams) -> Anchor | None:
    """The strongest qualified wall in reach behind the price, else a one-sided book."""
    wanted = Aggressor.BUY if aim.side is Side.LONG else Aggressor.SELL
    walls = [
        wall
        for wall in view.walls
        if wall.qualified
        and wall.side is wanted
        and params.wall_near_bps <= _pullback_bps(aim, book, wall.price) <= params.wall_far_bps
    ]
    if walls:
        # Strongest, and of equals the one a pullback meets first; max keeps the first of ties.
        best = max(walls, key=lambda wall: (wall.strength, aim.sign * wall.price))
        return Anchor(price=aim.forward(_exact(best.price)), wall=best)
    leaning = aim.sign * book.imbalance_10bp >= params.imbalance_min
    if not leaning or book.imbalance_held_s < params.imbalance_hold_s:
        return None
    quote = _exact(book.bid if aim.sign > 0 else book.ask)
    step = quote * _exact(params.imbalance_anchor_bps) / BPS
    return Anchor(price=aim.back(quote - aim.sign * step), wall=None)


def draw_zone(
    aim: Aim, anchor: Anchor, book: BookView, atr_5m_pct: float | None, params: SniperParams
) -> Zone | None:
    """The zone in front of the anchor and the stop behind it; None if it would cross the book.

    The entry is post-only, so its edge stays a tick short of the opposite quote.
    """
    far = anchor.price + aim.sign * aim.tick
    depth = max(params.zone_ticks * aim.tick, anchor.price * _exact(params.zone_pct) / HUNDRED)
    entry = aim.back(anchor.price + aim.sign * depth)
    opposite = _exact(book.ask if aim.sign > 0 else book.bid)
    crossing_free = aim.back(opposite) - aim.sign * aim.tick
    if aim.ahead(entry, of=crossing_free):
        entry = crossing_free
    if aim.ahead(far, of=entry):
        return None
    invalidation = anchor.price - aim.sign * _room(aim, anchor, atr_5m_pct, params)
    stop = aim.back(invalidation)
    if distance_pct(entry, stop) >= _exact(params.stop_min_pct):
        return Zone(entry=entry, far=far, stop=stop, widened=False)
    widened = aim.back(entry - aim.sign * entry * _exact(params.stop_min_pct) / HUNDRED)
    return Zone(entry=entry, far=far, stop=widened, widened=True)


def _room(aim: Aim, anchor: Anchor, atr_5m_pct: float | None, params: SniperParams) -> Decimal:
    """Behind the anchor: the largest of two ticks, 0.03 % and a bit of ATR(5m) where known."""
    share = _exact(params.invalidation_pct)
    if atr_5m_pct is not None:
        share = max(share, _exact(params.invalidation_atr) * _exact(atr_5m_pct))
    return max(params.invalidation_ticks * aim.tick, anchor.price * share / HUNDRED)


def magnets_ahead(aim: Aim, book: BookView, magnets: tuple[Magnet, ...]) -> list[Magnet]:
    """Those beyond the mid on the side of the targets, nearest first."""
    beyond = [magnet for magnet in magnets if aim.ahead(magnet.price, of=book.mid)]
    return sorted(beyond, key=lambda magnet: aim.sign * magnet.price)


def pick_targets(
    aim: Aim, zone: Zone, magnets: list[Magnet], atr_5m_pct: float | None, params: SniperParams
) -> tuple[Target, ...] | None:
    """TP1, TP2 and the runner, each just in front of its magnet; None without TP1 and TP2.

    Without a third magnet the runner's trail stands as a fixed price, 1.5 ATR(5m) past TP2:
    simple, and on the safe side of what a trail may earn. Without ATR TP2 takes its share.
    """
    picked: list[Target] = []
    needed_pct = _exact(params.target_min_stops) * zone.stop_pct
    front = aim.sign * params.target_front_ticks * aim.tick
    for magnet in magnets:
        price = aim.back(_exact(magnet.price)) - front
        if not aim.ahead(price, of=zone.entry) or distance_pct(zone.entry, price) < needed_pct:
            continue
        share_pct = params.shares_pct[len(picked)]
        picked.append(Target(price=price, share_pct=share_pct, magnet_price=magnet.price))
        if len(picked) == len(params.shares_pct):
            return tuple(picked)
        needed_pct = distance_pct(zone.entry, price) + _exact(params.target_step_pct)
    if len(picked) < 2:
        return None
    return (*picked[:1], *_last_targets(aim, picked[1], atr_5m_pct, params))


def _last_targets(
    aim: Aim, second: Target, atr_5m_pct: float | None, params: SniperParams
) -> tuple[Target, ...]:
    _, share2, share3 = params.shares_pct
    trail = Decimal(0)
    if atr_5m_pct is not None:
        trail = second.price * _exact(params.trail_atr) * _exact(atr_5m_pct) / HUNDRED
    price = aim.back(second.price + aim.sign * trail)
    if not aim.ahead(price, of=second.price):
        whole = Target(
            price=second.price, share_pct=share2 + share3, magnet_price=second.magnet_price
        )
        return (whole,)
    return second, Target(price=price, share_pct=share3, magnet_price=second.magnet_price)


def _pullback_bps(aim: Aim, book: BookView, price: float) -> float:
    return aim.sign * (book.mid - price) / book.mid * 10_000


def _exact(value: float) -> Decimal:
    # str() first: Decimal(0.05) would carry binary dust into a price.
    return Decimal(str(value))
