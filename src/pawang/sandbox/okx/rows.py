"""The rows that REST and the channels share, with every documented field (okx-v5.md 5).

Simple yet: the index's 24 h figures follow the swap's; price limits are the mark +-3 %; position
tiers are a table of our own shape, with the instrument's highest leverage at its head.
"""

from collections.abc import Callable, Collection
from typing import Any

from pawang.sandbox.okx.books import Levels
from pawang.sandbox.okx.figures import number
from pawang.sandbox.okx.instrument import Instrument, Tape

Row = dict[str, Any]

FUNDING_MS = 8 * 3_600_000
LIMIT_PCT = 3  # floatPxLmtPct of the instrument row


def without(row: Row, names: Collection[str]) -> Row:
    """The row less the fields that its documented sample does not have."""
    return {name: value for name, value in row.items() if name not in names}


def orders(lots: int) -> int:
    """How many orders a level holds: the source knows sizes only, and fat ones are many."""
    return lots.bit_length() // 2 + 1 if lots else 0


def level_rows(made: Instrument, levels: Levels) -> list[list[str]]:
    price, size = made.price.text, made.size.text
    return [[price(ticks), size(lots), "0", str(orders(lots))] for ticks, lots in levels]


def ticker_row(made: Instrument) -> Row:
    price, size, day = made.price.text, made.size.text, made.day
    bid, ask = made.book.touch
    last = made.tape[-1] if made.tape else None
    return {
        "instType": "SWAP",
        "instId": made.name,
        "last": price(made.last_ticks),
        "lastSz": size(last.lots) if last else "0",
        "askPx": price(ask[0]) if ask else "",
        "askSz": size(ask[1]) if ask else "",
        "bidPx": price(bid[0]) if bid else "",
        "bidSz": size(bid[1]) if bid else "",
        "open24h": price(day.open),
        "high24h": price(day.high),
        "low24h": price(day.low),
        "volCcy24h": number(made.listing.coins(day.lots), 8),
        "vol24h": size(day.lots),
        "sodUtc0": price(day.sod_utc0),
        "sodUtc8": price(day.sod_utc8),
        "ts": str(made.ts_ms),
    }


def mark_row(made: Instrument) -> Row:
    return {
        "instType": "SWAP",
        "instId": made.name,
        "markPx": made.price.text(made.mark),
        "ts": str(made.ts_ms),
    }


def index_row(made: Instrument) -> Row:
    index, day, last = made.index, made.day, made.last_ticks
    decimals = made.price.decimals + 1

    def at(ticks: int) -> str:
        return number(index * ticks / last, decimals) if last else ""

    return {
        "instId": made.listing.family,
        "idxPx": number(index, decimals),
        "high24h": at(max(day.high, last)),
        "sodUtc0": at(day.sod_utc0),
        "open24h": at(day.open),
        "low24h": at(min(day.low, last)),
        "sodUtc8": at(day.sod_utc8),
        "ts": str(made.ts_ms),
    }


def interest_row(made: Instrument) -> Row:
    coins = made.listing.coins(made.open_interest)
    return {
        "instType": "SWAP",
        "instId": made.name,
        "oi": made.size.text(made.open_interest),
        "oiCcy": number(coins, 8),
        "oiUsd": number(coins * made.mark * made.tick, 4),
        "ts": str(made.ts_ms),
    }


