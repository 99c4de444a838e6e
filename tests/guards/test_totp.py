import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pawang.guards import totp
from pawang.guards.secret import Secret
from pawang.model.refs import SECOND

RFC_SEED = Secret(base64.b32encode(b"12345678901234567890").decode())


@pytest.mark.parametrize(
    ("second", "eight_digits"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238_appendix_b(second, eight_digits):
    """Published with eight digits; six digits are the last six."""
    assert totp.code(RFC_SEED, second // 30) == eight_digits[-6:]


@pytest.mark.parametrize(
    ("drift", "accepted"), [(-61, None), (-30, 99), (0, 100), (30, 101), (61, None)]
)
def test_SEC22_one_step_of_clock_drift_is_forgiven_and_no_more(drift, accepted):
    now = 100 * totp.STEP + SECOND
    given_code = totp.code(RFC_SEED, (now + drift * SECOND) // totp.STEP)
    assert totp.verify(RFC_SEED, given_code, now) == accepted


def test_SEC22_a_code_is_good_once():
    now = 100 * totp.STEP
    given_code = totp.code(RFC_SEED, 100)
    used = totp.verify(RFC_SEED, given_code, now)
    assert used == 100
    assert totp.verify(RFC_SEED, given_code, now + SECOND, used) is None


def test_SEC22_a_step_before_the_one_used_is_dead_too():
    assert totp.verify(RFC_SEED, totp.code(RFC_SEED, 99), 100 * totp.STEP, used=100) is None


@given(st.text(max_size=12))
def test_anything_else_is_refused(text):
    now = 5_000 * totp.STEP
    good = {totp.code(RFC_SEED, step) for step in (4999, 5000, 5001)}
    assert (totp.verify(RFC_SEED, text, now) is not None) == (text in good)


def test_the_seed_may_be_written_as_apps_show_it():
    spaced = Secret(" ".join(["gezd", "gnbv", "gy3t", "qojq", "gezd", "gnbv", "gy3t", "qojq"]))
    assert totp.code(spaced, 1) == totp.code(RFC_SEED, 1)


def test_a_seed_that_is_not_base32_is_refused_without_quoting_it():
    with pytest.raises(ValueError, match="not base32") as refused:
        totp.code(Secret("CANARY-1890"), 1)
    assert "CANARY" not in str(refused.value)
    assert refused.value.__cause__ is None
