"""An order as sent, made into a `Wish`, and the rules of the instrument it must keep
(okx-v5.md 8.1, 10.3, 10.5).

The order of checks is ours; OKX documents none: instrument, words, sizes, price, band.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pawang.sandbox.okx.core import Core
from pawang.sandbox.okx.errors import Refused
from pawang.sandbox.okx.instrument import Instrument
from pawang.sandbox.okx.private.accounts import Account
from pawang.sandbox.okx.private.asked import TAG_MAX, Asked, plain
from pawang.sandbox.okx.private.attached import read_attached
from pawang.sandbox.okx.private.orders import KINDS, PRICED, Kind, Wish
from pawang.sandbox.okx.private.positions import Position
from pawang.sandbox.okx.rows import instrument_row, limit_ticks

SIDES = ("buy", "sell")
STP_MODES = ("cancel_maker", "cancel_taker", "cancel_both")
STATES = {"suspend": "51022", "preopen": "51021", "expired": "51027", "settling": "51029"}


def find_instrument(core: Core, asked: Asked) -> Instrument:
    """By instId or by instIdCode; both are in use (okx-v5.md 9.3)."""
    if "instId" in asked:
        made = core.instruments.get(asked.text("instId"))
    elif "instIdCode" in asked:
        code = asked.number("instIdCode")
        known = core.instruments.values()
        made = next((one for one in known if one.listing.code == code), None)
    else:
        raise Refused("50014", "instId")
    if made is None:
        raise Refused("51001")
    return made


@dataclass(frozen=True, slots=True)
class Rules:
    """What the listing demands now; a fault script may have changed it (A23)."""

    row: dict[str, Any]
    made: Instrument

    @classmethod
    def of(cls, made: Instrument) -> "Rules":
        return cls(instrument_row(made), made)

    def must_trade(self, kind: str = "") -> None:
        state = self.row["state"]
        if state == "live" or (state == "post_only" and kind == "post_only"):
            return
        raise Refused(STATES.get(state, "51022"))

    def lots(self, size: Decimal, *, market: bool = False) -> int:
        """Contracts as lots of the source."""
        if size < Decimal(self.row["minSz"]):
            raise Refused("51020")
        lots = size / self.made.lot_size
        if size % Decimal(self.row["lotSz"]) or lots != int(lots):
            raise Refused("51121")
        most = Decimal(self.row["maxMktSz" if market else "maxLmtSz"])
        if size > most:
            raise Refused(*(("51202",) if market else ("51101", plain(most))))
        return int(lots)

    def ticks(self, price: Decimal, name: str = "px") -> int:
        """A price as ticks of the source. Off the tick: 51000 [mem]."""
        if price <= 0:
            raise Refused("51000", name)
        ticks = price / self.made.tick_size
        if price % Decimal(self.row["tickSz"]) or ticks != int(ticks):
            raise Refused("51000", name)
        return int(ticks)

    def amount(self, lots: int, ticks: int) -> None:
        """The value of a limit order, against maxLmtAmt."""
        coins = lots * self.made.lot_size * Decimal(self.made.listing.contract_value)
        if coins * ticks * self.made.tick_size > Decimal(self.row["maxLmtAmt"]):
            raise Refused("51005")


def in_band(made: Instrument, ticks: int, *, buy: bool, clamp: bool) -> int:
    """The price, within the band: refused outside it (51006), or moved to its edge."""
    highest, lowest = limit_ticks(made)
    if (ticks <= highest) if buy else (ticks >= lowest):
        return ticks
    if clamp:
        return highest if buy else lowest
    raise Refused("51006", made.price.text(highest), made.price.text(lowest))


def band_edge(made: Instrument, *, buy: bool) -> int:
    """The most aggressive price that a market order may come to."""
    highest, lowest = limit_ticks(made)
    return highest if buy else lowest


def read_wish(core: Core, account: Account, asked: Asked, new_id: Callable[[], int]) -> Wish:
    """Raises what the venue would answer."""
    made = find_instrument(core, asked)
    mode = asked.one_of("tdMode", ("cross", "isolated", "cash"))
    if mode != "cross":
        raise Refused("51010" if mode == "isolated" else "51000", "tdMode")
    buy = asked.one_of("side", SIDES) == "buy"
    kind: Kind = asked.one_of("ordType", KINDS)  # type: ignore[assignment]
    pos_side = read_pos_side(account, asked)
    rules = Rules.of(made)
    rules.must_trade(kind)
    size, clamp = asked.decimal("sz"), asked.text("pxAmendType") == "1"
    if size is None:
        raise Refused("50014", "sz")
    lots = rules.lots(size, market=kind in ("market", "optimal_limit_ioc"))
    ticks = _read_price(rules, asked, kind, buy=buy, clamp=clamp)
    if ticks is not None:
        rules.amount(lots, ticks)
    entry = asked.decimal("px") or made.last_ticks * made.tick_size
    stp = asked.one_of("stpMode", STP_MODES, account.stp)
    if stp == "cancel_both" and kind == "fok":
        raise Refused("54036")
    return Wish(
        made=made,
        buy=buy,
        kind=kind,
        lots=lots,
        ticks=ticks,
        pos_side=pos_side,
        reduce_only=_reduces(account, asked, pos_side, buy=buy),
        cl_ord_id=asked.name("clOrdId"),
        tag=asked.name("tag", TAG_MAX),
        stp=stp,  # type: ignore[arg-type]
        clamped=clamp,
        attached=read_attached(asked, size, entry, new_id),
    )


def read_pos_side(account: Account, asked: Asked) -> str:
    """net_mode takes "net" or nothing; long_short_mode must be told."""
    given = asked.text("posSide")
    if account.net:
        if given not in ("", "net"):
            raise Refused("51000", "posSide")
        return "net"
    if given not in ("long", "short"):
        raise Refused("51000", "posSide")
    return given


def _reduces(account: Account, asked: Asked, pos_side: str, *, buy: bool) -> bool:
    """In long_short_mode closing only reduces whatever is said, opening never does."""
    flag = asked.flag("reduceOnly")
    return flag if account.net else buy is not (pos_side == "long")


def _read_price(rules: Rules, asked: Asked, kind: Kind, *, buy: bool, clamp: bool) -> int | None:
    if kind not in PRICED:
        return None
    price = asked.decimal("px")
    if price is None:
        raise Refused("51204")
    return in_band(rules.made, rules.ticks(price), buy=buy, clamp=clamp)


def closing_wish(held: Position, *, name: str = "", tag: str = "") -> Wish:
    """At market, all of it and nothing more."""
    return Wish(
        made=held.made,
        buy=held.lots < 0,
        kind="market",
        lots=abs(held.lots),
        pos_side=held.side,
        reduce_only=True,
        cl_ord_id=name,
        tag=tag,
    )
