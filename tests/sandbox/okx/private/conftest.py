"""A client with a key: signs like one, and reads what it is pushed."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from pawang.sandbox.faults import read_fault
from pawang.sandbox.okx import OkxVenue, VenueParams
from pawang.sandbox.okx.connection import Connection
from pawang.sandbox.okx.limits import LimitParams
from pawang.sandbox.okx.private.accounts import AccountParams
from pawang.sandbox.okx.private.signing import LOGIN_PATH, signature
from pawang.sandbox.source import STEP_MS

BTC, ETH = "BTC-USDT-SWAP", "ETH-USDT-SWAP"


ONE = (AccountParams(),)


class Trader:
    """One account's REST and WebSocket, on a venue without sockets."""

    def __init__(self, venue: "Venue", params: AccountParams) -> None:
        self.venue = venue
        self.params = params

    @property
    def account(self):
        return self.venue.exchange.accounts[self.params.uid]

    # REST.

    def headers(self, method: str, target: str, body: str, now_ms: int | None = None) -> dict:
        at = datetime.fromtimestamp((now_ms or self.venue.core.now_ms) / 1_000, UTC)
        stamp = at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1_000:03d}Z"
        return {
            "ok-access-key": self.params.key,
            "ok-access-passphrase": self.params.passphrase,
            "ok-access-timestamp": stamp,
            "ok-access-sign": signature(self.params.secret, stamp + method + target + body),
            "content-type": "application/json",
        }

    def ask(self, method: str, path: str, body: object = None, **more) -> tuple[int, dict]:
        """Status and body of a signed request; `path` may have a query."""
        text = "" if body is None else json.dumps(body)
        target = f"/api/v5{path}"
        headers = self.headers(method, target, text, more.pop("now_ms", None)) | more
        plain, _, query = target.partition("?")
        answer = self.venue.rest.answer(
            method, plain, query, "127.0.0.1", self.venue.wall, headers=headers, body=text.encode()
        )
        self.venue.hub.tell_accounts()
        return answer

    def get(self, path: str) -> list:
        status, body = self.ask("GET", path)
        assert (status, body["code"]) == (200, "0"), body
        return body["data"]

    def post(self, path: str, body: object) -> list:
        status, answer = self.ask("POST", path, body)
        assert (status, answer["code"]) == (200, "0"), answer
        return answer["data"]

    def place(self, side: str, size: str, price: str | None = None, **more) -> str:
        """The ordId of a limit order, or a market order without a price."""
        order = {"instId": BTC, "tdMode": "cross", "side": side, "sz": size}
        order |= {"ordType": "limit", "px": price} if price else {"ordType": "market"}
        return self.post("/trade/order", order | more)[0]["ordId"]

    def refused(self, side: str, size: str, price: str | None = None, **more) -> tuple[str, str]:
        """sCode and sMsg of an order that is refused."""
        order = {"instId": BTC, "tdMode": "cross", "side": side, "sz": size}
        order |= {"ordType": "limit", "px": price} if price else {"ordType": "market"}
        status, body = self.ask("POST", "/trade/order", order | more)
        if not body["data"]:
            return body["code"], body["msg"]
        assert (status, body["code"], body["data"][0]["ordId"]) == (200, "1", "")
        return body["data"][0]["sCode"], body["data"][0]["sMsg"]

    def order(self, ord_id: str, name: str = BTC) -> dict:
        return self.get(f"/trade/order?instId={name}&ordId={ord_id}")[0]

    def state(self, ord_id: str) -> tuple[str, str, str]:
        row = self.order(ord_id)
        return row["state"], row["accFillSz"], row["cancelSource"]

    def cancel(self, ord_id: str) -> list:
        return self.post("/trade/cancel-order", {"instId": BTC, "ordId": ord_id})

    @property
    def held(self) -> str:
        """Contracts of BTC; "0" without a position."""
        rows = self.get(f"/account/positions?instId={BTC}")
        return rows[0]["pos"] if rows else "0"

    @property
    def cash(self) -> Decimal:
        return Decimal(self.get("/account/balance")[0]["details"][0]["cashBal"])

    # WebSocket.

    def join(self, path: str = "private", *args: dict):
        """A connection that is logged in and subscribed; its answers are thrown away."""
        listener = self.venue.join(path)
        self.venue.say(listener, self.login())
        if args:
            self.venue.say(listener, {"op": "subscribe", "args": list(args)})
        return listener

    def login(self, **changes) -> dict:
        stamp = changes.pop("timestamp", str(self.venue.core.now_ms // 1_000))
        sign = signature(self.params.secret, f"{stamp}{LOGIN_PATH}")
        given = {"apiKey": self.params.key, "passphrase": self.params.passphrase}
        return {"op": "login", "args": [given | {"timestamp": stamp, "sign": sign} | changes]}


class Venue:
    """The whole sans-I/O venue with its clock in the test's hand."""

    def __init__(self, source, accounts=ONE, *, limits: bool = False) -> None:
        self.source = source
        self.wall = 1_000_000_000
        self.epoch_ms = 0
        self.door = door = OkxVenue(
            source,
            wall=lambda: self.wall,
            epoch=lambda: self.epoch_ms * 1_000_000,
            params=VenueParams(limits=LimitParams(enforced=limits)),
            accounts=accounts,
        )
        self.core, self.exchange, self.faults = door.core, door.exchange, door.faults
        self.gate, self.sessions, self.hub, self.rest = (
            door.gate,
            door.sessions,
            door.hub,
            door.rest,
        )
        self.joined = 0

    def script(self, **fields) -> None:
        """Inject a fault, as POST /sandbox/fault does."""
        self.door.inject(read_fault(json.dumps(fields).encode()))

    def later(self, seconds: float) -> None:
        """Wall time passes, and the venue looks at its timers."""
        self.wall += int(seconds * 1e9)
        self.door.pass_time(self.wall)

    def trader(self, number: int = 0) -> Trader:
        return Trader(self, list(self.exchange.accounts.values())[number].params)

    def join(self, path: str = "public"):
        self.joined += 1
        return self.hub.join(
            Connection(
                self.core,
                path,
                f"{self.joined:08x}",
                scripted=self.hub.rejects,
                private=self.sessions,
                peer="127.0.0.1",
            )
        )

    def say(self, listener, message: object) -> list:
        self.hub.hear(listener, message if isinstance(message, str) else json.dumps(message))
        return self.heard(listener)

    def heard(self, listener) -> list:
        frames, listener.outbox = listener.outbox, []
        texts = [_unframed(data) for data in frames]
        return [text if text == "pong" else json.loads(text) for text in texts]

    def steps(self, count: int = 1) -> None:
        for _ in range(count):
            self.hub.step()

    def book(self, side: str, name: str = BTC) -> dict[str, str]:
        """What the public sees, price -> size."""
        _, body = self.rest.answer("GET", "/api/v5/market/books", f"instId={name}&sz=400")
        return {row[0]: row[1] for row in body["data"][0][side]}


def _unframed(data: bytes) -> str:
    size = data[1]
    return data[{126: 4, 127: 10}.get(size, 2) :].decode()


def two(**more) -> tuple[AccountParams, AccountParams]:
    """Two accounts with keys of their own."""
    return (
        AccountParams(key="k1", secret="s1", passphrase="p1", uid="1001", **more),
        AccountParams(key="k2", secret="s2", passphrase="p2", uid="1002", **more),
    )


@pytest.fixture(scope="session")
def make_venue(fixed_source):
    """A venue on a quiet market unless a script says otherwise: bids from 100000.0 down, a tick
    apart, of 1.00, 1.01 ... contracts; asks from 100000.1 up, of 2.00, 2.01 ..."""

    def make(script: dict | None = None, accounts=ONE, **options) -> Venue:
        limits = options.pop("limits", False)
        source = fixed_source(script, quiet=True, **options)
        return Venue(source, accounts, limits=limits)

    return make


@pytest.fixture
def venue(make_venue) -> Venue:
    return make_venue()


@pytest.fixture
def trader(venue) -> Trader:
    return venue.trader()


@pytest.fixture(scope="session")
def two_accounts():
    return two


STEP = STEP_MS
