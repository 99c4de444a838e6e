"""The venue's refusals, in its own words and with its own HTTP status (okx-v5.md 3)."""

from typing import Any

TEXTS: dict[str, tuple[int, str]] = {
    "50011": (
        200,
        "Rate limit reached. Please refer to API documentation and throttle requests accordingly.",
    ),
    "50014": (400, "Parameter {0} can not be empty."),
    "50015": (400, "Either parameter {0} or {1} is required"),
    "50024": (200, "Parameter {0} and {1} can not exist at the same time."),
    "50103": (401, 'Request header "OK-ACCESS-KEY" cannot be empty.'),
    "50111": (401, "Invalid OK-ACCESS-KEY."),
    "50115": (405, "Invalid request method."),
    "51000": (400, "Parameter {0} error"),
    "51001": (200, "Instrument ID, Instrument ID code or Spread ID doesn't exist."),
}

EVENTS: dict[str, str] = {
    "60009": "Login failure",
    "60011": "Please log in",
    "60012": "Invalid request: {0}",
    "60013": "Invalid args",
    "60014": "Requests too frequent",
    "60018": "Wrong URL or {0} doesn't exist. Please use the correct URL, channel and parameters "
    "referring to API document.",
    "60019": "Invalid op: {0}",
    "60027": "Parameter {0} can not be empty.",
    "60028": "The current operation is not supported by this URL. Please use the correct WebSocket "
    "URL for the operation.",
    "60032": "API key doesn't exist.",
    "60033": "Parameter {0} error.",
    "64001": "This channel has been migrated to the '/business' URL. Please subscribe using the "
    "new URL. More details can refer to: "
    "https://www.okx.com/help-center/changes-to-v5-api-websocket-subscription",
    "64002": 'This channel is not supported by "/business" URL. Please use "/private" URL(for '
    'private channels), or "/public" URL(for public channels). More details can refer to: '
    "https://www.okx.com/help-center/changes-to-v5-api-websocket-subscription",
    "64008": "The connection will soon be closed for a service upgrade. Please reconnect.",
}


class Refused(Exception):
    """A REST refusal; `status` and `body` are the whole answer."""

    def __init__(self, code: str, *names: str) -> None:
        self.code = code
        self.status, text = TEXTS[code]
        self.text = text.format(*names)
        super().__init__(f"{code} {self.text}")

    @property
    def body(self) -> dict[str, Any]:
        return {"code": self.code, "msg": self.text, "data": []}


def event(code: str, *names: str) -> tuple[str, str]:
    """(code, text) of a WebSocket error."""
    return code, EVENTS[code].format(*names)
