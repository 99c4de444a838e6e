"""Records as a desk makes them, drawn from a seed: what the ledger's tests store."""

import random
from decimal import Decimal as D

from msgspec.structs import replace

from pawang.model.chat import Button, Category, ChatInput, Edit, Lane, Rating, Send
from pawang.model.decision import BiasSignal, Confidence, Decision, Evidence
from pawang.model.desk import Desk, LastSlot
from pawang.model.event import (
    Asked,
    Audit,
    Event,
    Keep,
    MinuteTick,
    Recalled,
    SlotDue,
    Started,
)
from pawang.model.forecast import Forecast, Trial
from pawang.model.hypothesis import Ending, Hypothesis
from pawang.model.instrument import Instrument
from pawang.model.market import Aggressor, EtfFlow, Side
from pawang.model.order import Book, Exit, Filled, Order, OrderState, Outcome
from pawang.model.refs import MINUTE, SECOND, ref_id
from pawang.model.sizing import AccountView
from pawang.model.view import (
    BookView,
    EtfView,
    FlowWindow,
    FundingView,
    LastBias,
    Magnet,
    MarketView,
    Memory,
    Reading,
    SentimentInput,
    Wall,
)

NOON = 1_757_937_600 * SECOND  # 2025-09-15 12:00 UTC
CHAT, GROUP = 42, -1001234567890
BUTTON_KEY, AUDIT_KEY = b"a key for buttons", b"a key for the chain"


