"""What a key may do, before it is used (C20, SEC15)."""

import pytest

from pawang.venues.okx.codes import Halted
from pawang.venues.okx.rights import Rights, judge, wrong_world
from pawang.venues.okx.wire_account import (
    ConfigRow,
)


def config(**more) -> ConfigRow:
    known = {
        "acct_lv": "2",
        "pos_mode": "net_mode",
        "uid": "1",
        "perm": "read_only,trade",
        "ip": "192.0.2.7",
    }
    return ConfigRow(**{**known, **more})


def test_a_key_that_reads_and_trades_from_one_address_is_good():
    assert judge(config()) == Rights(refusals=(), warnings=())


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"perm": "read_only,withdraw,trade"}, "the key may withdraw"),
        ({"perm": "read_only"}, "the key may not trade"),
        ({"perm": ""}, "the key may not trade"),
        ({"pos_mode": "long_short_mode"}, "set the position mode to net"),
        ({"acct_lv": "1"}, "swaps need Futures mode"),
    ],
)
def test_SEC15_what_refuses_a_key(more, words):
    [refusal] = judge(config(**more)).refusals
    assert words in refusal


@pytest.mark.parametrize(
    ("more", "words"),
    [({"ip": ""}, "bound to no IP address"), ({"acct_lv": "3"}, "Multi-currency mode")],
)
def test_what_warns_and_lets_trade(more, words):
    rights = judge(config(**more))
    assert rights.good
    assert words in rights.warnings[0]


def test_c20_a_key_of_the_other_world_is_named_as_such():
    error = Halted("account/config", "50101", "APIKey does not match current environment.")
    assert wrong_world(error, demo=True).startswith("this is a key of live trading")
    assert wrong_world(error, demo=False).startswith("this is a key of demo trading")
    assert wrong_world(Halted("account/config", "50111", ""), demo=True) == ""
