"""Doing what the orders want done: one call each, and its answer handed back to the order.

Whatever happens to the call, the order hears of it; nothing is decided here.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

from pawang.venues.okx.blotter import Blotter
from pawang.venues.okx.codes import Halted, Kept, OkxError
from pawang.venues.okx.ticket import Ticket
from pawang.venues.okx.trade import OkxTrade
from pawang.venues.okx.wanted import (
    AskAlgo,
    AskFills,
    AskOrder,
    Send,
    SendAmend,
    SendCancel,
    SendCancelAlgo,
    Tell,
    Wanted,
)


class Errands:
    """`admits` is asked before an entry's bytes leave; what closes a position always may."""

    def __init__(
        self,
        trade: OkxTrade,
        blotter: Blotter,
        leverage: Decimal,
        admits: Callable[[], bool],
        tell: Callable[[str], None],
    ) -> None:
        self.blotter = blotter
        self._trade = trade
        self._rest = trade.rest
        self._leverage = leverage
        self._admits = admits
        self._tell = tell
        self._levered: dict[str, asyncio.Task[None]] = {}  # instrument -> leverage read back

    async def stop(self) -> None:
        """Let go of what is under way beside the errands themselves."""
        tasks = [*self._levered.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def forget_leverage(self) -> None:
        """It may have been changed while nobody looked: it is read again before the next order."""
        self._levered.clear()

    async def do(self, wanted: Wanted) -> None:
        match wanted:
            case Send():
                await self._place(wanted)
            case SendCancel():
                await self._cancel(wanted)
            case SendAmend():
                await self._amend(wanted)
            case AskOrder():
                await self._ask(wanted)
            case AskFills():
                await self._ask_fills(wanted)
            case SendCancelAlgo():
                await self._cancel_algo(wanted)
            case AskAlgo():
                await self._ask_algo(wanted)
            case Tell():
                self._tell(f"{wanted.client_id}: {wanted.words}")

    async def _place(self, wanted: Send) -> None:
        request = wanted.request
        ticket = self._ticket(request.client_id)
        closing = request.reduce_only
        try:
            if not closing:
                await self._lever(request.instrument)
            ack = await self._trade.place(
                request, wanted.expires, lambda: closing or self._admits()
            )
            ticket.acked(ack.ord_id, self._rest.now())
        except OkxError as failed:
            ticket.failed(failed, self._rest.now())

    async def _lever(self, instrument: str) -> None:
        """Set once a connection, and read back: no order on another leverage (C11)."""
        task = self._levered.get(instrument)
        if task is None:
            work = self._trade.set_leverage(instrument, self._leverage)
            task = self._levered[instrument] = asyncio.ensure_future(work)
        try:
            await asyncio.shield(task)
        except OkxError as failed:
            self._levered.pop(instrument, None)
            if isinstance(failed, Halted):
                raise
            raise Kept(failed.path, failed.code, str(failed)) from None

    async def _cancel(self, wanted: SendCancel) -> None:
        ticket = self._ticket(wanted.client_id)
        try:
            await self._trade.cancel(wanted.request)
            ticket.cancel_acked(self._rest.now())
        except OkxError as failed:
            ticket.cancel_failed(failed, self._rest.now())

    async def _amend(self, wanted: SendAmend) -> None:
        ticket = self._ticket(wanted.client_id)
        error: OkxError | None = None
        try:
            await self._trade.amend(wanted.request, wanted.expires)
        except OkxError as failed:
            error = failed
        ticket.amend_answered(error, self._rest.now())

    async def _ask(self, wanted: AskOrder) -> None:
        ticket = self._ticket(wanted.client_id)
        name = "" if wanted.order_id else wanted.client_id
        try:
            row = await self._trade.order(wanted.instrument, name, wanted.order_id)
        except OkxError:
            ticket.ask_failed(self._rest.now())
            return
        if row is None:
            ticket.missing(self._rest.now())
        else:
            ticket.found(row, self._rest.now())

    async def _ask_fills(self, wanted: AskFills) -> None:
        ticket = self._ticket(wanted.client_id)
        try:
            rows = await self._trade.fills(order_id=wanted.order_id)
        except OkxError:
            ticket.fills_failed(self._rest.now())
            return
        ticket.fills_answered(rows, self._rest.now())

    async def _cancel_algo(self, wanted: SendCancelAlgo) -> None:
        exit = self.blotter.exit(wanted.client_id)
        assert exit is not None, f"{wanted.client_id}: an exit of nobody"
        with suppress(OkxError):  # the look that follows says what stands
            await self._trade.cancel_algos([wanted.request])
        exit.cancel_answered(self._rest.now())

    async def _ask_algo(self, wanted: AskAlgo) -> None:
        exit = self.blotter.exit(wanted.client_id)
        assert exit is not None, f"{wanted.client_id}: an exit of nobody"
        try:
            rows = await self._trade.algo(wanted.client_id)
        except OkxError:
            exit.failed(self._rest.now())
            return
        exit.answered(rows, self._rest.now())
        for row in rows:
            self.blotter.algo(row, self._rest.now())
        if exit.missed and not exit.unwanted:
            self._tell(f"{wanted.client_id}: the exit is not there, the position is naked")

    def _ticket(self, client_id: str) -> Ticket:
        ticket = self.blotter.ticket(client_id)
        assert ticket is not None, f"{client_id}: an order of nobody"
        return ticket
