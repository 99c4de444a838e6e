"""The config file: safe defaults, and a clear refusal of everything it does not know."""

import pytest

from pawang.config import (
    Config,
    KeyedProviderConfig,
    ProviderConfig,
    ProvidersConfig,
    load,
    parse,
)
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
        ('[okx]\ntrading = "real"', "Invalid enum value 'real'"),
        ("[okx]\nleverage = 0", "okx.leverage must be 1 to 125"),
        ("coins = [", "config.toml"),
    ],
)
def test_what_is_wrong_is_named(text, words):
    with pytest.raises(BadConfig) as refused:
        parse(text)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("", "wss://ws.okx.com:8443/ws/v5"),
        ('trading = "live"', "wss://ws.okx.com:8443/ws/v5"),
        ('trading = "demo"', "wss://wspap.okx.com:8443/ws/v5"),
        ('ws_url = "ws://127.0.0.1:9/ws/v5/public"', "ws://127.0.0.1:9/ws/v5"),
        (
            'trading = "demo"\nprivate_ws_url = "wss://wseeapap.okx.com:8443/ws/v5/"',
            "wss://wseeapap.okx.com:8443/ws/v5",
        ),
    ],
)
def test_one_word_says_where_the_private_sockets_are(text, root):
    assert parse(f"[okx]\n{text}").okx.private_root == root


def test_nothing_is_traded_unless_somebody_says_so():
    assert Config().okx.trading == "off"


def test_every_provider_is_off_until_it_is_switched_on_in_a_table_of_its_own():
    quiet = parse("").providers
    asked = (quiet.coinglass, quiet.sosovalue, quiet.farside, quiet.fear_greed)
    assert [provider.on for provider in asked] == [False] * 4
    text = '[providers.coinglass]\non = true\nkey_file = "coinglass.key"\n[providers.fear_greed]\non = true'
    assert parse(text).providers == ProvidersConfig(
        coinglass=KeyedProviderConfig(on=True, key_file="coinglass.key"),
        fear_greed=ProviderConfig(on=True),
    )


@pytest.mark.parametrize("key", ["cap_gb", "days", "segment_minutes"])
def test_a_tape_without_room_or_time_is_refused_and_says_how_to_turn_it_off(key):
    with pytest.raises(BadConfig, match=rf"tape\.{key} must be above 0; tape\.enabled"):
        parse(f"[tape]\n{key} = 0")


def test_a_tape_can_be_turned_off():
    assert parse("[tape]\nenabled = false").tape.enabled is False
