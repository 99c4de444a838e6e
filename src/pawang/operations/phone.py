"""A finger on the phone: what the headless demo and the drills type and press.

Talks to the simulated Telegram's user side (its `GET /openapi.json`), never to a real one.
"""

from typing import Any

import httpx


class Phone:
    """One user in one chat of the simulated Telegram at `url`."""

    def __init__(self, url: str, chat_id: int, user_id: int) -> None:
        self._http = httpx.AsyncClient(base_url=url, timeout=10, trust_env=False)
        self.chat_id = chat_id
        self.user_id = user_id

    async def type(self, text: str) -> None:
        """Send a message, e.g. a command."""
        who = {"chat_id": self.chat_id, "user_id": self.user_id}
        reply = await self._http.post("/user/message", json={**who, "text": text})
        reply.raise_for_status()

    async def press(self, message_id: int, label: str) -> bool:
        """Press the button that says `label`; False when the message has no such button now."""
        reply = await self._http.post(
            "/user/press",
            json={
                "chat_id": self.chat_id,
                "user_id": self.user_id,
                "message_id": message_id,
                "label": label,
            },
        )
        return reply.is_success

    async def transcript(self) -> list[dict[str, Any]]:
        """Every applied call in order, across desk restarts."""
        reply = await self._http.get("/transcript")
        reply.raise_for_status()
        body = reply.json()
        rows = body.get("result", body) if isinstance(body, dict) else body
        assert isinstance(rows, list)
        return rows

    async def close(self) -> None:
        await self._http.aclose()
