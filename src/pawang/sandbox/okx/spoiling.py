"""Texts made wrong on purpose: for fault scripts. Pure, and good enough for what the venue writes.

>>> tenfold('{"px":"100.5","data":[["99.5","3","0","1"]]}')
'{"px":"1005","data":[["995","3","0","1"]]}'
>>> shifted('{"ts":"1000","uTime":"2000"}', -500)
'{"ts":"500","uTime":"1500"}'
"""

import re
from decimal import Decimal

TIMES = re.compile(r'("(?:ts|uTime|pTime|cTime|fillTime)":"|"data":\[\[")(\d+)(")')
MEGABYTE = 1_000_000
DEPTH = 200_000  # of nesting
GARBAGE = (
    b'{"arg":{"channel":"trades","instId":"BTC-USDT-SWAP"},"data":[{"px":"1',
    b'{"arg":{"channel":"trades\xff\xfe"}}',
    b"[" * DEPTH,
    b'{"arg":{"channel":"trades","instId":"BTC-USDT-SWAP"},"data":[{"instId":"BTC-USDT-SWAP",'
    b'"tradeId":"1","px":NaN,"sz":1e999,"side":"buy","ts":"-1","count":null,"seqId":1}]}',
)
"""Broken off, no UTF-8, too deep, and numbers that are none (A17, A18)."""


def tenfold(text: str) -> str:
    """Every price of a trade or a book, ten times."""
    return re.sub(r'("px":"|\[")(\d+(?:\.\d+)?)(?=")', _tenfold, text)


def _tenfold(found: re.Match[str]) -> str:
    value = Decimal(found[2]) * 10
    return f"{found[1]}{value.normalize():f}"


def shifted(text: str, by_ms: int) -> str:
    """Every time of a message, so much off."""
    return TIMES.sub(lambda found: f"{found[1]}{int(found[2]) + by_ms}{found[3]}", text)


def huge(megabytes: int) -> bytes:
    return b'{"arg":"' + b"x" * (megabytes * MEGABYTE) + b'"}'
