"""The registry that decides and that replay asks."""

import pytest

from pawang.model.codec import decode, encode
from pawang.model.decision import Signal
from pawang.signals import NEWEST, RULES, SignalParams, apply, bias, decide, params_of, snipe

PARAMS = SignalParams()


def test_each_kind_of_slot_has_its_rule(view_of):
    view = view_of()
    assert decide("ib", view, PARAMS) == ("bias", 1, bias(view, PARAMS.bias))
    assert decide("snp", view, PARAMS) == ("sniper", 2, snipe(view, PARAMS.sniper))


def test_the_newest_rules_are_registered():
    assert all(version in RULES[rule] for rule, version in NEWEST.values())


def test_a_stored_view_decides_again_to_the_same_bytes(view_of):
    view = view_of()
    for kind in ("ib", "snp"):
        rule, version, signal = decide(kind, view, PARAMS)
        again = apply(rule, version, decode(encode(view), type(view)), PARAMS)
        assert encode(again) == encode(signal)
        assert decode(encode(signal), Signal) == signal


@pytest.mark.parametrize(("rule", "version"), [("bias", 99), ("sniper", 1)])
def test_a_version_that_is_gone_is_an_error_never_another_answer(view_of, rule, version):
    with pytest.raises(KeyError):
        apply(rule, version, view_of(), PARAMS)


def test_the_knobs_of_a_kind(view_of):
    assert params_of("ib", PARAMS) == PARAMS.bias
    assert params_of("snp", PARAMS) == PARAMS.sniper
    with pytest.raises(KeyError):
        params_of("tea", PARAMS)
