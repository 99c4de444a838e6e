"""From an accepted calibrator to the message, the size, the alarm and the replay (row L1)."""

from datetime import UTC, datetime
from decimal import Decimal
from math import atanh

from msgspec.structs import replace

from pawang import engine
from pawang.journal import MemoryLedger
from pawang.model.calibration import Calibration, Calibrator
from pawang.model.chat import Send
from pawang.model.codec import decode, digest, encode, unpack
from pawang.model.decision import Confidence, Decision
from pawang.model.desk import Chat, Desk
from pawang.model.event import Calibrated, Drifted, Event, SlotDue, Started
from pawang.model.instrument import Instrument
from pawang.model.refs import HOUR, SECOND
from pawang.model.view import (
    BookView,
    EtfView,
    FlowWindow,
    MarketView,
    SentimentInput,
)
from pawang.replay import Replayed, replay

SLOT = int(datetime(2025, 9, 16, 0, 20, tzinfo=UTC).timestamp()) * SECOND
BTC = Instrument.swap(
    "BTC", contract_value=Decimal("0.01"), tick_size=Decimal("0.1"), lot_size=Decimal("0.01")
)
WORLD = engine.World(coins=("BTC",), instruments={"BTC": BTC})
MADE = Calibration(version="ib-BTC-20250915", a=-0.1, b=0.45, n=43, ts_fit=SLOT - 24 * HOUR)
CHAT = Chat(chat_id=7, kind="private")
CALIBRATED = Desk(chats={7: CHAT}, calibrators={"ib:BTC": Calibrator(live=MADE)})


def view(desk: Desk, ts: int = SLOT) -> MarketView:
    """The market of the sample message: raw 86.993 % LONG, with what `desk` remembers."""
    return MarketView(
        coin="BTC",
        ts=ts,
        instrument=BTC,
        book=BookView(
            bid=59_999.9,
            ask=60_000.1,
            mid=60_000.0,
            spread_bps=0.03,
            spread_median_bps=0.03,
            imbalance_5bp=0.0,
            imbalance_10bp=0.0,
            imbalance_25bp=0.0,
            imbalance_held_s=0.0,
            depth_10bp_usd=5e6,
            age_s=0.1,
        ),
        book_problem=None,
        last_price=None,
        mark_price=None,
        index_price=None,
        walls=(),
        flow=(
            FlowWindow(
                window_s=300,
                ts_from=ts - 300 * SECOND,
                ts_to=ts,
                theta_usd=1e6,
                parents=6,
                net_usd=2.3e6,
                gross_usd=2.7e6,
                imbalance=0.7,
                z=2.0,
                taker_net_usd=2.3e6,
                taker_gross_usd=7.3e6,
                gap=False,
            ),
        ),
        cvd_usd=1e6,
        theta_usd=1e6,
        atr_1h_pct=None,
        atr_5m_pct=None,
        funding=None,
        open_interest_usd=None,
        etf=EtfView(
            asset="BTC", trade_date="2025-09-12", flow_usd=35e6, business_days=1, complete=True
        ),
        sentiment=(
            SentimentInput(name="fng", value=78.0, z=None, age_s=3600.0),
            *(
                SentimentInput(name=name, value=1e-4, z=2 * atanh(0.56), age_s=5.0)
                for name in ("fund", "lsr", "basis")
            ),
        ),
        magnets=(),
        magnets_problem=None,
        correlation_btc=None,
        memory=engine.memory(desk, "BTC", "BTC", ts),
    )


def event(body, ts: int = SLOT, seq: int = 1, ref: str = "") -> Event:
    return Event(
        seq=seq, ts_event=ts, ts_recv=ts, kind=type(body).__name__, ref_id=ref, cause=0, body=body
    )


def slot(desk: Desk, ts: int = SLOT, seq: int = 1) -> Event:
    ref = engine.slot_ref("ib", ts, "BTC", ())
    return event(SlotDue(kind="ib", coin="BTC", ts_slot=ts, view=view(desk, ts)), ts, seq, ref)


def said(step: engine.Step) -> str:
    [send] = [effect for effect in step.effects if isinstance(effect, Send)]
    return send.text


def test_the_message_says_the_measured_chance_and_how_many_stand_behind_it():
    text = said(engine.step(CALIBRATED, slot(CALIBRATED), WORLD))
    assert "Confidence: 68% (n=43, size mult 1.0×)" in text


def test_without_a_calibrator_it_is_a_prior():
    desk = replace(CALIBRATED, calibrators={})
    assert "Confidence: 87% (prior, size mult 1.6×)" in said(engine.step(desk, slot(desk), WORLD))


def test_an_answer_of_the_day_before_is_in_force_now():
    offered = event(Calibrated(kind="ib", coin="BTC", candidate=MADE), MADE.ts_fit)
    desk = engine.step(Desk(chats={7: CHAT}), offered, WORLD).desk
    assert "68% (n=43" in said(engine.step(desk, slot(desk), WORLD))


def test_an_alarm_is_told_and_pulls_the_next_message_towards_one_half():
    drift = Drifted(kind="ib", coin="BTC", alarms=("spiegelhalter 3.10 beyond 3",))
    alarm = engine.step(CALIBRATED, event(drift), WORLD)
    text = said(alarm)
    assert "no longer fits what was learned (spiegelhalter 3.10 beyond 3)" in text
    assert "ref: sys_20250916_0020_BTC" in text
    later = slot(alarm.desk, SLOT + HOUR)
    assert "Confidence: 58% (n=43" in said(engine.step(alarm.desk, later, WORLD))


def test_every_decision_carries_the_calibrator_it_was_made_with_and_replays_byte_for_byte():
    """The desk has moved on to another one by then: the view remembers."""
    ledger = MemoryLedger(b"buttons", b"audit")
    world = encode(WORLD)
    ledger.put_params(digest(world), world)
    ledger.put_params(WORLD.rules.hash, encode(WORLD.rules))
    begun = event(Started(down_since=0, version="0", world_hash=digest(world)))
    ledger.append(begun, (), CALIBRATED)
    due = slot(CALIBRATED, seq=2)
    step = engine.step(CALIBRATED, due, WORLD)
    assert ledger.append(due, step.effects, step.desk)

    stored = ledger.by_ref(due.ref_id)
    assert stored is not None
    assert unpack(stored.view, MarketView).memory.calibration == MADE
    told = decode(stored.decision, Decision).confidence
    assert told == Confidence(value=68, source="ib-BTC-20250915", n=43)
    assert replay(ledger, due.ref_id) == Replayed(ref_id=due.ref_id, verdict="equal")


def test_what_the_bias_was_told_by_is_remembered_for_the_sniper():
    step = engine.step(CALIBRATED, slot(CALIBRATED), WORLD)
    standing = step.desk.biases["BTC"]
    assert (standing.confidence, standing.source) == (68, "ib-BTC-20250915")


def test_the_calibrator_of_plans_is_in_the_view_and_sizes_nothing():
    plans = replace(MADE, version="snp-BTC-20250915")
    desk = replace(CALIBRATED, calibrators={"snp:BTC": Calibrator(live=plans)})
    assert view(desk).memory.plan_calibration == plans
    assert view(desk).memory.calibration is None
    assert "87% (prior, size mult 1.6×)" in said(engine.step(desk, slot(desk), WORLD))


def test_the_desk_with_calibrators_survives_the_ledger():
    assert decode(encode(CALIBRATED), Desk) == CALIBRATED
