"""The simulated OKX at the far end of a socket, and a client made of okx-v5.md and nothing else.

No library, no code of either side: what is signed here is signed by okx-v5.md 2.1, and what is
expected is what that document says.
"""

import asyncio
import base64
import hashlib
import hmac
import importlib.util
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
import websockets

from pawang.sandbox.okx import OkxVenue, VenueParams
from pawang.sandbox.source import STEP_MS, Bar, Listing, Step

START_MS = 1_757_894_400_000  # 2025-09-15 00:00 UTC
INST = "BTC-USDT-SWAP"
BID = 1_000_000  # ticks: 100,000.0; the best ask is one tick above
LOTS = 1_000  # at every price: 10 contracts
LOT, CONTRACT = 0.01, 0.01  # contracts of a lot, coins of a contract
STORY_S = 20


class StillMarket:
    """Implements `source.MarketSource`: a book that nobody but the clients touches."""

    def __init__(self, coins: tuple[str, ...] = ("BTC", "ETH")) -> None:
        self.listings = [
            Listing(
                inst_id=f"{coin}-USDT-SWAP",
                coin=coin,
                code=code,
                tick_size="0.1",
                price_decimals=1,
                lot_size="0.01",
                lot_decimals=2,
                contract_value="0.01",
            )
            for coin, code in zip(coins, (10459, 10461), strict=False)
        ]
        self.start_ms = START_MS
        self.end_ms = None
        self._now = START_MS

    def now_ms(self) -> int:
        return self._now

    def step(self) -> list[Step]:
        self._now += STEP_MS
        return [Step(inst_id=one.inst_id, ts_ms=self._now) for one in self.listings]

    def levels(self, inst_id: str) -> tuple[dict[int, int], dict[int, int]]:
        bids = {BID - n: LOTS for n in range(450)}
        return bids, {BID + 1 + n: LOTS for n in range(450)}

    def candles(self, inst_id: str, bar_ms: int, end_ms: int, limit: int) -> list[Bar]:
        last = min(end_ms - 1, self._now) // bar_ms * bar_ms
        return [Bar(last - n * bar_ms, BID, BID, BID, BID, 10) for n in range(limit)]

    def open_interest_history(self, inst_id: str, period_ms: int, end_ms: int, limit: int) -> list:
        return [(self._now, 1_000_000)][:limit]

    def funding_history(self, inst_id: str, end_ms: int, limit: int) -> list:
        return [(START_MS - 28_800_000 * n, 0.0001) for n in range(limit)]

    def ratio_history(self, inst_id: str, period_ms: int, end_ms: int, limit: int) -> list:
        return [(self._now, 1.25)][:limit]

    def taker_history(self, inst_id: str, period_ms: int, end_ms: int, limit: int) -> list:
        return [(self._now, 300, 500)][:limit]


def sign(secret: str, text: str) -> str:
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def stamp(ahead_s: float = 0) -> str:
    now = datetime.fromtimestamp(time.time() + ahead_s, UTC)
    return f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z"


