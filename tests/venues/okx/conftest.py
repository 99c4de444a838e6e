"""Messages and listings the OKX tests share."""

import json
import os
from decimal import Decimal
from pathlib import Path

import pytest

from pawang.model.instrument import Instrument
from pawang.model.refs import MILLISECOND
from pawang.venues.okx.wire_private import AlgoRow, FillRow, OrderRow

TS_MS = 1_743_041_250_440
NOW = TS_MS * MILLISECOND


def swap(coin: str, contract_value: str = "0.01") -> Instrument:
    lot = Decimal("0.01")
    return Instrument.swap(
        coin, contract_value=Decimal(contract_value), tick_size=Decimal("0.1"), lot_size=lot
    )


@pytest.fixture
def btc() -> Instrument:
    return swap("BTC")


@pytest.fixture
def sol() -> Instrument:
    return swap("SOL", "1")


@pytest.fixture
def listings(btc, sol) -> dict[str, Instrument]:
    """By coin, as the desk holds them."""
    return {"BTC": btc, "SOL": sol}


@pytest.fixture(scope="session")
def recorded() -> Path:
    """The folder of recorded and documented OKX payloads."""
    data = Path(os.environ.get("PAWANG_DATA", "../shared/data")) / "okx"
    if not data.is_dir():
        pytest.skip(f"no recorded data at {data} (set PAWANG_DATA)")
    return data


class Wire:
    """Frames as OKX would send them."""

    def push(self, channel: str, *rows, inst: str = "BTC-USDT-SWAP", **more) -> bytes:
        arg = {"channel": channel, "instId": inst}
        return json.dumps({"arg": arg, **more, "data": rows}).encode()

    def book(
        self, prev, seq, bids=(), asks=(), inst="BTC-USDT-SWAP", checksum=0, ts=TS_MS
    ) -> bytes:
        row = {
            "asks": [[price, size, "0", "1"] for price, size in asks],
            "bids": [[price, size, "0", "1"] for price, size in bids],
            "ts": str(ts),
            "checksum": checksum,
            "prevSeqId": prev,
            "seqId": seq,
        }
        action = "snapshot" if prev == -1 else "update"
        return self.push("books", row, inst=inst, action=action)

    def snapshot(self, seq=10, inst="BTC-USDT-SWAP") -> bytes:
        return self.book(-1, seq, [("99.9", "2")], [("100.1", "3")], inst=inst)

    def trade(self, inst="BTC-USDT-SWAP", trade_id="7", **more) -> bytes:
        row = {
            "instId": inst,
            "tradeId": trade_id,
            "px": "100.0",
            "sz": "5",
            "side": "buy",
            "ts": str(TS_MS),
            "count": "2",
            "source": "0",
            "seqId": 12,
        }
        return self.push("trades", {**row, **more}, inst=inst)

    def ack(self, channel: str, inst: str, event: str = "subscribe") -> bytes:
        name = "instType" if channel == "liquidation-orders" else "instId"
        arg = {"channel": channel, name: inst}
        return json.dumps({"event": event, "arg": arg, "connId": "a1"}).encode()

    def event(self, event: str, **more) -> bytes:
        return json.dumps({"event": event, **more}).encode()

    def clock(self, now: int, ended: bool = False) -> bytes:
        return self.event("clock", now=str(now), speed=20, ended=ended)

    def answer(self, *rows, code="0", msg="") -> bytes:
        return json.dumps({"code": code, "msg": msg, "data": rows}).encode()


@pytest.fixture
def wire() -> Wire:
    return Wire()


class Rows:
    """Private rows as OKX would send them, small but whole."""

    ENTRY = "pwsnp202509150736BTClE1"
    INST = "BTC-USDT-SWAP"

    def order(self, state="live", filled="0", at=0, **more) -> OrderRow:
        """Of one contract at 100; `at` in ms after TS_MS."""
        known = {
            "inst_id": self.INST,
            "inst_type": "SWAP",
            "ord_id": "7",
            "cl_ord_id": self.ENTRY,
            "ord_type": "post_only",
            "side": "buy",
            "state": state,
            "sz": Decimal(1),
            "px": Decimal(100),
            "acc_fill_sz": Decimal(filled),
            "c_time": TS_MS,
            "u_time": TS_MS + at,
        }
        return OrderRow(**{**known, **more})

    def match(self, trade_id: str, size: str, total: str, at: int, state=None, **more) -> OrderRow:
        """A push that tells of one fill."""
        word = state or ("filled" if Decimal(total) == 1 else "partially_filled")
        fill = {
            "trade_id": trade_id,
            "fill_sz": Decimal(size),
            "fill_px": Decimal(100),
            "fill_time": TS_MS + at,
            "fill_fee": Decimal("-0.0002") * Decimal(size),
            "exec_type": "M",
        }
        return self.order(word, total, at, **fill, **more)

    def fill(self, trade_id: str, size: str, at: int, **more) -> FillRow:
        """The same fill, as the list of fills tells it."""
        known = {
            "inst_id": self.INST,
            "ord_id": "7",
            "trade_id": trade_id,
            "side": "buy",
            "fill_px": Decimal(100),
            "fill_sz": Decimal(size),
            "fee": Decimal("-0.0002") * Decimal(size),
            "fill_time": TS_MS + at,
            "ts": TS_MS + at,
            "exec_type": "M",
        }
        return FillRow(**{**known, **more})

    def algo(self, leg_id: str, state="live", at=0, **more) -> AlgoRow:
        known = {
            "inst_id": self.INST,
            "inst_type": "SWAP",
            "algo_id": f"a{leg_id[-2:]}",
            "algo_cl_ord_id": leg_id,
            "ord_type": "conditional",
            "side": "sell",
            "state": state,
            "u_time": TS_MS + at,
        }
        return AlgoRow(**{**known, **more})


@pytest.fixture
def rows() -> Rows:
    return Rows()
