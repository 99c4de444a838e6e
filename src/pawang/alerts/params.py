"""The alerts room's knobs: how often, how much, and where the next step points."""

from pawang.model.codec import Record
from pawang.model.refs import MINUTE


class AlertParams(Record):
    lead_alt: str = "SOL"  # where BTC's message points
    push_points: int = 10  # confidence moved this much since the last push (row S1)
    push_after_ns: int = 60 * MINUTE  # or this long has passed
    institutional_ns: int = 5 * MINUTE  # throttle per coin and chat (row S8)
    sniper_ns: int = 3 * MINUTE
    institutional_per_day: int = 24  # per coin and chat (row T7)
    sniper_per_day: int = 40
    health_per_hour: int = 20
    signal_life_ns: int = 6 * MINUTE  # an undelivered signal older than this says nothing new
    away_ns: int = 5 * MINUTE  # a longer absence is told on return (row G9)
    repeat_health_ns: int = 10 * MINUTE  # the same provider and state is not told again before