def funding_row(made: Instrument) -> Row:
    due = (made.ts_ms // FUNDING_MS + 1) * FUNDING_MS
    settled = made.settled_funding
    premium = made.mark * made.tick / made.index - 1 if made.index else 0.0
    return {
        "formulaType": "noRate",
        "fundingRate": number(made.funding, 16),
        "fundingTime": str(due),
        "impactValue": "",
        "instId": made.name,
        "instType": "SWAP",
        "interestRate": "",
        "maxFundingRate": "0.00375",
        "method": "current_period",
        "minFundingRate": "-0.00375",
        "nextFundingRate": "",
        "nextFundingTime": str(due + FUNDING_MS),
        "premium": number(premium, 16),
        "settFundingRate": number(settled, 16) if settled is not None else "",
        "settState": "settled",
        "ts": str(made.ts_ms),
    }


def settled_row(made: Instrument, ts_ms: int, rate: float) -> Row:
    return {
        "formulaType": "noRate",
        "fundingRate": number(rate, 16),
        "fundingTime": str(ts_ms),
        "instId": made.name,
        "instType": "SWAP",
        "method": "current_period",
        "realizedRate": number(rate, 16),
    }


def limit_ticks(made: Instrument) -> tuple[int, int]:
    """The highest price of a buy and the lowest of a sell."""
    return made.mark * (100 + LIMIT_PCT) // 100, made.mark * (100 - LIMIT_PCT) // 100


def limit_row(made: Instrument) -> Row:
    highest, lowest = limit_ticks(made)
    return {
        "instType": "SWAP",
        "instId": made.name,
        "buyLmt": made.price.text(highest),
        "sellLmt": made.price.text(lowest),
        "ts": str(made.ts_ms),
        "enabled": True,
    }


def trade_row(made: Instrument, trade: Tape) -> Row:
    return {
        "instId": made.name,
        "side": "buy" if trade.buy else "sell",
        "sz": made.size.text(trade.lots),
        "source": "0",
        "px": made.price.text(trade.ticks),
        "tradeId": str(trade.trade_id),
        "ts": str(trade.ts_ms),
    }


def instrument_row(made: Instrument) -> Row:
    """The full row of 2026; the `max*` sizes are illustrative, as they are in okx-v5.md 5."""
    listing = made.listing
    names = {"instId": listing.inst_id, "instFamily": listing.family, "uly": listing.family}
    sizes = {"lotSz": listing.lot_size, "minSz": listing.lot_size, "tickSz": listing.tick_size}
    return {
        **EMPTY,
        **names,
        **sizes,
        "category": "1",
        "ctMult": "1",
        "ctType": "linear",
        "ctVal": listing.contract_value,
        "ctValCcy": listing.coin,
        "floatPxLmtPct": "0.03",
        "futureSettlement": False,
        "groupId": "4",
        "initPxLmtPct": "0.05",
        "instCategory": "1",
        "instIdCode": listing.code,
        "instType": "SWAP",
        "lever": listing.leverage_max,
        "listTime": "1611916828000",
        "maxIcebergSz": "100000000",
        "maxLmtAmt": "20000000",
        "maxLmtSz": "100000000",
        "maxMktSz": "30000",
        "maxPxLmtPct": "0.15",
        "maxStopSz": "30000",
        "maxTriggerSz": "100000000",
        "maxTwapSz": "100000000",
        "ruleType": "normal",
        "settleCcy": "USDT",
        "state": "live",
        "tradeQuoteCcyList": [],
        "upcChg": [],
        **made.listed,
    }


_BLANK = (
    "alias auctionEndTime baseCcy contTdSwTime expTime maxMktAmt openType optType preMktSwTime "
    "quoteCcy stk"
)
EMPTY = dict.fromkeys(_BLANK.split(), "")
"""What a perpetual swap leaves blank."""


def tier_rows(made: Instrument) -> list[Row]:
    top = int(made.listing.leverage_max)
    leverages = [top, top // 2, 20, 10, 5, 2]
    mmrs = ["0.004", "0.005", "0.01", "0.02", "0.05", "0.1"]
    highs = [2_000, 5_000, 20_000, 60_000, 200_000, 1_000_000]
    return [
        {
            "baseMaxLoan": "",
            "imr": number(1 / leverage, 4),
            "instFamily": made.listing.family,
            "instId": "",
            "maxLever": str(leverage),
            "maxSz": str(high),
            "minSz": str(low),
            "mmr": mmr,
            "optMgnFactor": "0",
            "quoteMaxLoan": "",
            "tier": str(tier),
            "uly": made.listing.family,
        }
        for tier, (leverage, mmr, high, low) in enumerate(
            zip(leverages, mmrs, highs, [0, *highs], strict=False), 1
        )
    ]


ROWS: dict[str, Callable[[Instrument], Row]] = {
    "tickers": ticker_row,
    "mark-price": mark_row,
    "index-tickers": index_row,
    "open-interest": interest_row,
    "funding-rate": funding_row,
    "price-limit": limit_row,
}
"""Channels whose push is one such row."""
