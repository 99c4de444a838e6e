"""The desk's own state: everything that must survive a restart, and nothing that need not.

One frozen record; a step makes the next one. It is small by construction (every map has an
owner that prunes it) and rides whole in every transaction of the ledger, so start-up is a read.
"""

from decimal import Decimal

from pawang.model.calibration import Calibrator
from pawang.model.chat import Role
from pawang.model.codec import Record
from pawang.model.decision import SniperPlan
from pawang.model.market import Side
from pawang.model.order import Book, Order
from pawang.model.sizing import Sizing
from pawang.model.view import LastBias


class Trading(Record):
    """The stop button. A request that carries an older epoch is refused by the order gate."""

    state: str = "active"  # "active" | "halted"
    epoch: int = 0
    ts_changed: int = 0
    by_user: int = 0
    resume_code: str = ""  # set while a resume waits for its second consent
    resume_by: int = 0
    ts_resume_asked: int = 0


class Held(Record):
    """An alert that budget or snooze kept back, for the digest."""

    ref_id: str
    coin: str
    category: str
    why: str  # "budget" | "snooze"
    ts: int


class Chat(Record):
    """One chat's own choices; snooze, budget, language, time zone are per chat (row T9)."""

    chat_id: int
    kind: str
    language: str = "en"
    timezone: str = "UTC"
    enabled: bool = True
    thread_id: int | None = None
    snoozes: dict[str, int] = {}  # category -> until (ns)
    spent_day: str = ""  # local date the counts belong to
    spent: dict[str, int] = {}  # "institutional:BTC" -> alerts today
    health_spent: tuple[int, ...] = ()  # times of the last hour's health alerts
    held: tuple[Held, ...] = ()
    reported: str = ""  # the newest week whose report was told by itself


class Person(Record):
    user_id: int
    role: Role
    name: str = ""


class Pushed(Record):
    """The standing institutional message of a coin: what was pushed and what its card says."""

    ref_id: str
    side: Side
    confidence: int
    ts: int
    faded: bool = False
    cards: dict[int, str] = {}  # chat -> the card as it was sent; edits add one line to it


INVALIDATION = "invalidation"
"""The line of a plan that is watched against the mark, from its sending to its end."""


class Line(Record):
    """A watched price of a plan."""

    name: str  # "entry", "SL", "TP1", "TP2", or INVALIDATION
    price: Decimal
    above: bool  # crossed when the price comes from below
    crossed: bool = False


class PlanLife(Record):
    """A sent plan from its message to its last outcome (row T6)."""

    plan: SniperPlan
    sizing: Sizing
    confidence: int
    ts_sent: int
    chats: tuple[int, ...]
    taken_by: int = 0
    ts_taken: int = 0
    cancelled: bool = False
    orders: dict[str, str] = {}  # book -> client order id
    lines: tuple[Line, ...] = ()
    line_chats: tuple[int, ...] = ()
    outcomes: dict[str, str] = {}  # book -> label
    cut: str = ""  # why it was given up: "wall_eaten", "wall_pulled", "flow_turned", "mark_through"
    flip: str = ""  # the plan that reversed it


class LastSlot(Record):
    ref_id: str
    ts: int
    verdict: str  # "LONG", "SHORT", "NEUTRAL", "plan", or a no-trade code


class Desk(Record):
    trading: Trading = Trading()
    risk_pct: float = 1.0
    risk_by: int = 0
    people: dict[int, Person] = {}
    chats: dict[int, Chat] = {}
    pairing_code_hash: str = ""
    biases: dict[str, LastBias] = {}  # coin -> standing bias (LONG/SHORT/NEUTRAL)
    pushed: dict[str, Pushed] = {}  # coin -> standing message
    calibrators: dict[str, Calibrator] = {}  # "ib:BTC" -> the versions of its calibrator
    learned: dict[str, int] = {}  # "ib:BTC" -> when its daily question was last answered
    slots: dict[str, LastSlot] = {}  # "ib:BTC" -> the newest decision
    plans: dict[str, PlanLife] = {}  # ref -> plan, until every book has its outcome
    orders: dict[str, Order] = {}  # client order id -> order, until its plan is pruned
    fills_seen: tuple[str, ...] = ()  # the newest fill ids, bounded
    equity_usd: dict[Book, Decimal] = {}
    peak_usd: dict[Book, Decimal] = {}
    day: str = ""  # UTC date of day_pnl_usd
    day_pnl_usd: dict[Book, Decimal] = {}
    flips: dict[str, int] = {}  # coin -> when a plan of it was last reversed
    told: dict[str, int] = {}  # "health:okx" and the like -> when last told
    counters: dict[str, int] = {}  # refused inputs by reason, held alerts, ...
    ref_repeats: dict[str, int] = {}  # stem -> copies this minute, pruned by the minute
