"""TOML and environment into typed params, once.

Everything has a default that is safe; an unknown key or a wrong value refuses to start and says
which (lessons.md C22). Secrets never stand in this file: they come by environment or by file.

    coins = ["BTC", "ETH", "SOL", "AVAX"]
    [risk]
    ceiling_pct = 2.0
"""

import re
from pathlib import Path
from typing import Literal

import msgspec

from pawang.actions import ActionParams
from pawang.alerts import AlertParams
from pawang.engine import Rules
from pawang.model.codec import Record
from pawang.model.errors import BadConfig
from pawang.risk import SizingParams
from pawang.signals import SignalParams

COIN = re.compile(r"[A-Z0-9]{2,10}")
DEFAULT_COINS = ("BTC", "ETH", "SOL", "AVAX")


DEMO_WS = "wss://wspap.okx.com:8443/ws/v5"
LEVERAGE_MAX = 125  # the most OKX lists on any swap


class OkxConfig(Record):
    """The key itself comes from PAWANG_OKX_KEY, PAWANG_OKX_SECRET and PAWANG_OKX_PASSPHRASE, or
    from a 0600 file of these three, a line each."""

    rest_url: str = "https://openapi.okx.com"
    ws_url: str = "wss://ws.okx.com:8443/ws/v5/public"  # the business path is beside it
    trading: Literal["off", "demo", "live"] = "off"  # demo and live want a key of their own world
    private_ws_url: str = ""  # up to ".../ws/v5"; "" = beside ws_url, or OKX's own for demo
    key_file: str = ""
    leverage: int = 20  # set and read back before the first order; the most sizing reckons with
    extra_channels: tuple[str, ...] = ()  # beside those the desk lives on, e.g. "candle5m"

    @property
    def private_root(self) -> str:
        """Where the private sockets are, without the path's last part."""
        if self.private_ws_url:
            return self.private_ws_url.rstrip("/")
        return DEMO_WS if self.trading == "demo" else self.ws_url.rsplit("/", 1)[0]


class TelegramConfig(Record):
    """The token itself comes from PAWANG_TELEGRAM_TOKEN or a 0600 file."""

    api: str = "https://api.telegram.org"
    token_file: str = ""


class WebConfig(Record):
    host: str = "127.0.0.1"  # another address needs a proxy of yours in front (SEC10)
    port: int = 8080


class GhostConfig(Record):
    equity_usd: float = 10_000.0  # what a ghost book starts with (row R3)


class RiskConfig(Record):
    ceiling_pct: float = 2.0  # the hard ceiling of /risk: changed here, not in the chat (row R4)
    base_pct: float = 1.0  # before anybody said /risk


class DropConfig(Record):
    """Where ETF flow and Fear & Greed files are dropped; "" = HOME/drop."""

    directory: str = ""


class TapeConfig(Record):
    """Market data as the desk folded it, kept in HOME/tape as Parquet."""

    enabled: bool = True
    cap_gb: float = 20.0  # of disk; the oldest hours go
    days: float = 7.0  # older ones go, too
    keep_free_gb: float = 1.0  # of the disk, for the ledger: the tape stops before
    segment_minutes: float = 60.0  # a file of each kind in this time


class ProviderConfig(Record):
    """A source over HTTP: off until it is asked for; dropped files always work."""

    on: bool = False
    url: str = ""  # "" = the provider's own address


class KeyedProviderConfig(ProviderConfig):
    """The key itself comes by environment (PAWANG_COINGLASS_KEY, PAWANG_SOSOVALUE_KEY) or from a
    0600 file."""

    key_file: str = ""


class ProvidersConfig(Record):
    """ETF flows of `coinglass`, `sosovalue` and `farside`, Fear & Greed of `fear_greed`."""

    coinglass: KeyedProviderConfig = KeyedProviderConfig()
    sosovalue: KeyedProviderConfig = KeyedProviderConfig()
    farside: ProviderConfig = ProviderConfig()
    fear_greed: ProviderConfig = ProviderConfig()


class Config(Record):
    coins: tuple[str, ...] = DEFAULT_COINS
    okx: OkxConfig = OkxConfig()
    telegram: TelegramConfig = TelegramConfig()
    web: WebConfig = WebConfig()
    ghost: GhostConfig = GhostConfig()
    risk: RiskConfig = RiskConfig()
    drop: DropConfig = DropConfig()
    tape: TapeConfig = TapeConfig()
    providers: ProvidersConfig = ProvidersConfig()
    signals: SignalParams = SignalParams()
    sizing: SizingParams = SizingParams()
    alerts: AlertParams = AlertParams()

    def rules(self) -> Rules:
        return Rules(signals=self.signals, sizing=self.sizing)

    def actions(self, code_key: str, pairing_hash: str) -> ActionParams:
        """`code_key` makes one-time codes; `pairing_hash` is of the first admin's code."""
        return ActionParams(
            coins=self.coins,
            risk_ceiling_pct=self.risk.ceiling_pct,
            code_key=code_key,
            pairing_hash=pairing_hash,
        )


def load(path: Path) -> Config:
    """The file's config, or the defaults if there is no file. Raises BadConfig."""
    if not path.exists():
        return Config()
    return parse(path.read_text(encoding="utf8"), str(path))


def parse(text: str, name: str = "config.toml") -> Config:
    """TOML to Config.

    >>> parse('coins = ["BTC", "SOL"]').coins
    ('BTC', 'SOL')
    >>> parse('coin = ["BTC"]')
    Traceback (most recent call last):
    pawang.model.errors.BadConfig: config.toml: Object contains unknown field `coin`
    """
    try:
        config = msgspec.toml.decode(text, type=Config, strict=False)
    except (msgspec.ValidationError, msgspec.DecodeError) as wrong:
        raise BadConfig(f"{name}: {wrong}") from None
    bad = [coin for coin in config.coins if not COIN.fullmatch(coin)]
    if bad or not config.coins:
        raise BadConfig(f"{name}: coins must be names like BTC; wrong: {', '.join(bad) or 'none'}")
    if len(set(config.coins)) != len(config.coins):
        raise BadConfig(f"{name}: a coin is listed twice in coins")
    if not 0 < config.risk.base_pct <= config.risk.ceiling_pct:
        raise BadConfig(f"{name}: risk.base_pct must be above 0 and at most risk.ceiling_pct")
    for key in ("cap_gb", "days", "segment_minutes"):
        if not getattr(config.tape, key) > 0:
            raise BadConfig(f"{name}: tape.{key} must be above 0; tape.enabled turns a tape off")
    if not 1 <= config.okx.leverage <= LEVERAGE_MAX:
        raise BadConfig(f"{name}: okx.leverage must be 1 to {LEVERAGE_MAX}")
    return config
