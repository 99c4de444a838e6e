"""What is printed and sized by, row L1 and signals.md 4.2."""

import pytest
from msgspec.structs import replace

from pawang.learning import calibrated, calibration, confidence, drifted, measured
from pawang.model.calibration import Calibration, Calibrator, Refusal
from pawang.model.decision import BiasSignal, Confidence
from pawang.model.desk import Desk
from pawang.model.event import Calibrated, Drifted
from pawang.model.market import Side
from pawang.model.refs import DAY, HOUR

NOW = 100 * DAY
MADE = Calibration(version="ib-BTC-19700411", a=-0.1, b=0.45, n=43, ts_fit=NOW)


def signal(raw: float) -> BiasSignal:
    return BiasSignal(
        ref_id="ib_20250915_0733_BTC",
        coin="BTC",
        side=Side.LONG,
        raw=raw,
        score=1.9,
        evidence=(),
        reasons=(),
    )


def test_example_06_raw_86_993_is_printed_as_87_percent_prior():
    assert confidence(signal(86.993)) == Confidence(value=87, source="prior", n=0)


def test_example_07_a_calibrator_in_force_says_68_and_its_version():
    assert confidence(signal(87.0), MADE) == Confidence(value=68, source="ib-BTC-19700411", n=43)


@pytest.mark.parametrize(
    ("raw", "shown"), [(50.0, 50), (80.4, 80), (80.5, 80), (81.5, 82), (79.5, 80), (99.999, 100)]
)
def test_the_integer_rounds_half_to_even(raw: float, shown: int):
    assert confidence(signal(raw)).value == shown


@pytest.mark.parametrize("raw", [float("nan"), -0.1, 100.1])
@pytest.mark.parametrize("made", [None, MADE])
def test_a_raw_score_that_is_no_percentage_is_our_mistake(raw: float, made: Calibration | None):
    with pytest.raises(AssertionError):
        confidence(signal(raw), made)


@pytest.mark.parametrize(
    ("source", "made", "may"),
    [
        ("ib-BTC-19700411", MADE, True),
        ("prior", None, False),
        ("prior", MADE, False),  # the bias was told before it came into force
        ("ib-BTC-19700411", None, False),  # rolled back since it was told
        ("ib-BTC-19700411", replace(MADE, sound=False), False),
    ],
)
def test_only_a_sound_calibrator_lifts_the_cap_of_live_orders(source, made, may):
    assert measured(Confidence(value=68, source=source, n=43), made) is may


OFFERED = Calibrated(kind="ib", coin="BTC", candidate=MADE)


def test_a_day_after_it_was_accepted_the_calibrator_is_in_force():
    desk = calibrated(Desk(), OFFERED, NOW)
    assert desk.calibrators == {"ib:BTC": Calibrator(shadow=MADE)}
    assert calibration(desk, "ib", "BTC", NOW + 24 * HOUR - 1) is None
    assert calibration(desk, "ib", "BTC", NOW + 24 * HOUR) == MADE


def test_it_is_one_coins_and_one_kinds():
    desk = calibrated(Desk(), OFFERED, NOW)
    assert calibration(desk, "ib", "ETH", NOW + DAY) is None
    assert calibration(desk, "snp", "BTC", NOW + DAY) is None


def test_a_refused_candidate_changes_nothing():
    desk = Desk(calibrators={"ib:BTC": Calibrator(live=MADE)})
    refused = replace(OFFERED, refusals=(Refusal(code="too_few", have="29.0", need="30"),))
    assert calibrated(desk, refused, NOW) is desk


def test_an_answer_that_crossed_an_alarm_changes_nothing():
    desk = Desk(calibrators={"ib:BTC": Calibrator(live=MADE, ts_alarm=NOW - HOUR)})
    assert calibrated(desk, OFFERED, NOW) is desk


def test_an_answer_given_twice_is_taken_once():
    once = calibrated(Desk(), OFFERED, NOW)
    assert calibrated(once, OFFERED, NOW + HOUR) is once


def test_drift_pulls_towards_one_half_and_caps():
    desk = Desk(calibrators={"ib:BTC": Calibrator(live=MADE)})
    drift = Drifted(kind="ib", coin="BTC", alarms=("spiegelhalter 3.10 beyond 3",))
    made = calibration(drifted(desk, drift, NOW), "ib", "BTC", NOW)
    told = confidence(signal(87.0), made)
    assert told == Confidence(value=58, source="ib-BTC-19700411h", n=43)
    assert not measured(told, made)
