"""OKX's public rows as they stand on the wire, one strict record a kind (okx-v5.md 5, 6, 9.1).

Sizes are contracts, times milliseconds, numbers the Decimals that OKX's strings spell. What the
desk needs must be there; what older payloads (2022) or some endpoints leave out has a default.
A field we do not know is ignored: OKX adds some every year.
"""

from typing import Annotated, Any, Literal, dataclass_transform

import msgspec

from pawang.venues.okx.fields import (
    Count,
    Levels,
    MaybePrice,
    MaybeRate,
    MaybeSize,
    MaybeStamp,
    MaybeVolume,
    Name,
    Nanoseconds,
    Price,
    Rate,
    Size,
    Stamp,
    Traded,
    Volume,
)

InstType = Literal["SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION"]
Sequence = Annotated[int, msgspec.Meta(ge=-1, lt=2**62)]


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Tolerant(msgspec.StructMeta):
    """Frozen and keyword-only, but open to fields we do not know."""

    def __new__(
        mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **config: Any
    ) -> Any:
        settings = {"frozen": True, "kw_only": True, "rename": "camel", **config}
        return super().__new__(mcls, name, bases, namespace, **settings)


class Wire(msgspec.Struct, metaclass=Tolerant):
    """Base of all rows."""


# Listings.


class InstrumentRow(Wire):
    inst_id: Name
    inst_type: InstType
    tick_sz: Price
    lot_sz: Price
    min_sz: Size
    state: Literal["live", "suspend", "rebase", "post_only", "preopen", "test", "settling"]
    ct_type: Literal["linear", "inverse", ""]
    ct_val: MaybePrice
    ct_mult: MaybePrice
    ct_val_ccy: str
    settle_ccy: str
    inst_family: str = ""  # absent in 2022
    uly: str = ""
    base_ccy: str = ""
    quote_ccy: str = ""
    lever: MaybeSize = None
    list_time: MaybeStamp = None
    exp_time: MaybeStamp = None
    max_lmt_sz: MaybeVolume = None
    max_mkt_sz: MaybeVolume = None
    rule_type: str = ""
    inst_category: str = "1"  # "1" crypto; stocks, commodities, forex and bonds came later
    inst_id_code: int | None = None  # since 2026


class TierRow(Wire):
    tier: Count
    min_sz: Size
    max_sz: Size
    mmr: Rate
    imr: Rate
    max_lever: Price
    inst_id: str = ""
    inst_family: str = ""


class PriceLimitRow(Wire):
    inst_id: Name
    buy_lmt: MaybePrice  # "" when the limit is off
    sell_lmt: MaybePrice
    ts: Stamp
    inst_type: InstType | None = None
    enabled: bool = True


# The book and the tape.


class BookRow(Wire):
    """`books`, `books5` and kin, REST books. What it is of stands in the message's `arg`."""

    asks: Levels
    bids: Levels
    ts: Stamp
    seq_id: Sequence | None = None
    prev_seq_id: Sequence | None = None
    checksum: int = 0
    inst_id: str = ""


class BboRow(Wire):
    """`bbo-tbt`: at most one level a side."""

    asks: Levels
    bids: Levels
    ts: Stamp
    seq_id: int | None = None


class TradeRow(Wire):
    inst_id: Name
    trade_id: Name
    px: Price
    sz: Traded
    side: Literal["buy", "sell"]  # the taker's
    ts: Stamp
    count: Count = 1
    source: str = ""  # "0" normal, "1" RPI/ELP
    seq_id: int | None = None


class TickerRow(Wire):
    inst_id: Name
    inst_type: InstType
    last: MaybePrice
    last_sz: MaybeSize
    ask_px: MaybePrice
    ask_sz: MaybeSize
    bid_px: MaybePrice
    bid_sz: MaybeSize
    ts: Stamp
    open_24h: MaybePrice = msgspec.field(name="open24h")
    high_24h: MaybePrice = msgspec.field(name="high24h")
    low_24h: MaybePrice = msgspec.field(name="low24h")
    vol_24h: MaybeVolume = msgspec.field(name="vol24h")  # contracts, or base coin on spot
    vol_ccy_24h: MaybeVolume = msgspec.field(name="volCcy24h")  # base coin, or quote on spot
    sod_utc0: MaybePrice = msgspec.field(name="sodUtc0", default=None)
    sod_utc8: MaybePrice = msgspec.field(name="sodUtc8", default=None)


class LiquidationDetail(Wire):
    bk_px: Price
    sz: Traded
    side: Literal["buy", "sell"]
    pos_side: Literal["long", "short", "net"]
    ts: Stamp
    bk_loss: MaybeVolume = None
    ccy: str = ""


class LiquidationRow(Wire):
    inst_id: Name
    inst_type: InstType
    details: tuple[LiquidationDetail, ...]
    inst_family: str = ""
    uly: str = ""


# Prices and positions of the whole market.


