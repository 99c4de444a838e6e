"""One HTTP call with limits: a deadline for all of it, and a body that is counted as it inflates.

httpx times each read, so a server that drips a byte a second is never late (A27); and it inflates
whole chunks, so 100 kB can become 100 MB in memory (A16). Hence our own deadline and our own
inflating, in bounded steps. Callers turn what is raised into errors of their own room: httpx's
texts and reprs carry the whole URL.

Unreachable   no whole answer: the name of what happened, and nothing of the URL
  +- NotSent  and provably nothing left: there was no connection to send it on
"""

import asyncio
import zlib
from collections.abc import Mapping

import httpx

from pawang.model.codec import Record
from pawang.model.errors import PawangError

DEADLINE_S = 5.0  # of one call, all of it (A25, A27)
BODY_MAX = 8 * 1024 * 1024  # the venue's longest list is 0.5 MB
GZIP_OR_ZLIB = 47  # zlib's window bits for "either, by its header"


class Unreachable(PawangError):
    """Nobody answered in time, or not with a whole answer. Try later."""


class NotSent(Unreachable):
    """No connection was made, so the far side has seen nothing."""


NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.InvalidURL)
"""What httpx raises before the first byte of a request is written."""


class Answer(Record):
    status: int
    body: bytes


async def get(
    client: httpx.AsyncClient,
    url: str,
    query: Mapping[str, str],
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """The answer, whatever its status. Raises Unreachable."""
    request = client.build_request("GET", url, params=dict(query), headers=_wanted(headers))
    return await _send(client, request)


async def call(
    client: httpx.AsyncClient, method: str, target: str, body: str, headers: Mapping[str, str]
) -> Answer:
    """`target` (path and query) and `body` go out exactly as given: they were signed so.

    Raises Unreachable; NotSent only where the far side cannot have seen it.
    """
    request = client.build_request(
        method, target, content=body.encode() if body else None, headers=_wanted(headers)
    )
    return await _send(client, request)


def _wanted(headers: Mapping[str, str] | None) -> dict[str, str]:
    return {"Accept-Encoding": "gzip", "Accept": "application/json", **(headers or {})}


async def _send(client: httpx.AsyncClient, request: httpx.Request) -> Answer:
    try:
        async with asyncio.timeout(DEADLINE_S):
            reply = await client.send(request, stream=True)
            try:
                return Answer(status=reply.status_code, body=await _body(reply))
            finally:
                await reply.aclose()
    except TimeoutError:
        raise Unreachable(f"no whole answer in {DEADLINE_S:g} s") from None
    except NEVER_LEFT as failed:
        raise NotSent(type(failed).__name__) from None
    except (httpx.HTTPError, httpx.StreamError) as failed:
        raise Unreachable(type(failed).__name__) from None


async def _body(reply: httpx.Response) -> bytes:
    encoding = reply.headers.get("content-encoding", "identity").lower()
    if encoding not in ("identity", "gzip", "deflate"):
        raise Unreachable(f"an encoding nobody asked for: {encoding[:20]}")
    body = bytearray()
    inflater = None if encoding == "identity" else zlib.decompressobj(GZIP_OR_ZLIB)
    async for chunk in reply.aiter_raw():
        room = BODY_MAX - len(body) + 1
        try:
            body += chunk[:room] if inflater is None else inflater.decompress(chunk, room)
        except zlib.error:
            raise Unreachable("a broken gzip stream") from None
        if len(body) > BODY_MAX:
            raise Unreachable(f"an answer above {BODY_MAX} bytes")
    return bytes(body)