def view(ts=NOON, coin="SOL", magnets=20, walls=20, seed=1):
    """A full view: floats have all the digits that arithmetic leaves them."""
    draw = random.Random(f"{seed}:{coin}:{ts}")
    mid = round(221 * draw.uniform(0.97, 1.03), 2)

    def wall(place):
        bids = place % 2 == 0
        price = round(mid * (1 - (0.0005 if bids else -0.0005) * (1 + place // 2)), 2)
        size = round(draw.uniform(500, 9000), 2)
        return Wall(
            side=Aggressor.BUY if bids else Aggressor.SELL,
            price=price,
            size=size,
            notional_usd=size * price,
            distance_bps=abs(price / mid - 1) * 1e4,
            z=draw.uniform(3, 9),
            age_s=round(draw.uniform(1, 900), 3),
            peak=round(size * draw.uniform(1, 1.6), 2),
            pull_score=draw.choice([0.0, 0.0, draw.random()]),
            strength=draw.random(),
            qualified=draw.random() < 0.4,
        )

    def magnet(place):
        price = mid * (1 + draw.uniform(-0.05, 0.05))
        return Magnet(
            price=price,
            side=Side.LONG if price < mid else Side.SHORT,
            mass_usd=draw.uniform(1e5, 2e7),
            strength=draw.random(),
            distance_pct=(price / mid - 1) * 100,
            age_s=round(draw.uniform(60, 80_000), 3),
        )

    def flow(window_s):
        gross = draw.uniform(2e6, 9e7)
        net = gross * draw.uniform(-0.6, 0.6)
        return FlowWindow(
            window_s=window_s,
            ts_from=ts - window_s * SECOND,
            ts_to=ts,
            theta_usd=380_000.0,
            parents=draw.randrange(1, 60),
            net_usd=net,
            gross_usd=gross,
            imbalance=net / gross,
            z=draw.uniform(-3, 3),
            taker_net_usd=net * 1.7,
            taker_gross_usd=gross * 3.1,
            gap=False,
        )

    bias = LastBias(
        ref_id=ref_id("ib", ts - 5 * MINUTE, coin),
        side=Side.LONG,
        raw=draw.uniform(55, 90),
        score=draw.random(),
        confidence=77,
        source="prior",
        ts=ts - 5 * MINUTE,
    )
    return MarketView(
        coin=coin,
        ts=ts,
        instrument=Instrument.swap(
            coin, contract_value=D(1), tick_size=D("0.01"), lot_size=D("0.01")
        ),
        book=BookView(
            bid=mid - 0.01,
            ask=mid + 0.01,
            mid=mid,
            spread_bps=0.02 / mid * 1e4,
            spread_median_bps=0.9,
            imbalance_5bp=draw.uniform(-1, 1),
            imbalance_10bp=draw.uniform(-1, 1),
            imbalance_25bp=draw.uniform(-1, 1),
            imbalance_held_s=round(draw.uniform(0, 30), 3),
            depth_10bp_usd=draw.uniform(1e6, 9e6),
            age_s=0.042,
        ),
        book_problem=None,
        last_price=Reading(value=mid, age_s=0.1),
        mark_price=Reading(value=mid + 0.02, age_s=0.2),
        index_price=Reading(value=mid - 0.03, age_s=0.9),
        walls=tuple(wall(place) for place in range(walls)),
        flow=tuple(flow(window_s) for window_s in (60, 300, 3600)),
        cvd_usd=draw.uniform(-1e7, 1e7),
        theta_usd=380_000.0,
        atr_1h_pct=Reading(value=draw.uniform(0.4, 1.5), age_s=12.0),
        atr_5m_pct=Reading(value=draw.uniform(0.1, 0.4), age_s=12.0),
        funding=FundingView(
            rate=0.000081, z=draw.uniform(-2, 2), ts_funding=ts + 3600 * SECOND, age_s=4.0
        ),
        open_interest_usd=Reading(value=draw.uniform(1e8, 9e8), age_s=3.0),
        etf=EtfView(
            asset="BTC", trade_date="2025-09-12", flow_usd=35e6, business_days=1, complete=True
        ),
        sentiment=tuple(
            SentimentInput(name=name, value=draw.uniform(0, 100), z=draw.uniform(-2, 2), age_s=60.0)
            for name in ("fng", "fund", "lsr", "basis", "oi")
        ),
        magnets=tuple(magnet(place) for place in range(magnets)),
        magnets_problem=None,
        correlation_btc=draw.random(),
        memory=Memory(bias=bias, lead=bias, live_plan=None),
    )


def keep(ts=NOON, coin="SOL", repeat=1, seed=1, account=False, **lists):
    """A bias decision with everything that goes with it."""
    draw = random.Random(seed)
    ref = ref_id("ib", ts, coin, repeat)
    evidence = tuple(
        Evidence(
            name=name,
            value=draw.uniform(-9e6, 9e6),
            age_s=1.5,
            weight=0.25,
            verdict="agrees",
            reason="taker flow of 5 min",
            x=draw.uniform(-1, 1),
        )
        for name in ("whale", "etf", "sentiment", "lead", "book")
    )
    signal = BiasSignal(
        ref_id=ref, coin=coin, side=Side.LONG, raw=81.25, score=0.625, evidence=evidence, reasons=()
    )
    decision = Decision(
        ref_id=ref,
        kind="ib",
        coin=coin,
        ts=ts,
        rule="bias",
        rule_version=1,
        signal=signal,
        confidence=Confidence(value=81, source="prior"),
        multiplier=1.6,
        sizing=None,
    )
    return Keep(
        decision=decision,
        view=view(ts, coin, seed=seed, **lists),
        account=AccountView(equity_usd=D("10000"), base_risk_pct=1.0) if account else None,
        params_hash="0" * 64,
    )


def forecast(kept, **changes):
    """The numbers of the bias `kept`, as its slot tells them."""
    made, view = kept.decision, kept.view
    numbers = Forecast(
        ref_id=made.ref_id,
        coin=made.coin,
        ts=made.ts,
        side=made.signal.side,
        score=made.signal.score,
        raw=made.signal.raw / 100,
        told=made.confidence.value / 100,
        mid=view.book.mid,
        clean=True,
        whale=made.signal.evidence[0].x,
    )
    return replace(numbers, **changes)


def hypothesis(ref="snp_20250915_1200_SOL", ts=NOON, **changes):
    """What a refused slot would have done, with all the digits that arithmetic leaves it."""
    made = Hypothesis(
        ref_id=ref,
        coin="SOL",
        ts=ts,
        code="no_magnet",
        sent=False,
        standard=True,
        side=Side.SHORT,
        entry=221.30,
        stop=221.30 * 1.0035,
        tp1_price=221.30 * 0.9972,
        tp2_price=220.0,
        tick=0.01,
        stop_pct=0.35,
        tp1_pct=0.1 + 0.2,
        tp2_pct=0.6,
        share_tp1=0.5,
        cost_win_pct=0.04,
        cost_loss_pct=0.09,
        p0_tp1=0.502,
        p0_tp2=0.237,
        p0_source="minutes",
        ts_expiry=ts + 6 * MINUTE,
        time_stop_ns=60 * MINUTE,
    )
    return replace(made, **changes)


def ending(of, label="tp1_then_sl", **changes):
    """The end of the hypothesis `of`."""
    made = Ending(
        ref_id=of.ref_id,
        label=label,
        filled=True,
        tp1=True,
        tp2=False,
        net_r=-0.1 - 0.2,
        ts_filled=of.ts + MINUTE,
        ts_ended=of.ts + 9 * MINUTE,
    )
    return replace(made, **changes)


def trial(number=1):
    return Trial(
        params_hash="a" * 64,
        what="sniper with a tighter stop",
        ts=NOON + number,
        ts_from=NOON - 90 * MINUTE,
        ts_to=NOON,
        trades=40,
        sharpe=0.1 + number / 3,
        skew=-0.5,
        kurt=4.25,
    )


def flow(flow_musd=35.0, asof=0, date="2025-09-12", **changes):
    """`asof` is minutes after 02:00 UTC of the next day."""
    row = EtfFlow(
        asset="BTC",
        trade_date=date,
        flow_usd=flow_musd * 1e6,
        funds_reported=11,
        funds_total=11,
        ts_asof=1_757_728_800 * SECOND + asof * MINUTE,
        source="drop",
    )
    return replace(row, **changes)


def event(seq, body, ref="", cause=0, ts=NOON):
    return Event(
        seq=seq,
        ts_event=ts,
        ts_recv=ts + 5,
        kind=type(body).__name__,
        ref_id=ref,
        cause=cause,
        body=body,
    )


def started(seq):
    return event(seq, Started(down_since=0, version="1"))


def tick(seq, ts=NOON):
    return event(seq, MinuteTick(), ts=ts)


def slot(seq, kept):
    """The event that made the decision `kept`."""
    made = kept.decision
    due = SlotDue(kind=made.kind, coin=made.coin, ts_slot=made.ts, view=kept.view)
    return event(seq, due, made.ref_id, ts=made.ts)


def asked(seq, update_id, text="/status"):
    heard = ChatInput(
        update_id=update_id,
        chat_id=CHAT,
        chat_kind="private",
        user_id=7,
        user_name="trader",
        language="en",
        ts_sent=NOON,
        text=text,
    )
    return event(seq, Asked(input=heard, recalled=Recalled()))


BUTTONS = (
    (Button(label="🔥 Heatmap SOL", action="heatmap", ref_id="r", argument="SOL"),
     Button(label="🎯 Sniper SOL", action="sniper", ref_id="r", argument="SOL")),
    (Button(label="👍", action="rate", ref_id="r", argument="1"),
     Button(label="👎", action="rate", ref_id="r", argument="-1"),
     Button(label="⏸ 30m", action="snooze", ref_id="r", argument="30")),
)  # fmt: skip


def send(
    ref="r",
    chat=CHAT,
    lane=Lane.SIGNAL,
    category=Category.INSTITUTIONAL,
    ts=NOON,
    buttons=(),
    expiry=None,
):
    return Send(
        chat_id=chat,
        ref_id=ref,
        category=category,
        lane=lane,
        text=f"🟢 INSTITUTIONAL LONG — SOL\nref: {ref}",
        ts_created=ts,
        buttons=buttons,
        ts_expiry=expiry,
    )


def edit(ref="r", text="now 84% · 07:48", chat=CHAT, ts=NOON, buttons=()):
    return Edit(
        chat_id=chat, ref_id=ref, lane=Lane.SIGNAL, text=text, ts_created=ts, buttons=buttons
    )


def order(ref="snp_20250915_1200_SOL", book=Book.GHOST, state=OrderState.PENDING):
    return Order(
        client_order_id=f"{ref.replace('_', '')}{book.value[0]}E1",
        ref_id=ref,
        book=book,
        coin="SOL",
        instrument="SOL-USDT-SWAP",
        side=Side.LONG,
        entry=D("221.30"),
        contracts=D("34.03"),
        exits=(Exit(leg="sl", kind="stop", price=D("220.60"), share_pct=100),),
        ts_placed=NOON,
        ts_expiry=NOON + 10 * MINUTE,
        time_stop_ns=90 * MINUTE,
        state=state,
    )


def filled(fill_id="f1", of=None):
    of = of or order()
    return Filled(
        client_order_id=of.client_order_id,
        ref_id=of.ref_id,
        book=of.book,
        ts_event=NOON,
        fill_id=fill_id,
        leg="entry",
        side=Aggressor.BUY,
        price=D("221.30"),
        contracts=D("1.5"),
        fee_usd=D("0.066"),
        maker=True,
    )


def outcome(ref="snp_20250915_1200_SOL", book=Book.SHADOW):
    return Outcome(
        ref_id=ref,
        coin="SOL",
        book=book,
        side=Side.LONG,
        label="tp2",
        filled=True,
        tp1=True,
        tp2=True,
        sl=False,
        ts_resolved=NOON,
        contracts=D("34.03"),
        gross_usd=D("26.30"),
        fees_usd=D("1.07"),
        funding_usd=D("-0.000000010"),
        net_usd=D("25.23000001"),
        net_r=0.1 + 0.2,
    )


def rating(thumb=1, ref="r", user=7, latency_s=3.25):
    return Rating(
        ref_id=ref,
        user_id=user,
        chat_id=CHAT,
        rating=thumb,
        ts_clicked=NOON,
        latency_s=latency_s,
        resolved=False,
        side="LONG",
        confidence=81,
    )


def audit(action="panic"):
    return Audit(actor=7, action=action, detail="by @trader")


def desk(mark=0, orders=()):
    """A desk that can be told from another by its `mark`."""
    return Desk(
        slots={"ib:SOL": LastSlot(ref_id=f"mark_{mark}", ts=NOON + mark, verdict="LONG")},
        orders={order.client_order_id: order for order in orders},
    )
