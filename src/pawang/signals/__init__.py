"""MarketView -> BiasSignal | SniperPlan | NoTrade(reason): the rules one can defend.

Layout: `bias` (with `pillars`, `sentiment`), `sniper` (with `aim`, `odds`), `supposition` (what a
refused plan would have been), `null` (what luck alone would do, in closed form), `funding`,
`params` (the knobs). `RULES` keeps every version that a stored decision may name; `decide` uses
the newest. A new signal is one file, its row here, and its test.
"""

from collections.abc import Callable

from pawang.model.decision import Signal
from pawang.model.view import MarketView
from pawang.signals import bias as bias_rule
from pawang.signals import sniper as sniper_rule
from pawang.signals.bias import bias
from pawang.signals.params import BiasParams, SentimentParams, SignalParams, SniperParams
from pawang.signals.sentiment import Composite, composite
from pawang.signals.sniper import snipe
from pawang.signals.supposition import suppose

__all__ = [
    "NEWEST",
    "RULES",
    "BiasParams",
    "Composite",
    "SentimentParams",
    "SignalParams",
    "SniperParams",
    "apply",
    "bias",
    "composite",
    "decide",
    "params_of",
    "snipe",
    "suppose",
]


KnobbedRule = Callable[[MarketView, SignalParams], Signal]


def _bias_1(view: MarketView, params: SignalParams) -> Signal:
    return bias(view, params.bias)


def _sniper_2(view: MarketView, params: SignalParams) -> Signal:
    return snipe(view, params.sniper)


RULES: dict[str, dict[int, KnobbedRule]] = {
    bias_rule.RULE: {bias_rule.VERSION: _bias_1},
    sniper_rule.RULE: {sniper_rule.VERSION: _sniper_2},
}
"""rule -> version -> code: what replay looks up (architecture.md, every decision its view).

sniper-1 is gone: it knew luck in closed form only, asked for no expected value and told no edge.
Its decisions stay readable, and `replay` says so instead of "equal".
"""

NEWEST: dict[str, tuple[str, int]] = {
    "ib": (bias_rule.RULE, bias_rule.VERSION),
    "snp": (sniper_rule.RULE, sniper_rule.VERSION),
}
"""Kind of slot -> the rule that decides it today."""


def decide(kind: str, view: MarketView, params: SignalParams) -> tuple[str, int, Signal]:
    """(rule, version, signal) of a slot of that kind, by the newest rule."""
    rule, version = NEWEST[kind]
    return rule, version, apply(rule, version, view, params)


def apply(rule: str, version: int, view: MarketView, params: SignalParams) -> Signal:
    """Exactly that version's answer; KeyError when it is gone (replay then says so)."""
    return RULES[rule][version](view, params)


def params_of(kind: str, params: SignalParams) -> BiasParams | SniperParams:
    """The knobs that kind of slot reads."""
    rule, _ = NEWEST[kind]
    return params.bias if rule == bias_rule.RULE else params.sniper
