"""What the desk decides: a bias, a plan, or a no-trade with its reason."""

from decimal import Decimal

from pawang.model.codec import Record, Tagged
from pawang.model.market import Side
from pawang.model.sizing import Sizing
from pawang.model.view import Wall


class Evidence(Record):
    """One pillar or gate: the list that message, API and learner all read.

    `x` is the feature in [-1, 1]; verdict: "agrees", "against", "weak", "missing", "passed",
    "failed". `reason` is short English for /why.
    """

    name: str
    value: float | None
    age_s: float | None
    weight: float
    verdict: str
    reason: str
    x: float | None = None


class BiasSignal(Tagged):
    """LONG, SHORT or NEUTRAL for one coin (signals.md 4.1). `raw` is 0-100, `score` is L."""

    ref_id: str
    coin: str
    side: Side
    raw: float
    score: float
    evidence: tuple[Evidence, ...]
    reasons: tuple[str, ...]  # why NEUTRAL, or () ; codes such as "raw_below_55"
    pending: Side | None = None


class Target(Record):
    price: Decimal
    share_pct: int  # of the filled size
    magnet_price: float


class Edge(Record):
    """What a plan is worth by measured chances: it gates and caps, and never picks the size."""

    chance: float  # P(TP1), calibrated
    chance_low: float  # its 20 % posterior quantile
    expected_pct: float  # of the entry, at the low chance, after costs
    payoff: float  # net reward to risk, for the Kelly fraction
    source: str  # the calibrator's version


class SniperPlan(Tagged):
    """A plan to fire (signals.md 7.1). Prices on the tick grid; percentages of entry."""

    ref_id: str
    coin: str
    side: Side
    entry_low: Decimal
    entry_high: Decimal
    entry: Decimal  # the zone's worst edge: every gate and size is reckoned from it
    stop: Decimal
    targets: tuple[Target, ...]  # TP1, TP2, runner
    stop_pct: float  # a
    target_pcts: tuple[float, ...]  # b1, b2, (b3)
    cost_win_pct: float  # maker in, maker out
    cost_loss_pct: float  # maker in, taker out
    reward_risk: tuple[float, float]  # net RR1, RR2
    null_tp1: float  # no-skill chances p0 (signals.md 7.4)
    null_tp2: float
    wall: Wall | None
    ts_expiry: int  # entry expires unfilled
    time_stop_ns: int  # after the fill
    evidence: tuple[Evidence, ...]
    null_source: str = "closed form"  # or "minutes", the coin's own
    edge: Edge | None = None  # what is measured; None until calibrated
    flip_of: str = ""  # the plan this one reverses

    @property
    def entry_middle(self) -> Decimal:
        return (self.entry_low + self.entry_high) / 2


class NoTrade(Tagged):
    """A refusal with its reason code; recorded, and scored later like a plan (row S3)."""

    ref_id: str
    coin: str
    side: Side
    code: str  # "no_magnet", "no_wall", "sl_too_wide", ...
    reason: str
    evidence: tuple[Evidence, ...]


Signal = BiasSignal | SniperPlan | NoTrade


class Confidence(Record):
    """The integer that is shown and sized by, and where it comes from."""

    value: int
    source: str  # "prior" or the calibrator's version
    n: int = 0  # effective samples behind it


class Decision(Record):
    """One slot's verdict, whole: what is stored, compared on replay, shown and sized."""

    ref_id: str
    kind: str  # "ib" or "snp"
    coin: str
    ts: int  # the slot
    rule: str
    rule_version: int
    signal: Signal
    confidence: Confidence | None
    multiplier: float | None  # the size multiplier that confidence earns, as shown
    sizing: Sizing | None
