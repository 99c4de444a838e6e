"""Is a funding settlement near? Books thin out and flows turn mechanical around it."""

from pawang.model.refs import SECOND
from pawang.model.view import FundingView


def seconds_to_funding(funding: FundingView, ts: int) -> float:
    """Distance to the nearest settlement, before or after `ts`, in seconds (not negative).

    After a settlement the venue tells the next one only: the one just passed is reckoned from the
    interval it told with it, 8 h usually, 6 to 1 h possible (okx-v5.md, /public/funding-rate).
    """
    to_next = (funding.ts_funding - ts) / SECOND
    return min(abs(to_next), abs(to_next - funding.interval_s))
