"""Builders of the records the alerts room speaks of; the sample is product.md's, to the byte."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal as D

import pytest

from pawang.model.chat import Role
from pawang.model.decision import (
    BiasSignal,
    Confidence,
    Decision,
    Evidence,
    SniperPlan,
    Target,
)
from pawang.model.desk import Chat, Desk, Person
from pawang.model.market import Side
from pawang.model.order import Book, Exit, Order
from pawang.model.refs import MINUTE, SECOND, ref_id
from pawang.model.sizing import Sizing


def at(text: str) -> int:
    """ "2025-09-15 07:33" as ns UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


def evidence(name: str, value: float | None, verdict: str = "agrees", reason: str = "") -> Evidence:
    age_s = None if verdict in ("missing", "info") else 60.0
    weight = 0.0 if verdict in ("missing", "info") else 1.0
    return Evidence(
        name=name, value=value, age_s=age_s, weight=weight, verdict=verdict, reason=reason
    )


def bias_at(
    ts: int,
    coin: str = "BTC",
    side: Side = Side.LONG,
    confidence: int = 87,
    source: str = "cal-1",
    n: int = 500,
    multiplier: float = 1.6,
    **pillars: Evidence,
) -> Decision:
    sign = -1 if side is Side.SHORT else 1
    known = {
        "whale": evidence("whale", sign * 1.4e6),
        "etf": evidence("etf", sign * 35e6),
        "sentiment": evidence("sentiment", 78.0),
        "whale_theta": evidence("whale_theta", 1e6, "info"),
    } | pillars
    ref = ref_id("ib", ts, coin)
    reasons = ("raw_below_55",) if side is Side.NEUTRAL else ()
    signal = BiasSignal(
        ref_id=ref,
        coin=coin,
        side=side,
        raw=float(confidence),
        score=1.9 * sign,
        evidence=tuple(known.values()),
        reasons=reasons,
    )
    return Decision(
        ref_id=ref,
        kind="ib",
        coin=coin,
        ts=ts,
        rule="bias",
        rule_version=1,
        signal=signal,
        confidence=Confidence(value=confidence, source=source, n=n),
        multiplier=multiplier,
        sizing=None,
    )


def sizing_of(**changes: object) -> Sizing:
    fields: dict[str, object] = {
        "rule": "table",
        "base_risk_pct": 1.0,
        "confidence": 75,
        "multiplier": 1.3,
        "vol_adj": 1.1,
        "flow_adj": 1.0,
        "size_pct": 1.43,
        "size_pct_final": 1.43,
        "atr_pct": 0.88,
        "loss_per_coin_usd": D("0.973508"),
        "contracts_before_caps": D("146.89"),
        "contracts": D("146.89"),
        "notional_usd": D("32518.00"),
        "loss_usd": D("143.00"),
        "leverage": 11,
        "caps": (),
        "no_trade": None,
        "shadow": {},
    }
    return Sizing(**{**fields, **changes})  # type: ignore[arg-type]


def plan_at(
    ts: int, coin: str = "SOL", side: Side = Side.LONG, sizing: Sizing | None = None
) -> Decision:
    ref = ref_id("snp", ts, coin)
    long = side is Side.LONG
    prices = ("222.0", "222.7", "223.4") if long else ("220.7", "220.0", "219.3")
    plan = SniperPlan(
        ref_id=ref,
        coin=coin,
        side=side,
        entry_low=D("221.30"),
        entry_high=D("221.45"),
        entry=D("221.45") if long else D("221.30"),
        stop=D("220.60") if long else D("222.15"),
        targets=tuple(
            Target(price=D(price), share_pct=share, magnet_price=float(price))
            for price, share in zip(prices, (50, 30, 20), strict=True)
        ),
        stop_pct=0.35,
        target_pcts=(0.28, 0.6, 0.9),
        cost_win_pct=0.04,
        cost_loss_pct=0.07,
        reward_risk=(0.57, 1.33),
        null_tp1=0.55,
        null_tp2=0.37,
        wall=None,
        ts_expiry=ts + 6 * MINUTE,
        time_stop_ns=60 * MINUTE,
        evidence=(),
    )
    return Decision(
        ref_id=ref,
        kind="snp",
        coin=coin,
        ts=ts,
        rule="sniper",
        rule_version=1,
        signal=plan,
        confidence=Confidence(value=75, source="cal-1", n=500),
        multiplier=1.3,
        sizing=sizing or sizing_of(),
    )


def order_of(plan: SniperPlan, book: Book, **changes: object) -> Order:
    stop = Exit(leg="sl", kind="stop", price=plan.stop, share_pct=100)
    fields: dict[str, object] = {
        "client_order_id": f"{plan.ref_id.replace('_', '')}{book.value[0]}E1",
        "ref_id": plan.ref_id,
        "book": book,
        "coin": plan.coin,
        "instrument": f"{plan.coin}-USDT-SWAP",
        "side": plan.side,
        "entry": plan.entry,
        "contracts": D(100),
        "exits": (stop,),
        "ts_placed": 0,
        "ts_expiry": plan.ts_expiry,
        "time_stop_ns": plan.time_stop_ns,
        "risk_usd": D(100),
    }
    return Order(**{**fields, **changes})  # type: ignore[arg-type]


def desk_with(*chats: Chat) -> Desk:
    chats = chats or (Chat(chat_id=7, kind="private"),)
    people = {7: Person(user_id=7, role=Role.ADMIN, name="ana")}
    return Desk(people=people, chats={chat.chat_id: chat for chat in chats})


@pytest.fixture(scope="session")
def made() -> type:
    """All builders under one name."""

    class Made:
        at: Callable[[str], int] = staticmethod(at)
        evidence = staticmethod(evidence)
        bias = staticmethod(bias_at)
        sizing = staticmethod(sizing_of)
        plan = staticmethod(plan_at)
        order = staticmethod(order_of)
        desk = staticmethod(desk_with)

    return Made
