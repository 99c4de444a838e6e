"""`pawang run` by a config.toml, against the simulated OKX and Telegram as strangers' processes."""

import asyncio
import json
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from pawang.journal import SqlLedger
from pawang.model.errors import BadConfig
from pawang.operations.run import RunOptions
from pawang.operations.run import run as run_desk

TOKEN = "1234567890:sandbox-token-for-loopback-only"
OWNER = 1001
MIDNIGHT_MS = 1_757_894_400_000  # 2025-09-15


class Process:
    """One verb as a process; its lines of JSON."""

    def __init__(self, *words, errors=subprocess.DEVNULL):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pawang", *words],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )

    def line(self, kind=None):
        """The next line, of that kind if one is named."""
        for text in self.process.stdout:
            said = json.loads(text)
            if kind is None or said["kind"] == kind:
                return said
        raise AssertionError(f"it ended without saying {kind}")

    def end(self):
        """SIGTERM; the exit status and what it said at last."""
        self.process.send_signal(signal.SIGTERM)
        rest, _ = self.process.communicate(timeout=30)
        return self.process.returncode, [json.loads(line) for line in rest.splitlines()]


@pytest.fixture(scope="module")
def worlds():
    """Both sandboxes: the market has the host's time."""
    okx = Process("sandbox", "okx", "--seed", "7", "--start", "now")
    telegram = Process("sandbox", "telegram", "--token", TOKEN, "--owner", str(OWNER))
    try:
        yield okx.line()["url"], telegram.line()["url"]
    finally:
        okx.end()
        telegram.end()


class Flows(BaseHTTPRequestHandler):
    """CoinGlass, as far as one day goes."""

    def do_GET(self):
        day = {"timestamp": MIDNIGHT_MS, "flow_usd": 35e6, "etf_flows": [{"flow_usd": 35e6}]}
        body = json.dumps({"code": "0", "data": [day]}).encode()
        self.send_response(200 if self.headers["CG-API-KEY"] == "the-key" else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.server.answered.release()

    def log_message(self, *_):
        """Nothing on stderr."""


@pytest.fixture(scope="module")
def flows():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Flows)
    server.answered = threading.Semaphore(0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def home(tmp_path, worlds, flows, monkeypatch):
    okx, telegram = worlds
    monkeypatch.delenv("PAWANG_TELEGRAM_TOKEN", raising=False)
    made = tmp_path / "home"
    made.mkdir()
    for name, secret in (("telegram.token", TOKEN), ("coinglass.key", "the-key")):
        (made / name).write_text(secret)
        (made / name).chmod(0o600)
    (made / "config.toml").write_text(
        f"""
        coins = ["BTC", "SOL"]
        [okx]
        rest_url = "{okx}"
        ws_url = "{okx.replace("http", "ws")}/ws/v5/public"
        [telegram]
        api = "{telegram}"
        token_file = "telegram.token"
        [web]
        port = 0
        [providers.coinglass]
        on = true
        url = "http://127.0.0.1:{flows.server_address[1]}"
        key_file = "coinglass.key"
        """
    )
    return made


@pytest.fixture
def run(home):
    started = []

    def start():
        started.append(Process("run", "--home", str(home), "--json"))
        return started[-1]

    yield start
    for desk in started:
        if desk.process.poll() is None:
            desk.process.kill()
            desk.process.wait()


def type_to(telegram, text):
    message = {"user_id": OWNER, "chat_id": OWNER, "text": text}
    httpx.post(f"{telegram}/user/message", json=message, trust_env=False).raise_for_status()


def asked(home, api, path):
    token = (home / "api.token").read_text().strip()
    return httpx.get(f"{api}{path}", headers={"authorization": f"Bearer {token}"}, trust_env=False)


def told(home):
    """Who is paired, and what is known of ETF flows."""
    ledger = SqlLedger.reader(home / "ledger.sqlite3")
    desk, _ = ledger.load()
    flows = [(row.asset, row.trade_date, row.flow_usd) for row in ledger.flows("")]
    ledger.close()
    return sorted(desk.people), sorted(flows)


def pairing(home):
    return json.loads((home / "keys").read_text())["pairing"]


def test_a_desk_by_its_config_pairs_answers_ends_with_sigterm_and_takes_up_where_it_stopped(
    run, home, worlds, flows
):
    _, telegram = worlds
    desk = run()
    api = desk.line("started")["api"]
    assert httpx.get(f"{api}/ready", trust_env=False).json()["ready"] is True
    parts = asked(home, api, "/health").json()["parts"]
    assert parts["okx rest"] == parts["coinglass-BTC"] == parts["coinglass-SOL"] == "closed"
    type_to(telegram, f"/start {pairing(home)}")
    assert desk.line("message")["text"].startswith("Welcome. You are admin here.")
    assert all(flows.answered.acquire(timeout=30) for _ in ("BTC", "SOL"))
    status, rest = desk.end()
    assert (status, rest[-1]["kind"]) == (0, "ended")
    kept = told(home)
    assert kept == ([OWNER], [(coin, "2025-09-15", 35e6) for coin in ("BTC", "SOL")])

    desk = run()
    desk.line("started")
    type_to(telegram, "/status")
    assert desk.line("message")["text"].startswith("🟢 active · ghost book")
    assert desk.end()[0] == 0
    assert told(home) == kept


def refusal(home):
    """Why a run does not start."""
    with pytest.raises(BadConfig) as refused:
        asyncio.run(run_desk(RunOptions(home=home)))
    return str(refused.value)


def test_a_token_that_telegram_refuses_is_said(home, worlds):
    (home / "telegram.token").write_text("1234567890:another-token-entirely")
    assert refusal(home) == (
        f"Telegram at {worlds[1]} refuses the bot's token: copy it anew from @BotFather"
    )


def test_a_coin_that_okx_does_not_list_is_named(home):
    config = home / "config.toml"
    config.write_text(config.read_text().replace('"SOL"', '"DOGE"'))
    assert refusal(home) == "coins: OKX lists no USDT swap of DOGE"


def test_a_telegram_that_is_away_holds_nothing_up(run, home, worlds):
    """Messages wait in the outbox; the desk watches the market."""
    config = home / "config.toml"
    config.write_text(config.read_text().replace(worlds[1], "http://127.0.0.1:9"))
    desk = run()
    started = desk.line("started")
    assert (started["bot"], desk.end()[0]) == ("", 0)
