"""`pawang demo`: everything, offline, no key: the world in a box with the desk inside it.

The sandboxes are processes of their own; this process is the desk. Headless it also plays the
user: it presses what a trader would press, and exits 0 only if it has seen a whole life.
"""

import asyncio
import os
import secrets
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from msgspec.structs import replace

from pawang.config import Config, load
from pawang.guards.secret import Secret
from pawang.live import Plan, RunningDesk, running_desk
from pawang.model.chat import Category, Send
from pawang.model.codec import decode
from pawang.model.ports import OutboxRow
from pawang.model.refs import utc
from pawang.operations import worlds
from pawang.operations.board import make_board
from pawang.operations.home import Home, provider_keys
from pawang.operations.narrator import Narrator
from pawang.operations.phone import Phone
from pawang.operations.pillars import write_pillars
from pawang.operations.report import keeper
from pawang.operations.shipped import save
from pawang.web import Metrics, Token, hashed, listen, make_app, serving

OWNER = 1001
NEEDED = ("bias", "no_trade", "plan", "entry", "fill", "closed", "rating")
"""What a headless run on the seeded market must have seen."""


@dataclass(frozen=True)
class DemoOptions:
    home: Path
    headless: bool = False
    json: bool = False
    speed: float = 20.0
    seed: int = 7
    for_ns: int | None = None  # market time
    recordings: Sequence[Path] = ()
    drop: Path | None = None
    port: int = 0  # of the chat page
    webhook: bool = False  # updates are pushed to the desk instead of polled


async def demo(options: DemoOptions) -> int:
    """Run it; the exit status."""
    home = Home(options.home)
    keys = home.prepare()
    config = load(home.config)  # refused before anything is started
    with home.locked():
        narrator = Narrator(quiet=not options.json)
        world = await worlds.find(home.sandbox)
        if world is None:
            kept = home.set_aside()
            if kept is not None and not options.json:
                print(f"\n  A new world has a new desk. The last one's ledger: {kept}")
            world = await _begin(options, home, config)
        drop = options.drop or home.drop
        if options.drop is None and not options.recordings:
            await _seed_pillars(world.okx_url, drop, options.seed)
        plan = Plan(
            config=replace(config, coins=await _coins(options, config, world.okx_url)),
            ledger=home.ledger,
            drop=drop,
            button_key=keys.buttons.encode(),
            audit_key=keys.audit.encode(),
            code_key=keys.codes,
            pairing_code=keys.pairing,
            telegram_token=Secret(world.token),
            telegram_api=world.telegram_url,
            okx_rest=world.okx_url,
            okx_ws=f"{world.okx_url.replace('http', 'ws', 1)}/ws/v5/public",
            follow_clock=True,
            tape=home.tape,
            provider_keys=provider_keys(config.providers, home.directory),
            keep_report=keeper(home.reports),
            webhook_secret=Secret(secrets.token_urlsafe(32)) if options.webhook else None,
        )
        try:
            return await _run(options, plan, world, narrator, home, keys.pairing)
        finally:
            worlds.end(world, home.sandbox)


async def _begin(options: DemoOptions, home: Home, config: Config) -> worlds.Worlds:
    words = ["--seed", str(options.seed), "--speed", str(options.speed)]
    words += [word for coin in config.coins for word in ("--coin", coin)]
    for path in options.recordings:
        words += ["--recording", str(path)]
    token = f"{secrets.randbelow(10**9) + 10**9}:{secrets.token_urlsafe(26)}"
    api_token = secrets.token_urlsafe(32)
    return await worlds.start(home.sandbox, words, token, OWNER, api_token, options.port)


async def _coins(options: DemoOptions, config: Config, okx_url: str) -> tuple[str, ...]:
    """A recording brings its own coins; the seeded market has those of the config."""
    if not options.recordings:
        return config.coins
    async with httpx.AsyncClient(trust_env=False) as http:
        reply = await http.get(f"{okx_url}/api/v5/public/instruments", params={"instType": "SWAP"})
    return tuple(row["instFamily"].split("-")[0] for row in reply.json()["data"])


async def _seed_pillars(okx_url: str, drop: Path, seed: int) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        clock = (await http.get(f"{okx_url}/clock")).json()
    write_pillars(drop, int(clock["now"]), seed)


