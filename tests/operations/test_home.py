"""Keys come by environment or by a file that nobody else may read."""

import pytest

from pawang.config import KeyedProviderConfig, ProvidersConfig
from pawang.guards.secret import Secret
from pawang.model.errors import BadConfig
from pawang.operations.home import Home, okx_credentials, provider_keys, telegram_token
from pawang.venues.okx.signing import Credentials

WHOLE = {
    "PAWANG_OKX_KEY": "the-key",
    "PAWANG_OKX_SECRET": "the-secret",
    "PAWANG_OKX_PASSPHRASE": "the phrase",
}
KEY = Credentials(Secret("the-key"), Secret("the-secret"), Secret("the phrase"))


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "okx.key"
    path.write_text("the-key\nthe-secret\nthe phrase\n")
    path.chmod(0o600)
    return path


def test_a_key_comes_by_the_environment(file):
    assert okx_credentials("", WHOLE) == KEY
    assert okx_credentials("/nowhere", WHOLE) == KEY


def test_or_by_a_file_of_three_lines(file):
    assert okx_credentials(str(file), {}) == KEY


def test_without_either_there_is_none():
    assert okx_credentials("", {}) is None


@pytest.mark.parametrize("missing", WHOLE)
def test_two_of_the_three_are_not_enough(missing):
    some = {name: value for name, value in WHOLE.items() if name != missing}
    with pytest.raises(BadConfig, match="all three"):
        okx_credentials("", some)


def test_a_short_file_is_named(file):
    file.write_text("the-key\n\n")
    with pytest.raises(BadConfig, match=r"okx\.key: key, secret and passphrase are wanted"):
        okx_credentials(str(file), {})


def test_a_file_that_others_may_read_is_refused(file):
    file.chmod(0o644)
    with pytest.raises(BadConfig, match="may be read by others"):
        okx_credentials(str(file), {})


# A token or a key of one word.


@pytest.fixture
def token(tmp_path):
    path = tmp_path / "telegram.token"
    path.write_text("123:abc\n")
    path.chmod(0o600)
    return path


def test_a_token_comes_by_the_environment_or_from_a_file_beside_the_config(token):
    assert telegram_token("", token.parent, {"PAWANG_TELEGRAM_TOKEN": " 1:x "}) == Secret("1:x")
    assert telegram_token("telegram.token", token.parent, {}) == Secret("123:abc")
    assert telegram_token(str(token), token.parent / "elsewhere", {}) == Secret("123:abc")
    assert telegram_token("", token.parent, {}) is None


def test_a_token_file_that_cannot_be_used_says_what_to_do(token):
    def refusal():
        with pytest.raises(BadConfig) as refused:
            telegram_token("telegram.token", token.parent, {})
        return str(refused.value)

    token.chmod(0o644)
    assert refusal() == f"{token} may be read by others: chmod 600 {token}"
    token.chmod(0o600)
    token.write_text("\n")
    assert refusal() == f"{token} is empty: put the secret into it, or set PAWANG_TELEGRAM_TOKEN"
    token.unlink()
    assert refusal() == (
        f"there is no file {token}: make it (chmod 600), or set PAWANG_TELEGRAM_TOKEN"
    )


KEYED = ProvidersConfig(
    coinglass=KeyedProviderConfig(on=True, key_file="telegram.token"),
    sosovalue=KeyedProviderConfig(on=True),
)


def test_keys_are_those_of_the_sources_that_are_on(token):
    found = provider_keys(KEYED, token.parent, {"PAWANG_SOSOVALUE_KEY": "s"})
    assert found == {"coinglass": Secret("123:abc"), "sosovalue": Secret("s")}
    assert provider_keys(ProvidersConfig(), token.parent, {"PAWANG_SOSOVALUE_KEY": "s"}) == {}


def test_a_source_that_is_on_without_its_key_refuses_to_start(token):
    with pytest.raises(
        BadConfig, match=r"providers\.sosovalue is on and has no key: give it as PAW"
    ):
        provider_keys(KEYED, token.parent, {})


def test_a_new_home_has_nothing_to_set_aside(tmp_path):
    home = Home(tmp_path)
    home.prepare()
    assert home.set_aside() is None
    assert not (tmp_path / "before").exists()


def test_a_ledger_set_aside_stands_in_a_home_of_its_own_with_the_same_keys(tmp_path):
    home = Home(tmp_path)
    keys = home.prepare()
    for number in (1, 2):
        home.ledger.write_text(f"ledger {number}")
        (tmp_path / "ledger.sqlite3-wal").write_text(f"unfinished {number}")
        kept = home.set_aside()
        assert kept == tmp_path / "before" / f"{number}"
        assert Home(kept).ledger.read_text() == f"ledger {number}"
        assert (kept / "ledger.sqlite3-wal").read_text() == f"unfinished {number}"
        assert Home(kept).keys() == keys
    assert list(tmp_path.glob("ledger*")) == []
