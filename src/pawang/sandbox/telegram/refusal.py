"""How the Bot API says no: a code, Telegram's own words, and sometimes parameters."""


class Refusal(Exception):
    """A call that was not applied. `description` is the text Telegram itself would answer."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    @property
    def body(self) -> dict[str, object]:
        """The JSON the caller gets."""
        reply: dict[str, object] = {
            "ok": False,
            "error_code": self.code,
            "description": self.description,
        }
        if self.parameters:
            reply["parameters"] = self.parameters
        return reply


def bad(words: str) -> Refusal:
    """400, as most refusals are."""
    return Refusal(400, f"Bad Request: {words}")


def flood(retry_after: int) -> Refusal:
    """429: come back after so many seconds."""
    return Refusal(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)
