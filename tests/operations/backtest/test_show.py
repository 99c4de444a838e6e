"""What the verbs print, and how they exit."""

import json

import pytest

from pawang.operations.backtest.show import backtest_ofi


def test_json_is_a_line_a_recording_and_a_verdict(small, capsys):
    status = backtest_ofi(small.parent, None, 7, as_json=True)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["kind"] for line in lines] == ["ofi", "verdict"]
    assert (lines[0]["name"], lines[0]["asset"]) == ("made_up_btcusdt_20240101", "BTC")
    assert lines[1] == {"kind": "verdict", "met": False, "seed": 7}
    assert status == 1


def test_a_made_up_market_misses_and_the_table_says_so(small, capsys):
    """Its mid wanders without its sizes: their imbalance foretells nothing."""
    assert backtest_ofi(small.parent, None, 7, as_json=False) == 1
    told = capsys.readouterr().out
    assert "a target is missed" in told
    assert "does not foretell" in told


@pytest.mark.parametrize("name", ["ethusdt", "binance_usdm_ethusdt_20240718"])
def test_a_recording_is_chosen_by_a_part_of_its_name(recorded, capsys, name):
    assert backtest_ofi(recorded, name, 7, as_json=True) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
