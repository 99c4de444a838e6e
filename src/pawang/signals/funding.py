"""Is a funding settlement near? Books thin out and flows turn mechanical around it."""

from pawang.model.refs import HOUR, SECOND
from pawang.model.view import FundingView

# After a settlement the venue tells the next one only, so the one just passed is reckoned from
# the interval: 8 h usually, 6 to 1 h possible (okx-v5.md, /public/funding-rate). With a shorter
# interval the minutes *after* a settlement go unseen; those before it never do.
FUNDING_INTERVAL = 8 * HOUR


def seconds_to_funding(funding: FundingView, ts: int) -> float:
    """Distance to the nearest settlement, before or after `ts`, in seconds (not negative)."""
    following = abs(funding.ts_funding - ts)
    preceding = abs(funding.ts_funding - FUNDING_INTERVAL - ts)
    return min(following, preceding) / SECOND
