"""What a book looks like before a trade (row R3)."""

from decimal import Decimal as D

from pawang.model.desk import Desk
from pawang.model.market import Side
from pawang.model.order import Book, Order, OrderState
from pawang.model.sizing import AccountView
from pawang.risk import account_view, day_loss_hit
from pawang.risk.caps import CapParams


def order(ref: str, book: Book, risk_usd: str, state: OrderState = OrderState.WORKING) -> Order:
    return Order(
        client_order_id=ref,
        ref_id=ref,
        book=book,
        coin="SOL",
        instrument="SOL-USDT-SWAP",
        side=Side.LONG,
        entry=D("221.16"),
        contracts=D(10),
        exits=(),
        ts_placed=0,
        ts_expiry=1,
        time_stop_ns=1,
        state=state,
        risk_usd=D(risk_usd),
    )


def desk(**fields: object) -> Desk:
    return Desk(
        risk_pct=1.5,
        equity_usd={Book.GHOST: D(9_700), Book.LIVE: D(500)},
        peak_usd={Book.GHOST: D(10_000)},
        **fields,
    )


def test_a_quiet_book():
    assert account_view(desk(), Book.GHOST) == AccountView(
        equity_usd=D(9_700), base_risk_pct=1.5, drawdown_pct=3.0
    )


def test_books_are_never_summed():
    orders = {
        "a": order("a", Book.GHOST, "97"),
        "b": order("b", Book.GHOST, "194", OrderState.CLOSED),
        "c": order("c", Book.LIVE, "5"),
        "d": order("d", Book.SHADOW, "500"),
    }
    held = desk(orders=orders)
    assert account_view(held, Book.GHOST).open_risk_pct == 1.0
    live = account_view(held, Book.LIVE)
    assert (live.open_risk_pct, live.live, live.drawdown_pct) == (1.0, True, 0.0)


def test_the_days_loss_is_of_the_equity_the_day_began_with():
    lost = desk(day_pnl_usd={Book.GHOST: D(-300)})
    assert account_view(lost, Book.GHOST).day_loss_pct == 3.0
    assert day_loss_hit(lost, Book.GHOST)
    assert not day_loss_hit(desk(day_pnl_usd={Book.GHOST: D(-299)}), Book.GHOST)
    assert day_loss_hit(lost, Book.LIVE) is False


def test_a_won_day_is_no_loss():
    assert account_view(desk(day_pnl_usd={Book.GHOST: D(300)}), Book.GHOST).day_loss_pct == 0.0


def test_the_limit_is_the_configs():
    lost = desk(day_pnl_usd={Book.GHOST: D(-300)})
    assert not day_loss_hit(lost, Book.GHOST, CapParams(day_loss_pct=5.0))


def test_a_book_that_was_never_opened_is_empty_not_an_error():
    assert account_view(Desk(), Book.GHOST) == AccountView(equity_usd=D(0), base_risk_pct=1.0)
