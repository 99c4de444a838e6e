"""The parameters of one call, whatever body carried them.

A urlencoded or multipart body knows only strings, a JSON body knows types, and Telegram takes
both: `chat_id` may be 5 or "5", `reply_markup` an object or its JSON text.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from pawang.sandbox.telegram.refusal import bad


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came in a multipart body."""

    name: str
    mime: str
    data: bytes


class Params(Mapping[str, Any]):
    """Typed access; every wrong value is a 400 in Telegram's words."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = {key: value for key, value in values.items() if value is not None}

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def text(self, key: str, default: str = "") -> str:
        value = self._values.get(key, default)
        if isinstance(value, Upload):
            raise bad(f'parameter "{key}" must be a string')
        return value if isinstance(value, str) else str(value)

    def integer(self, key: str, default: int = 0) -> int:
        value = self._values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise bad(f'field "{key}" must be of type Number')
        try:
            return int(value)
        except ValueError:
            # Telegram reads a number it cannot parse as 0; refusing shows the bug earlier.
            raise bad(f'field "{key}" must be of type Number') from None

    def flag(self, key: str) -> bool:
        value = self._values.get(key, False)
        return value is True or str(value).strip().lower() in ("true", "yes", "1")

    def json(self, key: str) -> Any:
        """An object or list, parsed when it came as text; None when absent or empty."""
        value = self._values.get(key)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return msgspec.json.decode(value)
        except msgspec.DecodeError:
            raise bad(f"can't parse {key.replace('_', ' ')} JSON object") from None

    def list(self, key: str) -> list[Any] | None:
        value = self.json(key)
        if value is None:
            return None
        if not isinstance(value, list):
            raise bad(f'expected an Array in field "{key}"')
        return value

    def file(self, key: str) -> Upload | str | None:
        """The upload itself, the one an `attach://name` points to, or a file id."""
        return self.attached(self._values.get(key))

    def attached(self, value: Any) -> Upload | str | None:
        if not isinstance(value, str) or not value.startswith("attach://"):
            return value if isinstance(value, Upload | str) else None
        upload = self._values.get(value.removeprefix("attach://"))
        return upload if isinstance(upload, Upload) else None
