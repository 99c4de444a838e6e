"""A desk's months in a ledger, drawn from a seed: forecasts, plans in three books, messages, thumbs."""

import random
import sqlite3
from decimal import Decimal as D
from math import inf, isclose

import pytest
from msgspec.structs import replace

from pawang.journal import MemoryLedger, SqlLedger
from pawang.model.chat import Category, Lane, Rating, Role, Send
from pawang.model.decision import Decision, NoTrade, SniperPlan
from pawang.model.desk import Chat, Desk, Person
from pawang.model.event import (
    Close,
    Conclude,
    Event,
    Foretell,
    Keep,
    MinuteTick,
    Rate,
    Served,
    SlotDue,
    Suppose,
    Withhold,
)
from pawang.model.forecast import Forecast
from pawang.model.hypothesis import Ending, Hypothesis
from pawang.model.instrument import Instrument
from pawang.model.market import Aggressor, Side
from pawang.model.order import Book, Outcome
from pawang.model.refs import DAY, HOUR, MINUTE, SECOND, ref_id
from pawang.model.sizing import Sizing
from pawang.model.view import MarketView, Memory, Wall

NOW = 20_347 * DAY + 10 * HOUR  # 2025-09-16 10:00 UTC
COINS = ("BTC", "SOL")
ADMIN = 7
KEYS = (b"a key for buttons", b"a key for the chain")
DESK = Desk(
    people={ADMIN: Person(user_id=ADMIN, role=Role.ADMIN, name="ana")},
    chats={ADMIN: Chat(chat_id=ADMIN, kind="private")},
)
INSTRUMENTS = {
    coin: Instrument.swap(coin, contract_value=D(1), tick_size=D("0.01"), lot_size=D("0.01"))
    for coin in COINS
}


def boasts(days, slope=0.3, until=NOW, seed=4, gaps=0.0):
    """Biases every five minutes that say 60 to 95 % while b = `slope` is the truth."""
    dice, made = random.Random(seed), []
    for phase, coin in enumerate(COINS):
        mid, first = 100.0, until // DAY * DAY - days * DAY + 65 * phase * SECOND
        leans = {}
        for ts in range(first, until, 5 * MINUTE):
            # The price keeps the promise that was made an hour ago, or breaks it.
            told = leans.get(ts - HOUR)
            if told is not None:
                side, raw, before = told
                odds = (raw / (1 - raw)) ** slope
                kept = dice.random() < odds / (1 + odds)
                mid = before * (1 + (0.001 if kept else -0.001) * side)
            raw = dice.uniform(0.6, 0.95)
            side = dice.choice((1, -1))
            leans[ts] = side, raw, mid
            if dice.random() < gaps:
                continue
            made.append(
                Forecast(
                    ref_id=ref_id("ib", ts, coin),
                    coin=coin,
                    ts=ts,
                    side=dice.choice((Side.LONG if side > 0 else Side.SHORT, Side.NEUTRAL)),
                    score=side * raw,
                    raw=raw,
                    told=round(raw, 2),
                    mid=None if dice.random() < gaps / 4 else mid,
                    clean=dice.random() >= gaps / 4,
                    whale=dice.uniform(-1, 1),
                )
            )
    return made


WALL = Wall(
    side=Aggressor.BUY,
    price=99.9,
    size=10_000.0,
    notional_usd=999_000.0,
    distance_bps=12.0,
    z=9.0,
    age_s=90.0,
    peak=11_000.0,
    pull_score=0.3,
    strength=0.5,
    qualified=True,
)


