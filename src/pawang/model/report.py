"""The weekly report: every number of row L2 in one record (signals.md 9).

Whoever tells it, chat, picture, page, command or API, reads this and computes nothing. What was
not measured is None or an empty list, never 0. Books are never summed.
"""

from decimal import Decimal

from pawang.model.codec import Record
from pawang.model.kpi import Interval, Kpi, Measured


class SetupRate(Record):
    """How one kind of plan does: its bare rate with Wilson, and the rate it has earned so far."""

    setup: str
    coin: str
    regime: str
    n: int
    hits: int
    rate: float
    shrunk: float  # leaning on the group's own mean no-skill chance (m = 20)
    interval: Interval


class SetupTable(Record):
    """The setups of one book with at least five plans; `hidden` of fewer were `hidden_plans`."""

    shown: tuple[SetupRate, ...]
    hidden: int
    hidden_plans: int


class Tally(Record):
    """What the plans of one book did in a span. `sent` = all that ended in it."""

    sent: int
    filled: int
    tp1: int
    tp2: int
    net_r: float
    net_usd: Decimal
    net_per_100: float | None  # R, of the filled
    net_per_100_sent: float | None  # R, of all: those that never filled earn 0


class Curve(Record):
    """Net R of one book summed up to the end of each of the last 28 days."""

    days: tuple[float, ...]  # the last of them ends now
    n: int  # plans


class Bin(Record):
    """One point of the calibration curve."""

    n: int
    hits: int
    forecast: float  # the mean chance that was told
    rate: float  # what then happened
    interval: Interval  # Jeffreys, of the rate


class Calibratedness(Record):
    """How well the printed confidence of the biases kept its word (4.4)."""

    n: int
    n_eff: float
    base_rate: float
    brier: float
    log_loss: float
    skill_base_rate: float | None
    skill_null: float | None
    ece: float
    ece_null: float  # what a calibrated forecaster shows on average
    ece_null_95: float
    crooked: bool  # the ECE is above that
    z: float | None  # Spiegelhalter's, on n_eff
    slope: float
    intercept: float
    bins: tuple[Bin, ...]
    hidden: int  # forecasts in bins of fewer than five


class SideBySide(Record):
    """Win rates of what people rated and of what nobody did (4.6)."""

    kind: str  # "snp" = TP1 of filled plans, "ib" = the hour after a bias that was delivered
    rated: Kpi
    unrated: Kpi


class Refused(Record):
    """A no-trade of the ledger and what became of the plan it refused; None: nobody knows yet."""

    ref_id: str
    ts: int  # the slot
    code: str  # the gate's reason code
    filled: bool | None = None
    net_r: float = 0.0  # 0 where it would not have filled
    ts_ended: int | None = None


class GateWorth(Record):
    """One reason code of the no-trade ledger (row S3). `saved_r` above 0: it kept us from losing
    so much; below 0 it cost so much; None while nobody knows what became of any of them."""

    code: str
    week: int  # refusals in the report's span
    n: int  # in 30 days
    judged: int  # of those, whose hypothetical plan has ended
    filled: int
    saved_r: float | None
    mean_r: float | None  # what a refused plan that filled would have earned
    interval: Interval | None  # 95 % of that mean


class Choice(Record):
    """What people's own filter did: shadow results of plans they took, or left."""

    name: str  # "taken" | "left"
    n: int  # filled
    net_r: float
    mean_r: float | None
    interval: Interval | None


class SizingMode(Record):
    """The same plans under a sizing that is only logged (8.3): net and drawdown, % of equity."""

    name: str  # "in force", "vol_inverse", ...
    n: int
    net_pct: float
    drawdown_pct: float


class Held(Record):
    """Alerts that never went out, on purpose: left out of the lag, counted apart."""

    category: str
    why: str  # "snoozed" | "budget"
    n: int


class Report(Record):
    name: str  # "2025-W38", or "" for the seven days up to now
    timezone: str
    ts_from: int
    ts_to: int
    as_of: int  # stamp of the newest event that was read
    measured: Measured  # every KPI, as of then
    week: dict[str, Tally]  # by book
    curves: dict[str, Curve]
    setups: dict[str, SetupTable]  # of 30 days
    calibration: Calibratedness | None  # of 30 days
    rated: tuple[SideBySide, ...]  # of 30 days
    gates: tuple[GateWorth, ...]
    choices: tuple[Choice, ...]  # of 30 days
    sizings: tuple[SizingMode, ...]  # of 30 days
    held: tuple[Held, ...]  # in the span
    deliveries: dict[str, int]  # what became of the signals of the span: state -> how many

    def kpi(self, name: str, book: str = "") -> Kpi:
        """The KPI of that name; of a book, or of the desk."""
        rows = self.measured.books[book] if book else self.measured.desk
        return next(kpi for kpi in rows if kpi.name == name)


class Ended(Record):
    """A plan of the day and how it ended."""

    ref_id: str
    book: str
    label: str
    net_r: float
    net_usd: Decimal


class DayReport(Record):
    """Today's PnL, from 00:00 where the chat is."""

    timezone: str
    ts_from: int
    as_of: int
    books: dict[str, Tally]
    ended: tuple[Ended, ...]  # filled plans, in order of their end


# What the picture shows of it.


class RateBar(Record):
    """A rate with its interval, and where luck alone would put it."""

    label: str
    n: int
    rate: float
    interval: Interval
    null: float | None = None


class ReportScene(Record):
    """All that the drawing needs, in the chat's words; an empty list says `nothing`."""

    title: str
    when: str
    nothing: str
    calibration: str
    calibration_note: str
    told: str  # the axes of the calibration curve
    came: str
    bins: tuple[Bin, ...]
    rates: str
    rates_note: str
    bars: tuple[RateBar, ...]
    net: str
    net_note: str
    curves: dict[str, tuple[float, ...]]  # by the book's name
    gap: str
    gap_note: str
    gap_mean: float | None
    gap_interval: Interval | None
