"""The daily question: shall a new calibrator replace the one in force? (signals.md 4.5)

`propose` fits a candidate and asks every rule; whatever refuses says so with its reason, and then
the incumbent stays. All counts are effective ones: a label counts as much as it is unique, so
forty-eight biases of one hour are one sample. Pure: the caller reads the ledger, hands in the
samples of all coins, and brings the answer back as an event.
"""

from collections.abc import Sequence
from math import floor

from pawang.learning.bootstrap import block_length, chance_positive
from pawang.learning.influence import NOBODY, Influence, influence
from pawang.learning.platt import IDENTITY, SD, SD_COIN, Platt, fit
from pawang.learning.samples import Known, Sample
from pawang.learning.scores import surprise
from pawang.learning.uniqueness import uniqueness
from pawang.learning.versions import in_force, quiet, settled, version
from pawang.model.calibration import Calibration, Calibrator, Refusal
from pawang.model.codec import Record
from pawang.model.refs import DAY


class UpdateParams(Record):
    window_ns: int = 60 * DAY  # older labels are of another market
    half_life_d: float = 30.0  # the weight of a label halves as it ages
    n_eff_min: float = 30.0  # below it the fit is its prior
    class_min: float = 8.0  # of hits and of misses: a slope needs both
    clean_min: float = 0.95  # share of samples without a data-quality flag
    a_max: float = 1.0
    b_min: float = 0.2
    b_max: float = 1.5
    recent_min: float = 50.0  # the candidate must win over the last max(50, 25 %)
    recent_share: float = 0.25
    better_min: float = 0.9  # P(improvement), by block bootstrap


class Question(Record):
    """Which calibrator, and when it is asked for; `seed` is the bootstrap's chance."""

    kind: str
    coin: str
    now: int
    seed: int


class Proposal(Record):
    """A candidate and everything that speaks against it; accepted when nothing does."""

    candidate: Calibration
    refusals: tuple[Refusal, ...]
    n_eff: float
    better: float  # P(the candidate beats the incumbent), 0 where it could not be tried
    thumbs_flag: str = ""

    @property
    def accepted(self) -> bool:
        return not self.refusals


class Weighted(Record):
    """A sample and how much of it is news."""

    sample: Sample
    unique: float


DEFAULT = UpdateParams()


def propose(
    asked: Question, known: Known, standing: Calibrator, params: UpdateParams = DEFAULT
) -> Proposal:
    """The candidate for one kind and coin from everybody's samples, with all that refuses it."""
    rows = _weighed(asked, known, params)
    clean = [row for row in rows if row.sample.clean]
    ours = [row for row in clean if row.sample.coin == asked.coin]
    thumbs = _thumbs(ours, known, asked.now, params)
    learned = learn(clean, asked.coin, asked.now, params, thumbs)
    better = _better(clean, asked, in_force(standing, asked.now), params)
    n_eff = sum(row.unique for row in ours)
    refusals = (
        *_too_little(ours, n_eff, params),
        *_unclean([row for row in rows if row.sample.coin == asked.coin], params),
        *_implausible(learned, params),
        *_no_better(better, params),
        *_not_now(standing, asked.now),
    )
    candidate = Calibration(
        version=version(asked.kind, asked.coin, asked.now),
        a=learned.a,
        b=learned.b,
        n=floor(n_eff + 1e-6),  # 300 times a share of one hour adds up to 299.99999999998
        ts_fit=asked.now,
    )
    return Proposal(
        candidate=candidate,
        refusals=refusals,
        n_eff=n_eff,
        better=better,
        thumbs_flag=thumbs.flag,
    )


def _weighed(asked: Question, known: Known, params: UpdateParams) -> list[Weighted]:
    """What was known at that time, in order, each label with the share of it that is news."""
    oldest = asked.now - params.window_ns
    samples = [s for s in known.samples if s.kind == asked.kind and oldest <= s.ended <= asked.now]
    samples.sort(key=lambda sample: (sample.opened, sample.ref_id))
    unique = uniqueness([sample.life for sample in samples])
    return [Weighted(sample=s, unique=u) for s, u in zip(samples, unique, strict=True)]


# Learning: all coins first, then this coin around them.


def learn(
    rows: Sequence[Weighted],
    coin: str,
    now: int,
    params: UpdateParams = DEFAULT,
    thumbs: Influence = NOBODY,
) -> Platt:
    """(a, b) of `coin`: its own samples around what all coins share, both around the identity."""
    everyone = _fit([_row(row, now, params) for row in rows], IDENTITY, SD)
    ours = [row for row in rows if row.sample.coin == coin]
    raws = {row.sample.ref_id: row.sample.raw for row in ours}
    faint = [
        (raws[thumb.ref_id], float(thumb.hit), thumb.weight)
        for thumb in thumbs.thumbs
        if thumb.ref_id in raws
    ]
    return _fit([*(_row(row, now, params) for row in ours), *faint], everyone, SD_COIN)


