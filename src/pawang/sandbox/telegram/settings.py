"""The methods about the bot itself: who it is, its menu, its webhook, its chats and files."""

import re
from typing import Any
from urllib.parse import urlsplit

from pawang.sandbox.telegram.edits import pinned
from pawang.sandbox.telegram.refusal import Refusal, bad
from pawang.sandbox.telegram.state import Json, State, Webhook
from pawang.sandbox.telegram.targets import Call, target_chat

COMMANDS_MAX = 100
COMMAND = re.compile(r"[a-z0-9_]{1,32}")
DESCRIPTION_MAX = 256
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def get_me(state: State, call: Call) -> Json:
    return {
        **state.bot,
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


# -- updates ---------------------------------------------------------------------------------


def get_updates(state: State, call: Call) -> list[Json]:
    """What is there now; waiting for more is the server's part."""
    if state.webhook.url:
        raise Refusal(
            409,
            "Conflict: can't use getUpdates method while webhook is active;"
            " use deleteWebhook to delete the webhook first",
        )
    limit = call.params.integer("limit", 100)
    state.updates.allow(call.params.list("allowed_updates"))
    state.updates.acknowledge(call.params.integer("offset"))
    return state.updates.pending(limit or 100, call.now_ms)


def set_webhook(state: State, call: Call) -> bool:
    url = call.params.text("url").strip()
    secret = call.params.text("secret_token")
    connections = call.params.integer("max_connections", 40)
    if not url:
        return delete_webhook(state, call)
    if urlsplit(url).scheme not in ("http", "https"):
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if urlsplit(url).hostname not in LOOPBACK:
        raise bad("bad webhook: the sandbox calls loopback addresses only")
    if secret and not SECRET.fullmatch(secret):
        raise bad("secret token contains unallowed characters")
    if not 1 <= connections <= 100:
        raise bad("max_connections must be between 1 and 100")
    state.updates.allow(call.params.list("allowed_updates"))
    _drop_if_asked(state, call)
    state.webhook = Webhook(url, secret, connections)
    state.wake()
    return True


def delete_webhook(state: State, call: Call) -> bool:
    _drop_if_asked(state, call)
    state.webhook = Webhook()
    state.wake()
    return True


def _drop_if_asked(state: State, call: Call) -> None:
    if call.params.flag("drop_pending_updates"):
        state.updates.drop()


def get_webhook_info(state: State, call: Call) -> Json:
    hook = state.webhook
    info: Json = {
        "url": hook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(state.updates),
    }
    if hook.url:
        info["max_connections"] = hook.max_connections
    if hook.error_ts is not None:
        info |= {"last_error_date": hook.error_ts, "last_error_message": hook.error}
    if state.updates.allowed:
        info["allowed_updates"] = list(state.updates.allowed)
    return info


# -- the menu --------------------------------------------------------------------------------


def set_my_commands(state: State, call: Call) -> bool:
    commands = call.params.list("commands")
    if commands is None:
        raise bad("expected an Array of BotCommand")
    if len(commands) > COMMANDS_MAX:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    state.commands[_audience(call)] = [_command(command) for command in commands]
    state.changed("commands", None, commands=menu(state))
    return True


def get_my_commands(state: State, call: Call) -> list[Json]:
    return state.commands.get(_audience(call), [])


def delete_my_commands(state: State, call: Call) -> bool:
    state.commands.pop(_audience(call), None)
    state.changed("commands", None, commands=menu(state))
    return True


def _audience(call: Call) -> tuple[str, str]:
    scope = call.params.json("scope") or {}
    if not isinstance(scope, dict):
        raise bad("can't parse BotCommandScope")
    kind = str(scope.get("type", "default"))
    chat = str(scope.get("chat_id", ""))
    user = str(scope.get("user_id", ""))
    return ":".join(part for part in (kind, chat, user) if part), call.params.text("language_code")


def _command(given: Any) -> Json:
    if not isinstance(given, dict):
        raise bad("can't parse BotCommand: expected an Object")
    name = str(given.get("command", "")).removeprefix("/")
    words = str(given.get("description", ""))
    if not COMMAND.fullmatch(name):
        raise bad("BOT_COMMAND_INVALID")
    if not 1 <= len(words) <= DESCRIPTION_MAX:
        raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": words}


def menu(state: State, chat_id: int | None = None, language: str = "") -> list[Json]:
    """The commands a private chat's person sees: the narrowest scope that has any."""
    for scope in (f"chat:{chat_id}", "all_private_chats", "default"):
        for code in dict.fromkeys((language, "")):
            if (scope, code) in state.commands:
                return state.commands[scope, code]
    return []


def set_chat_menu_button(state: State, call: Call) -> bool:
    button = call.params.json("menu_button") or {"type": "default"}
    if not isinstance(button, dict) or button.get("type") not in ("commands", "web_app", "default"):
        raise bad("can't parse MenuButton")
    if "chat_id" in call.params:
        target_chat(state, call.params).menu_button = button
    return True


def get_chat_menu_button(state: State, call: Call) -> Json:
    if "chat_id" in call.params:
        return target_chat(state, call.params).menu_button
    return {"type": "commands"}


# -- chats and files -------------------------------------------------------------------------


def get_chat(state: State, call: Call) -> Json:
    """ChatFullInfo, with what its type promises to hold always."""
    chat = target_chat(state, call.params)
    full: Json = {
        **chat.brief,
        "accent_color_id": chat.id % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(
            (
                "unlimited_gifts",
                "limited_gifts",
                "unique_gifts",
                "premium_subscription",
                "gifts_from_channels",
            ),
            False,
        ),
    }
    message = pinned(chat)
    return full | ({"pinned_message": message} if message else {})


def get_chat_member(state: State, call: Call) -> Json:
    """A person of a private chat is its member; in groups whoever has ever written there is."""
    chat = target_chat(state, call.params)
    user = state.users.get(call.params.integer("user_id"))
    if call.params.integer("user_id") == state.bot["id"]:
        return {"user": state.bot, "status": "member"}
    wrote = any(message["from"] == user for message in chat.messages.values())
    if user is None or not wrote:
        raise bad("user not found")
    return {"user": user, "status": "member"}


def get_file(state: State, call: Call) -> Json:
    stored = state.files.by_id(call.params.text("file_id"))
    if stored is None:
        raise bad("wrong file_id or the file is temporarily unavailable")
    return stored.file
