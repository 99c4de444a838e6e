"""Names and buckets are a promise to dashboards (reliability.md 7, signals.md 9)."""

import re

from pawang.web import Metrics


def test_every_promised_name_is_there():
    text = Metrics().text().decode()
    names = set(re.findall(r"^# TYPE (\w+)", text, re.M))
    assert {
        "pawang_http_requests_total",
        "pawang_http_request_duration_seconds",
        "pawang_alert_lag_seconds",
        "pawang_feed_last_event_timestamp_seconds",
        "pawang_breaker_state",
        "pawang_tg_ambiguous_total",
        "pawang_halted",
    } <= names


def test_the_objectives_are_buckets_exactly():
    metrics = Metrics()
    metrics.request("/health", 200, 0.3)
    metrics.lag.observe(4.9)
    text = metrics.text().decode()
    request = "pawang_http_request_duration_seconds_bucket"
    assert f'{request}{{le="0.2",route="/health"}} 0.0' in text
    assert f'{request}{{le="0.4",route="/health"}} 1.0' in text
    assert 'pawang_alert_lag_seconds_bucket{le="5.0"} 1.0' in text


def test_breakers_are_numbers_and_an_unknown_state_is_the_worst():
    metrics = Metrics()
    metrics.set_breakers({"okx": "closed", "etf": "half_open", "fng": "open", "x": "?"})
    text = metrics.text().decode()
    for provider, number in (("okx", 0), ("etf", 1), ("fng", 2), ("x", 2)):
        assert f'pawang_breaker_state{{provider="{provider}"}} {number}.0' in text


def test_counts_kept_elsewhere_grow_by_what_is_new_since_the_last_look():
    metrics = Metrics()
    for count in (2, 2, 5):
        metrics.grow_refused({"drop: etf_flow.csv": count})
    line = 'pawang_refused_total{why="drop: etf_flow.csv"} 5.0'
    assert line in metrics.text().decode()
