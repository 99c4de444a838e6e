"""People, what they send, and the messages they get. No Telegram here: any chat service fits."""

from enum import StrEnum

from pawang.model.codec import Record, Tagged


class Role(StrEnum):
    """What a numeric user id may do (row T9). Unknown ids have no role: deny by default."""

    VIEWER = "viewer"
    TRADER = "trader"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        return {"viewer": 1, "trader": 2, "admin": 3}[self.value]


class Category(StrEnum):
    """What a message is about: the unit of snooze and budget (rows T4, T7)."""

    INSTITUTIONAL = "institutional"
    SNIPER = "sniper"
    ORDER = "order"
    HEALTH = "health"
    REPORT = "report"
    SYSTEM = "system"
    REPLY = "reply"  # an answer somebody asked for
    CRITICAL = "critical"  # never snoozed, never counted


class Lane(StrEnum):
    """Who goes first through the outbox."""

    CRITICAL = "critical"
    ORDER = "order"
    SIGNAL = "signal"
    DIGEST = "digest"

    @property
    def rank(self) -> int:
        return ("critical", "order", "signal", "digest").index(self.value)


class Button(Record):
    """A button before it has an id. `action` is the verb of the actions room."""

    label: str
    action: str
    ref_id: str
    argument: str = ""


class ButtonRow(Record):
    """What an opaque callback id stands for; a row of the ledger (SEC3)."""

    token: str
    chat_id: int
    ref_id: str
    action: str
    argument: str
    ts_expiry: int
    message_id: int | None = None  # known once the message was delivered


class Picture(Record):
    """What to draw; `data` is the drawing's own record in JSON (see the pictures room)."""

    kind: str  # "heatmap", "orderbook", "report"
    data: str


class Send(Tagged):
    """A new message for one chat. `code` = UTF-16 spans (offset, length) shown as code.

    `ref_id` is also the outbox's dedup key per chat: the same ref is never sent twice.
    """

    chat_id: int
    ref_id: str
    category: Category
    lane: Lane
    text: str
    ts_created: int
    buttons: tuple[tuple[Button, ...], ...] = ()
    code: tuple[tuple[int, int], ...] = ()
    ts_expiry: int | None = None  # undelivered by then: dropped and counted
    picture: Picture | None = None
    thread_id: int | None = None


class Edit(Tagged):
    """New text and buttons for the message that carries `ref_id` in that chat."""

    chat_id: int
    ref_id: str
    lane: Lane
    text: str
    ts_created: int
    buttons: tuple[tuple[Button, ...], ...] = ()
    code: tuple[tuple[int, int], ...] = ()


class Answer(Tagged):
    """The short notice a button press gets; best effort, never stored."""

    callback_id: str
    text: str


class ChatInput(Record):
    """A command or a press, as the inbox read it. Forged and foreign ones come in too: the
    actions room decides. `button` is the ledger's row for `token`, None if there is none.
    """

    update_id: int
    chat_id: int
    chat_kind: str  # "private", "group", "supergroup", "channel"
    user_id: int
    user_name: str
    language: str  # as the chat service tells it, may be ""
    ts_sent: int  # the service's stamp
    text: str = ""  # a command, or ""
    token: str = ""  # a press, or ""
    callback_id: str = ""
    message_id: int | None = None
    thread_id: int | None = None
    forwarded: bool = False
    sender_chat_id: int | None = None  # anonymous admin or channel: refused
    button: ButtonRow | None = None


class Rating(Record):
    """One thumb; one per user and ref, the last wins (row T3)."""

    ref_id: str
    user_id: int
    chat_id: int
    rating: int  # +1 or -1
    ts_clicked: int
    latency_s: float | None  # click - delivery
    resolved: bool  # the outcome was already known
    side: str
    confidence: int | None


class Delivery(Record):
    """One signal's message to one chat. `state`: "sent", "snoozed", "budget", or what failed."""

    ref_id: str
    chat_id: int
    ts_created: int
    ts_acked: int | None
    state: str
    category: str = ""
