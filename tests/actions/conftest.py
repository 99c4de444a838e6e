"""A small crew, a sent plan, and ways to say and press things."""

from datetime import UTC, datetime
from decimal import Decimal as D
from hashlib import sha256
from typing import Any

import pytest

from pawang.actions import Acted, ActionParams, act
from pawang.model.chat import Answer, ButtonRow, ChatInput, Role, Send
from pawang.model.decision import SniperPlan, Target
from pawang.model.desk import Chat, Desk, Person, PlanLife
from pawang.model.event import Asked, Audit, Count, Recalled
from pawang.model.instrument import Instrument
from pawang.model.market import Side
from pawang.model.order import Book, Order, OrderState
from pawang.model.refs import MINUTE, SECOND
from pawang.model.sizing import Sizing
from pawang.model.view import BookView, MarketView, Memory
from pawang.orders import open_order

NOW = int(datetime(2025, 9, 15, 7, 36, 10, tzinfo=UTC).timestamp()) * SECOND
REF = "snp_20250915_0736_SOL"
ADMIN, TRADER, VIEWER, ADMIN2, STRANGER = 7, 8, 9, 11, 666
GROUP = -100
CODE = "48151623"
PARAMS = ActionParams(code_key="k" * 32, pairing_hash=sha256(CODE.encode()).hexdigest())


def plan() -> SniperPlan:
    return SniperPlan(
        ref_id=REF,
        coin="SOL",
        side=Side.LONG,
        entry_low=D("221.30"),
        entry_high=D("221.45"),
        entry=D("221.45"),
        stop=D("220.60"),
        targets=tuple(
            Target(price=D(price), share_pct=share, magnet_price=float(price))
            for price, share in (("222.0", 50), ("222.7", 30), ("223.4", 20))
        ),
        stop_pct=0.38,
        target_pcts=(0.28, 0.6, 0.9),
        cost_win_pct=0.04,
        cost_loss_pct=0.07,
        reward_risk=(0.57, 1.33),
        null_tp1=0.55,
        null_tp2=0.37,
        wall=None,
        ts_expiry=NOW + 6 * MINUTE,
        time_stop_ns=60 * MINUTE,
        evidence=(),
    )


def sizing() -> Sizing:
    return Sizing(
        rule="table",
        base_risk_pct=1.0,
        confidence=75,
        multiplier=1.3,
        vol_adj=1.1,
        flow_adj=1.0,
        size_pct=1.43,
        size_pct_final=1.43,
        atr_pct=0.88,
        loss_per_coin_usd=D("0.97"),
        contracts_before_caps=D("146.89"),
        contracts=D("146.89"),
        notional_usd=D("32518"),
        loss_usd=D("143"),
        leverage=11,
        caps=(),
        no_trade=None,
        shadow={},
    )


def crew_desk() -> Desk:
    """Everybody has a private chat, one group, one live plan with its shadow order."""
    people = {
        ADMIN: Person(user_id=ADMIN, role=Role.ADMIN, name="ana"),
        TRADER: Person(user_id=TRADER, role=Role.TRADER, name="budi"),
        VIEWER: Person(user_id=VIEWER, role=Role.VIEWER, name="citra"),
        ADMIN2: Person(user_id=ADMIN2, role=Role.ADMIN, name="dewi"),
    }
    chats = {user: Chat(chat_id=user, kind="private") for user in people}
    chats[GROUP] = Chat(chat_id=GROUP, kind="group")
    shadow = open_order(plan(), sizing(), Book.SHADOW, NOW)
    life = PlanLife(
        plan=plan(),
        sizing=sizing(),
        confidence=75,
        ts_sent=NOW,
        chats=(*people, GROUP),
        orders={Book.SHADOW: shadow.client_order_id},
    )
    return Desk(
        people=people,
        chats=chats,
        plans={REF: life},
        orders={shadow.client_order_id: shadow},
    )


