"""Delivery, coverage, clicks and the API, signals.md 9 and row L3."""

from math import inf

import pytest
from msgspec.structs import replace

from pawang.learning.evidence import MET_PROVEN, MET_UNPROVEN, MISSED, UNKNOWN
from pawang.learning.kpi import nearest_rank, percentile_kpi, share_kpi
from pawang.learning.service import (
    api_latency,
    coverage,
    delivery_lag,
    held_back,
    histogram_quantile,
    lags_s,
    latency_to_click,
    server_errors,
)
from pawang.model.chat import Delivery
from pawang.model.refs import HOUR, SECOND

NOW = 100 * HOUR


def sent(n: int, seconds: float | None = 1.0, state: str = "sent", chat: int = 7) -> Delivery:
    created = NOW - HOUR + n * SECOND
    acked = None if seconds is None else created + round(seconds * SECOND)
    return Delivery(ref_id=f"ib_{n}", chat_id=chat, ts_created=created, ts_acked=acked, state=state)


def test_the_nearest_rank_of_one_to_a_hundred_is_95():
    assert nearest_rank(list(range(100, 0, -1)), 0.95) == 95


@pytest.mark.parametrize(
    ("n", "rank"), [(1, 1), (19, 19), (20, 19), (21, 20), (40, 38), (100, 95), (1000, 950)]
)
def test_the_nearest_rank_is_ceil_of_the_share_as_it_is_meant(n: int, rank: int):
    assert nearest_rank(range(1, n + 1), 0.95) == rank


def test_the_nearest_rank_of_nothing_is_unknown():
    assert nearest_rank([], 0.95) is None
    assert percentile_kpi("lag", [], 0.95, 5.0).verdict == UNKNOWN


def test_a_failed_send_is_an_infinite_lag():
    rows = [
        sent(1, 2.0),
        sent(2, None, "failed"),
        sent(3, None, "expired"),
        sent(4, None, "unknown"),
    ]
    assert lags_s(rows, NOW) == [2.0, inf, inf, inf]


def test_what_is_still_on_its_way_is_no_fact_for_a_minute():
    waiting = replace(sent(1, None, "new"), ts_created=NOW - 60 * SECOND + 1)
    assert lags_s([waiting, replace(waiting, state="sending")], NOW) == []
    assert lags_s([replace(waiting, ts_created=NOW - 60 * SECOND)], NOW) == [inf]


def test_what_nobody_wanted_to_hear_is_no_lag_and_counted_apart():
    rows = [sent(1), sent(2, None, "snoozed"), sent(3, None, "budget"), sent(4, None, "budget")]
    assert lags_s(rows, NOW) == [1.0]
    assert held_back(rows) == {"budget": 2, "snoozed": 1}


def test_one_failure_in_twenty_is_met_and_two_are_missed():
    quick = [sent(n) for n in range(18)]
    assert delivery_lag([*quick, sent(18), sent(19, None, "failed")], NOW).verdict == MET_UNPROVEN
    broken = delivery_lag([*quick, sent(18, None, "failed"), sent(19, None, "failed")], NOW)
    assert (broken.value, broken.verdict) == (inf, MISSED)


def test_five_seconds_exactly_is_not_below_five():
    assert delivery_lag([sent(n, 5.0) for n in range(20)], NOW).verdict == MISSED


def test_a_quick_service_is_proven_after_135_messages():
    assert delivery_lag([sent(n) for n in range(134)], NOW).verdict == MET_UNPROVEN
    assert delivery_lag([sent(n) for n in range(135)], NOW).verdict == MET_PROVEN


def test_coverage_is_of_signals_that_reached_a_chat(rating_of):
    rows = [sent(n) for n in range(10)] + [sent(1, chat=8), sent(50, None, "failed")]
    thumbs = [rating_of(f"ib_{n}", user, 1, NOW) for n in range(4) for user in (1, 2)]
    found = coverage(rows, [*thumbs, rating_of("ib_50", 1, 1, NOW)])
    assert (found.value, found.n, found.target, found.verdict) == (0.4, 10, 0.30, MET_UNPROVEN)


def test_a_rating_a_day_late_does_not_cover_and_hindsight_does(rating_of):
    delivered = sent(1).ts_acked
    late = rating_of("ib_1", 1, 1, delivered + 24 * HOUR + 1)
    hindsight = rating_of("ib_1", 1, 1, delivered + 24 * HOUR, True)
    assert coverage([sent(1)], [late]).value == 0.0
    assert coverage([sent(1)], [hindsight]).value == 1.0


def test_exactly_thirty_percent_is_not_more_than_thirty():
    assert share_kpi("feedback_coverage", [True] * 3 + [False] * 7, 0.30).verdict == MISSED
    assert share_kpi("feedback_coverage", [], 0.30).verdict == UNKNOWN


def test_the_click_is_timed_once_a_person_and_signal(rating_of):
    def thumb(ref: str, latency_s: float | None, ts: int):
        return replace(rating_of(ref, 1, 1, ts), latency_s=latency_s)

    thumbs = [thumb(f"ib_{n}", float(n), n) for n in range(1, 11)]
    p50, p90 = latency_to_click([*thumbs, thumb("ib_5", 500.0, 0), thumb("ib_x", None, 99)])
    assert (p50.value, p50.n, p50.name) == (5.0, 10, "latency_to_click_p50")
    assert (p90.value, p90.name) == (9.0, "latency_to_click_p90")


def test_the_api_is_judged_by_its_95th_percentile():
    assert api_latency([0.1] * 19 + [3.0]).verdict == MET_UNPROVEN
    assert api_latency([0.1] * 18 + [3.0] * 2).verdict == MISSED


def test_server_errors_are_below_one_in_a_hundred_or_missed():
    assert server_errors(1, 100).verdict == MISSED
    assert server_errors(0, 0).verdict == UNKNOWN
    assert server_errors(0, 100).verdict == MET_UNPROVEN
    assert server_errors(1, 2_000).verdict == MET_PROVEN


def test_a_histogram_tells_what_prometheus_would():
    buckets = [(0.1, 50.0), (0.2, 80.0), (0.4, 96.0), (inf, 100.0)]
    assert histogram_quantile(0.5, buckets) == 0.1
    assert histogram_quantile(0.95, buckets) == pytest.approx(0.2 + 0.2 * 15 / 16)
    assert histogram_quantile(0.99, buckets) == 0.4
    assert histogram_quantile(0.95, [(0.4, 0.0), (inf, 0.0)]) is None
