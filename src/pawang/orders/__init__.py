"""What became of a plan: order life cycle, position and PnL, Outcome.

Layout: `plan` (a plan becomes an order), `lifecycle` (a report moves the order on), `outcome`
(an order that is over becomes a result in USD and R), `books` (equity and the day), `money` (the
same in double entry), `relisting` (a listing changes under open plans), `cuts` (a plan is given up,
or reversed).
"""

from pawang.orders import cuts
from pawang.orders.books import count_once, open_books, open_orders, roll_day, settle
from pawang.orders.lifecycle import advance
from pawang.orders.money import accounts, booked, openings, unrealised_usd
from pawang.orders.outcome import gross_usd, resolve
from pawang.orders.plan import client_order_id, open_order
from pawang.orders.relisting import unfit

__all__ = [
    "accounts",
    "advance",
    "booked",
    "client_order_id",
    "count_once",
    "cuts",
    "gross_usd",
    "open_books",
    "open_order",
    "open_orders",
    "openings",
    "resolve",
    "roll_day",
    "settle",
    "unfit",
    "unrealised_usd",
]
