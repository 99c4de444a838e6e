"""Columns are the same fold: views and edges of a block are those of its records, bit for bit."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.market import test_any_cut as everything
from tests.market import test_sessions as sessions
from tests.market.conftest import Tape

from pawang.market import Market, MarketParams
from pawang.market.block import Block
from pawang.model.codec import encode
from pawang.model.market import Aggressor, BestQuote, BookDelta, BookSnapshot, Side, Trade
from pawang.model.view import Memory

STREAMED = BestQuote | BookDelta | BookSnapshot | Trade
PLAN = "snp_20250915_1200_BTC"


def pieces(records, size):
    """Runs of what a block can hold as blocks of at most `size`, and the others one by one."""
    for streamed, run in itertools.groupby(records, key=lambda one: isinstance(one, STREAMED)):
        kept = list(run)
        for first in range(0, len(kept), size):
            part = kept[first : first + size]
            yield (Block.of(part), len(part)) if streamed else (part, len(part))


def fold(market, coin, piece, place, until):
    if isinstance(piece, Block):
        return market.fold_block(coin, piece, place, until)
    return market.fold(piece, place, until)


def views_of(market, coin, cut, slot, every):
    """Views every `every`, and the edges."""
    views, edges = [], []
    for piece, many in cut:
        place = 0
        while place < many:
            folded = fold(market, coin, piece, place, slot)
            place += folded.consumed
            if folded.edge is not None:
                edges.append(folded.edge)
            elif place < many:
                views.append(encode(market.freeze(coin, slot, Memory())))
                slot += every
    return views, edges


def guarded(btc):
    market = Market({"BTC": btc}, everything.PARAMS)
    market.guard_wall("BTC", 59_940.0, Aggressor.BUY)
    market.guard_flow(PLAN, "BTC", Side.LONG)
    return market


@pytest.mark.parametrize("size", [1, 16, 256, 4096])
def test_a_stream_in_which_everything_happens(btc, size):
    tape = Tape(btc)
    records = list(everything.Life(tape, 5).records())
    slot = tape.at(everything.START_MS) + everything.EVERY
    one_by_one = [([record], 1) for record in records]
    told = views_of(guarded(btc), "BTC", one_by_one, slot, everything.EVERY)
    assert told[1], "edges"
    blocks = pieces(records, size)
    assert views_of(guarded(btc), "BTC", blocks, slot, everything.EVERY) == told


STEP = st.tuples(
    st.sampled_from(["delta", "delta", "quote", "quote", "trade", "trade", "snapshot", "lost"]),
    st.integers(0, 400),
    st.integers(-9, 9),
    st.integers(0, 30),
)
BIDS = tuple((60_000.0 - k, 2.0 + k % 3) for k in range(12))
ASKS = tuple((60_001.0 + k, 2.0 + k % 5) for k in range(12))


def written(tape, plan):
    ms = 0
    yield tape.snapshot(0, BIDS, ASKS)
    for kind, after, tick, size in plan:
        ms += after
        match kind:
            case "delta":
                bids = [(60_000.0 + tick, float(size))] if tick <= 1 else []
                asks = [(60_001.0 + tick, float(size))] if tick >= -1 else []
                yield tape.delta(ms, bids, asks)
            case "quote":
                yield tape.quote(ms, 60_000.0 + tick, 1.0 + size, 60_001.0, 2.0)
            case "trade":
                side = "buy" if size % 2 else "sell"
                price = 60_000.0 + tick * (300 if size == 30 else 1)  # now and then absurd
                yield tape.trade(ms, side, price, 1.0 + size, recv_ms=ms // 3 * 3)
            case "snapshot":
                yield tape.snapshot(ms, BIDS, ASKS)
            case "lost":
                yield tape.lost(ms, ("books", "bbo-tbt", "trades", "all")[size % 4])


@settings(deadline=None, max_examples=60)
@given(plan=st.lists(STEP, max_size=80), size=st.integers(1, 40))
def test_any_stream_in_any_blocks(btc, plan, size):
    tape = Tape(btc)
    records = list(written(tape, plan))
    markets = Market({"BTC": btc}), Market({"BTC": btc})
    for market in markets:
        market.guard_wall("BTC", 59_998.0, Aggressor.BUY)
        market.guard_flow(PLAN, "BTC", Side.SHORT)
    slot, every = tape.at(700), 700_000_000
    whole, blocks = [(records, len(records))], pieces(records, size)
    assert views_of(markets[0], "BTC", whole, slot, every) == views_of(
        markets[1], "BTC", blocks, slot, every
    )
    end = records[-1].ts_event + every
    one, other = (encode(market.freeze("BTC", end, Memory())) for market in markets)
    assert one == other


@pytest.mark.parametrize("name", sessions.SESSIONS)
def test_a_recorded_session(recorded, name):
    """Two minutes with guards on; columns joined as a reader of recordings would."""
    instrument = sessions.listed(name)
    records = sessions.records_of(recorded, name, instrument)
    end = records[0].ts_event + 120 * 10**9
    records = [record for record in records if record.ts_event < end]
    slot = records[0].ts_event // sessions.EVERY * sessions.EVERY + sessions.EVERY
    price = next(r.price for r in records if isinstance(r, Trade))
    cuts = [(records, len(records))], pieces(records, 256)
    told = []
    for cut in cuts:
        params = MarketParams(theta_usd=100_000.0, flow_points_min=2)
        market = Market({instrument.coin: instrument}, params)
        market.guard_wall(instrument.coin, round(price * 0.9995, 1), Aggressor.BUY)
        market.guard_flow(PLAN, instrument.coin, Side.LONG)
        told.append(views_of(market, instrument.coin, cut, slot, sessions.EVERY))
    assert len(told[0][0]) >= 11
    assert told[0] == told[1]


def test_a_block_holds_what_its_records_hold(btc):
    tape = Tape(btc)
    records = [
        tape.snapshot(0, BIDS[:2], ASKS[:1]),
        tape.delta(1, asks=ASKS[1:2]),
        tape.trade(2, "sell", 60_000.0, 3.0, trade_id="77", recv_ms=4),
        tape.quote(3, 60_000.0, 1.0, 60_001.0, 2.0),
    ]
    block = Block.of(records)
    at = tape.at
    assert block.heads.tolist() == [
        [1, at(0), at(0) + 10**6, 0, 2, 2, 3],
        [0, at(1), at(1) + 10**6, 3, 3, 3, 4],
        [4, at(2), at(4), 77, 0, 0, 0],
        [2, at(3), at(3) + 10**6, 0, 0, 0, 0],
    ]
    assert block.numbers.tolist() == [
        [0.0] * 4,
        [0.0] * 4,
        [60_000.0, 3.0, 0.0, 0.0],
        [60_000.0, 1.0, 60_001.0, 2.0],
    ]
    assert np.array_equal(block.rows, np.array([*BIDS[:2], ASKS[0], ASKS[1]]))
