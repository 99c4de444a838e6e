"""What stands before every signed request and order: keys, rate limits, deadlines, maintenance.

REST and the WebSocket pass the same gate, so their orders share the counters (okx-v5.md 4).
"""

from collections.abc import Callable, Sequence
from typing import Any

from pawang.sandbox.faults import Fault, FaultScript
from pawang.sandbox.okx.errors import Refused
from pawang.sandbox.okx.limits import Allowance, Limits
from pawang.sandbox.okx.private.accounts import Account
from pawang.sandbox.okx.private.asked import Asked
from pawang.sandbox.okx.private.operations import Operation
from pawang.sandbox.okx.private.signing import Keyring

ORDERS_PER_2S = 1_000  # new and amended, all instruments, a sub-account


class Gate:
    """`wall` tells wall time in ns; `closed` whether maintenance forbids trading."""

    def __init__(
        self, keyring: Keyring, limits: Limits, faults: FaultScript, wall: Callable[[], int]
    ) -> None:
        self.keyring = keyring
        self.limits = limits
        self.faults = faults
        self.wall = wall
        self.closed: Callable[[], bool] = lambda: False
        self._orders: dict[str, Allowance] = {}
        keyring.refusing = self._refusing

    def fault(self, path: str) -> Fault | None:
        """A scripted answer for that path, if one is due."""
        return self.faults.take("http", path=path, now=self.wall()) if self.faults else None

    def _refusing(self) -> str:
        fault = self.faults.take("key", now=self.wall()) if self.faults else None
        return (fault.code or "50111") if fault is not None else ""

    def must_trade(self, account: Account) -> None:
        """Raises while trading is closed, or when the key may only read."""
        if "trade" not in account.params.permissions:
            raise Refused("50120")
        if self.closed():
            raise Refused("50001")

    def check_scripted_limit(self, path: str) -> None:
        """Raises 50011 where a fault script wants it (C26)."""
        if self.faults and self.faults.take("rate_limit", path=path, now=self.wall()):
            raise Refused("50011")

    def check_expiry(self, given: Any) -> None:
        """expTime, ms: 50036 when it has passed already, by the clock it is nearer to."""
        if given in (None, ""):
            return
        text = str(given)
        if not (text.isascii() and text.isdigit()) or len(text) > 16:
            raise Refused("51000", "expTime")
        if int(text) < self.keyring.clocks.nearest(int(text)):
            raise Refused("50036")

    def check_rate(self, operation: Operation, account: Account, items: Sequence[Asked]) -> None:
        """Requests a user and instrument; of batches each order counts, one alone as single."""
        names = {asked.text("instId") or asked.text("instIdCode") for asked in items}
        path = operation.scope
        if operation.batch and len(items) == 1:
            path = SINGLE[path]
        for name in sorted(names):
            count = sum(1 for one in items if name in (one.text("instId"), one.text("instIdCode")))
            if not self.limits.admit(path, account.uid, name, self.wall(), count):
                raise Refused("50011")

    def admit_orders(self, operation: Operation, account: Account) -> Callable[[Asked], str]:
        """For each item: "" or 50061, 1,000 new and amended orders in 2 s."""
        if not operation.counts or not self.limits.params.enforced:
            return lambda asked: ""
        allowance = self._orders.setdefault(account.uid, Allowance(ORDERS_PER_2S, 2))
        return lambda asked: "" if allowance.take(self.wall()) else "50061"


SINGLE = {
    "/trade/batch-orders": "/trade/order POST",
    "/trade/cancel-batch-orders": "/trade/cancel-order",
    "/trade/amend-batch-orders": "/trade/amend-order",
}
