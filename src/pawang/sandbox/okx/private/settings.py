"""What a client may set on its account: leverage and position mode (okx-v5.md 7)."""

from collections.abc import Callable
from decimal import Decimal

from pawang.sandbox.okx.core import Core
from pawang.sandbox.okx.errors import Refused
from pawang.sandbox.okx.private.accounts import Account
from pawang.sandbox.okx.private.asked import Asked, plain
from pawang.sandbox.okx.private.margin import Margin, initial, order_margin, size_max
from pawang.sandbox.okx.private.wishes import find_instrument
from pawang.sandbox.okx.rows import Row


def set_leverage(
    account: Account, core: Core, asked: Asked, kept: Callable[[], bool] = lambda: False
) -> Row:
    """Of one contract, cross. `kept`: a fault says yes but leaves it (C11)."""
    made = find_instrument(core, asked)
    mode = asked.one_of("mgnMode", ("cross", "isolated"))
    lever = asked.decimal("lever")
    if lever is None:
        raise Refused("50014", "lever")
    if mode == "isolated":
        raise Refused("51010")
    if "posSide" in asked and asked.text("posSide") not in ("net", "long", "short"):
        raise Refused("51000", "posSide")
    if lever > Decimal(made.listing.leverage_max):
        raise Refused("59102")
    if lever < 1:
        raise Refused("59105", "1")
    before = account.lever(made)
    if lever != before:
        _check(account, made.name, lever, size_max(made, lever))
    if not kept():
        account.levers[made.name] = lever
    return {"instId": made.name, "lever": plain(lever), "mgnMode": "cross", "posSide": ""}


def _check(account: Account, name: str, lever: Decimal, most: int) -> None:
    """Pending orders block it, and so does what is held or owned."""
    if account.resting(name):
        raise Refused("59107")
    if any(one.made.name == name for one in account.algos.values()):
        raise Refused("59669")
    if abs(account.held(name)) > most:
        raise Refused("59104")
    margin = Margin(account)
    more = sum(
        initial(one, lever) - initial(one, account.lever(one.made))
        for one in margin.positions
        if one.made.name == name
    )
    if more > margin.available - order_margin(account, name):
        raise Refused("59103")


def set_position_mode(account: Account, asked: Asked) -> Row:
    """Only while nothing is open (59000)."""
    mode = asked.one_of("posMode", ("net_mode", "long_short_mode"))
    if mode != account.mode:
        if account.orders or account.algos or any(account.open_positions):
            raise Refused("59000")
        account.mode = mode
        account.positions.clear()
    return {"posMode": mode}
