"""A number of the report with everything that says how far to trust it (row L3)."""

from pawang.model.codec import Record


class Interval(Record):
    """95 % unless another level was asked for."""

    low: float
    high: float


class Kpi(Record):
    """`value` None = nothing to measure yet. What has no target has no verdict."""

    name: str
    value: float | None
    unit: str  # "share", "R per 100", "USD per 100", "s", "nats", ""
    n: int
    target: float | None = None
    verdict: str = ""
    interval: Interval | None = None  # 95 %
    null: float | None = None  # what luck alone gives
    excess: float | None = None  # value - null
    z: float | None = None  # of the excess, overlapping plans counted once
    e_value: float | None = None


class Measured(Record):
    """Every KPI as of one moment. The books are never summed."""

    as_of: int  # stamp of the newest event that was read
    books: dict[str, tuple[Kpi, ...]]  # "shadow", "ghost", "live" -> trades
    desk: tuple[Kpi, ...]  # delivery, people, service, forecasts
