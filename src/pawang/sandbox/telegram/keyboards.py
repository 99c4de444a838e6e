"""Inline keyboards: what may stand on a button, and how many."""

from typing import Any

from pawang.sandbox.telegram.refusal import bad

BUTTONS_MAX = 100
ROW_MAX = 8
DATA_BYTES_MAX = 64
# A button must do exactly one of these (core.telegram.org/bots/api#inlinekeyboardbutton).
DEEDS = (
    "callback_data", "url", "web_app", "login_url", "switch_inline_query",
    "switch_inline_query_current_chat", "copy_text", "pay", "callback_game",
)  # fmt: skip

Keyboard = dict[str, Any]


def checked(markup: Any) -> Keyboard | None:
    """The inline keyboard to keep, None for an empty one. Raises Refusal.

    Reply keyboards, `remove_keyboard` and `force_reply` are accepted and not shown.
    """
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    if "inline_keyboard" not in markup:
        return None
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    if sum(len(row) for row in rows) > BUTTONS_MAX or any(len(row) > ROW_MAX for row in rows):
        raise bad("reply markup is too long")
    kept = [[_button(button) for button in row] for row in rows if row]
    return {"inline_keyboard": kept} if kept else None


def _button(button: Any) -> dict[str, Any]:
    if not isinstance(button, dict):
        raise bad("can't parse inline keyboard button: expected an Object")
    if not isinstance(button.get("text"), str) or not button["text"].strip():
        raise bad("can't parse inline keyboard button: inline button text must be non-empty")
    if not any(deed in button for deed in DEEDS):
        raise bad(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    data = button.get("callback_data")
    if data is not None and not _is_data(data):
        raise bad("BUTTON_DATA_INVALID")
    return {key: value for key, value in button.items() if value is not None}


def _is_data(data: Any) -> bool:
    return isinstance(data, str) and 1 <= len(data.encode()) <= DATA_BYTES_MAX


def labels(message: dict[str, Any]) -> list[list[str]]:
    """What stands on the buttons, row by row."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [[button["text"] for button in row] for row in rows]


def find(message: dict[str, Any], label: str = "", data: str = "") -> dict[str, Any] | None:
    """The button with that label, or with that callback data."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    for row in rows:
        for button in row:
            if (label and button["text"] == label) or (
                data and button.get("callback_data") == data
            ):
                found: dict[str, Any] = button
                return found
    return None
