"""A calibrator's life: shadow, live, back. signals.md 4.5."""

import pytest
from msgspec.structs import replace

from pawang.learning.versions import accepted, alarmed, in_force, quiet, settled, version
from pawang.model.calibration import Calibration, Calibrator
from pawang.model.refs import DAY, HOUR

NOW = 100 * DAY
OLD = Calibration(version="ib-BTC-19700301", a=-0.1, b=0.8, n=80, ts_fit=60 * DAY)
NEW = Calibration(version="ib-BTC-19700411", a=-0.05, b=0.5, n=120, ts_fit=NOW)
LIVE = Calibrator(live=OLD)


def test_a_version_is_named_by_kind_coin_and_day():
    assert version("ib", "BTC", NOW) == NEW.version


def test_nothing_is_in_force_before_the_first():
    assert in_force(Calibrator(), NOW) is None


def test_a_new_version_is_in_the_shadow_for_a_day_and_then_live():
    shadowed = accepted(LIVE, NEW, NOW)
    assert in_force(shadowed, NOW + 24 * HOUR - 1) == OLD
    assert in_force(shadowed, NOW + 24 * HOUR) == NEW
    assert settled(shadowed, NOW + 24 * HOUR) == Calibrator(live=NEW, previous=OLD)


def test_the_first_version_waits_behind_the_prior():
    assert in_force(accepted(Calibrator(), NEW, NOW), NOW + HOUR) is None


def test_a_daily_version_never_keeps_the_one_before_it_waiting():
    shadowed = accepted(LIVE, NEW, NOW)
    with pytest.raises(AssertionError, match="day of shadow"):
        accepted(shadowed, replace(NEW, ts_fit=NOW + HOUR), NOW + HOUR)
    tomorrow = replace(NEW, version="next", ts_fit=NOW + DAY)
    assert accepted(shadowed, tomorrow, NOW + DAY) == Calibrator(
        live=NEW, shadow=tomorrow, previous=OLD
    )


def test_an_alarm_halves_b_towards_one_half_drops_the_shadow_and_is_quiet_for_a_day():
    found = alarmed(accepted(LIVE, NEW, NOW), NOW + HOUR, rollback=False)
    halved = Calibration(
        version="ib-BTC-19700301h", a=-0.1, b=0.4, n=80, ts_fit=60 * DAY, sound=False
    )
    assert found == Calibrator(live=halved, ts_alarm=NOW + HOUR)
    assert quiet(found, NOW + 25 * HOUR - 1)
    assert not quiet(found, NOW + 25 * HOUR)


def test_the_cusum_rolls_back_to_the_version_before():
    found = alarmed(Calibrator(live=NEW, previous=OLD), NOW, rollback=True)
    assert found.live == replace(OLD, version="ib-BTC-19700301h", b=0.4, sound=False)
    assert found.previous is None


def test_a_rollback_of_the_first_version_ends_at_the_prior():
    assert alarmed(LIVE, NOW, rollback=True) == Calibrator(ts_alarm=NOW)


def test_alarm_after_alarm_tells_itself_by_the_name():
    once = alarmed(LIVE, NOW, rollback=False)
    twice = alarmed(once, NOW + HOUR, rollback=False)
    assert twice.live is not None
    assert (twice.live.version, twice.live.b) == ("ib-BTC-19700301hh", 0.2)


def test_nothing_new_within_a_day_of_an_alarm():
    with pytest.raises(AssertionError, match="alarm"):
        accepted(alarmed(LIVE, NOW, rollback=False), NEW, NOW + HOUR)
