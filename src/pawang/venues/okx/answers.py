"""What an answer over REST means: its rows, or one of `codes`' errors. Pure.

A question that fails may be asked again, so an open outcome is a plain retry for it; a request
that changes something is Unknown whenever nobody can say that it was *not* done: an HTML page
from a proxy, half an answer, a 5xx without a code (C01, C04).
"""

from pawang.model.codec import Record
from pawang.venues import http
from pawang.venues.okx.codes import (
    GATE,
    Halted,
    Malformed,
    OkxError,
    Refused,
    Retry,
    Unknown,
    refusal,
)
from pawang.venues.okx.parse import Parsed, parse
from pawang.venues.okx.wire import FailureRow

SIGNED = ("account", "trade")


class Call(Record):
    """One request. `expires` is the venue's time after which it must not be processed any more."""

    method: str
    path: str
    query: dict[str, str] = {}
    body: str = ""
    orders: int = 1
    instrument: str = ""
    expires: int | None = None

    @property
    def signed(self) -> bool:
        return self.path.split("/")[0] in SIGNED

    @property
    def question(self) -> bool:
        return self.method == "GET"


def judge(call: Call, answer: http.Answer) -> Parsed:
    """The rows, some perhaps refused one by one. Raises an OkxError."""
    parsed = parse(answer.body, call.path, call.method)
    failure = next((row for row in parsed.records if isinstance(row, FailureRow)), None)
    if failure is not None:
        raise _refused(call, answer.status, failure)
    if answer.status != 200:
        raise _without_words(call, answer.status)
    if parsed.refusals and not parsed.records:
        refused = parsed.refusals[0]
        if call.question:
            raise Malformed(call.path, refused.field, refused.reason)
        raise Unknown(call.path, "", f"unreadable: {refused.field}: {refused.reason}")
    return parsed


def _refused(call: Call, status: int, failure: FailureRow) -> OkxError:
    error = refusal(call.path, failure.code, failure.msg)
    if isinstance(error, Halted) and not call.signed:
        return Refused(call.path, failure.code, failure.msg)
    if isinstance(error, Unknown) and call.question:
        return Retry(call.path, failure.code, failure.msg)
    if isinstance(error, Refused) and (status == 429 or status >= 500):
        return _without_words(call, status)
    return error


def _without_words(call: Call, status: int) -> OkxError:
    """Only a status: a proxy spoke, or the venue fell over."""
    words = "without OKX's words"
    if status == 429:
        return Retry(call.path, "429", words)
    if status >= 500:
        return (Retry if call.question else Unknown)(call.path, str(status), words)
    if str(status) in GATE or call.question:
        return Refused(call.path, str(status), words)
    return Unknown(call.path, str(status), words)  # not OKX's words: they decide no order
