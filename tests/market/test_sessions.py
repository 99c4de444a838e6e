"""Recorded minutes of BTC and ETH, folded in two cuts: equal views every ten seconds."""

import itertools
from decimal import Decimal

import numpy as np
import pyarrow.parquet as pq
import pytest

from pawang.market import Market, MarketParams
from pawang.model.codec import encode
from pawang.model.instrument import Instrument
from pawang.model.market import Aggressor, BestQuote, BookDelta, BookSnapshot, Levels, Trade
from pawang.model.refs import SECOND
from pawang.model.view import Memory

SESSIONS = {
    "btcusdt_20240718": ("BTC", "0.1", "0.001"),
    "btcusdt_20230404": ("BTC", "0.1", "0.001"),
    "ethusdt_20240718": ("ETH", "0.01", "0.001"),
}
EVERY = 10 * SECOND


def listed(name):
    coin, tick, lot = SESSIONS[name]
    return Instrument.swap(
        coin, contract_value=Decimal(1), tick_size=Decimal(tick), lot_size=Decimal(lot)
    )


def table(recorded, kind, name):
    return pq.read_table(recorded / f"{kind}_binance_usdm_{name}.parquet").to_pydict()


def records_of(recorded, name, instrument):
    """Prints, best quotes and books of one session, by the venue's time."""
    found = [*prints(recorded, name, instrument), *quotes(recorded, name, instrument)]
    found += books(recorded, name, instrument)
    return sorted(found, key=lambda record: record.ts_event)


def prints(recorded, name, instrument):
    rows = table(recorded, "trades", name)
    columns = (rows[key] for key in ("ts_ns", "recv_ns", "price", "size", "side"))
    for number, (ts, recv, price, size, side) in enumerate(zip(*columns, strict=True)):
        yield Trade(
            instrument=instrument.name,
            ts_event=ts,
            ts_recv=recv,
            price=price,
            size=size,
            side=Aggressor.BUY if side > 0 else Aggressor.SELL,
            trade_id=str(number),
        )


def quotes(recorded, name, instrument):
    rows = table(recorded, "bbo", name)
    columns = (rows[key] for key in ("ts_ns", "bid", "bid_size", "ask", "ask_size"))
    for ts, bid, bid_size, ask, ask_size in zip(*columns, strict=True):
        yield BestQuote(
            instrument=instrument.name,
            ts_event=ts,
            ts_recv=ts,
            bid=bid,
            bid_size=bid_size,
            ask=ask,
            ask_size=ask_size,
        )


def books(recorded, name, instrument):
    rows = {key: np.array(column) for key, column in table(recorded, "l2", name).items()}
    ids = rows["update_id"]
    starts = [0, *(np.flatnonzero(np.diff(ids)) + 1).tolist(), len(ids)]
    for seq, (first, last) in enumerate(itertools.pairwise(starts)):
        sides = rows["side"][first:last]
        levels = np.column_stack([rows["price"][first:last], rows["size"][first:last]])
        bids, asks = levels[sides > 0], levels[sides < 0]
        both, many = np.concatenate([bids, asks]), len(bids)
        common = {
            "instrument": instrument.name,
            "ts_event": int(rows["ts_ns"][first]),
            "ts_recv": int(rows["ts_ns"][first]),
            "bids": Levels(both, 0, many),
            "asks": Levels(both, many, len(both)),
            "seq": seq,
        }
        if rows["is_snapshot"][first]:
            yield BookSnapshot(**common)
        else:
            yield BookDelta(**common, prev_seq=seq - 1)


def views_of(records, instrument, size):
    """Views every ten seconds, the stream cut into pieces of `size`."""
    params = MarketParams(theta_usd=100_000.0)  # minutes of 2023 hold no parent of a million
    market, views = Market({instrument.coin: instrument}, params), []
    ts = records[0].ts_event // EVERY * EVERY + EVERY
    start = 0
    while start < len(records):
        piece, place = records[start : start + size], 0
        while place < len(piece):
            folded = market.fold(piece, place, until=ts)
            place += folded.consumed
            if folded.edge is None and place < len(piece):
                views.append(market.freeze(instrument.coin, ts, Memory()))
                ts += EVERY
        start += size
    return views


@pytest.mark.parametrize("name", SESSIONS)
def test_a_recorded_session_gives_one_set_of_views_however_it_is_cut(recorded, name):
    instrument = listed(name)
    records = records_of(recorded, name, instrument)
    views = views_of(records, instrument, 64)
    flow = [view.window(300) for view in views]
    assert len(views) > 45
    assert any(window.washed_usd > 0.0 for window in flow), "the defences have something to do"
    assert any(wall.qualified for view in views for wall in view.walls)
    again = views_of(records, instrument, 1009)
    assert [encode(view) for view in again] == [encode(view) for view in views]
