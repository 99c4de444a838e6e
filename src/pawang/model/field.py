"""What the map of liquidations foretold for one bin, and what came (signals.md 6.5)."""

from pawang.model.codec import Record
from pawang.model.market import Side


class Crossing(Record):
    """The mark reached a bin where it had not been for hours.

    `mass_usd` is the map's just before, without the skew by funding; `beyond` is the same map
    bin by bin on from there, away from the price: what a map shifted so far would have foretold.
    """

    coin: str
    ts: int  # when the mark came there
    price: float  # the middle of the bin
    side: Side  # whose positions the map expects to die there
    mass_usd: float
    age_s: float  # since the mark last was there, or since the map begins
    volume_usd: float  # traded there before, fading like the map: a rival's forecast
    beyond: tuple[float, ...]  # beyond[0] is mass_usd
    forced_usd: float  # liquidations printed there within 60 s
