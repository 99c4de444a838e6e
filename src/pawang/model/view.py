"""What a signal may see, frozen at one slot: numbers, each with its age. Missing is None.

A view is stored with every decision, so any decision can be recomputed for ever.
"""

from pawang.model.calibration import Calibration
from pawang.model.codec import Record
from pawang.model.instrument import Instrument
from pawang.model.market import Aggressor, Side


class Reading(Record):
    """A value and how old it was when the view was frozen."""

    value: float
    age_s: float


class Wall(Record):
    """A bucket of resting size far above its neighbours (signals.md 5.4)."""

    side: Aggressor  # buy = bid wall, sell = ask wall
    price: float  # the largest level of the bucket: what an entry leans on
    size: float  # coin now
    notional_usd: float
    distance_bps: float
    z: float
    age_s: float
    peak: float
    pull_score: float
    strength: float
    qualified: bool
    refill_ratio: float = 0.0  # came back within 2 s of what traded, over what traded
    iceberg: bool = False  # more than 1.5 times what was ever seen has traded, and it stands
    flees: int = 0  # came back farther off as the price came


class Magnet(Record):
    """A local maximum of estimated liquidations (signals.md 6.3). Always ESTIMATED."""

    price: float
    side: Side  # whose positions are liquidated there: LONG below the price, SHORT above
    mass_usd: float
    strength: float  # 0-1, share of the largest
    distance_pct: float  # signed, percent of mid
    age_s: float  # since the bin was last traversed


class FlowWindow(Record):
    """Taker flow of one window `[ts_from, ts_to)`: parents at or above theta, and all prints.

    Whale sums are those after the wash defences (signals.md 1.5). A parent belongs to a window
    when it overlaps it. `gap` = the feed was interrupted inside, so the window is void for signals.
    """

    window_s: int
    ts_from: int
    ts_to: int
    theta_usd: float
    parents: int
    net_usd: float
    gross_usd: float
    imbalance: float
    z: float
    taker_net_usd: float
    taker_gross_usd: float
    gap: bool
    kappa: float = 1.25  # what z was divided by (1.3)
    washed_usd: float = 0.0  # gross that the wash defences took out (1.5)
    forced_net_usd: float = 0.0  # matched liquidations, taken out of the flow (1.1)
    medium_imbalance: float | None = None  # of parents between p90 and p99 (1.5)


class OrderFlow(Record):
    """Order-flow imbalance of the best quotes over the last `window_s` (signals.md 5.2)."""

    window_s: int
    ofi: float  # coin
    normal: float | None  # over the mean size at the touch of five minutes
    z: float | None  # robust, of `normal` against earlier windows
    age_s: float  # since the newest quote


class BookView(Record):
    """The top of the book and what surrounds it."""

    bid: float
    ask: float
    mid: float
    spread_bps: float
    spread_median_bps: float | None  # trailing median, None until measured
    imbalance_5bp: float
    imbalance_10bp: float
    imbalance_25bp: float
    imbalance_held_s: float  # how long |imbalance_10bp| >= 0.3 with its present sign
    depth_10bp_usd: float  # both sides
    age_s: float
    queue_imbalance: float | None = None  # (bid - ask) / (bid + ask) at the touch (5.2)
    micro_price: float | None = None  # Stoikov's, None until its table is fitted (5.2)


class NullTable(Record):
    """What luck does on this coin's own minutes of the last days, of those like its present ones
    (signals.md 7.4): chances in thousandths that `target` is touched before `stop` within the
    time stop, by row of `stops_pct` and column of `targets_pct`, both sides taken together."""

    stops_pct: tuple[float, ...]
    targets_pct: tuple[float, ...]
    chances: tuple[tuple[int, ...], ...]
    minutes: int  # bars it was drawn from
    ts: int  # when it was drawn


class FundingView(Record):
    rate: float
    z: float | None
    ts_funding: int  # the next settlement
    age_s: float
    interval_s: float = 28_800.0  # from one settlement to the next: 8 h usually, 1 h at the least


