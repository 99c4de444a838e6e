"""The envelope, what may happen (bodies), and what may follow (effects).

Every fact that the desk decides or is told is an `Event` in the ledger; following `cause`
(the seq of its parent) answers "why did this happen?". Market records do not come this way:
they go straight to the market room (architecture.md 1.3).
"""

from pawang.model.calibration import Calibration, Refusal
from pawang.model.chat import Answer, ChatInput, Edit, Rating, Send
from pawang.model.codec import CODEC_VERSION, Record, Tagged
from pawang.model.decision import Decision
from pawang.model.forecast import Forecast, Trial
from pawang.model.hypothesis import Ending, Hypothesis
from pawang.model.instrument import Instrument
from pawang.model.kpi import Measured
from pawang.model.market import Side
from pawang.model.money import Booking
from pawang.model.order import Accepted, Bracketed, Ended, Filled, Funded, Order, Outcome, Rejected
from pawang.model.report import DayReport, Report
from pawang.model.sizing import AccountView
from pawang.model.view import MarketView

# Bodies: what happens to the desk.


class Started(Tagged):
    """The desk came up; `down_since` is the newest stamp it left, 0 on a first start."""

    down_since: int
    version: str
    world_hash: str = ""  # the world the following events were stepped with (ledger's params)


class SlotDue(Tagged):
    """A schedule slot of one coin, with the view that `market` froze for it.

    `kind` "ib" or "snp". `final` marks the extra slot at a recording's end. `endings` are the
    coin's hypothetical plans that ended since its last slot. The ledger keeps the view beside
    the decision and hands it back when the event is read.
    """

    kind: str
    coin: str
    ts_slot: int
    view: MarketView | None
    final: bool = False
    endings: tuple[Ending, ...] = ()


class MinuteTick(Tagged):
    """Once a minute of desk time: expiries, time stops, digests, day roll, pruning."""


class LineCrossed(Tagged):
    """A watched price was crossed by a trade."""

    ref_id: str
    name: str
    price: float


class WallFell(Tagged):
    """The wall under a live plan collapsed (signals.md 5.4). `how`: "eaten" | "pulled"."""

    coin: str
    price: float
    how: str


class FlowTurned(Tagged):
    """Order flow turned hard against a live plan of this side (signals.md 7.3): the robust `z` of
    its 30 seconds went past the limit. Told once a guarded plan."""

    coin: str
    side: Side
    z: float


class HealthChanged(Tagged):
    """A door's guard changed state: opened, half_open, closed, gave_up, stale, restored."""

    provider: str
    state: str
    reason: str


class Relisted(Tagged):
    """The venue changed an instrument (A23); `changes` in words. From here on it holds."""

    listing: Instrument
    changes: tuple[str, ...]


class Delivered(Tagged):
    """The chat service answered for one message. `state`: sent, unknown, failed, expired."""

    ref_id: str
    chat_id: int
    state: str
    message_id: int | None
    reason: str = ""


class FeedbackPosted(Tagged):
    """A rating that came by HTTP (POST /api/feedback)."""

    ref_id: str
    user_id: int
    rating: int
    ts_clicked: int


class Served(Tagged):
    """A minute of the HTTP API, but for /metrics and the health probes (signals.md 9)."""

    requests: int
    server_errors: int
    durations_ms: dict[int, int] = {}  # of the signal routes: rounded up -> how many


class Calibrated(Tagged):
    """A day's answer to "shall a new calibrator replace the one in force?" (signals.md 4.5).

    Fitted outside, from what the ledger holds. Any refusal leaves everything as it is.
    """

    kind: str  # "ib" | "snp"
    coin: str
    candidate: Calibration
    refusals: tuple[Refusal, ...] = ()


class Drifted(Tagged):
    """The world is no longer the one that was learned. `rollback`: the version is at fault."""

    kind: str
    coin: str
    alarms: tuple[str, ...]
    rollback: bool = False


class Scored(Tagged):
    """A configuration was scored, well or badly: it counts as one idea more (signals.md 7.5)."""

    trial: Trial


