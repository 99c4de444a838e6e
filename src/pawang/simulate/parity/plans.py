"""What is tried: a plan of a sniper's shape around the touch of this very market, by seed.

The distances are a sniper's made smaller, and so are its times: what is compared is how orders
fill, and a minute of that is a minute of it at any distance.
"""

import random
from decimal import Decimal

from pawang.model.instrument import Instrument
from pawang.model.market import Side
from pawang.model.order import Book, Exit, Order
from pawang.model.refs import MINUTE, SECOND, ref_id
from pawang.orders import client_order_id
from pawang.sandbox.okx.instrument import Instrument as Floor

ENTRY_TICKS = (0, 6)  # behind the touch
STOP_TICKS = (6, 24)
TARGET_STOPS = (0.6, 1.4)  # TP1, in stops; TP2 and runner follow
CONTRACTS = (0.5, 40.0)  # from a crumb to more than a print
SHARES = (50, 30, 20)
EXPIRY_S = 90
TIME_STOP_S = 240


def draw(seed: int, made: Instrument, floor: Floor, now: int) -> Order:
    """The plan of this seed on the book as it stands; both sides of a seed draw the same."""
    chance = random.Random(f"{seed}:plan")  # noqa: S311 - reproducible
    side = chance.choice((Side.LONG, Side.SHORT))
    touch = (floor.book.bids if side is Side.LONG else floor.book.asks).touch
    assert touch is not None, "a seeded book has two sides"
    entry = touch[0] - side.sign * chance.randint(*ENTRY_TICKS)
    stop = chance.randint(*STOP_TICKS)
    first = max(2, round(stop * chance.uniform(*TARGET_STOPS)))
    targets = (first, round(first * 1.6) + 1, round(first * 2.4) + 2)
    ref = ref_id("snp", now + seed * MINUTE, made.coin)  # a name of its own
    size = Decimal(str(round(chance.uniform(*CONTRACTS), 2)))

    def at(ticks: int) -> Decimal:
        return (entry + side.sign * ticks) * made.tick_size

    legs = zip(("tp1", "tp2", "runner"), targets, SHARES, strict=True)
    return Order(
        client_order_id=client_order_id(ref, Book.LIVE, "entry", 1),
        ref_id=ref,
        book=Book.LIVE,
        coin=made.coin,
        instrument=made.name,
        side=side,
        entry=at(0),
        contracts=max(size, made.size_min),
        exits=(
            Exit(leg="sl", kind="stop", price=at(-stop), share_pct=100),
            *(
                Exit(leg=leg, kind="target", price=at(ticks), share_pct=share)
                for leg, ticks, share in legs
            ),
        ),
        ts_placed=now,
        ts_expiry=now + EXPIRY_S * SECOND,
        time_stop_ns=TIME_STOP_S * SECOND,
        risk_usd=Decimal(1),
    )
