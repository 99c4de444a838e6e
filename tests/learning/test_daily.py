"""00:20 UTC, signals.md 4.5: what the desk will be told."""

import numpy as np
import pytest
from msgspec.structs import replace

from pawang.learning import calibrated, calibration, drifted
from pawang.learning.daily import daily, told_since
from pawang.learning.samples import Known, Sample
from pawang.model.calibration import Calibration, Calibrator, Refusal
from pawang.model.desk import Desk
from pawang.model.event import Calibrated, Drifted
from pawang.model.refs import DAY, HOUR

LIVE = Calibration(version="ib-BTC-19700401", a=0.0, b=0.5, n=300, ts_fit=90 * DAY)
DESK = Desk(calibrators={"ib:BTC": Calibrator(live=LIVE)})


def world(sample_of, n: int, slope: float, told: float | None = None) -> list[Sample]:
    """n biases two hours apart that said 60 to 95 % while b = `slope` was the truth."""
    dice = np.random.default_rng(4)
    raws = dice.uniform(0.6, 0.95, n)
    came = dice.random(n) < 1 / (1 + np.exp(-slope * np.log(raws / (1 - raws))))
    made = [sample_of(2 * (n - i) + 1, bool(came[i]), float(raws[i])) for i in range(n)]
    return made if told is None else [replace(one, told=told) for one in made]


def test_a_month_of_boasting_becomes_a_candidate_and_a_day_later_a_calibrator(sample_of, now):
    [made] = daily(Desk(), "ib", ["BTC"], Known(samples=world(sample_of, 700, 0.3)), now)
    assert isinstance(made, Calibrated)
    assert made.refusals == ()
    desk = calibrated(Desk(), made, now)
    assert calibration(desk, "ib", "BTC", now) is None
    assert calibration(desk, "ib", "BTC", now + DAY) == made.candidate


def test_asking_twice_gives_the_same_answer_twice(sample_of, now):
    known = Known(samples=world(sample_of, 100, 0.3))
    assert daily(DESK, "ib", ["BTC"], known, now) == daily(DESK, "ib", ["BTC"], known, now)


def test_every_coin_gets_its_answer_and_what_refuses_it_is_said(now):
    btc, eth = daily(Desk(), "ib", ["BTC", "ETH"], Known(samples=[]), now)
    assert isinstance(btc, Calibrated)
    assert isinstance(eth, Calibrated)
    assert (btc.coin, eth.coin) == ("BTC", "ETH")
    assert btc.refusals[0] == Refusal(code="too_few", have="0.0", need="30")


def test_a_world_that_turned_against_the_live_version_is_an_alarm_and_no_candidate(sample_of, now):
    turned = world(sample_of, 100, -1.0, told=0.75)
    [found] = daily(DESK, "ib", ["BTC"], Known(samples=turned), now)
    assert isinstance(found, Drifted)
    assert found.rollback
    assert found.alarms[0].startswith("cusum 5.")
    assert calibration(drifted(DESK, found, now), "ib", "BTC", now) is None


def test_a_feature_that_moved_halves_and_does_not_roll_back(sample_of, now):
    features = {"BTC": {"whale": ([0.0] * 200, [1.0] * 200)}}
    [found] = daily(DESK, "ib", ["BTC"], Known(samples=[], features=features), now)
    assert isinstance(found, Drifted)
    assert (found.alarms[0].split()[0], found.rollback) == ("population:whale", False)
    halved = calibration(drifted(DESK, found, now), "ib", "BTC", now)
    assert halved is not None
    assert (halved.b, halved.sound) == (0.25, False)


def test_the_watch_begins_where_the_version_in_force_began_to_speak(sample_of, now):
    fresh = Desk(calibrators={"ib:BTC": Calibrator(live=replace(LIVE, ts_fit=now - DAY))})
    turned = world(sample_of, 100, -1.0, told=0.75)
    [found] = daily(fresh, "ib", ["BTC"], Known(samples=turned), now)
    assert isinstance(found, Calibrated)


@pytest.mark.parametrize(
    ("standing", "since"),
    [
        (Calibrator(), None),
        (Calibrator(live=LIVE), 91 * DAY),
        (Calibrator(live=LIVE, ts_alarm=95 * DAY), 95 * DAY),
    ],
)
def test_nobody_watches_a_prior_and_an_alarm_is_not_raised_twice(
    standing: Calibrator, since: int | None
):
    assert told_since(standing) == since


def test_the_day_after_an_alarm_the_same_outcomes_raise_no_second_one(sample_of, now):
    turned = world(sample_of, 100, -1.0, told=0.75)
    [found] = daily(DESK, "ib", ["BTC"], Known(samples=turned), now)
    assert isinstance(found, Drifted)
    capped = Desk(
        calibrators={"ib:BTC": Calibrator(live=replace(LIVE, sound=False), ts_alarm=now - HOUR)}
    )
    [after] = daily(capped, "ib", ["BTC"], Known(samples=turned), now)
    assert isinstance(after, Calibrated)
    assert Refusal(code="drift") in after.refusals
