"""A nautilus_trader node that watches four coins of the simulated OKX, and does nothing else.

    python with_nautilus_node.py URL

Says a JSON line with its version when each coin's book and trades have come in, and goes on until
it is ended. The adapter takes the address of its business stream from the environment only.
"""

import json
import os
import sys
from importlib.metadata import version

URL = sys.argv[1]
WS = URL.replace("http", "ws", 1) + "/ws/v5"
for path in ("PUBLIC", "PRIVATE", "BUSINESS"):
    os.environ[f"OKX_BASE_URL_WS_{path}"] = f"{WS}/{path.lower()}"

from nautilus_trader.adapters.okx import (  # noqa: E402
    OKX,
    OKXDataClientConfig,
    OKXLiveDataClientFactory,
)
from nautilus_trader.config import (  # noqa: E402
    InstrumentProviderConfig,
    LoggingConfig,
    StrategyConfig,
    TradingNodeConfig,
)
from nautilus_trader.core.nautilus_pyo3 import OKXContractType, OKXInstrumentType  # noqa: E402
from nautilus_trader.live.node import TradingNode  # noqa: E402
from nautilus_trader.model.enums import BookType  # noqa: E402
from nautilus_trader.model.identifiers import InstrumentId, TraderId  # noqa: E402
from nautilus_trader.trading.strategy import Strategy  # noqa: E402

COINS = [InstrumentId.from_str(f"{coin}-USDT-SWAP.OKX") for coin in ("BTC", "ETH", "SOL", "AVAX")]


class Watcher(Strategy):  # type: ignore[misc]
    """Books and trades of every coin, each as the adapter keeps them."""

    def __init__(self) -> None:
        super().__init__(StrategyConfig(strategy_id="W-001"))
        self.heard: dict[InstrumentId, None] = {}

    def on_start(self) -> None:
        for coin in COINS:
            self.subscribe_order_book_deltas(coin, BookType.L2_MBP)
            self.subscribe_trade_ticks(coin)

    def on_order_book_deltas(self, deltas: object) -> None:
        if len(self.heard) < len(COINS):
            self.heard[deltas.instrument_id] = None  # type: ignore[attr-defined]
            if len(self.heard) == len(COINS):
                name = f"nautilus_trader {version('nautilus_trader')}"
                print(json.dumps({"version": name}), flush=True)


def main() -> None:
    provider = InstrumentProviderConfig(load_all=True)
    data = OKXDataClientConfig(
        base_url_http=URL,
        base_url_ws=f"{WS}/public",
        instrument_types=(OKXInstrumentType.SWAP,),
        contract_types=(OKXContractType.LINEAR,),
        instrument_provider=provider,
        api_key="k",
        api_secret="s",  # noqa: S106 - opens nothing real
        api_passphrase="p",  # noqa: S106
    )
    config = TradingNodeConfig(
        trader_id=TraderId("PAWANG-001"),
        logging=LoggingConfig(log_level="OFF"),
        data_clients={OKX: data},
    )
    node = TradingNode(config=config)
    node.add_data_client_factory(OKX, OKXLiveDataClientFactory)
    node.trader.add_strategy(Watcher())
    node.build()
    node.run()


if __name__ == "__main__":
    main()
