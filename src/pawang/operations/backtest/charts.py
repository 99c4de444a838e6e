"""What is drawn, as data; `svg` draws it for a page, `png` for a picture."""

from pawang.model.codec import Record


class Curve(Record):
    """A sum that grows step by step: equity in R."""

    title: str
    unit: str
    points: tuple[tuple[float, float], ...]  # x in [0, 1], y
    begins: str  # words under the left and the right end
    ends: str


class Whisker(Record):
    """A measured share with its interval, beside what luck gives."""

    label: str
    value: float
    low: float
    high: float
    null: float | None


class Whiskers(Record):
    title: str
    rows: tuple[Whisker, ...]


class Dot(Record):
    """One bin of a calibration curve."""

    told: float
    came: float
    low: float
    high: float
    n: int


class Dots(Record):
    """What was told against what then came; the diagonal is a word that was kept."""

    title: str
    dots: tuple[Dot, ...]


class Column(Record):
    label: str
    value: float
    n: int


class Columns(Record):
    """A value per stretch of time, above or below nothing."""

    title: str
    unit: str
    columns: tuple[Column, ...]


Chart = Curve | Whiskers | Dots | Columns