def plan_kept(ts, coin, dice):
    """A sniper decision as its slot keeps it."""
    ref = ref_id("snp", ts, coin)
    plan = SniperPlan(
        ref_id=ref,
        coin=coin,
        side=Side.LONG,
        entry_low=D("100.0"),
        entry_high=D("100.1"),
        entry=D("100.1"),
        stop=D("99.7"),
        targets=(),
        stop_pct=0.4,
        target_pcts=(0.3, 0.6),
        cost_win_pct=0.04,
        cost_loss_pct=0.07,
        reward_risk=(0.57, 1.33),
        null_tp1=dice.uniform(0.5, 0.56),
        null_tp2=dice.uniform(0.3, 0.37),
        wall=WALL if ts // SECOND % 2 else None,
        ts_expiry=ts + 6 * MINUTE,
        time_stop_ns=HOUR,
        evidence=(),
    )
    sizing = Sizing(
        rule="table",
        base_risk_pct=1.0,
        confidence=75,
        multiplier=1.3,
        vol_adj=1.1,
        flow_adj=1.0,
        size_pct=1.43,
        size_pct_final=dice.choice((1.43, 0.9)),
        atr_pct=(0.88, 0.88, 0.88, 1.2, None, 0.5)[ts // SECOND % 6],
        loss_per_coin_usd=D("0.4"),
        contracts_before_caps=D(100),
        contracts=D(100),
        notional_usd=D(10_010),
        loss_usd=D(40),
        leverage=3,
        caps=(),
        no_trade=None,
        shadow={"power": 1.21, "vol_off": 1.3, "vol_inverse": 1.1 + ts // SECOND % 7 / 10},
    )
    decision = Decision(
        ref_id=ref,
        kind="snp",
        coin=coin,
        ts=ts,
        rule="snipe",
        rule_version=1,
        signal=plan,
        confidence=None,
        multiplier=1.3,
        sizing=sizing,
    )
    return Keep(decision=decision, view=empty_view(coin, ts), account=None, params_hash="0" * 64)


def empty_view(coin, ts):
    names = "book last_price mark_price index_price atr_1h_pct atr_5m_pct funding etf magnets"
    names += " open_interest_usd magnets_problem correlation_btc"
    nothing = dict.fromkeys(names.split())
    return MarketView(
        coin=coin,
        ts=ts,
        instrument=INSTRUMENTS[coin],
        book_problem="unseen",
        walls=(),
        flow=(),
        cvd_usd=0.0,
        theta_usd=1e6,
        sentiment=(),
        memory=Memory(),
        **nothing,
    )


def outcome(keep, book, dice):
    made = keep.decision
    filled = dice.random() < 0.8
    tp1 = filled and dice.random() < 0.62
    tp2 = tp1 and dice.random() < 0.6
    net_r = (dice.uniform(0.2, 1.4) if tp1 else -dice.uniform(0.9, 1.1)) if filled else 0.0
    return Outcome(
        ref_id=made.ref_id,
        coin=made.coin,
        book=book,
        side=Side.LONG,
        label=("tp2" if tp2 else "tp1_then_sl" if tp1 else "sl") if filled else "unfilled",
        filled=filled,
        tp1=tp1,
        tp2=tp2,
        sl=filled and not tp2,
        ts_resolved=made.ts + round(dice.uniform(2, 50) * MINUTE),
        contracts=D(100 if filled else 0),
        gross_usd=D("1.5"),
        fees_usd=D("0.5"),
        funding_usd=D(0),
        net_usd=D(1),
        net_r=net_r,
    )


class Past:
    """Writes into a ledger what a desk would have, event by event."""

    def __init__(self, ledger, desk=DESK):
        self.ledger, self.desk, self.seq = ledger, desk, ledger.load()[1]

    def happen(self, ts, *effects, body=None):
        self.seq += 1
        body = body or MinuteTick()
        event = Event(
            seq=self.seq,
            ts_event=ts,
            ts_recv=ts,
            kind=type(body).__name__,
            ref_id="",
            cause=0,
            body=body,
        )
        assert self.ledger.append(event, effects, self.desk)

    def foretell(self, forecasts):
        self.happen(NOW - DAY, *(Foretell(forecast=one) for one in forecasts))

    def serve(self, dice):
        """The API of the last twenty hours, half of it of yesterday."""
        for ts in range(NOW - 20 * HOUR, NOW, 10 * MINUTE):
            took = {dice.randrange(5, 700): dice.randrange(1, 5) for _ in range(3)}
            served = Served(
                requests=sum(took.values()) + 2,
                server_errors=int(dice.random() < 0.2),
                durations_ms=took,
            )
            self.happen(ts, body=served)

    def plan(self, number, dice):
        """A plan in up to three books, its message to two chats, perhaps a thumb."""
        ts = NOW - 45 * DAY + number * 7 * HOUR + round(dice.uniform(0, 60)) * SECOND
        keep = plan_kept(ts, dice.choice(COINS), dice)
        books = (Book.SHADOW, Book.GHOST, Book.LIVE)[: dice.choice((1, 2, 3))]
        ref = keep.decision.ref_id
        sends = [
            Send(
                chat_id=chat,
                ref_id=ref,
                category=Category.SNIPER,
                lane=Lane.SIGNAL,
                text=ref,
                ts_created=ts,
            )
            for chat in (ADMIN, 8)
        ]
        thumb = Rating(
            ref_id=ref,
            user_id=ADMIN,
            chat_id=ADMIN,
            rating=dice.choice((1, -1)),
            ts_clicked=ts + round(dice.uniform(0.01, 30) * HOUR),
            latency_s=dice.uniform(1, 900),
            resolved=False,
            side="LONG",
            confidence=75,
        )
        rates = [Rate(rating=thumb)] if dice.random() < 0.5 else []
        closes = [Close(outcome=outcome(keep, book, dice)) for book in books]
        self.happen(ts, keep, *sends, *rates, *closes)
        for row in self.ledger.due(ts):
            self._deliver(row, ts, dice)

    def refuse(self, number, dice):
        """A no-trade, and the plan it refused: known, unknown for good, or still living."""
        ts = NOW - 36 * DAY + number * 5 * HOUR + 33 * MINUTE
        kept = plan_kept(ts, dice.choice(COINS), dice)
        made = kept.decision
        code = dice.choice(("no_wall", "no_bias", "no_magnet", "rr_too_small"))
        told = {"ref_id": made.ref_id, "coin": made.coin, "side": Side.LONG}
        signal = NoTrade(code=code, reason=code, evidence=(), **told)
        kept = replace(kept, decision=replace(made, signal=signal, sizing=None))
        due = SlotDue(kind="snp", coin=made.coin, ts_slot=ts, view=None)
        if number % 6 == 0:
            self.happen(ts, kept, body=due)
            return
        filled = dice.random() < 0.7
        ending = Ending(
            ref_id=made.ref_id,
            label="unknown" if number % 7 == 0 else "sl" if filled else "unfilled",
            filled=filled,
            tp1=False,
            tp2=False,
            net_r=dice.uniform(-1.1, 1.3) if filled else 0.0,
            ts_filled=ts + MINUTE if filled else None,
            ts_ended=ts + 50 * MINUTE,
        )
        self.happen(ts, kept, Suppose(hypothesis=_supposed(made, code)), body=due)
        if number % 5:
            self.happen(ts + HOUR, Conclude(ending=ending))

    def push(self, forecast, dice):
        """A bias that was told: to one chat, or withheld; some are rated."""
        ref, ts = forecast.ref_id, forecast.ts
        if dice.random() < 0.3:
            why = dice.choice(("snooze", "budget"))
            held = Withhold(chat_id=ADMIN, ref_id=ref, category="institutional", why=why)
            self.happen(ts, held)
            return
        send = Send(
            chat_id=ADMIN,
            ref_id=ref,
            category=Category.INSTITUTIONAL,
            lane=Lane.SIGNAL,
            text=ref,
            ts_created=ts,
        )
        thumb = Rating(
            ref_id=ref,
            user_id=ADMIN,
            chat_id=ADMIN,
            rating=1,
            ts_clicked=ts + 90 * SECOND,
            latency_s=89.0,
            resolved=False,
            side="LONG",
            confidence=75,
        )
        self.happen(ts, send, *([Rate(rating=thumb)] if dice.random() < 0.4 else []))
        for row in self.ledger.due(ts):
            self._deliver(row, ts, dice)

    def _deliver(self, row, ts, dice):
        self.ledger.mark(row.row_id, "sending", ts)
        if dice.random() < 0.02:
            self.ledger.mark(row.row_id, "failed", ts)
        else:
            acked = ts + round(dice.uniform(0.2, 4) * SECOND)
            self.ledger.mark(row.row_id, "sent", acked, message_id=row.row_id)


def fill(ledger, plans=150, days=4):
    """Six weeks of plans, some days of biases; the newest event is of NOW."""
    past, dice = Past(ledger), random.Random(11)
    past.foretell(boasts(days, gaps=0.05))
    for number in range(plans):
        past.plan(number, dice)
    past.serve(dice)
    for number in range(160):
        past.refuse(number, dice)
    for forecast in ledger.forecasts(NOW - 3 * DAY)[::9]:
        past.push(forecast, dice)
    past.happen(NOW)
    return ledger


def _supposed(made, code):
    plan = made.signal
    return Hypothesis(
        ref_id=made.ref_id,
        coin=made.coin,
        ts=made.ts,
        code=code,
        sent=False,
        standard=False,
        side=Side.LONG,
        entry=float(plan.entry),
        stop=float(plan.stop),
        tp1_price=100.4,
        tp2_price=100.7,
        tick=0.01,
        stop_pct=plan.stop_pct,
        tp1_pct=0.3,
        tp2_pct=0.6,
        share_tp1=0.5,
        cost_win_pct=0.04,
        cost_loss_pct=0.09,
        p0_tp1=plan.null_tp1,
        p0_tp2=plan.null_tp2,
        p0_source="closed form",
        ts_expiry=plan.ts_expiry,
        time_stop_ns=plan.time_stop_ns,
    )


@pytest.fixture(scope="session")
def past():
    return Past


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """A home with such a ledger; only read."""
    folder = tmp_path_factory.mktemp("home")
    fill(SqlLedger(folder / "ledger.sqlite3", *KEYS)).close()
    return folder


@pytest.fixture(scope="session")
def remembered():
    """The same months in the other ledger."""
    return fill(MemoryLedger(*KEYS))


@pytest.fixture
def memory():
    return MemoryLedger(*KEYS)


@pytest.fixture(scope="session")
def names():
    class Names:
        now, coins, admin, keys, desk, instruments = NOW, COINS, ADMIN, KEYS, DESK, INSTRUMENTS
        forecasts = staticmethod(boasts)

    return Names


# The same numbers, by nobody's code but SQLite's.

PLAYED = """
WITH now AS (SELECT ts_recv AS now FROM events ORDER BY seq DESC LIMIT 1),
p AS (
  SELECT o.*, d.ts AS opened,
    json_extract(CAST(d.decision AS TEXT), '$.signal.null_tp1') AS null1,
    json_extract(CAST(d.decision AS TEXT), '$.signal.null_tp2') AS null2,
    json_extract(CAST(d.decision AS TEXT), '$.sizing.size_pct_final') AS size
  FROM outcomes o JOIN decisions d ON d.ref_id = o.ref_id
  WHERE o.book = :book AND o.ts_resolved >= (SELECT now FROM now) - 365 * 86400000000000),
f AS (SELECT * FROM p WHERE filled),
month AS (SELECT * FROM f WHERE ts_resolved >= (SELECT now FROM now) - 30 * 86400000000000),
four AS (
  SELECT (ts_resolved - (SELECT now FROM now)) / (7 * 86400e9) AS x, 100 * net_r AS y FROM f
  WHERE ts_resolved >= (SELECT now FROM now) - 28 * 86400000000000),
m AS (SELECT AVG(x) AS x, AVG(y) AS y FROM four),
last AS (SELECT * FROM f ORDER BY ts_resolved DESC, ref_id DESC LIMIT 100),
sent AS (SELECT * FROM p ORDER BY ts_resolved DESC, ref_id DESC LIMIT 100)
"""
HIT = (
    "SELECT COUNT(*), AVG(tp{0}), EXP(SUM(LN(1 + 0.45 * (tp{0} - null{0})))), AVG(null{0}) FROM {1}"
)
TRADES = {
    "tp1_30d": HIT.format(1, "month"),
    "tp2_30d": HIT.format(2, "month"),
    "tp1": HIT.format(1, "f"),
    "tp2": HIT.format(2, "f"),
    "filled": "SELECT COUNT(*), AVG(filled) FROM p",
    "net_per_100": "SELECT COUNT(*), 100 * AVG(net_r), EXP(TOTAL(LN(1 + 0.1 * net_r))) FROM last",
    "net_per_100_usd": "SELECT COUNT(*), 100 * AVG(net_r * size / 100 * 10000) FROM last",
    "net_per_100_sent": "SELECT COUNT(*), 100 * AVG(net_r * filled) FROM sent",
    "net_slope": """SELECT COUNT(*), CASE WHEN COUNT(*) >= 10 THEN
        SUM((four.x - m.x) * (four.y - m.y)) / SUM((four.x - m.x) * (four.x - m.x)) END
        FROM four, m""",
}
DESK_CTE = """
WITH now AS (SELECT ts_recv AS now FROM events ORDER BY seq DESC LIMIT 1),
since AS (SELECT now - 30 * 86400000000000 AS ts FROM now),
d AS (
  SELECT * FROM outbox WHERE kind = 'send' AND category IN ('institutional', 'sniper')
  AND ts_created >= (SELECT ts FROM since)),
lag AS (
  SELECT CASE WHEN ts_acked IS NULL THEN 9e999 ELSE (ts_acked - ts_created) / 1e9 END AS s FROM d
  WHERE ts_acked IS NOT NULL OR state NOT IN ('new', 'sending')
  OR ts_created <= (SELECT now FROM now) - 60000000000),
ranked AS (SELECT s, ROW_NUMBER() OVER (ORDER BY s) AS rank, COUNT(*) OVER () AS n FROM lag),
reached AS (SELECT ref_id, MIN(ts_acked) AS ts FROM d WHERE ts_acked IS NOT NULL GROUP BY ref_id),
rated AS (
  SELECT reached.ref_id, EXISTS (
    SELECT 1 FROM feedback WHERE feedback.ref_id = reached.ref_id
    AND ts_clicked >= (SELECT ts FROM since) AND ts_clicked - reached.ts <= 86400000000000
  ) AS yes FROM reached),
click AS (
  SELECT latency_s AS s, ROW_NUMBER() OVER (ORDER BY latency_s) AS rank, COUNT(*) OVER () AS n
  FROM feedback WHERE latency_s IS NOT NULL AND ts_clicked >= (SELECT ts FROM since)),
y AS (
  SELECT f.ref_id, f.ts, f.coin, f.told,
    CASE WHEN f.score > 0 THEN later.mid > f.mid ELSE later.mid < f.mid END AS hit,
    LN(MIN(MAX(f.told, 0.02), 0.98) / (1 - MIN(MAX(f.told, 0.02), 0.98))) AS x
  FROM forecasts f JOIN forecasts later ON later.coin = f.coin AND later.ts = f.ts + 3600000000000
  WHERE f.mid IS NOT NULL AND later.mid IS NOT NULL AND f.score <> 0
  AND f.ts >= (SELECT ts FROM since)),
api AS (
  SELECT body FROM events WHERE kind = 'Served'
  AND ts_event >= (SELECT now FROM now) / 86400000000000 * 86400000000000),
took AS (
  SELECT key / 1000.0 AS s, SUM(value) AS n
  FROM api, json_each(CAST(body AS TEXT), '$.body.durations_ms') GROUP BY key),
climb AS (SELECT s, SUM(n) OVER (ORDER BY s) AS upto, SUM(n) OVER () AS n FROM took),
asked AS (
  SELECT TOTAL(json_extract(CAST(body AS TEXT), '$.body.requests')) AS n,
    TOTAL(json_extract(CAST(body AS TEXT), '$.body.server_errors')) AS bad FROM api),
rate AS (SELECT AVG(hit) AS rate FROM y),
bins AS (
  SELECT (hit - told) AS off,
    (ROW_NUMBER() OVER (ORDER BY told, ts, coin, ref_id) - 1) * 10 / COUNT(*) OVER () AS bin
  FROM y)
"""
DESK_SQL = {
    "ghost_live_gap": """SELECT COUNT(*), AVG(g.net_r - l.net_r) FROM outcomes g JOIN outcomes l
        ON l.ref_id = g.ref_id AND l.book = 'live' AND l.filled
        WHERE g.book = 'ghost' AND g.filled""",
    "delivery_lag_p95": """SELECT (SELECT COUNT(*) FROM lag),
        (SELECT s FROM ranked WHERE rank = (95 * n + 99) / 100),
        (SELECT EXP(TOTAL(LN(1 + 0.45 * ((s < 5) - 0.95)))) FROM lag)""",
    "feedback_coverage": """SELECT COUNT(*), AVG(yes), EXP(TOTAL(LN(1 + 0.45 * (yes - 0.3))))
        FROM rated""",
    "latency_to_click_p50": """SELECT (SELECT COUNT(*) FROM click),
        (SELECT s FROM click WHERE rank = (50 * n + 99) / 100)""",
    "latency_to_click_p90": """SELECT (SELECT COUNT(*) FROM click),
        (SELECT s FROM click WHERE rank = (90 * n + 99) / 100)""",
    "api_p95": """SELECT (SELECT TOTAL(n) FROM took),
        (SELECT MIN(s) FROM climb WHERE upto * 100 >= n * 95),
        (SELECT EXP(TOTAL(n * LN(1 + 0.45 * ((s < 0.4) - 0.95)))) FROM took)""",
    "server_errors": """SELECT n, bad / NULLIF(n, 0),
        EXP(bad * LN(1 - 0.45 * 0.99) + (n - bad) * LN(1 + 0.45 * 0.01)) FROM asked""",
    "brier_skill": """SELECT COUNT(*), 1 - SUM((told - hit) * (told - hit)) /
        SUM((rate - hit) * (rate - hit)) FROM y, rate""",
    "brier_skill_null": """SELECT COUNT(*), 1 - SUM((told - hit) * (told - hit)) /
        SUM((0.5 - hit) * (0.5 - hit)) FROM y""",
    "log_loss": "SELECT COUNT(*), -AVG(CASE WHEN hit THEN LN(told) ELSE LN(1 - told) END) FROM y",
    "ece": """SELECT SUM(n), SUM(ABS(off)) / SUM(n) FROM
        (SELECT COUNT(*) AS n, SUM(off) AS off FROM bins GROUP BY bin)""",
}
FLAT = """SELECT SUM(1 / (1 + EXP(-:a - :b * x)) - hit) + :a / 100,
    SUM((1 / (1 + EXP(-:a - :b * x)) - hit) * x) + (:b - 1) / 100 FROM y"""


class Plain:
    """A ledger file in plain SQL: name -> (n, value, and where there is one the e-value)."""

    def __init__(self, path):
        self._connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)

    def trades(self, book):
        return {name: self._row(PLAYED + sql, book=book) for name, sql in TRADES.items()}

    def desk(self):
        return {name: self._row(DESK_CTE + sql) for name, sql in DESK_SQL.items()}

    def pull(self, a, b):
        """By how much the log loss would still change at (a, b): nothing, where they are best."""
        return self._row(DESK_CTE + FLAT, a=a, b=b)

    def _row(self, sql, **values):
        return self._connection.execute(sql, values).fetchone()

    def close(self):
        self._connection.close()


@pytest.fixture
def plain():
    opened = []

    def open_it(path):
        opened.append(Plain(path))
        return opened[-1]

    yield open_it
    for one in opened:
        one.close()


@pytest.fixture(scope="session")
def differs():
    """The names of the rows of SQL whose KPI is not the same: n, value, and e-value and luck
    where the row has them."""

    def compare(kpis, rows):
        ours = {kpi.name: (kpi.n, kpi.value, kpi.e_value, kpi.null) for kpi in kpis}
        return [
            name
            for name, row in rows.items()
            if not all(_same(a, b) for a, b in zip(ours[name], row, strict=False))
        ]

    return compare


def _same(mine, theirs):
    if mine is None or theirs is None or theirs == inf:
        return mine is None and theirs in (None, inf)
    return isclose(mine, theirs, rel_tol=1e-9, abs_tol=1e-12)