Row = tuple[float, float, float]  # raw chance, outcome, weight


def _fit(rows: Sequence[Row], prior: Platt, sd: float) -> Platt:
    raws, hits, weights = zip(*rows, strict=True) if rows else ((), (), ())
    return fit(raws, hits, weights, prior, sd)


def _row(row: Weighted, now: int, params: UpdateParams) -> Row:
    return row.sample.raw, float(row.sample.hit), _weight(row, now, params)


def _weight(row: Weighted, now: int, params: UpdateParams) -> float:
    age_d = (now - row.sample.ended) / DAY
    return float(row.unique * 0.5 ** (age_d / params.half_life_d))


def _thumbs(ours: Sequence[Weighted], known: Known, now: int, params: UpdateParams) -> Influence:
    weights = {row.sample.ref_id: _weight(row, now, params) for row in ours}
    judged = [weights.get(sample.ref_id, 0.0) for sample in known.samples]
    return influence(known.ratings, known.samples, judged, now, weights)


# Would it have been better? Day by day, with what was known that morning.


def _better(
    rows: Sequence[Weighted], asked: Question, incumbent: Calibration | None, params: UpdateParams
) -> float:
    """P(the candidate's way beats the incumbent) on the last labels, each forecast in advance."""
    recent = _recent([row for row in rows if row.sample.coin == asked.coin], params)
    if not recent:
        return 0.0
    now = IDENTITY if incumbent is None else Platt(a=incumbent.a, b=incumbent.b)
    gains: list[float] = []
    day, learned = -1, IDENTITY
    for row in recent:
        if row.sample.opened // DAY != day:
            day = row.sample.opened // DAY
            learned = _as_of(rows, asked.coin, day * DAY, params)
        raw, hit = row.sample.raw, float(row.sample.hit)
        gains.append(surprise(now.chance(raw), hit) - surprise(learned.chance(raw), hit))
    block = block_length(len(gains), sum(row.unique for row in recent))
    return chance_positive(gains, block, asked.seed)


def _recent(ours: Sequence[Weighted], params: UpdateParams) -> list[Weighted]:
    """The last labels that together count max(50, 25 %), or all there are."""
    wanted = max(params.recent_min, params.recent_share * sum(row.unique for row in ours))
    recent: list[Weighted] = []
    for row in reversed(ours):
        if wanted <= 0:
            break
        recent.append(row)
        wanted -= row.unique
    return recent[::-1]


def _as_of(rows: Sequence[Weighted], coin: str, ts: int, params: UpdateParams) -> Platt:
    return learn([row for row in rows if row.sample.ended <= ts], coin, ts, params)


# The rules, each with what there was and what it takes.


def _too_little(
    ours: Sequence[Weighted], n_eff: float, params: UpdateParams
) -> tuple[Refusal, ...]:
    hits = sum(row.unique for row in ours if row.sample.hit)
    rules = (
        ("too_few", n_eff, params.n_eff_min),
        ("too_few_hits", hits, params.class_min),
        ("too_few_misses", n_eff - hits, params.class_min),
    )
    return tuple(
        Refusal(code=code, have=f"{have:.1f}", need=f"{need:g}")
        for code, have, need in rules
        if have < need
    )


def _unclean(ours: Sequence[Weighted], params: UpdateParams) -> tuple[Refusal, ...]:
    if not ours:
        return ()
    share = sum(row.sample.clean for row in ours) / len(ours)
    if share >= params.clean_min:
        return ()
    return (Refusal(code="unclean", have=f"{share:.1%}", need=f"{params.clean_min:.0%}"),)


def _implausible(learned: Platt, params: UpdateParams) -> tuple[Refusal, ...]:
    refusals = []
    if abs(learned.a) > params.a_max:
        need = f"±{params.a_max:g}"
        refusals.append(Refusal(code="a_implausible", have=f"{learned.a:.3f}", need=need))
    if not params.b_min <= learned.b <= params.b_max:
        need = f"{params.b_min:g}–{params.b_max:g}"
        refusals.append(Refusal(code="b_implausible", have=f"{learned.b:.3f}", need=need))
    return tuple(refusals)


def _no_better(better: float, params: UpdateParams) -> tuple[Refusal, ...]:
    if better >= params.better_min:
        return ()
    return (Refusal(code="no_better", have=f"{better:.2f}", need=f"{params.better_min:g}"),)


def _not_now(standing: Calibrator, now: int) -> tuple[Refusal, ...]:
    refusals = []
    if quiet(standing, now):
        refusals.append(Refusal(code="drift"))
    waiting = settled(standing, now).shadow
    if waiting is not None:
        refusals.append(Refusal(code="waiting", have=waiting.version))
    return tuple(refusals)
