"""/risk takes plain numbers within the ceiling, row R4 and fault E14."""

import pytest

from pawang.model.errors import BadInput
from pawang.risk import check_risk


@pytest.mark.parametrize(
    ("text", "risk"),
    [
        ("1.0", 1.0),
        ("1", 1.0),
        (" 0.5 ", 0.5),
        ("1.5%", 1.5),
        ("2", 2.0),
        ("2.0 %", 2.0),
        ("0.01", 0.01),
    ],
)
def test_a_plain_number_within_the_ceiling_is_taken(text: str, risk: float):
    assert check_risk(text, 2.0) == risk


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "%", "nan", "NaN", "inf", "-inf", "0", "0.0", "-1", "+1", "2.01", "100", "1e0",
        "1_0", "1,5", "1.", ".5", "1.0.0", "1 2", "0x1", "one", "١", "１", "1\n2", "1" * 400, "0.00001",
    ],
)  # fmt: skip
def test_E14_anything_else_is_refused_with_the_allowed_range(text: str):
    with pytest.raises(BadInput) as refused:
        check_risk(text, 2.0)
    assert str(refused.value) == "0.01 to 2"


def test_the_ceiling_is_the_configs():
    assert check_risk("5", 5.0) == 5.0
    with pytest.raises(BadInput, match=r"0\.01 to 0\.5"):
        check_risk("0.6", 0.5)


def test_a_ceiling_that_leaves_no_room_is_our_mistake():
    with pytest.raises(AssertionError):
        check_risk("1", 0.0)
