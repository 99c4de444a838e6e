"""The venue's refusals, in its own words and with its own HTTP status (okx-v5.md 3)."""

from typing import Any

from pawang.sandbox.okx.codes import EVENTS, TEXTS


class Refused(Exception):
    """A REST refusal; `status` and `body` are the whole answer."""

    def __init__(self, code: str, *names: str) -> None:
        self.code = code
        self.status, text = TEXTS[code]
        self.text = text.format(*names, "", "", "")  # what is not said stays blank
        super().__init__(f"{code} {self.text}")

    @property
    def body(self) -> dict[str, Any]:
        return {"code": self.code, "msg": self.text, "data": []}


def event(code: str, *names: str) -> tuple[str, str]:
    """(code, text) of a WebSocket error."""
    return code, EVENTS[code].format(*names)