class EtfPartial(Record):
    """A trading day some funds have not reported yet: to be shown, never to be reckoned with."""

    trade_date: str
    flow_usd: float
    funds_reported: int
    funds_total: int  # 0 = the source does not say


class EtfView(Record):
    """The newest complete trading day's net flow, as known at the slot (signals.md 2.3). Where no
    day was ever complete it is a partial one, and `complete` says so."""

    asset: str
    trade_date: str
    flow_usd: float
    business_days: int  # age in US business days; above three it is stale
    complete: bool
    partial: EtfPartial | None = None  # the day after it, as far as it is reported


class SentimentInput(Record):
    """One input of the composite: `value` raw, `z` robust z-score where the formula needs one."""

    name: str  # fng, fund, lsr, basis, oi
    value: float
    z: float | None
    age_s: float


class LastBias(Record):
    """The desk's memory of a coin's bias: for hysteresis, for alts, for the sniper."""

    ref_id: str
    side: Side
    raw: float
    score: float  # L of signals.md 4.1, signed
    confidence: int
    source: str
    ts: int
    pending: Side | None = None  # a flip proposed once and waiting for its second evaluation


class Flip(Record):
    """A plan whose wall was eaten under it: this view is asked for the opposite one (7.3)."""

    ref_id: str  # of the plan that was cut
    side: Side  # of the plan that is asked for


class Memory(Record):
    """What earlier slots left behind; part of the view so that a signal needs nothing else."""

    bias: LastBias | None = None  # this coin's standing bias
    lead: LastBias | None = None  # BTC's, for an alt
    live_plan: str | None = None  # ref of the coin's live plan
    calibration: Calibration | None = None  # what confidence is read from; None is the prior
    day_loss_hit: bool = False
    plan_calibration: Calibration | None = None  # of P(TP1); it gates and caps, it sizes nothing
    flip: Flip | None = None


class MarketView(Record):
    coin: str
    ts: int  # the slot
    instrument: Instrument
    book: BookView | None  # None = unknown: stale, gapped, crossed or never seen
    book_problem: str | None  # why it is None: "stale", "gap", "crossed", "unseen", …
    last_price: Reading | None
    mark_price: Reading | None
    index_price: Reading | None
    walls: tuple[Wall, ...]  # at most 10 a side, strongest first
    flow: tuple[FlowWindow, ...]  # 60 s, 300 s, 3600 s
    cvd_usd: float
    theta_usd: float
    atr_1h_pct: Reading | None
    atr_5m_pct: Reading | None
    funding: FundingView | None
    open_interest_usd: Reading | None
    etf: EtfView | None
    sentiment: tuple[SentimentInput, ...]
    magnets: tuple[Magnet, ...] | None  # None = not warm; () = warm, none within reach
    magnets_problem: str | None  # what is still missing
    correlation_btc: float | None
    memory: Memory
    order_flow: tuple[OrderFlow, ...] = ()  # 10 s and 30 s
    level_flow: tuple[float, ...] = ()  # ten levels' OFI of 10 s, each over its mean size
    null: NullTable | None = None  # None = too few minutes known
    cvd_bias_usd: float | None = None  # net of all prints since the standing bias; an hour at most
    magnets_validated: bool = False  # has the map passed its gate for this coin (6.5)

    def window(self, window_s: int) -> FlowWindow | None:
        """The flow window of that length, if it is in the view."""
        return next((flow for flow in self.flow if flow.window_s == window_s), None)


class Scene(Record):
    """What a picture needs of a view. Prices in quote currency, masses and sizes in USD."""

    coin: str
    when: str  # the chat's local time, as shown
    mid: float
    magnets: tuple[Magnet, ...] = ()
    walls: tuple[Wall, ...] = ()
    note: str = ""  # e.g. what is still warming
    validated: bool = False  # has the map of the magnets passed its gate
