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
from nautilus_trader.model.enums import (  # noqa: E402
    BookType,
    OrderSide,
    TimeInForce,
    TriggerType,
    liquidity_side_to_str,
    order_side_to_str,
)
from nautilus_trader.model.events import (  # noqa: E402
    OrderAccepted,
    OrderCanceled,
    OrderEvent,
    OrderFilled,
)
from nautilus_trader.model.identifiers import InstrumentId, TraderId, Venue  # noqa: E402
from nautilus_trader.trading.strategy import Strategy  # noqa: E402

INST, ID = "BTC-USDT-SWAP", InstrumentId.from_str("BTC-USDT-SWAP.OKX")
SIZE, TAKEN = Decimal(2_000), Decimal(5)  # the first is more than the market eats in a second
WAIT_S = 20


class Trader(Strategy):
    """Looks, is partly filled, cancels, closes, is filled whole, is stopped out, and goes home.

    It does not amend: 1.221 takes a live order's second push for a repeat, and never learns."""

    def __init__(self, node: TradingNode) -> None:
        super().__init__(
            StrategyConfig(
                strategy_id="T-001", order_id_tag="001", use_hyphens_in_client_order_ids=False
            )
        )
        self.node = node
        self.crowd = Crowd(URL, INST)
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

    def _events(self, order: object) -> list[str]:
        """Kinds of its events in their order, each once."""
        mine = [one for one in self.told if one.client_order_id == order.client_order_id]
        return list(dict.fromkeys(type(one).__name__ for one in mine))

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

    def _cash(self) -> str:
        account = self.portfolio.account(Venue(OKX))
        return str(account.balance_total(account.currencies()[0]).as_decimal())

    async def _trade(self) -> None:
        await self._until(lambda: self.deltas >= 3)
        self.crowd.push("buy", Decimal(1))
        await self._until(lambda: self.trades)
        book = self.cache.order_book(ID)
        self.story.append(["book", book.best_bid_price() < book.best_ask_price()])
        before = self._cash()
        orders = [
            await self._partly(),
            await self._whole(),
            await self._stopped(),
            await self._untouched(),
        ]
        await asyncio.sleep(1)  # the last account push
        self.facts = {
            "story": self.story,
            "orders": [self._events(order) for order in orders],
            "fills": [fill_row(one) for one in self.told if isinstance(one, OrderFilled)],
            "cash": [before, self._cash()],
            "closed": [
                [one.side.name, str(one.realized_pnl.as_decimal())]
                for one in self.cache.positions_closed()
            ],
        }  # fmt: skip

    async def _partly(self) -> object:
        price = self.crowd.below(20)
        order = self._limit(SIZE, price)
        self.submit_order(order)
        await self._event(order, OrderAccepted)

        async def begun() -> bool:
            return order.filled_qty > 0

        await self.crowd.sell_into(price, SIZE, TAKEN, begun)
        self.story.append(["partly filled", order.status_string()])
        self.cancel_order(order)
        await self._event(order, OrderCanceled)
        await self._until(self.cache.positions_open)
        (position,) = self.cache.positions_open()
        same = position.quantity == order.filled_qty
        self.story.append(["position", position.side.name, same])
        self.close_all_positions(ID)
        await self._until(lambda: not self.cache.positions_open())
        return order

    async def _whole(self) -> object:
        price = self.crowd.below(20)
        order = self._limit(TAKEN, price)
        self.submit_order(order)
        await self._event(order, OrderAccepted)

        async def full() -> bool:
            return order.is_closed

        await self.crowd.sell_into(price, TAKEN, TAKEN, full)
        self.story.append(["filled", order.status_string(), str(order.filled_qty)])
        return order

    async def _stopped(self) -> object:
        """The position of the order before, ended by a stop that waits at the venue."""
        below = self.crowd.below(500)
        stop = self.order_factory.stop_market(
            ID,
            OrderSide.SELL,
            self.made.make_qty(TAKEN),
            trigger_price=self.made.make_price(below),
            trigger_type=TriggerType.LAST_PRICE,
            reduce_only=True,
        )
        self.submit_order(stop)
        await self._event(stop, OrderAccepted)

        async def flat() -> bool:
            return not self.cache.positions_open()

        await self.crowd.sell_down_to(below, flat)
        self.story.append(["stopped out", stop.status_string()])
        return stop

    async def _untouched(self) -> object:
        order = self._limit(Decimal(1), self.crowd.below(500))
        self.submit_order(order)
        await self._event(order, OrderAccepted)
        self.cancel_order(order)
        await self._event(order, OrderCanceled)
        self.story.append(["cancelled", order.status_string()])
        return order


def fill_row(fill: OrderFilled) -> dict[str, str]:
    """In the words of OKX's own rows."""
    return {
        "fillPx": str(fill.last_px),
        "fillSz": str(fill.last_qty),
        "side": order_side_to_str(fill.order_side).lower(),
        "execType": liquidity_side_to_str(fill.liquidity_side)[0],
        "fee": str(-fill.commission.as_decimal()),
        "tradeId": str(fill.trade_id),
    }


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