class Crew:
    """Says and presses, one update after another, on a desk that it keeps."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.now, self.updates = desk, NOW, 0
        self.acted = Acted(desk=desk)

    def hears(self, user: int, chat: int | None = None, **fields: Any) -> ChatInput:
        self.updates += 1
        where = user if chat is None else chat
        base: dict[str, Any] = {
            "update_id": self.updates,
            "chat_id": where,
            "chat_kind": "private" if where > 0 else "group",
            "user_id": user,
            "user_name": f"user{user}",
            "language": "en",
            "ts_sent": self.now,
        }
        return ChatInput(**{**base, **fields})

    def give(self, heard: ChatInput, recalled: Recalled | None = None) -> Acted:
        asked = Asked(input=heard, recalled=recalled or Recalled())
        self.acted = act(self.desk, asked, self.now, PARAMS)
        self.desk = self.acted.desk
        return self.acted

    def says(self, user: int, text: str, chat: int | None = None, **fields: Any) -> Acted:
        recalled = fields.pop("recalled", None)
        return self.give(self.hears(user, chat, text=text, **fields), recalled)

    def presses(
        self, user: int, action: str, argument: str = "", chat: int | None = None, **fields: Any
    ) -> Acted:
        where = user if chat is None else chat
        row = ButtonRow(
            token="t" * 22,
            chat_id=where,
            ref_id=fields.pop("ref", REF),
            action=action,
            argument=argument,
            ts_expiry=self.now + 60 * MINUTE,
        )
        recalled = fields.pop("recalled", None)
        given = {"token": row.token, "callback_id": "c1", "button": row, "ts_sent": 0, **fields}
        return self.give(self.hears(user, chat, **given), recalled)

    def of(self, kind: type) -> list[Any]:
        return [effect for effect in self.acted.effects if isinstance(effect, kind)]

    @property
    def said(self) -> str:
        """What the one who asked was told: the notice, or the reply."""
        told = [effect.text for effect in self.acted.effects if isinstance(effect, Answer | Send)]
        return next((text for text in told if text), "")

    @property
    def did(self) -> list[str]:
        """Effects that move more than words."""
        words = (Send, Answer, Audit, Count)
        return [type(e).__name__ for e in self.acted.effects if not isinstance(e, words)]

    def ghost(self, **changes: object) -> Order:
        """Put the taken order into this state."""
        from msgspec.structs import replace

        life = self.desk.plans[REF]
        made = life.orders.get(Book.GHOST)
        order = self.desk.orders[made] if made else open_order(plan(), sizing(), Book.GHOST, NOW)
        order = replace(order, **({"state": OrderState.WORKING} | changes))
        life = replace(
            life, taken_by=TRADER, orders={**life.orders, Book.GHOST: order.client_order_id}
        )
        self.desk = replace(
            self.desk,
            plans={REF: life},
            orders={**self.desk.orders, order.client_order_id: order},
        )
        return order


@pytest.fixture
def crew() -> Crew:
    return Crew(crew_desk())


@pytest.fixture
def empty() -> Crew:
    """A desk nobody was paired with yet."""
    return Crew(Desk())


@pytest.fixture(scope="session")
def names() -> type:
    class Names:
        now, ref, code, params, group = NOW, REF, CODE, PARAMS, GROUP
        admin, trader, viewer, admin2, stranger = ADMIN, TRADER, VIEWER, ADMIN2, STRANGER

    return Names


@pytest.fixture(scope="session")
def view() -> MarketView:
    """A quiet SOL market: a book, nothing else."""
    book = BookView(
        bid=221.49,
        ask=221.51,
        mid=221.5,
        spread_bps=0.9,
        spread_median_bps=None,
        imbalance_5bp=0.0,
        imbalance_10bp=0.0,
        imbalance_25bp=0.0,
        imbalance_held_s=0.0,
        depth_10bp_usd=1e6,
        age_s=0.1,
    )
    instrument = Instrument.swap(
        "SOL", contract_value=D(1), tick_size=D("0.01"), lot_size=D("0.01")
    )
    return MarketView(
        coin="SOL",
        ts=NOW,
        instrument=instrument,
        book=book,
        book_problem=None,
        last_price=None,
        mark_price=None,
        index_price=None,
        walls=(),
        flow=(),
        cvd_usd=0.0,
        theta_usd=1e6,
        atr_1h_pct=None,
        atr_5m_pct=None,
        funding=None,
        open_interest_usd=None,
        etf=None,
        sentiment=(),
        magnets=(),
        magnets_problem=None,
        correlation_btc=None,
        memory=Memory(),
    )
