"""What is not warm yet, in the words a person reads (product row G12)."""

from pawang.market.coin import CoinMarket
from pawang.market.freeze import book_problem
from pawang.model.market import FearGreed
from pawang.model.refs import SECOND

BOOK = {
    "unseen": "no order book yet",
    "gap": "order book lost, waiting for a snapshot",
    "crossed": "order book crossed, waiting for a snapshot",
    "stale": "order book silent",
    "jump": "order book far from its last minute",
    "maintenance": "the venue is in maintenance",
    "suspended": "not tradeable at the venue now",
    "halted": "absurd prices, waiting for sane ones",
    "frozen": "order book stands still while trades print",
}
FLOW_S = 300
"""The bias window: with less than this behind it the flow is a fragment."""


def warming(coin: CoinMarket, now: int, fear_greed: FearGreed | None) -> dict[str, str]:
    """Feature by feature what is still missing; empty when all is warm."""
    found = {
        "book": _book(coin, now),
        "flow": _flow(coin, now),
        "atr_1h": _atr("1 h", len(coin.coarse.run()), coin.params.atr_bars),
        "atr_5m": _atr("5 min", len(coin.fine.run()), coin.params.atr_bars),
        "theta": _theta(coin, now),
        "magnets": coin.heatmap.problem(now),
        "funding": _points("funding rates", coin.sentiment.funding_points(now), coin),
        "oi": _points("hourly open interest changes", coin.interest.changes(now).count, coin),
        "fng": None if fear_greed is not None else "no Fear & Greed reading yet",
    }
    return {feature: missing for feature, missing in found.items() if missing is not None}


def _book(coin: CoinMarket, now: int) -> str | None:
    problem = book_problem(coin, now)
    return None if problem is None else BOOK[problem]


def _flow(coin: CoinMarket, now: int) -> str | None:
    first = coin.flow.ts_first
    if first is None:
        return "no trade yet"
    seen_s = max(0, now - first) // SECOND
    return None if seen_s >= FLOW_S else f"trade flow {seen_s} of {FLOW_S} s"


def _atr(name: str, bars: int, length: int) -> str | None:
    return None if bars > length else f"{name} candles {bars} of {length + 1}"


def _theta(coin: CoinMarket, now: int) -> str | None:
    if coin.threshold.known(now) is not None:
        return None
    days = coin.params.theta_days
    fixed = f"whale threshold fixed at ${coin.params.theta_usd / 1e6:g}M until"
    if coin.params.threshold_mode == "quantile":
        return f"{fixed} {coin.params.theta_parents_min} parents of earlier days are known"
    return f"{fixed} {days} days of 1 h candles are known"


def _points(name: str, count: int, coin: CoinMarket) -> str | None:
    least = coin.params.z_points_min
    return None if count >= least else f"{name} {count} of {least}"