class Consulted(Tagged):
    """What was found for a `Consult`: the one of both that was asked for."""

    chat_id: int
    ref_id: str
    thread_id: int | None = None
    measured: Measured | None = None
    answers: tuple[Calibrated | Drifted, ...] = ()
    report: Report | None = None
    day: DayReport | None = None
    weekly: bool = False


class Recalled(Record):
    """What the hallway looked up for an input before the pure rooms judge it."""

    decision: Decision | None = None  # of the ref the input names
    view: MarketView | None = None  # frozen now, for pictures
    ts_delivered: int | None = None  # when the message with that ref reached the chat
    health: dict[str, str] = {}  # provider -> state, and the like, for /status


class Asked(Tagged):
    """A person's command or press, with what was looked up for it."""

    input: ChatInput
    recalled: Recalled


Body = (
    Started
    | SlotDue
    | MinuteTick
    | LineCrossed
    | WallFell
    | FlowTurned
    | HealthChanged
    | Relisted
    | Delivered
    | FeedbackPosted
    | Calibrated
    | Drifted
    | Scored
    | Consulted
    | Served
    | Asked
    | Accepted
    | Rejected
    | Filled
    | Funded
    | Ended
    | Bracketed
)


class Event(Record):
    seq: int
    ts_event: int
    ts_recv: int
    kind: str  # the body's tag
    ref_id: str  # "" where none applies
    cause: int  # seq of the parent, 0 for none
    body: Body
    codec: int = CODEC_VERSION


# Effects: what a step asks the ledger and the doors to do.


class Keep(Tagged):
    """Store this decision with everything needed to recompute it."""

    decision: Decision
    view: MarketView
    account: AccountView | None
    params_hash: str


class Place(Tagged):
    """An intent: committed before the request leaves (I1)."""

    order: Order
    epoch: int


class Withdraw(Tagged):
    """Cancel the entry if it still rests; `close` also closes the position at market."""

    client_order_id: str
    reason: str
    close: bool = False


class Reverse(Tagged):
    """Ask for the opposite plan of a cut one: a view is frozen at once, and decided like a slot."""

    coin: str
    ref_id: str  # of the plan that was cut
    side: Side  # that is asked for


class Post(Tagged):
    """Money moved: one booking of the ledger of money."""

    booking: Booking


class Bracket(Tagged):
    """What a plan of the ghost made under its other models."""

    found: Bracketed


class Close(Tagged):
    """A plan ended in one book."""

    outcome: Outcome


class Foretell(Tagged):
    """Keep a bias's numbers beside its decision, to be labelled when the hour is over."""

    forecast: Forecast


class Suppose(Tagged):
    """Keep a slot's hypothetical plan, to be labelled when its time is over."""

    hypothesis: Hypothesis


class Conclude(Tagged):
    """What became of a hypothetical plan."""

    ending: Ending


class Register(Tagged):
    """One row more in the registry of trials."""

    trial: Trial


class Withhold(Tagged):
    """An alert that a chat does not get, on purpose; counted apart. `why`: "snooze" | "budget"."""

    chat_id: int
    ref_id: str
    category: str
    why: str


class Rate(Tagged):
    rating: Rating


class Audit(Tagged):
    """A row of the hash chain: every money or stop action."""

    actor: int
    action: str
    detail: str


class Shut(Tagged):
    """The order gate changes: `halted` and the epoch that counts from now on."""

    halted: bool
    epoch: int


class Count(Tagged):
    """Something was refused or held back; shown in /metrics."""

    name: str


class Consult(Tagged):
    """Somebody asked what takes seconds to work out: it is done off the loop, and told later as
    `Consulted` under `ref_id`. `question`: "kpi" | "calibrate" | "report" | "day"; `week` is the
    report's, "" for the seven days up to now; `timezone` that of the chat.
    """

    question: str
    chat_id: int
    ref_id: str
    thread_id: int | None = None
    week: str = ""
    timezone: str = "UTC"
    weekly: bool = False  # told by itself


Effect = (
    Send
    | Edit
    | Answer
    | Keep
    | Foretell
    | Suppose
    | Conclude
    | Register
    | Withhold
    | Place
    | Withdraw
    | Reverse
    | Post
    | Bracket
    | Close
    | Rate
    | Audit
    | Shut
    | Count
    | Consult
)
