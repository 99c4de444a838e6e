"""Did the messages arrive, were they read, did the API hold? (signals.md 9, row L3)"""

from collections.abc import Iterable, Sequence
from math import inf

from pawang.learning.evidence import e_value, verdict
from pawang.learning.influence import counted
from pawang.learning.kpi import nearest_rank, percentile_kpi, share_kpi
from pawang.model.chat import Delivery, Rating
from pawang.model.kpi import Kpi
from pawang.model.refs import HOUR, SECOND

LAG_S = 5.0
FAILED_NS = 60 * SECOND  # not delivered by then counts as never
COVERAGE = 0.30
RATED_NS = 24 * HOUR
API_S = 0.4
ERRORS = 0.01
ON_ITS_WAY = frozenset({"new", "sending"})
HELD_BACK = frozenset({"snoozed", "budget"})  # meant not to be heard: counted apart


def lags_s(deliveries: Iterable[Delivery], now: int) -> list[float]:
    """Seconds from the signal to the chat service's answer; +inf for what did not get there.

    What is still on its way is no fact yet, until it is a minute old.
    """
    lags: list[float] = []
    for one in deliveries:
        if one.state in HELD_BACK:
            continue
        if one.ts_acked is not None:
            lags.append((one.ts_acked - one.ts_created) / SECOND)
        elif one.state not in ON_ITS_WAY or now - one.ts_created >= FAILED_NS:
            lags.append(inf)
    return lags


def delivery_lag(deliveries: Iterable[Delivery], now: int) -> Kpi:
    """p95 below 5 s. An infinite value is written as null in JSON; the verdict says MISSED."""
    return percentile_kpi("delivery_lag_p95", lags_s(deliveries, now), 0.95, LAG_S)


def held_back(deliveries: Iterable[Delivery]) -> dict[str, int]:
    """How many were snoozed or over budget."""
    counts = dict.fromkeys(sorted(HELD_BACK), 0)
    for one in deliveries:
        if one.state in counts:
            counts[one.state] += 1
    return counts


def coverage(deliveries: Sequence[Delivery], ratings: Sequence[Rating]) -> Kpi:
    """The share of delivered signals that somebody rated within 24 h of their delivery: > 30 %."""
    delivered: dict[str, int] = {}
    for one in deliveries:
        if one.ts_acked is not None:
            first = delivered.get(one.ref_id, one.ts_acked)
            delivered[one.ref_id] = min(first, one.ts_acked)
    rated = {
        rating.ref_id
        for rating in ratings
        if rating.ref_id in delivered and rating.ts_clicked - delivered[rating.ref_id] <= RATED_NS
    }
    return share_kpi("feedback_coverage", [ref in rated for ref in sorted(delivered)], COVERAGE)


def latency_to_click(ratings: Sequence[Rating]) -> tuple[Kpi, Kpi]:
    """p50 and p90 of seconds from delivery to the thumb; one a person and signal."""
    known = [rating.latency_s for rating in counted(ratings) if rating.latency_s is not None]
    p50, p90 = (
        Kpi(
            name=f"latency_to_click_p{share * 100:.0f}",
            value=nearest_rank(known, share),
            unit="s",
            n=len(known),
        )
        for share in (0.50, 0.90)
    )
    return p50, p90


def api_latency(durations_s: Sequence[float]) -> Kpi:
    """p95 of the signal routes, from the durations themselves: < 0.4 s."""
    return percentile_kpi("api_p95", durations_s, 0.95, API_S)


def server_errors(errors: int, total: int) -> Kpi:
    """5xx of all requests of a day: < 1 %. 4xx and 429 are requests, and no errors."""
    assert 0 <= errors <= total, f"{errors} of {total}"
    rate = errors / total if total else None
    e = e_value([0.0] * errors + [1.0] * (total - errors), [1 - ERRORS] * total)
    return Kpi(
        name="server_errors",
        value=rate,
        unit="share",
        n=total,
        target=ERRORS,
        verdict=verdict(None if rate is None else rate < ERRORS, e),
        e_value=e,
    )


def histogram_quantile(share: float, buckets: Sequence[tuple[float, float]]) -> float | None:
    """Prometheus's own estimate from (upper bound, cumulative count), the last bound being +inf.

    Linear inside the bucket; what falls beyond the last finite bound is told as that bound.

    >>> histogram_quantile(0.95, [(0.2, 90), (0.4, 100), (inf, 100)])
    0.3
    """
    assert buckets, "a histogram has buckets"
    assert buckets[-1][0] == inf, "a histogram ends at +inf"
    total = buckets[-1][1]
    if total == 0:
        return None
    rank, low, below = share * total, 0.0, 0.0
    for bound, count in buckets:
        if count >= rank:
            if bound == inf:
                return low
            return round(low + (bound - low) * (rank - below) / (count - below), 12)
        low, below = bound, count
    raise AssertionError("the last bucket holds everything")
