"""A whole nautilus_trader node, data and execution, with one small strategy. One JSON line.

    python nautilus_session.py URL       (http://127.0.0.1:PORT of a sandbox whose key is k, s, p)

The adapter's business streams take no address from its config, only from the environment.
"""

import asyncio
import json
import os
import sys
from decimal import Decimal

URL = sys.argv[1]
WS = URL.replace("http", "ws", 1) + "/ws/v5"
for path in ("PUBLIC", "PRIVATE", "BUSINESS"):
    os.environ[f"OKX_BASE_URL_WS_{path}"] = f"{WS}/{path.lower()}"
os.environ |= {"OKX_API_KEY": "k", "OKX_API_SECRET": "s", "OKX_API_PASSPHRASE": "p"}

from crowd import Crowd  # noqa: E402
from nautilus_trader.adapters.okx import (  # noqa: E402
    OKX,
    OKXDataClientConfig,
    OKXExecClientConfig,
    OKXLiveDataClientFactory,
    OKXLiveExecClientFactory,
)
from nautilus_trader.config import (  # noqa: E402
    InstrumentProviderConfig,
    LiveExecEngineConfig,
    LoggingConfig,
    StrategyConfig,
    TradingNodeConfig,
)
from nautilus_trader.core.nautilus_pyo3 import (  # noqa: E402
    OKXContractType,
    OKXInstrumentType,
    OKXMarginMode,
)
from nautilus_trader.live.node import TradingNode  # noqa: E402
from nautilus_trader.model.enums import BookType, OrderSide, TimeInForce  # noqa: E402
from nautilus_trader.model.events import (  # noqa: E402
    OrderAccepted,
    OrderCanceled,
    OrderEvent,
    OrderFilled,
    OrderUpdated,
)
from nautilus_trader.model.identifiers import InstrumentId, TraderId, Venue  # noqa: E402
from nautilus_trader.trading.strategy import Strategy  # noqa: E402

INST, ID = "BTC-USDT-SWAP", InstrumentId.from_str("BTC-USDT-SWAP.OKX")
SIZE, TAKEN = Decimal(20), Decimal(5)
WAIT_S = 30