class MarkRow(Wire):
    inst_id: Name
    inst_type: InstType
    mark_px: Price
    ts: Stamp


class IndexRow(Wire):
    inst_id: Name
    idx_px: Price
    ts: Stamp
    open_24h: MaybePrice = msgspec.field(name="open24h", default=None)
    high_24h: MaybePrice = msgspec.field(name="high24h", default=None)
    low_24h: MaybePrice = msgspec.field(name="low24h", default=None)
    sod_utc0: MaybePrice = msgspec.field(name="sodUtc0", default=None)
    sod_utc8: MaybePrice = msgspec.field(name="sodUtc8", default=None)


class FundingRow(Wire):
    """The forecast, or (with `realizedRate`) a row of the history."""

    inst_id: Name
    funding_rate: Rate
    funding_time: Stamp
    inst_type: InstType | None = None
    next_funding_rate: MaybeRate = None
    next_funding_time: MaybeStamp = None
    min_funding_rate: MaybeRate = None
    max_funding_rate: MaybeRate = None
    realized_rate: MaybeRate = None
    sett_funding_rate: MaybeRate = None
    sett_state: Literal["processing", "settled", ""] = ""
    premium: MaybeRate = None
    method: Literal["current_period", "next_period", ""] = ""
    ts: MaybeStamp = None  # absent in the history


class OpenInterestRow(Wire):
    inst_id: Name
    inst_type: InstType
    oi: Volume  # contracts
    oi_ccy: Volume  # coin
    ts: Stamp
    oi_usd: MaybeVolume = None  # since 2025


# Histories: arrays on the wire.


class CandleRow(Wire, array_like=True):
    """Seven cells in 2020, nine today; volumes in contracts, coin and quote currency."""

    ts: Stamp
    open: Price
    high: Price
    low: Price
    close: Price
    vol: Volume
    vol_ccy: Volume
    vol_ccy_quote: MaybeVolume = None
    confirm: Literal["0", "1", ""] = ""


class MarkCandleRow(Wire, array_like=True):
    """Candles of mark and index prices have no volume."""

    ts: Stamp
    open: Price
    high: Price
    low: Price
    close: Price
    confirm: Literal["0", "1"]


class RatioRow(Wire, array_like=True):
    """Long accounts over short ones, or a loan ratio."""

    ts: Stamp
    ratio: Size


class TakerVolumeRow(Wire, array_like=True):
    """Sell comes before buy: a classic trap (okx-v5.md 6)."""

    ts: Stamp
    sell_vol: Volume
    buy_vol: Volume


class InterestVolumeRow(Wire, array_like=True):
    ts: Stamp
    oi_usd: Volume
    vol_usd: Volume


class InterestHistoryRow(Wire, array_like=True):
    ts: Stamp
    oi: Volume
    oi_ccy: Volume
    oi_usd: Volume


class SupportCoinRow(Wire):
    contract: tuple[str, ...]
    option: tuple[str, ...]
    spot: tuple[str, ...]


# The venue itself.


class TimeRow(Wire):
    ts: Stamp


class StatusRow(Wire):
    title: str
    state: Literal["scheduled", "ongoing", "pre_open", "completed", "canceled"]
    begin: Stamp
    end: MaybeStamp
    service_type: str
    pre_open_begin: MaybeStamp = None
    sche_desc: str = ""
    system: str = ""
    maint_type: str = ""
    env: str = ""
    href: str = ""
    ts: MaybeStamp = None


class EventRow(Wire):
    """What the venue says about the connection. "pong" is bare text on the wire."""

    event: Literal[
        "subscribe",
        "unsubscribe",
        "error",
        "notice",
        "login",
        "channel-conn-count",
        "channel-conn-count-error",
        "pong",
    ]
    code: str = ""
    msg: str = ""
    arg: dict[str, str | None] = {}
    channel: str = ""
    conn_count: str = ""
    conn_id: str = ""
    id: str = ""


class FailureRow(Wire):
    """A REST answer whose `code` is not "0"; `okx-v5.md` 3 says what follows."""

    code: str
    msg: str = ""


class ClockRow(Wire):
    """Not OKX's: the sandbox's desk time, sent in its place in the stream."""

    event: Literal["clock"]
    now: Nanoseconds  # UTC
    speed: Annotated[float, msgspec.Meta(ge=0)]
    ended: bool = False


Row = (
    InstrumentRow
    | TierRow
    | PriceLimitRow
    | BookRow
    | BboRow
    | TradeRow
    | TickerRow
    | LiquidationRow
    | MarkRow
    | IndexRow
    | FundingRow
    | OpenInterestRow
    | CandleRow
    | MarkCandleRow
    | RatioRow
    | TakerVolumeRow
    | InterestVolumeRow
    | InterestHistoryRow
    | SupportCoinRow
    | TimeRow
    | StatusRow
    | EventRow
    | FailureRow
    | ClockRow
)
