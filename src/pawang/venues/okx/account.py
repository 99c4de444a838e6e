"""One trading account, put together: REST, the private sockets and the order venue.

    async with trading(plan, instruments, roll, tell) as account:
        account.venue.submit(order)

Opening looks at the key first (C20, SEC15): a key that may withdraw, one of the other world or an
account of another shape raises `NotFit`, and nothing is sent. While the block runs, the venue
works and its sockets are kept alive; a part that dies takes the block down with it.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from dataclasses import dataclass
from decimal import Decimal

from pawang.guards.breaker import Transition
from pawang.guards.bucket import TokenBucket
from pawang.model.errors import BadInput
from pawang.model.instrument import Instrument
from pawang.model.order import Order
from pawang.venues.okx.private import PrivateParams
from pawang.venues.okx.private_feed import PrivateFeed
from pawang.venues.okx.rest import OkxRest
from pawang.venues.okx.rights import Rights
from pawang.venues.okx.signing import Credentials
from pawang.venues.okx.trade import OkxTrade
from pawang.venues.okx.venue import OkxVenue, VenueParams


class NotFit(BadInput):
    """The key or the account is not one we trade with; the words say what to change."""

    def __init__(self, rights: Rights) -> None:
        super().__init__("; ".join(rights.refusals))
        self.rights = rights


@dataclass(frozen=True)
class AccountPlan:
    """Where and as whom. `ws_root` is what comes before "/private" and "/business"."""

    rest_url: str
    ws_root: str
    credentials: Credentials
    demo: bool
    leverage: Decimal = Decimal(20)


@dataclass(frozen=True)
class Account:
    """The open parts."""

    rest: OkxRest
    trade: OkxTrade
    venue: OkxVenue
    feed: PrivateFeed
    rights: Rights


@contextlib.asynccontextmanager
async def trading(
    plan: AccountPlan,
    instruments: Iterable[Instrument],
    roll: Callable[[], float],
    tell: Callable[[str], None] = lambda _: None,
    told: Callable[[Transition], None] = lambda _: None,
    orders: Iterable[Order] = (),
    connects: TokenBucket | None = None,
    rules: PrivateParams | None = None,
) -> AsyncIterator[Account]:
    """`tell` hears words for a person, `told` the breakers; `orders` are from before a restart.

    Raises NotFit, or an OkxError when OKX cannot be asked.
    """
    rest = OkxRest(
        plan.rest_url,
        time.monotonic_ns,
        roll,
        told=told,
        credentials=plan.credentials,
        utc=time.time_ns,
        demo=plan.demo,
    )
    trade = OkxTrade(rest)
    params = VenueParams(leverage=plan.leverage)
    venue = OkxVenue(instruments, trade, plan.demo, tell=tell, params=params)
    feed = PrivateFeed(
        plan.ws_root,
        plan.credentials,
        rest,
        venue,
        time.monotonic_ns,
        roll,
        rules=rules,
        connects=connects,
    )
    try:
        rights = await venue.check()
        if not rights.good:
            raise NotFit(rights)
        for warning in rights.warnings:
            tell(warning)
        venue.restore(orders)
        async with _kept(venue.run(), feed.run()):
            yield Account(rest=rest, trade=trade, venue=venue, feed=feed, rights=rights)
    finally:
        await rest.close()


@contextlib.asynccontextmanager
async def _kept(*parts: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Both run while the block does."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(part) for part in parts]
        yield
        for task in tasks:
            task.cancel()
