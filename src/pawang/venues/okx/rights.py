"""What an API key may do, looked at before it is used (C20, SEC15). Pure.

A key that can withdraw is refused: what it could lose has nothing to do with trading. So is one
of the other world (demo on live or the reverse), and an account that is not set up as every order
here assumes: Futures mode, net positions, cross margin (okx-v5.md 10.2).
"""

from pawang.model.codec import Record
from pawang.venues.okx.codes import OkxError
from pawang.venues.okx.wire_account import (
    ConfigRow,
)

WRONG_WORLD = "50101"
LEVELS = {"1": "Spot", "2": "Futures", "3": "Multi-currency", "4": "Portfolio"}


class Rights(Record):
    """Refusals keep the venue shut; warnings are told once. Words are for the one at the desk."""

    refusals: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def good(self) -> bool:
        return not self.refusals


def judge(config: ConfigRow) -> Rights:
    """What account/config says of the key and the account."""
    may = {word.strip() for word in config.perm.split(",")}
    refusals, warnings = [], []
    if "withdraw" in may:
        refusals.append("the key may withdraw: make one that may only read and trade")
    if "trade" not in may:
        refusals.append("the key may not trade")
    if config.pos_mode != "net_mode":
        refusals.append("the account holds long and short apart: set the position mode to net")
    if config.acct_lv == "1":
        refusals.append("the account is in Spot mode: swaps need Futures mode")
    elif config.acct_lv != "2":
        warnings.append(f"the account is in {LEVELS[config.acct_lv]} mode, Futures is expected")
    if not config.ip:
        warnings.append("the key is bound to no IP address")
    return Rights(refusals=tuple(refusals), warnings=tuple(warnings))


def wrong_world(error: OkxError, demo: bool) -> str:
    """Words for a key of the other environment; "" for every other error (C20)."""
    if error.code != WRONG_WORLD:
        return ""
    if demo:
        return "this is a key of live trading, and trading is set to demo"
    return "this is a key of demo trading, and trading is set to live"
