"""Every method the simulated Bot API knows, by the name on the wire."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pawang.sandbox.telegram import edits, sends, settings
from pawang.sandbox.telegram.state import State
from pawang.sandbox.telegram.targets import Call


@dataclass(frozen=True, slots=True)
class Method:
    """What a call does, and how it counts: against the flood limits, in the transcript."""

    name: str
    apply: Callable[[State, Call], Any]
    sends: bool = False  # counts as a new message
    edits: bool = False  # counts as one in groups
    reads: bool = False  # changes nothing a person could see: not in the transcript


_ALL = (
    Method("getMe", settings.get_me, reads=True),
    Method("getUpdates", settings.get_updates, reads=True),
    Method("setWebhook", settings.set_webhook, reads=True),
    Method("deleteWebhook", settings.delete_webhook, reads=True),
    Method("getWebhookInfo", settings.get_webhook_info, reads=True),
    Method("sendMessage", sends.send_message, sends=True),
    Method("sendPhoto", sends.send_photo, sends=True),
    Method("sendMediaGroup", sends.send_media_group, sends=True),
    Method("sendDocument", sends.send_document, sends=True),
    Method("sendChatAction", sends.send_chat_action, reads=True),
    Method("createForumTopic", sends.create_forum_topic),
    Method("editMessageText", edits.edit_message_text, edits=True),
    Method("editMessageCaption", edits.edit_message_caption, edits=True),
    Method("editMessageMedia", edits.edit_message_media, edits=True),
    Method("editMessageReplyMarkup", edits.edit_message_reply_markup, edits=True),
    Method("deleteMessage", edits.delete_message),
    Method("deleteMessages", edits.delete_messages),
    Method("answerCallbackQuery", edits.answer_callback_query),
    Method("setMessageReaction", edits.set_message_reaction),
    Method("pinChatMessage", edits.pin_chat_message),
    Method("unpinChatMessage", edits.unpin_chat_message),
    Method("setMyCommands", settings.set_my_commands),
    Method("getMyCommands", settings.get_my_commands, reads=True),
    Method("deleteMyCommands", settings.delete_my_commands),
    Method("setChatMenuButton", settings.set_chat_menu_button),
    Method("getChatMenuButton", settings.get_chat_menu_button, reads=True),
    Method("getChat", settings.get_chat, reads=True),
    Method("getChatMember", settings.get_chat_member, reads=True),
    Method("getFile", settings.get_file, reads=True),
)

# Telegram reads method names in any case.
METHODS = {method.name.lower(): method for method in _ALL}
