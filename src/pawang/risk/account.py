"""What a book looks like before a trade: the account view that sizes it."""

from decimal import Decimal

from pawang.model.desk import Desk
from pawang.model.order import Book, Order
from pawang.model.sizing import AccountView
from pawang.risk.caps import CapParams


def account_view(desk: Desk, book: Book) -> AccountView:
    """Equity, risk already open, losses of the day: all of one book."""
    equity = desk.equity_usd.get(book, Decimal(0))
    peak = max(desk.peak_usd.get(book, equity), equity)
    orders = [order for order in desk.orders.values() if order.book is book]
    standing = [order for order in orders if not order.state.over]
    notional = sum((_notional(desk, order) for order in standing), Decimal(0))
    day_pnl = desk.day_pnl_usd.get(book, Decimal(0))
    return AccountView(
        equity_usd=equity,
        base_risk_pct=desk.risk_pct,
        open_risk_pct=_pct(sum((order.risk_usd for order in standing), Decimal(0)), equity),
        open_notional_usd=notional,
        open_margin_usd=sum((_margin(desk, order) for order in standing), Decimal(0)),
        day_loss_pct=max(0.0, -_pct(day_pnl, equity - day_pnl)),  # of the day's first equity
        drawdown_pct=_pct(peak - equity, peak),
        live=book is Book.LIVE,
    )


def day_loss_hit(desk: Desk, book: Book, params: CapParams | None = None) -> bool:
    """Whether the day's loss stop is reached: no new plan until 00:00 UTC."""
    limit = (params or CapParams()).day_loss_pct
    return account_view(desk, book).day_loss_pct >= limit


def _pct(part: Decimal, whole: Decimal) -> float:
    return float(100 * part / whole) if whole > 0 else 0.0


def _notional(desk: Desk, order: Order) -> Decimal:
    life = desk.plans.get(order.ref_id)
    return Decimal(0) if life is None else life.sizing.notional_usd


def _margin(desk: Desk, order: Order) -> Decimal:
    life = desk.plans.get(order.ref_id)
    return Decimal(0) if life is None else life.sizing.notional_usd / life.sizing.leverage
