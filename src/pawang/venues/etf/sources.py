"""Who can be asked for ETF flows, about which assets, and how."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import httpx

from pawang.guards.secret import Secret
from pawang.model.codec import Record
from pawang.venues.etf import coinglass, farside, sosovalue
from pawang.venues.etf.days import FlowReader, Read
from pawang.venues.provider import Provider, Question


class Source(Record):
    """One source: what is asked by asset, and who reads the answer."""

    name: str
    base_url: str
    paths: Mapping[str, str]  # asset -> path
    read: Read
    bodies: Mapping[str, str] = {}  # asset -> what is posted; none = a plain GET
    key_header: str = ""  # "" = wants no key
    accept: str = "application/json"


SOURCES = {
    source.name: source
    for source in (
        Source(
            name=coinglass.SOURCE,
            base_url=coinglass.BASE_URL,
            paths=coinglass.PATHS,
            read=coinglass.read,
            key_header=coinglass.KEY_HEADER,
        ),
        Source(
            name=sosovalue.SOURCE,
            base_url=sosovalue.BASE_URL,
            paths=dict.fromkeys(sosovalue.KINDS, sosovalue.PATH),
            bodies={asset: f'{{"type":"{kind}"}}' for asset, kind in sosovalue.KINDS.items()},
            read=sosovalue.read,
            key_header=sosovalue.KEY_HEADER,
        ),
        Source(
            name=farside.SOURCE,
            base_url=farside.BASE_URL,
            paths=farside.PATHS,
            read=farside.read,
            accept=farside.ACCEPT,
        ),
    )
}


def etf_flows(
    source: Source,
    asset: str,
    key: Secret | None,
    now: Callable[[], int],
    wall: Callable[[], int],
    roll: Callable[[], float],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    base_url: str = "",
    transport: httpx.AsyncBaseTransport | None = None,
) -> Provider:
    """One asset's flows as a `Feed`, asked every quarter of an hour or so."""
    question = Question(
        provider=f"{source.name}-{asset}",
        base_url=base_url or source.base_url,
        path=source.paths[asset],
        body=source.bodies.get(asset, ""),
        accept=source.accept,
    )
    header = None
    if source.key_header:
        assert key is not None, f"{source.name} wants a key"
        header = (source.key_header, key)
    reader = FlowReader(source.read, asset)
    return Provider(question, reader, now, wall, roll, sleep, key=header, transport=transport)
