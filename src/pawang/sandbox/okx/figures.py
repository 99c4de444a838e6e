"""Whole steps into decimal text, exactly: OKX pads nothing ("8446", "8475.3", "0").

>>> tick = Figure("0.1")
>>> tick.text(84_460), tick.text(84_753), tick.text(0)
('8446', '8475.3', '0')
"""

from decimal import Decimal

TEXTS_KEPT = 50_000  # the touch moves over the same prices for hours


class Figure:
    """Multiples of one step ("0.1", "0.005", "5") as text, without a float on the way."""

    def __init__(self, step: str) -> None:
        size = Decimal(step)
        assert size > 0, "a step has a size"
        exponent = size.normalize().as_tuple().exponent
        assert isinstance(exponent, int)
        self.decimals = max(0, -exponent)
        self._units = int(size.scaleb(self.decimals))
        self._scale = 10**self.decimals
        self._texts: dict[int, str] = {}

    def text(self, steps: int) -> str:
        known = self._texts.get(steps)
        if known is not None:
            return known
        if len(self._texts) >= TEXTS_KEPT:
            self._texts.clear()
        made = self._texts[steps] = self._made(steps * self._units)
        return made

    def _made(self, units: int) -> str:
        if units < 0:
            return "-" + self._made(-units)
        whole, part = divmod(units, self._scale)
        return f"{whole}.{part:0{self.decimals}d}".rstrip("0") if part else str(whole)


def number(value: float, decimals: int) -> str:
    """A statistic as OKX writes it: no padding, no exponent, never "-0".

    >>> number(0.1, 8), number(1e-9, 8), number(-1e-9, 4), number(1200.0, 2)
    ('0.1', '0', '0', '1200')
    """
    text = f"{value:.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
