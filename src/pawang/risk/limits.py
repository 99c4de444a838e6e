"""What /risk accepts (row R4, fault E14)."""

import re

from pawang.model.errors import BadInput

LOWEST_PCT = 0.01  # less than this is below one lot on any account this desk is for

# Plain digits only: float() would also take "nan", "1e1", "1_0" and digits of other scripts.
# No comma: "1,500" and "1,5" differ by a thousand, and nobody should have to guess.
PLAIN = re.compile(r"[0-9]{1,3}(\.[0-9]{1,4})?")


def check_risk(text: str, ceiling_pct: float) -> float:
    """The risk per trade in percent, or BadInput whose words are the allowed range.

    >>> check_risk("1.5%", 2.0)
    1.5
    >>> check_risk("nan", 2.0)
    Traceback (most recent call last):
    pawang.model.errors.BadInput: 0.01 to 2
    """
    assert ceiling_pct >= LOWEST_PCT, "the config's ceiling leaves no room"
    refused = BadInput(f"{LOWEST_PCT:g} to {ceiling_pct:g}")
    cleaned = text.strip().removesuffix("%").strip()
    if PLAIN.fullmatch(cleaned) is None:
        raise refused
    value = float(cleaned)
    if not LOWEST_PCT <= value <= ceiling_pct:
        raise refused
    return value
