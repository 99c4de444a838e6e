"""A pushed update: headers and body in, an input or a refusal with its HTTP status out (SEC6).

Pure; the web door mounts it. Order matters: the secret first, in constant time, and nothing of
the body is looked at before it was right (B11). What has the secret and is valid JSON is taken
even when we have no use for it: a status other than 2xx would bring it again and again.

>>> receive({}, b"{}", Secret("s3cret"))
WebhookRefused(status=401, reason='the secret is missing or wrong')
"""

from collections.abc import Mapping

import msgspec

from pawang.guards.secret import Secret, same
from pawang.model.chat import ChatInput
from pawang.model.codec import Record
from pawang.telegram.inbox import heard

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 -- the name of a header
BODY_MAX = 64 * 1024
DEPTH_MAX = 16  # of the JSON (SEC13)


class WebhookRefused(Record):
    status: int
    reason: str  # for a counter and the log; never holds what was given


class WebhookTaken(Record):
    """`input` None: acknowledged, and nothing for us."""

    input: ChatInput | None


def receive(
    headers: Mapping[str, str], body: bytes, secret: Secret
) -> WebhookTaken | WebhookRefused:
    """`headers` with lower-case names. The secret must have been set: an empty one is a bug."""
    assert secret, "a webhook without a secret is open to everybody"
    if not same(headers.get(SECRET_HEADER, ""), secret.reveal()):
        return WebhookRefused(status=401, reason="the secret is missing or wrong")
    if len(body) > BODY_MAX:
        return WebhookRefused(status=413, reason="the body is too large")
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return WebhookRefused(status=415, reason="only JSON is taken")
    try:
        update = msgspec.json.decode(body, type=dict[str, object])
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return WebhookRefused(status=400, reason="the body is no JSON object")
    if not isinstance(update.get("update_id"), int) or _deeper(update, DEPTH_MAX):
        return WebhookRefused(status=400, reason="the body is no update")
    try:
        return WebhookTaken(input=heard(update))
    except Exception:  # a door: the library may raise anything over a shape it does not know
        return WebhookTaken(input=None)


def _deeper(value: object, levels: int) -> bool:
    """Is it nested more than `levels` deep?"""
    if isinstance(value, dict):
        return levels == 0 or any(_deeper(inner, levels - 1) for inner in value.values())
    if isinstance(value, list):
        return levels == 0 or any(_deeper(inner, levels - 1) for inner in value)
    return False
