"""The config file: safe defaults, and a clear refusal of everything it does not know."""

import pytest

from pawang.config import Config, load, parse
from pawang.model.errors import BadConfig


def test_without_a_file_the_defaults_hold(tmp_path):
    assert load(tmp_path / "config.toml") == Config()


def test_a_coin_is_one_word():
    assert parse('coins = ["BTC", "SOL"]').coins == ("BTC", "SOL")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('coin = ["BTC"]', "unknown field `coin`"),
        ("[risk]\nceilling_pct = 3", "unknown field `ceilling_pct`"),
        ('coins = ["btc/../x"]', "names like BTC"),
        ("coins = []", "coins must be names"),
        ('coins = ["BTC", "BTC"]', "listed twice"),
        ("[risk]\nbase_pct = 5.0", "base_pct must be above 0"),
        ('[risk]\nbase_pct = "much"', "risk"),
        ("coins = [", "config.toml"),
    ],
)
def test_what_is_wrong_is_named(text, words):
    with pytest.raises(BadConfig) as refused:
        parse(text)
    assert words in str(refused.value)
