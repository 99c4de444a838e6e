"""Signatures by a second implementation, made here from RFC 2104 and RFC 4648 by hand."""

import hashlib

import pytest

from pawang.guards.secret import Secret
from pawang.venues.okx import signing

SECRET = "22582BD0CFF14C41EDBF1AB98506286D"  # the document's worked key
NOW = 1_607_418_537_715_000_000  # 2020-12-08T09:08:57.715Z
KEY = signing.Credentials(Secret("the-key"), Secret(SECRET), Secret("the-phrase"))
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def hmac_by_hand(secret: str, text: str) -> bytes:
    key = secret.encode().ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key) + text.encode()).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in key) + inner).digest()


def base64_by_hand(data: bytes) -> str:
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 6)
    text = "".join(ALPHABET[int(bits[at : at + 6], 2)] for at in range(0, len(bits), 6))
    return text + "=" * (-len(text) % 4)


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("GET", "/api/v5/account/balance?ccy=BTC", ""),
        ("GET", "/api/v5/trade/orders-algo-pending?ordType=conditional%2Coco", ""),
        ("POST", "/api/v5/trade/order", '{"instId":"BTC-USDT-SWAP","sz":"1"}'),
        ("POST", "/api/v5/trade/order", '{"tag":"é"}'),
    ],
)
def test_a_request_is_signed_over_stamp_method_target_and_body(method, target, body):
    made = signing.headers(KEY, NOW, method, target, body)
    text = f"2020-12-08T09:08:57.715Z{method}{target}{body}"
    assert made == {
        "OK-ACCESS-KEY": "the-key",
        "OK-ACCESS-SIGN": base64_by_hand(hmac_by_hand(SECRET, text)),
        "OK-ACCESS-TIMESTAMP": "2020-12-08T09:08:57.715Z",
        "OK-ACCESS-PASSPHRASE": "the-phrase",
    }


def test_a_login_is_signed_over_whole_seconds():
    made = signing.login(KEY, NOW)
    text = "1607418537GET/users/self/verify"
    assert made == {
        "apiKey": "the-key",
        "passphrase": "the-phrase",
        "timestamp": "1607418537",
        "sign": base64_by_hand(hmac_by_hand(SECRET, text)),
    }


def test_the_query_stands_in_the_target_as_it_goes_over_the_wire():
    query = {"ordType": "conditional,oco", "instId": "BTC-USDT-SWAP"}
    assert signing.target("/x", query) == "/x?ordType=conditional%2Coco&instId=BTC-USDT-SWAP"
    assert signing.target("/x", {}) == "/x"


def test_credentials_do_not_print():
    assert SECRET not in repr(KEY)
    assert "the-phrase" not in repr(KEY)
