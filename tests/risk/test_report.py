"""Every factor of a size, for people and for programs (product.md 8)."""

from pawang.risk import SizingParams, explain, size, size_report

PARAMS = SizingParams()


def test_the_report_has_the_promised_keys_and_digits(request_of):
    made = size_report(size(request_of(), PARAMS))
    promised = {
        "size_pct": 1.43,
        "multiplier": 1.3,
        "vol_adj": 1.1,
        "flow_adj": 1.0,
        "contracts_before_caps": 146.89,
        "contracts": 146.89,
        "notional_usd": 32517.77375,
        "leverage": 11,
        "caps": [],
        "no_trade": None,
    }
    assert {key: made[key] for key in promised} == promised
    assert round(made["loss_usd"], 4) == 142.9985


def test_a_no_trade_is_told_with_its_reason(request_of):
    made = size_report(size(request_of(day_loss_pct=5.0), PARAMS))
    assert (made["no_trade"], made["contracts"], made["caps"]) == ("day_loss", 0.0, ["3% day loss"])


def test_every_factor_is_explained(request_of):
    told = dict(explain(size(request_of(confidence=87, live=True, calibrated=False), PARAMS)))
    assert told["multiplier"] == "1× (confidence 87%)"
    assert told["vol adj"] == "1.1× (ATR 0.88%)"
    assert told["caps"] == "uncalibrated 1.0×"
    assert told["no trade"] == "—"
    assert told["other rules would say"].startswith("power 1.1%")


def test_an_unknown_atr_is_told(request_of):
    told = dict(explain(size(request_of(atr_pct=None), PARAMS)))
    assert told["vol adj"] == "1× (ATR unknown)"
