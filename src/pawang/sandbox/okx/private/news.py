"""What has happened to accounts and is to be told: rows by channel, in the order of happening."""

from dataclasses import dataclass

from pawang.sandbox.okx.rows import Row

ORDERS, ALGOS, ADVANCE, FILLS = "orders", "orders-algo", "algo-advance", "fills"
ACCOUNT, POSITIONS, FAST = "account", "positions", "balance_and_position"
WARNING = "liquidation-warning"


@dataclass(frozen=True, slots=True)
class News:
    """One push of a private channel; `event_type` for those that carry one."""

    uid: str
    channel: str
    rows: tuple[Row, ...]
    inst_id: str = ""
    event_type: str = ""
    regular: bool = False  # of the clock, not of an event: some want only events
