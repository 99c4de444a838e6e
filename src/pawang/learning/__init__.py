"""Outcomes + feedback -> confidence and ratings; calibration, KPIs and the report come later.

Layout: `confidence` (what is printed and sized by), `ratings` (thumbs).
"""

from pawang.learning.confidence import confidence
from pawang.learning.ratings import Tally, posted, rate, tally

__all__ = ["Tally", "confidence", "posted", "rate", "tally"]
