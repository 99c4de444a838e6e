"""The simulated exchange without I/O: all instruments on one market that only moves forward."""

from collections.abc import Callable

from pawang.sandbox.okx.instrument import Change, Instrument
from pawang.sandbox.okx.rows import Row
from pawang.sandbox.source import MarketSource

__all__ = ["Change", "Core", "Instrument"]


class Core:
    """`instruments` by instId, `families` by index ("BTC-USDT"), in listing order."""

    def __init__(self, source: MarketSource) -> None:
        self.source = source
        self.instruments = {made.inst_id: Instrument(made, source) for made in source.listings}
        self.families = {made.listing.family: made for made in self.instruments.values()}
        self.now_ms = source.now_ms()
        self.ahead: Callable[[], int] = lambda: 0  # ms that /public/time is wrong by (C18)
        self.status: Callable[[], list[Row]] = list  # planned maintenance

    def step(self) -> list[Change]:
        """Advance the market by 100 ms."""
        assert not self.ended, "a recording does not go on after its end"
        changes = [self.instruments[step.inst_id].apply(step) for step in self.source.step()]
        self.now_ms = self.source.now_ms()
        return changes

    @property
    def ended(self) -> bool:
        return self.source.end_ms is not None and self.now_ms >= self.source.end_ms
