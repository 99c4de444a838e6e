"""All KPIs at once, each as it is alone: rows L2 and L3."""

from msgspec.structs import replace

from pawang.learning import earnings, hit_rates, service
from pawang.learning.evidence import UNKNOWN
from pawang.learning.figures import Facts, figures
from pawang.model.chat import Delivery
from pawang.model.order import Book
from pawang.model.refs import SECOND

TRADES = ["tp1_30d", "tp2_30d", "tp1", "tp2", "filled", "net_per_100", "net_per_100_usd"]
TRADES += ["net_per_100_sent", "net_slope", "ghost_live_gap"]
SERVICE = ["delivery_lag_p95", "feedback_coverage", "latency_to_click_p50", "latency_to_click_p90"]
SERVICE += ["api_p95", "server_errors"]
FORECASTS = ["brier_skill", "brier_skill_null", "log_loss", "slope", "intercept", "ece"]


def test_every_kpi_is_there_and_is_the_number_it_is_alone(played_of, sample_of, rating_of, now):
    played = [played_of(i * 4, i % 3 > 0, tp2=i % 5 == 0) for i in range(200)]
    sent = [
        Delivery(
            ref_id=one.ref_id, chat_id=7, ts_created=one.ts, ts_acked=one.ts + SECOND, state="sent"
        )
        for one in played
    ]
    thumbs = [rating_of(one.ref_id, 1, 1, one.ts + 40 * SECOND) for one in played[:90]]
    facts = Facts(
        played=played,
        deliveries=sent,
        ratings=thumbs,
        biases=[sample_of(2 * i + 2, i % 2 == 0) for i in range(60)],
        api_durations_s=[0.02] * 50,
        requests=500,
        server_errors=1,
    )
    found = {kpi.name: kpi for kpi in figures(facts, Book.GHOST, now)}
    assert list(found) == TRADES + SERVICE + FORECASTS
    month = hit_rates.hit_rate(played, "tp1", Book.GHOST, now - hit_rates.WINDOW_NS)
    assert found["tp1_30d"] == replace(month, name="tp1_30d")
    assert found["tp1"] == hit_rates.hit_rate(played, "tp1", Book.GHOST)
    assert found["net_per_100"] == earnings.net_per_100(played, Book.GHOST)
    assert found["feedback_coverage"] == service.coverage(sent, thumbs)
    assert 0 < found["tp1_30d"].n < found["tp1"].n == 200


def test_a_desk_that_has_done_nothing_yet_knows_nothing_and_says_so(now):
    found = figures(Facts(), Book.GHOST, now)
    assert [kpi.name for kpi in found] == TRADES + SERVICE
    assert {kpi.verdict for kpi in found if kpi.target is not None} == {UNKNOWN}
    assert {kpi.value for kpi in found} == {None}