async def _run(
    options: DemoOptions,
    plan: Plan,
    world: worlds.Worlds,
    narrator: Narrator,
    home: Home,
    pairing: str,
) -> int:
    phone = Phone(world.telegram_url, OWNER, OWNER)
    bound = listen(port=0)
    api = f"http://127.0.0.1:{bound.getsockname()[1]}"
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    async with running_desk(plan) as desk:
        save(home.instruments, desk.world.instruments)
        desk.hall.listeners.append(narrator.committed)
        desk.listen_to_deliveries(narrator.delivered)
        metrics = Metrics()
        tokens = [
            Token(name="demo", hash=hashed(world.api_token), scopes=("read", "feedback", "admin"))
        ]
        app = make_app(make_board(desk, metrics), tokens, ("127.0.0.1", "localhost"))
        async with serving(app, bound):
            assert desk.bot is not None
            if options.webhook:
                await desk.be_pushed_to(f"{api}/telegram/webhook")
            else:
                await desk.bot.drop_webhook()  # a desk before us may have set one
            if not desk.hall.desk.people:
                await phone.type(f"/start {pairing}")
            narrator.say(
                "started",
                api=api,
                telegram=world.telegram_url,
                okx=world.okx_url,
                token=world.api_token,
                chat_id=OWNER,
                user_id=OWNER,
                home=str(home.directory),
                desk_pid=os.getpid(),
            )
            if not options.json:
                _greet(world, api)
            if options.headless:
                Player(desk, phone, narrator).begin()
            await _until_over(options, desk, stop)
            await asyncio.sleep(0.3)  # what was sent last is answered within this
    await phone.close()
    return _verdict(options, narrator, desk, stopped=stop.is_set(), json=options.json)


def _greet(world: worlds.Worlds, api: str) -> None:
    print(f"\n  The chat:  {world.telegram_url}/   (open it in a browser)")
    print(f"  The API:   {api}/docs   token {world.api_token}")
    print("  Stop with Ctrl-C. Nothing here talks to any other machine.\n", flush=True)


async def _until_over(options: DemoOptions, desk: RunningDesk, stop: asyncio.Event) -> None:
    waits: list[asyncio.Task[Any]] = [
        asyncio.create_task(stop.wait()),
        asyncio.create_task(desk.ended.wait()),
    ]
    if options.for_ns is not None:
        until = desk.clock.now() + options.for_ns
        waits.append(asyncio.create_task(desk.clock.wait_until(until)))
    _, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()


def _verdict(
    options: DemoOptions, narrator: Narrator, desk: RunningDesk, *, stopped: bool, json: bool
) -> int:
    """0 when the whole life was seen, or a tape was played to its end."""
    missing = [name for name in NEEDED if not narrator.seen.get(name)]
    if options.recordings:
        good = desk.ended.is_set()
    else:
        good = stopped or not options.headless or not missing
    narrator.say(
        "ended",
        ts=desk.clock.now(),
        market_time=f"{utc(desk.clock.now()):%Y-%m-%d %H:%M:%S}",
        speed=options.speed,
        speed_reached=round(desk.speed_reached, 2),
        missing=[] if options.recordings else missing,
        seen=dict(narrator.seen),
    )
    if missing and options.headless and not json and not options.recordings:
        print(f"not seen: {', '.join(missing)}")
    return 0 if good else 1


class Player:
    """The trader's thumb in a headless run: takes every plan, rates, asks for things."""

    def __init__(self, desk: RunningDesk, phone: Phone, narrator: Narrator) -> None:
        self._desk = desk
        self._phone = phone
        self._narrator = narrator
        self._tasks: set[asyncio.Task[None]] = set()
        self._rated = 0

    def begin(self) -> None:
        self._desk.listen_to_deliveries(self._delivered)

    def _delivered(self, row: OutboxRow, state: str, message_id: int | None) -> None:
        if state != "sent" or row.kind != "send" or message_id is None:
            return
        made = decode(row.body.encode(), Send)
        if made.category is Category.SNIPER:
            self._press(message_id, "🎯 Set Entry", "entry")
            self._press(message_id, "⚠️ Set Alert Lines", "lines")
        if made.category in (Category.SNIPER, Category.INSTITUTIONAL):
            self._rated += 1
            self._press(message_id, "👎" if self._rated % 3 == 0 else "👍", "rate")

    def _press(self, message_id: int, label: str, what: str) -> None:
        async def press() -> None:
            if await self._phone.press(message_id, label):
                self._narrator.seen[what] = self._narrator.seen.get(what, 0) + 1

        task = asyncio.create_task(press(), name=f"press {what}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
