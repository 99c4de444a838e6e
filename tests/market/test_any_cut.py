"""A long seeded stream in which everything happens: any cut of it gives the same views, bit for bit.

It crosses midnight, when the census draws its bounds, and is read the hall's way: the book at the
slot, the flow 200 ms later.
"""

from random import Random

import pytest

from pawang.market import Market, MarketParams
from pawang.model.codec import encode
from pawang.model.market import Aggressor, BestQuote, Side
from pawang.model.refs import MILLISECOND, SECOND
from pawang.model.view import Memory

START_MS = (12 * 3600 - 60) * 1000  # a minute before midnight
SECONDS = 240
EVERY = 10 * SECOND
SETTLE = 200 * MILLISECOND
PARAMS = MarketParams(
    windows_s=(5, 20, 60),
    theta_usd=200_000.0,
    kappa_windows_min=3,
    kappa_min=0.1,  # so that it shows
    medium_parents_min=50,
    spread_points_min=1,
)


class Life:
    """Writes the stream: a mid that walks, hands of every size, a wall that is sold into."""

    def __init__(self, tape, seed):
        self.tape, self.chance = tape, Random(seed)
        self.mid = 60_000.0
        self.wall = 59_940.0

    def records(self):
        yield self.tape.plain_book(START_MS)
        yield self.tape.delta(START_MS + 1, bids=[(self.wall, 40.0)])
        for tenth in range(1, 10 * SECONDS):
            ms = START_MS + 100 * tenth
            yield from self.books(ms, tenth)
            yield from self.hands(ms)
            if tenth % 300 == 77:
                yield from self.sweep(ms)
            if tenth == 1500:
                yield self.tape.lost(ms + 60, "trades")
            if tenth == 1900:
                yield self.tape.lost(ms + 60, "books")
                yield self.tape.plain_book(ms + 90)

    def books(self, ms, tenth):
        """The touch moves; every 7 s the wall is sold into and back, every 45 s it flees."""
        tick = self.chance.choice((-0.1, 0.0, 0.1))
        self.mid = min(60_004.0, max(59_996.5, self.mid + tick))
        bid, ask = round(self.mid - 0.1, 1), round(self.mid + 0.1, 1)
        yield BestQuote(
            instrument=self.tape.name,
            ts_event=self.tape.at(ms),
            ts_recv=self.tape.at(ms) + MILLISECOND,
            bid=bid,
            bid_size=1.0,
            ask=ask,
            ask_size=1.0,
        )
        if tenth % 70 == 35:
            yield self.tape.trade(ms + 1, "sell", self.wall, 14.0)
            yield self.tape.delta(ms + 2, bids=[(self.wall, 30.0)])
        elif tenth % 70 == 45:
            yield self.tape.delta(ms + 2, bids=[(self.wall, 40.0)])
        elif tenth % 450 == 449:
            flight = [(self.wall, 0.0), (self.wall - 18.0, 40.0)]
            yield self.tape.delta(ms + 2, bids=flight, asks=[(60_000.0, 1.0)])
            self.wall -= 18.0
        else:
            size = 1.0 + self.chance.random()
            asks = [(60_000.0, 0.0)] if tenth % 450 == 20 else []
            yield self.tape.delta(ms + 2, bids=[(59_999.9, size)], asks=asks)

    def hands(self, ms):
        """One print in three tenths of a second, from a thousand dollars to half a million."""
        if self.chance.random() < 0.35:
            size = round(10.0 ** self.chance.uniform(-1.7, 0.95), 4)
            side = self.chance.choice(("buy", "sell"))
            yield self.tape.trade(ms + 10, side, round(self.mid, 1), size, recv_ms=ms + 20)

    def sweep(self, ms):
        """A whale in four prints of one push, its twin, and a liquidation that was part of it."""
        price = round(self.mid, 1)
        prints = [
            self.tape.trade(ms + 30 + k, "sell", price, 2.0 + k, recv_ms=ms + 40) for k in range(4)
        ]
        self.chance.shuffle(prints)
        yield from prints
        yield self.tape.trade(ms + 45, "buy", price, 9.0)
        yield self.tape.trade(ms + 55, "sell", price, 9.0)
        yield self.tape.liquidation(ms + 58, Side.LONG, price, 1.5)


def views_of(btc, make_tape, records, size):
    """Read at every slot as the hall does it, the stream cut into pieces of `size`."""
    market, views, slot = Market({"BTC": btc}, PARAMS), [], make_tape.at(START_MS) + EVERY
    market.guard_wall("BTC", 59_940.0, Aggressor.BUY)
    peeked, edges = False, []
    for first in range(0, len(records), size):
        piece, place = records[first : first + size], 0
        while place < len(piece):
            until = slot + SETTLE if peeked else slot
            folded = market.fold(piece, place, until=until)
            place += folded.consumed
            if folded.edge is not None:
                edges.append(folded.edge)
            elif place < len(piece) and not peeked:
                market.peek("BTC", slot)
                peeked = True
            elif place < len(piece):
                views.append(market.freeze("BTC", slot, Memory()))
                slot, peeked = slot + EVERY, False
    return views, edges


@pytest.fixture(scope="module", params=[1, 2, 3])
def life(request, btc, make_tape):
    """A stream, and what one uncut fold of it gives."""
    records = list(Life(make_tape(btc), request.param).records())
    return records, *views_of(btc, make_tape, records, len(records))


def test_everything_happens_in_it(life):
    """What is not exercised is not tested."""
    _, views, edges = life
    flow = [window for view in views for window in view.flow]
    walls = [wall for view in views for wall in view.walls]
    assert len(views) >= 22
    assert len({window.kappa for window in flow}) > 3
    assert any(window.washed_usd > 0.0 for window in flow)
    assert any(window.forced_net_usd < 0.0 for window in flow)
    assert len({window.medium_imbalance for window in flow}) > 5
    assert any(window.gap for window in flow)
    assert any(wall.refill_ratio > 0.0 for wall in walls)
    assert any(wall.iceberg for wall in walls)
    assert any(wall.flees for wall in walls)
    assert any(wall.qualified for wall in walls)
    assert edges, "a wall falls"


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_any_cut_gives_the_same_views_to_the_last_bit(life, btc, make_tape, size):
    records, views, edges = life
    again, told = views_of(btc, make_tape, records, size)
    assert [encode(view) for view in again] == [encode(view) for view in views]
    assert told == edges


def test_looking_in_between_changes_nothing(life, btc, make_tape, feed):
    records, views, _ = life
    last = views[-1].ts
    records = [one for one in records if one.ts_event < last]
    market, quiet = Market({"BTC": btc}, PARAMS), Market({"BTC": btc}, PARAMS)
    for place in range(0, len(records), 53):
        piece = records[place : place + 53]
        feed(market, piece)
        for ts in (piece[0].ts_event, piece[-1].ts_event + 1, last):
            market.peek("BTC", ts)
            market.freeze("BTC", ts, Memory())
            market.warming("BTC", ts)
    feed(quiet, records)
    looked_at, left_alone = (one.freeze("BTC", last, Memory()) for one in (market, quiet))
    assert encode(looked_at) == encode(left_alone)