class Trader(Strategy):
    """Looks, rests, amends, is partly filled, cancels, is filled whole, closes, and goes home."""

    def __init__(self, node: TradingNode) -> None:
        super().__init__(
            StrategyConfig(
                strategy_id="T-001", order_id_tag="001", use_hyphens_in_client_order_ids=False
            )
        )
        self.node = node
        self.crowd = Crowd(URL)
        self.deltas = self.trades = 0
        self.told: list[OrderEvent] = []
        self.facts: dict = {}
        self.story: list[object] = []
        self._news = asyncio.Event()

    def on_start(self) -> None:
        self.made = self.cache.instrument(ID)
        self.subscribe_order_book_deltas(ID, BookType.L2_MBP)
        self.subscribe_trade_ticks(ID)
        self._task = asyncio.get_running_loop().create_task(self._play())

    def on_order_book_deltas(self, deltas: object) -> None:
        self.deltas += 1
        self._news.set()

    def on_trade_tick(self, tick: object) -> None:
        self.trades += 1
        self._news.set()

    def on_order_event(self, event: OrderEvent) -> None:
        self.told.append(event)
        self._news.set()

    async def _until(self, wanted: object) -> None:
        async with asyncio.timeout(WAIT_S):
            while not wanted():
                self._news.clear()
                await self._news.wait()

    async def _event(self, order: object, kind: type) -> OrderEvent:
        def found() -> list[OrderEvent]:
            return [
                one
                for one in self.told
                if isinstance(one, kind) and one.client_order_id == order.client_order_id
            ]

        await self._until(found)
        return found()[-1]

    async def _play(self) -> None:
        try:
            await self._trade()
        except BaseException as error:
            self.facts = {"error": repr(error), "story": self.story,
                          "events": [type(one).__name__ for one in self.told]}  # fmt: skip
            raise
        finally:
            self.node.stop()

    def _limit(self, size: Decimal, price: Decimal) -> object:
        return self.order_factory.limit(
            ID,
            OrderSide.BUY,
            self.made.make_qty(size),
            self.made.make_price(price),
            time_in_force=TimeInForce.GTC,
        )

    def _below(self, ticks: int) -> Decimal:
        return Decimal(self.crowd.book(INST)[0][0][0]) - ticks * Decimal("0.1")

    def _cash(self) -> str:
        account = self.portfolio.account(Venue(OKX))
        return str(account.balance_total(account.currencies()[0]).as_decimal())

    async def _trade(self) -> None:
        await self._until(lambda: self.deltas >= 3)
        self.crowd.push(INST, "buy", Decimal("0.01"))
        await self._until(lambda: self.trades)
        book = self.cache.order_book(ID)
        self.story.append(["book", book.best_bid_price() < book.best_ask_price()])
        before = self._cash()
        partly, second, third = await self._partly(), await self._whole(), await self._untouched()
        await self._until(lambda: not self.cache.positions_open())
        await asyncio.sleep(1)  # the last account push
        self.facts = {
            "story": self.story,
            "orders": [
                [type(one).__name__ for one in self.told if one.client_order_id == order.client_order_id]
                for order in (partly, second, third)
            ],
            "fills": [
                [str(one.last_px), str(one.last_qty), one.order_side.name if hasattr(one.order_side, "name") else str(one.order_side),
                 one.liquidity_side.name if hasattr(one.liquidity_side, "name") else str(one.liquidity_side), str(one.commission)]
                for one in self.told
                if isinstance(one, OrderFilled)
            ],
            "cash": [before, self._cash()],
            "positions": [str(one.realized_pnl) for one in self.cache.positions_closed()],
        }  # fmt: skip

    async def _partly(self) -> object:
        price = self._below(30)
        order = self._limit(SIZE - 5, price - 1)
        self.submit_order(order)
        await self._event(order, OrderAccepted)
        self.modify_order(order, self.made.make_qty(SIZE), self.made.make_price(price))
        await self._event(order, OrderUpdated)
        self.story.append(["amended", str(order.quantity), order.price == price])
        self.crowd.sell_into(INST, price, SIZE, TAKEN)
        await self._event(order, OrderFilled)
        self.story.append(["partly filled", order.status_string()])
        self.cancel_order(order)
        await self._event(order, OrderCanceled)
        await self._until(self.cache.positions_open)
        (position,) = self.cache.positions_open()
        self.story.append(
            ["position", str(position.side.name), position.quantity == order.filled_qty]
        )
        self.close_all_positions(ID)
        await self._until(lambda: not self.cache.positions_open())
        return order

    async def _whole(self) -> object:
        price = self._below(30)
        order = self._limit(TAKEN, price)
        self.submit_order(order)
        await self._event(order, OrderAccepted)
        self.crowd.sell_into(INST, price, TAKEN, TAKEN)
        await self._until(lambda: order.is_closed)
        self.story.append(["filled", order.status_string(), str(order.filled_qty)])
        self.close_all_positions(ID)
        return order

    async def _untouched(self) -> object:
        order = self._limit(Decimal(1), self._below(200))
        self.submit_order(order)
        await self._event(order, OrderAccepted)
        self.cancel_order(order)
        await self._event(order, OrderCanceled)
        self.story.append(["cancelled", order.status_string()])
        return order


def make_node() -> TradingNode:
    swaps = {
        "base_url_http": URL,
        "instrument_types": (OKXInstrumentType.SWAP,),
        "contract_types": (OKXContractType.LINEAR,),
        "instrument_provider": InstrumentProviderConfig(load_all=True),
        "api_key": "k",
        "api_secret": "s",
        "api_passphrase": "p",
    }
    config = TradingNodeConfig(
        trader_id=TraderId("PAWANG-001"),
        logging=LoggingConfig(log_level=os.environ.get("SESSION_LOG", "OFF")),
        exec_engine=LiveExecEngineConfig(reconciliation=True),
        data_clients={OKX: OKXDataClientConfig(base_url_ws=f"{WS}/public", **swaps)},
        exec_clients={
            OKX: OKXExecClientConfig(
                base_url_ws=f"{WS}/private", margin_mode=OKXMarginMode.CROSS, **swaps
            )
        },
        timeout_connection=30.0,
        timeout_reconciliation=10.0,
        timeout_portfolio=10.0,
        timeout_disconnection=10.0,
        timeout_post_stop=1.0,
    )
    node = TradingNode(config=config)
    node.add_data_client_factory(OKX, OKXLiveDataClientFactory)
    node.add_exec_client_factory(OKX, OKXLiveExecClientFactory)
    return node


def main() -> None:
    node = make_node()
    trader = Trader(node)
    node.trader.add_strategy(trader)
    node.build()
    try:
        node.run()
    finally:
        node.dispose()
    trader.facts["stopped"] = not node.is_running()
    print(json.dumps(trader.facts))


if __name__ == "__main__":
    main()
