"""`pawang run`: a desk on the wall's clock against the venue and the chat that config.toml names.

It is the very desk that the demo starts inside its box. What it needs it asks for before anything
is started, and what is missing is said in one line: the Telegram token, a provider's key, a free
port, an answer of OKX. A Telegram that is away holds nothing up: messages wait in the outbox.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from pawang import __version__
from pawang.config import Config, load
from pawang.live import Plan, RunningDesk, running_desk
from pawang.model.errors import BadConfig
from pawang.operations.board import make_board
from pawang.operations.home import Home, Keys, provider_keys, telegram_token
from pawang.operations.narrator import Narrator
from pawang.operations.shipped import save
from pawang.telegram.errors import DeliveryError, Unauthorised
from pawang.web import Metrics, Token, hashed, listen, make_app, serving

LAST_WORDS_S = 0.3  # what was sent last is answered within this
LOCAL_HOSTS = ("127.0.0.1", "localhost")


@dataclass(frozen=True)
class RunOptions:
    home: Path
    json: bool = False
    patience_s: float = 60.0  # for OKX's first answer


async def run(options: RunOptions) -> int:
    """Work until SIGTERM or SIGINT; the exit status."""
    home = Home(options.home)
    keys = home.prepare()
    config = load(home.config)
    plan = make_plan(home, keys, config, options.patience_s)
    with home.locked(), bound_to(config) as bound:
        work = asyncio.ensure_future(_work(options, home, keys, plan, bound))
        _on_signals(work.cancel)
        with contextlib.suppress(asyncio.CancelledError):  # asked to stop before it had started
            await work
    return 0


def make_plan(home: Home, keys: Keys, config: Config, patience_s: float) -> Plan:
    """Everything a desk is started with. BadConfig for what is missing."""
    if config.okx.trading != "off":
        raise BadConfig(
            f'okx.trading is "{config.okx.trading}", but a desk sends no order to OKX yet: set it '
            'to "off" in config.toml; ghosts need no key'
        )
    token = telegram_token(config.telegram.token_file, home.directory)
    if token is None:
        raise BadConfig(
            "there is no Telegram token: ask @BotFather for a bot, write its token into a file of "
            f"yours (chmod 600) and name that file in {home.config} as token_file under "
            "[telegram], or set PAWANG_TELEGRAM_TOKEN"
        )
    return Plan(
        config=config,
        ledger=home.ledger,
        drop=home.directory / config.drop.directory if config.drop.directory else home.drop,
        button_key=keys.buttons.encode(),
        audit_key=keys.audit.encode(),
        code_key=keys.codes,
        pairing_code=keys.pairing,
        telegram_token=token,
        telegram_api=config.telegram.api.rstrip("/"),
        okx_rest=config.okx.rest_url.rstrip("/"),
        okx_ws=config.okx.ws_url,
        follow_clock=False,
        provider_keys=provider_keys(config.providers, home.directory),
        patience_s=patience_s,
    )


@contextlib.contextmanager
def bound_to(config: Config):  # type: ignore[no-untyped-def]
    """The API's socket, before anything else is asked for. BadConfig when it is not to be had."""
    host, port = config.web.host, config.web.port
    try:
        bound = listen(host, port)
    except OSError as taken:
        raise BadConfig(
            f"{host}:{port} cannot be had for the API ({taken.strerror}): set web.port in "
            "config.toml, 0 takes a free one"
        ) from None
    with bound:
        yield bound


def _on_signals(act: Callable[[], object]) -> None:
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, act)


async def _work(
    options: RunOptions, home: Home, keys: Keys, plan: Plan, bound: socket.socket
) -> None:
    narrator = Narrator(quiet=not options.json)
    stop = asyncio.Event()
    async with running_desk(plan) as desk:
        save(home.instruments, desk.world.instruments)
        desk.hall.listeners.append(narrator.committed)
        desk.listen_to_deliveries(narrator.delivered)
        bot = await _greet_chat(desk)
        async with _api(desk, home, bound):
            api = f"http://{plan.config.web.host}:{bound.getsockname()[1]}"
            home_text = str(home.directory)
            narrator.say("started", api=api, bot=bot, home=home_text, desk_pid=os.getpid())
            if not options.json:
                _greet(desk, home, keys, api, bot)
            _on_signals(stop.set)
            await stop.wait()
            await asyncio.sleep(LAST_WORDS_S)
    narrator.say("ended", ts=desk.clock.now())


async def _greet_chat(desk: RunningDesk) -> str:
    """The bot's name, "" while Telegram is away. BadConfig when it refuses the token."""
    assert desk.bot is not None
    try:
        name = await desk.bot.name()
        await desk.bot.drop_webhook()  # a desk before us may have set one
    except Unauthorised:
        raise BadConfig(
            f"Telegram at {desk.plan.telegram_api} refuses the bot's token: copy it anew from "
            "@BotFather"
        ) from None
    except DeliveryError as away:
        print(
            f"pawang: Telegram gives no answer at {desk.plan.telegram_api} ({away}); messages "
            "wait until it does",
            file=sys.stderr,
        )
        return ""
    return name


@contextlib.asynccontextmanager
async def _api(desk: RunningDesk, home: Home, bound: socket.socket) -> AsyncIterator[None]:
    token = home.make_api_token()
    tokens = [Token(name="owner", hash=hashed(token), scopes=("read", "feedback"))]
    app = make_app(make_board(desk, Metrics()), tokens, LOCAL_HOSTS)
    async with serving(app, bound):
        yield


def _greet(desk: RunningDesk, home: Home, keys: Keys, api: str, bot: str) -> None:
    print(
        f"\n  pawang {__version__} watches {', '.join(desk.world.coins)}; every order is a ghost."
    )
    if not desk.hall.desk.people:
        print(f"  Your first word to {f'@{bot}' if bot else 'the bot'}:  /start {keys.pairing}")
    print(f"  The API:  {api}/docs   its token lies in {home.api_token}")
    print("  Stop with Ctrl-C.\n", flush=True)
