"""The memory ledger's outbox and buttons: the rules of `delivery`, in dicts."""

from typing import Any

from msgspec.structs import replace

from pawang.journal.rows import (
    MAX_COPIES,
    STATES,
    button_rows,
    laid_out,
    message_columns,
)
from pawang.model.chat import ButtonRow, Edit, Send
from pawang.model.codec import decode
from pawang.model.ports import OutboxRow


class Mailbox:
    def __init__(self, button_key: bytes) -> None:
        self.rows: dict[int, dict[str, Any]] = {}  # by row_id: the columns of `outbox`
        self._key = button_key
        self._open: dict[int, None] = {}  # rows in state new, so that `due` need not see all
        self._sends: dict[tuple[int, str], int] = {}  # (chat, ref) -> row_id
        self._buttons: dict[str, ButtonRow] = {}

    def post(self, message: Send | Edit, seq: int) -> None:
        """A send once per chat and ref; an edit in the place of one that still waits."""
        made = button_rows(self._key, message.chat_id, message.buttons, message.ts_created)
        for button in made:
            self._buttons[button.token] = button
        place = (message.chat_id, message.ref_id)
        if isinstance(message, Send) and place in self._sends:
            return
        row_id = len(self.rows) + 1
        if isinstance(message, Send):
            self._sends[place] = row_id
        else:
            self._merge_older(place)
        columns = message_columns(message, seq, laid_out(made, message.buttons))
        self.rows[row_id] = {"row_id": row_id, **columns}
        self._open[row_id] = None

    def keep(self, columns: dict[str, Any]) -> None:
        """A row that is there to be counted."""
        row_id = len(self.rows) + 1
        self.rows[row_id] = {"row_id": row_id, **columns}

    def _merge_older(self, place: tuple[int, str]) -> None:
        for row_id in list(self._open):
            row = self.rows[row_id]
            if row["kind"] == "edit" and (row["chat_id"], row["ref_id"]) == place:
                self._move(row_id, "merged")

    def due(self, now: int, limit: int) -> list[OutboxRow]:
        """Rows in state new, lane by lane, oldest first; an edit once its message has an id."""
        ready = []
        for row_id in list(self._open):
            row = self.rows[row_id]
            if row["ts_expiry"] is not None and row["ts_expiry"] < now:
                self._move(row_id, "expired")
        for row_id in list(self._open):
            row = self.rows[row_id]
            sent = self._send_of(row["chat_id"], row["ref_id"])
            if row["kind"] == "send":
                ready.append(_outbox_row(row, None))
            elif sent is not None and sent["state"] == "sent":
                ready.append(_outbox_row(row, sent["message_id"]))
            elif sent is None or sent["state"] not in ("new", "sending"):
                self._move(row_id, "merged")
        ready.sort(key=lambda row: (row.lane, row.row_id))
        return ready[:limit]

    def mark(self, row_id: int, state: str, now: int, message_id: int | None) -> None:
        """Move one row on. `sending` counts an attempt, `sent` carries the message's id."""
        assert state in STATES, f"no such state: {state}"
        assert row_id in self.rows, f"no outbox row {row_id}"
        row = self.rows[row_id]
        if state == "sending":
            row["attempt"] += 1
        if state == "sent":
            assert message_id is not None, "what was sent has an id"
            row |= {"message_id": message_id, "ts_acked": now}
        self._move(row_id, state)

    def surely_unsent(self, row_id: int) -> None:
        assert row_id in self.rows, f"no outbox row {row_id}"
        self.rows[row_id]["attempt"] = max(0, self.rows[row_id]["attempt"] - 1)
        self._move(row_id, "new")

    def after_a_crash(self) -> None:
        """Rows left in `sending` may or may not have arrived; see `delivery`."""
        for row_id, row in self.rows.items():
            if row["state"] == "sending":
                again = row["kind"] == "edit" or (row["critical"] and row["attempt"] < MAX_COPIES)
                self._move(row_id, "new" if again else "unknown")

    def _move(self, row_id: int, state: str) -> None:
        self.rows[row_id]["state"] = state
        if state == "new":
            self._open[row_id] = None
        else:
            self._open.pop(row_id, None)

    def _send_of(self, chat_id: int, ref_id: str) -> dict[str, Any] | None:
        row_id = self._sends.get((chat_id, ref_id))
        return None if row_id is None else self.rows[row_id]

    def message_id(self, chat_id: int, ref_id: str) -> int | None:
        row = self._send_of(chat_id, ref_id)
        return None if row is None else row["message_id"]

    def delivered_at(self, chat_id: int, ref_id: str) -> int | None:
        row = self._send_of(chat_id, ref_id)
        return None if row is None else row["ts_acked"]

    def button(self, token: str) -> ButtonRow | None:
        row = self._buttons.get(token)
        if row is None:
            return None
        return replace(row, message_id=self.message_id(row.chat_id, row.ref_id))

    def waiting(self) -> dict[str, int]:
        """Rows by state."""
        states = sorted(row["state"] for row in self.rows.values())
        return {state: states.count(state) for state in dict.fromkeys(states)}

    def as_columns(self) -> list[dict[str, Any]]:
        return [dict(row) for row in self.rows.values()]


def _outbox_row(row: dict[str, Any], message_id: int | None) -> OutboxRow:
    return OutboxRow(
        row_id=row["row_id"],
        seq=row["seq"],
        chat_id=row["chat_id"],
        ref_id=row["ref_id"],
        kind=row["kind"],
        lane=row["lane"],
        critical=row["critical"],
        state=row["state"],
        attempt=row["attempt"],
        body=row["body"],
        tokens=decode(row["tokens"].encode(), tuple[tuple[str, ...], ...]),
        message_id=message_id,
        ts_created=row["ts_created"],
        ts_acked=row["ts_acked"],
    )
