"""What is told of accounts once all that follows from a deed has happened: each position and
balance that moved, once, however often it did (okx-v5.md 9.2: events batched).
"""

from collections.abc import Callable, Mapping

from pawang.sandbox.okx.private.accounts import Account
from pawang.sandbox.okx.private.clearing import Ledger
from pawang.sandbox.okx.private.news import ACCOUNT, FAST, POSITIONS, News
from pawang.sandbox.okx.private.positions import Position
from pawang.sandbox.okx.private.rows_account import balance_push, fast_rows, position_push

EVENT = "event_update"


def tell_moved(
    ledger: Ledger, accounts: Mapping[str, Account], heard: Callable[[str], bool], now_ms: int
) -> None:
    """Into `ledger.news`, for accounts that anybody listens to: rows are dear."""
    moved, ledger.moved = ledger.moved, {}
    whys: dict[str, dict[str, list[Position]]] = {}
    for (uid, name, side), why in moved.items():
        held = whys.setdefault(uid, {})
        if name:
            held.setdefault(why, []).append(accounts[uid].positions[name, side])
    for uid, held in whys.items():
        if heard(uid):
            ledger.news += _told(accounts[uid], held, now_ms)


def _told(account: Account, held: Mapping[str, list[Position]], now_ms: int) -> list[News]:
    """The fast path first, then positions, then the balance."""
    news = [
        News(account.uid, FAST, (fast_rows(account, positions, why, now_ms),))
        for why, positions in held.items()
    ]
    for position in dict.fromkeys(one for some in held.values() for one in some):
        row = position_push(account, position, now_ms)
        news.append(News(account.uid, POSITIONS, (row,), position.made.name, EVENT))
    news.append(News(account.uid, ACCOUNT, (balance_push(account, now_ms),), "", EVENT))
    return news
