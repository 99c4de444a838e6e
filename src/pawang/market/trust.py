"""Whether one coin's prices may be believed as a whole (A20, A22); what changes is told as health.

halted    prints or mids were absurd (`band`) for more than 5 s on end; over after 5 s of sane ones
frozen    the best bid and ask, with their sizes, stood still for 30 s while trades printed twice
          of what rests there: either one is not of this market; over when the touch moves

A single absurd tick is quarantined by the band and halts nothing.
"""

from pawang.market.kernels import layout
from pawang.market.params import MarketParams
from pawang.market.state import State
from pawang.model.event import HealthChanged
from pawang.model.refs import SECOND

SPAN = 60 * SECOND  # ticks further apart say nothing about the time between them

Touch = tuple[float, float, float, float]  # bid, its size, ask, its size


class Spell:
    """Absurd prices of one source: since when, and whether they are a halt by now."""

    def __init__(self, halt_ns: int) -> None:
        self.halted = False
        self._halt_ns = halt_ns
        self._since: int | None = None  # of the present kind, absurd or sane
        self._absurd = False
        self._last = 0

    def judge(self, ts: int, sane: bool) -> bool:
        """One more price; True when `halted` changed."""
        if self._since is None or self._absurd is sane or ts - self._last > SPAN:
            self._since, self._absurd = ts, not sane
        self._last = ts
        if self.halted is not sane or ts - self._since <= self._halt_ns:
            return False
        self.halted = not sane
        return True


class PrintSpell(Spell):
    """That of prints lies where the fold's kernels go on with it while all are sane."""

    def __init__(self, halt_ns: int, state: State) -> None:
        super().__init__(halt_ns)
        self._ints = state.ints

    def judge(self, ts: int, sane: bool) -> bool:
        ints = self._ints
        since = int(ints[layout.SPELL_SINCE])
        self._since = None if since == layout.NEVER else since
        self._absurd = bool(ints[layout.SPELL_ABSURD])
        self._last = int(ints[layout.SPELL_LAST])
        changed = super().judge(ts, sane)
        assert self._since is not None
        ints[layout.SPELL_SINCE], ints[layout.SPELL_ABSURD] = self._since, self._absurd
        ints[layout.SPELL_LAST], ints[layout.SPELL_HALTED] = ts, self.halted
        return changed


class Trust:
    """All of one coin. `problem` is None while its prices are believed.

    What prints do to it is counted in `state`, by the fold's kernels.
    """

    def __init__(self, coin: str, params: MarketParams, state: State) -> None:
        self._coin = coin
        self._params = params
        halt_ns = round(params.halt_s * SECOND)
        self._prints, self._mids = PrintSpell(halt_ns, state), Spell(halt_ns)
        self._touch: Touch | None = None
        self._ints, self._floats = state.ints, state.floats
        self._ints[layout.FROZEN_NS] = round(params.frozen_s * SECOND)
        self._ints[layout.FROZEN_PRINTS] = params.frozen_prints
        self._frozen = False

    @property
    def problem(self) -> str | None:
        if self._prints.halted or self._mids.halted:
            return "halted"
        return "frozen" if self._frozen else None

    # A20: absurd prices.

    def printed(self, ts: int, price: float, sane: bool) -> HealthChanged | None:
        return self._judge(self._prints, ts, price, sane)

    def mid(self, ts: int, price: float, sane: bool) -> HealthChanged | None:
        return self._judge(self._mids, ts, price, sane)

    def _judge(self, spell: Spell, ts: int, price: float, sane: bool) -> HealthChanged | None:
        before = self.problem
        if not spell.judge(ts, sane):
            return None
        words = f"absurd prices for {self._params.halt_s:g} s, the last one {price:g}"
        return self._changed(before, words)

    # A22: a touch that stands still.

    def froze(self) -> HealthChanged | None:
        """So much has traded that a touch that was of this market would have moved."""
        assert self._touch is not None
        before, self._frozen = self.problem, True
        self._ints[layout.TOUCH_FROZEN] = 1
        words = f"book at {self._touch[0]:g} stands still while trades print"
        return self._changed(before, words)

    def touched(self, ts: int, touch: Touch | None) -> HealthChanged | None:
        """The best bid and ask, looked at once a second; None: the book is unknown."""
        if touch == self._touch:
            return None
        before = self.problem
        self._touch, self._frozen = touch, False
        ints, floats = self._ints, self._floats
        ints[layout.TOUCH_KNOWN], ints[layout.TOUCH_SINCE] = touch is not None, ts
        ints[layout.TOUCH_PRINTS] = ints[layout.TOUCH_FROZEN] = 0
        floats[layout.TOUCH_PRINTED] = 0.0
        if touch is not None:
            enough = self._params.frozen_turnover * (touch[1] + touch[3])
            floats[layout.TOUCH_ENOUGH] = enough
        return self._changed(before, "book moves again")

    def _changed(self, before: str | None, words: str) -> HealthChanged | None:
        if self.problem == before:
            return None
        state = self.problem or "restored"
        return HealthChanged(provider=self._coin, state=state, reason=words)
