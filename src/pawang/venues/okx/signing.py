"""What proves that a request is ours (okx-v5.md 2.1, 9). Pure: the time comes by argument.

sign = base64(HMAC-SHA256(secret, timestamp + METHOD + path-as-sent + body)). The path holds the
query string exactly as it goes over the wire, so whoever signs also writes it.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import urlencode

from pawang.guards.secret import Secret
from pawang.model.refs import MILLISECOND, SECOND, utc

VERIFY = "/users/self/verify"


@dataclass(frozen=True)
class Credentials:
    """One API key. No record: secrets are members of none."""

    key: Secret
    secret: Secret
    passphrase: Secret


def sign(secret: Secret, text: str) -> str:
    """HMAC-SHA256 in base64."""
    mac = hmac.new(secret.reveal().encode(), text.encode(), hashlib.sha256)
    return base64.b64encode(mac.digest()).decode()


def timestamp(now: int) -> str:
    """ISO 8601, UTC, milliseconds.

    >>> timestamp(1_607_418_537_715_999_999)
    '2020-12-08T09:08:57.715Z'
    """
    return f"{utc(now):%Y-%m-%dT%H:%M:%S}.{now // MILLISECOND % 1000:03d}Z"


def target(path: str, query: dict[str, str]) -> str:
    """The request target, query in the order given."""
    return f"{path}?{urlencode(query)}" if query else path


def headers(
    credentials: Credentials, now: int, method: str, sent_target: str, body: str
) -> dict[str, str]:
    """The four headers of a signed request; `body` is "" for GET, else the very text sent."""
    stamp = timestamp(now)
    return {
        "OK-ACCESS-KEY": credentials.key.reveal(),
        "OK-ACCESS-SIGN": sign(credentials.secret, stamp + method + sent_target + body),
        "OK-ACCESS-TIMESTAMP": stamp,
        "OK-ACCESS-PASSPHRASE": credentials.passphrase.reveal(),
    }


def login(credentials: Credentials, now: int) -> dict[str, str]:
    """The argument of a WebSocket login; its time is in whole seconds."""
    stamp = str(now // SECOND)
    return {
        "apiKey": credentials.key.reveal(),
        "passphrase": credentials.passphrase.reveal(),
        "timestamp": stamp,
        "sign": sign(credentials.secret, stamp + "GET" + VERIFY),
    }
