"""The verbs that ask nobody: size, parse, and what refused values look like."""

import json

EXAMPLE = ["--equity", "10000", "--risk", "1", "--atr", "0.88", "--coin", "SOL"]
EXAMPLE += ["--entry", "221.375"]


def test_example_19_size_prints_every_factor_as_json(pawang):
    words = [*EXAMPLE, "--confidence", "75", "--stop", "220.6001875", "--json"]
    report = json.loads(pawang("size", *words).stdout)
    assert report["size_pct"] == 1.43
    assert report["contracts"] == report["contracts_before_caps"] == 146.89
    assert (report["multiplier"], report["vol_adj"], report["flow_adj"]) == (1.3, 1.1, 1.0)
    assert report["no_trade"] is None


def test_a_no_trade_is_no_error_and_a_refused_value_is_one_line(pawang):
    small = pawang(
        "size", *EXAMPLE[:1], "1", *EXAMPLE[2:], "--confidence", "75", "--stop", "220", "--json"
    )
    assert (small.returncode, json.loads(small.stdout)["no_trade"]) == (0, "below_min")
    for bad in (["--confidence", "101"], ["--confidence", "nan"]):
        refused = pawang("size", *EXAMPLE, *bad, "--stop", "220")
        assert refused.returncode == 2
        assert len(refused.stderr.splitlines()) == 1


def test_a_stop_above_the_entry_means_short_and_a_prior_caps_a_live_order(pawang):
    words = [*EXAMPLE, "--confidence", "87", "--stop", "222.5", "--book", "live", "--prior"]
    report = json.loads(pawang("size", *words, "--json").stdout)
    assert report["multiplier"] == 1.0
    assert report["contracts"] > 0


def test_parse_says_what_it_refused_and_exits_1(pawang, tmp_path):
    good = {"arg": {"channel": "mark-price", "instId": "BTC-USDT-SWAP"}}
    row = {"instType": "SWAP", "instId": "BTC-USDT-SWAP", "markPx": "NaN", "ts": "1597026383085"}
    path = tmp_path / "frame.json"
    path.write_text(json.dumps({**good, "data": [row]}))
    found = pawang("parse", "okx", str(path), "--json")
    assert found.returncode == 1
    [line] = map(json.loads, found.stdout.splitlines())
    assert line["kind"] == "malformed"
    assert line["field"].endswith("markPx")


def test_an_unknown_config_key_or_recording_is_refused_in_words(pawang, tmp_path):
    refused = pawang("demo", "--recording", str(tmp_path / "nothing.parquet"))
    assert refused.returncode == 2
    assert "no such recording" in refused.stderr
