"""`pawang run` asks for what it needs before anything is started, and says what is missing."""

import asyncio
import socket

import pytest

from pawang.config import parse
from pawang.guards.secret import Secret
from pawang.live import VenueSilent
from pawang.model.errors import BadConfig
from pawang.operations.home import Home
from pawang.operations.run import RunOptions, bound_to, make_plan, run

CONFIG = """
[okx]
rest_url = "http://127.0.0.1:9/"
ws_url = "ws://127.0.0.1:9/ws/v5/public"
[telegram]
api = "http://127.0.0.1:9/"
token_file = "telegram.token"
[web]
port = 0
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.delenv("PAWANG_TELEGRAM_TOKEN", raising=False)
    made = Home(tmp_path / "home")
    made.prepare()
    made.config.write_text(CONFIG)
    return made


@pytest.fixture
def token(home):
    path = home.directory / "telegram.token"
    path.write_text("1234567890:a-token\n")
    path.chmod(0o600)
    return path


def planned(home, text=CONFIG):
    return make_plan(home, home.keys(), parse(text), 60.0)


def test_a_plan_is_what_the_config_says_on_the_walls_clock(home, token):
    plan = planned(home)
    assert plan.telegram_token == Secret("1234567890:a-token")
    assert (plan.okx_rest, plan.okx_ws) == ("http://127.0.0.1:9", "ws://127.0.0.1:9/ws/v5/public")
    assert (plan.telegram_api, plan.follow_clock) == ("http://127.0.0.1:9", False)
    assert (plan.ledger, plan.drop) == (home.ledger, home.drop)


def test_a_drop_folder_of_the_config_is_looked_for_beside_it(home, token):
    assert planned(home, f'{CONFIG}[drop]\ndirectory = "in"').drop == home.directory / "in"


def test_without_a_token_it_says_where_one_comes_from_and_where_to_put_it(home):
    with pytest.raises(BadConfig) as refused:
        planned(home, "")
    assert str(refused.value) == (
        "there is no Telegram token: ask @BotFather for a bot, write its token into a file of yours "
        f"(chmod 600) and name that file in {home.config} as token_file under [telegram], or set "
        "PAWANG_TELEGRAM_TOKEN"
    )


@pytest.mark.parametrize("trading", ["demo", "live"])
def test_who_wants_orders_at_okx_is_told_that_there_are_none_yet(home, token, trading):
    with pytest.raises(BadConfig, match=f'okx.trading is "{trading}", but a desk sends no order'):
        planned(home, f'{CONFIG}[okx]\ntrading = "{trading}"'.replace(CONFIG, ""))


def test_a_port_that_is_taken_is_named(home):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(BadConfig, match=rf"127\.0\.0\.1:{port} cannot be had .* set web\.port"),
            bound_to(parse(f"[web]\nport = {port}")),
        ):
            pass


def test_a_venue_that_gives_no_answer_is_told_with_its_address_and_nothing_is_started(home, token):
    with pytest.raises(VenueSilent) as silent:
        asyncio.run(run(RunOptions(home=home.directory, patience_s=0.2)))
    assert str(silent.value) == (
        "OKX gives no answer at http://127.0.0.1:9 (no answer in time). Is okx.rest_url in "
        "config.toml right, and the network up? Nothing was started."
    )


def test_one_desk_a_home(home, token):
    with home.locked(), pytest.raises(BadConfig, match="another desk is running in"):
        asyncio.run(run(RunOptions(home=home.directory, patience_s=0.2)))


def test_the_token_of_the_api_is_made_once_and_for_the_owners_eyes(home):
    made = home.make_api_token()
    assert home.make_api_token() == made
    assert home.api_token.stat().st_mode & 0o777 == 0o600