class Wire:
    """REST and WebSockets of one venue, as the key k (secret s, passphrase p)."""

    def __init__(self, port: int) -> None:
        self.http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10)
        self.url = f"ws://127.0.0.1:{port}/ws/v5/"

    def headers(self, method: str, target: str, body: str = "", **given: str) -> dict[str, str]:
        """Signed; `given` replaces what goes into it: key, secret, passphrase, at."""
        at = given.get("at", stamp())
        return {
            "OK-ACCESS-KEY": given.get("key", "k"),
            "OK-ACCESS-SIGN": sign(given.get("secret", "s"), at + method + target + body),
            "OK-ACCESS-TIMESTAMP": at,
            "OK-ACCESS-PASSPHRASE": given.get("passphrase", "p"),
            "Content-Type": "application/json",
        }

    async def send(
        self, method: str, target: str, body: str = "", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """HTTP status and body; signed unless other headers are given."""
        target = f"/api/v5{target}"
        known = self.headers(method, target, body) if headers is None else headers
        answer = await self.http.request(method, target, content=body or None, headers=known)
        return answer.status_code, answer.json()

    async def get(self, target: str) -> dict[str, Any]:
        return (await self.send("GET", target))[1]

    async def post(self, target: str, body: Any, **more: str) -> dict[str, Any]:
        text = json.dumps(body)
        headers = self.headers("POST", f"/api/v5{target}", text) | more
        return (await self.send("POST", target, text, headers))[1]

    async def rows(self, target: str) -> list[dict[str, Any]]:
        answer = await self.get(target)
        assert (answer["code"], answer["msg"]) == ("0", ""), answer
        return answer["data"]

    async def row(self, target: str) -> dict[str, Any]:
        (row,) = await self.rows(target)
        return row

    # Orders, in few words.

    async def place(self, **fields: Any) -> dict[str, Any]:
        """A limit order to buy one contract far below, changed by `fields`; the whole answer."""
        usual = {"instId": INST, "tdMode": "cross", "side": "buy", "ordType": "limit",
                 "sz": "1", "px": "99990"}  # fmt: skip
        return await self.post("/trade/order", usual | fields)

    async def placed(self, **fields: Any) -> str:
        """Its ordId."""
        answer = await self.place(**fields)
        assert answer["code"] == "0", answer
        return answer["data"][0]["ordId"]

    async def bought(self, size: str = "1") -> None:
        await self.placed(ordType="market", sz=size, px="")

    async def order(self, ord_id: str) -> dict[str, Any]:
        return await self.row(f"/trade/order?instId={INST}&ordId={ord_id}")

    async def crowd(self, side: str, size: str) -> None:
        """Everybody else takes so many contracts; the sandbox wants it in USD at the last price."""
        last = (await self.row(f"/market/ticker?instId={INST}"))["last"]
        usd = (float(size) + LOT / 2) * CONTRACT * float(last)
        body = {"inst_id": INST, "side": side, "usd": usd}
        answer = await self.http.post("/sandbox/market", json=body)
        assert answer.status_code == 200, answer.text

    async def fault(self, **fault: Any) -> None:
        answer = await self.http.post("/sandbox/fault", json=fault)
        assert answer.status_code == 200, answer.text

    @asynccontextmanager
    async def socket(self, path: str = "private", *, login: bool = True) -> AsyncIterator["Socket"]:
        async with websockets.connect(self.url + path, max_size=None) as made:
            socket = Socket(made)
            if login:
                told = await socket.login()
                assert told["event"] == "login", told
            yield socket


class Socket:
    """One WebSocket: what was said is kept until somebody waits for it."""

    def __init__(self, made: websockets.ClientConnection) -> None:
        self.made = made
        self.kept: list[dict[str, Any]] = []

    async def say(self, message: Any) -> None:
        await self.made.send(message if isinstance(message, str) else json.dumps(message))

    async def hear(self, wanted: Callable[[dict[str, Any]], bool] = bool) -> dict[str, Any]:
        """The first message that is wanted and was not given out before."""
        for at, message in enumerate(self.kept):
            if wanted(message):
                return self.kept.pop(at)
        while True:
            message = json.loads(await self.made.recv())
            if wanted(message):
                return message
            self.kept.append(message)

    async def login(self, **given: Any) -> dict[str, Any]:
        """The answer. `given` replaces what is sent."""
        at = given.get("timestamp", str(int(time.time())))
        usual = {
            "apiKey": "k",
            "passphrase": "p",
            "timestamp": at,
            "sign": sign(given.pop("secret", "s"), f"{at}GET/users/self/verify"),
        }
        await self.say({"op": "login", "args": [usual | given]})
        return await self.hear(lambda one: one.get("event") in ("login", "error"))

    async def subscribe(self, **arg: Any) -> dict[str, Any]:
        """The acknowledgement or the error."""
        await self.say({"op": "subscribe", "args": [arg]})
        return await self.hear(lambda one: one.get("event") in ("subscribe", "error"))

    async def push(self, channel: str, wanted: Callable[[dict], bool] = bool) -> dict[str, Any]:
        """The next whole message of that channel with a row that is wanted."""

        def fits(one: dict[str, Any]) -> bool:
            data = one.get("data", ())
            return one.get("arg", {}).get("channel") == channel and any(map(wanted, data))

        return await self.hear(fits)

    async def ask(self, op: str, *args: Any, number: str = "a1", **more: Any) -> dict[str, Any]:
        await self.say({"id": number, "op": op, "args": list(args), **more})
        return await self.hear(lambda one: one.get("id") == number and one.get("op") == op)


Story = Callable[[Wire], Awaitable[None]]


@pytest.fixture
def play() -> Callable[..., None]:
    """`play(story, **options)`: a venue of its own for one story; options are OkxVenue's."""

    async def played(story: Story, options: dict[str, Any]) -> None:
        params = {"connections_per_s": 100, "check_s": 0.02, **options.pop("params", {})}
        venue = OkxVenue(StillMarket(), params=VenueParams(**params), **options)
        wire = Wire(await venue.start())
        try:
            await story(wire)
        finally:
            await wire.http.aclose()
            await venue.close()

    def run(story: Story, **options: Any) -> None:
        asyncio.run(asyncio.wait_for(played(story, options), STORY_S))

    return run


@pytest.fixture(scope="session")
def documented() -> ModuleType:
    place = Path(__file__).parent / "documented.py"
    spec = importlib.util.spec_from_file_location("okx_documented", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
