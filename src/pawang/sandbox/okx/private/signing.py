"""Who is asking: signatures, stamps, passphrases, addresses and rights (okx-v5.md 2.1 and 9).

OKX does not document the order of its checks; this is the plausible one of okx-v5.md 2.1. A
stamp is judged by the clock it is nearer to: the host's or the desk's, so that clients which
sign with either can trade here; a `skew` fault moves both.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pawang.sandbox.okx.errors import Refused
from pawang.sandbox.okx.private.accounts import Account

SKEW_MAX_MS = 30_000
STAMP = "%Y-%m-%dT%H:%M:%S.%fZ"
SIMULATED = "x-simulated-trading"
LOGIN_PATH = "GET/users/self/verify"
HEADERS = (
    ("ok-access-key", "50103"),
    ("ok-access-passphrase", "50104"),
    ("ok-access-sign", "50106"),
    ("ok-access-timestamp", "50107"),
)
LOGIN_CODES = {
    "50102": "60006", "50105": "60024", "50111": "60005", "50113": "60007", "50119": "60032",
}  # fmt: skip


def signature(secret: str, text: str) -> str:
    """base64(HMAC-SHA256), as a client makes it."""
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


@dataclass(slots=True)
class Clocks:
    """Both times in ms; `wall` is the host's UTC. `ahead` is what a fault adds to them."""

    desk: Callable[[], int]
    wall: Callable[[], int]
    ahead: Callable[[], int] = lambda: 0

    def nearest(self, stamp_ms: int) -> int:
        """The venue's time as the sender of that stamp would have it."""
        ahead = self.ahead()
        times = (self.desk() + ahead, self.wall() + ahead)
        return min(times, key=lambda now: abs(now - stamp_ms))

    def off(self, stamp_ms: int) -> bool:
        return abs(self.nearest(stamp_ms) - stamp_ms) > SKEW_MAX_MS


@dataclass(frozen=True, slots=True)
class Signed:
    """A REST request as far as its signature goes; `target` is path and query as sent."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: str
    peer: str


class Keyring:
    """Keys to accounts. `refusing` is a code that every key gets for now, by a fault script."""

    def __init__(self, accounts: Callable[[], list[Account]], clocks: Clocks) -> None:
        self._accounts = accounts
        self.clocks = clocks
        self.refusing: Callable[[], str] = lambda: ""

    def _account(self, key: str) -> Account | None:
        return next((one for one in self._accounts() if one.params.key == key), None)

    # REST.

    def admit(self, asked: Signed, right: str) -> Account:
        """The account that may do this; raises why not."""
        for name, code in HEADERS:
            if not asked.headers.get(name):
                raise Refused(code)
        self._check_stamp(asked.headers["ok-access-timestamp"])
        if code := self.refusing():
            raise Refused(code, asked.peer)
        account = self._account(asked.headers["ok-access-key"])
        if account is None:
            raise Refused("50111")
        self._check_secrets(account, asked)
        self._check_place(account, asked)
        if right not in account.params.permissions:
            raise Refused("50120")
        return account

    def _check_stamp(self, text: str) -> None:
        stamp_ms = read_stamp(text)
        if stamp_ms is None:
            raise Refused("50112")
        if self.clocks.off(stamp_ms):
            raise Refused("50102")

    @staticmethod
    def _check_secrets(account: Account, asked: Signed) -> None:
        headers, params = asked.headers, account.params
        if headers["ok-access-passphrase"] != params.passphrase:
            raise Refused("50105")
        text = headers["ok-access-timestamp"] + asked.method + asked.target + asked.body
        made = signature(params.secret, text)
        if not hmac.compare_digest(made, headers["ok-access-sign"]):
            raise Refused("50113")

    @staticmethod
    def _check_place(account: Account, asked: Signed) -> None:
        if wrong_environment(account, asked.headers):
            raise Refused("50101")
        if account.params.addresses and asked.peer not in account.params.addresses:
            raise Refused("50110", asked.peer)

    # WebSocket.

    def login(self, given: Mapping[str, Any], headers: Mapping[str, str], peer: str) -> Account:
        """The account of a login; raises LoginRefused with the event's code."""
        stamp = str(given.get("timestamp", ""))
        if not stamp.replace(".", "", 1).isdigit() or len(stamp) > 20:
            raise LoginRefused("60004")
        if self.clocks.off(int(float(stamp) * 1_000)):
            raise LoginRefused("60006")
        if code := self.refusing():
            raise LoginRefused(LOGIN_CODES.get(code, "60009"))
        if not given.get("apiKey"):
            raise LoginRefused("60005")
        account = self._account(str(given["apiKey"]))
        if account is None:
            raise LoginRefused("60032")
        if given.get("passphrase") != account.params.passphrase:
            raise LoginRefused("60024")
        made = signature(account.params.secret, stamp + LOGIN_PATH)
        if not hmac.compare_digest(made.encode(), str(given.get("sign", "")).encode()):
            raise LoginRefused("60007")
        bound = account.params.addresses
        # OKX's demo has WebSocket hosts of its own; here only a header can say which is meant.
        astray = SIMULATED in headers and wrong_environment(account, headers)
        if (bound and peer not in bound) or astray:
            raise LoginRefused("60009")
        return account


class LoginRefused(Exception):
    """`code` is that of the error event."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def wrong_environment(account: Account, headers: Mapping[str, str]) -> bool:
    """A demo key must say that it is one, a live key must not."""
    demo = headers.get(SIMULATED, "0") == "1"
    return account.params.environment == ("live" if demo else "demo")


def read_stamp(text: str) -> int | None:
    """`2020-12-08T09:08:57.715Z` in ms; None when it is nothing like it."""
    try:
        at = datetime.strptime(text, STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
    return round(at.timestamp() * 1_000)
