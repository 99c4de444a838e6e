"""Pushes updates to the bot's webhook, one at a time, again and again until it says 2xx.

Simple still: deliveries are not parallel (`max_connections` is only remembered), and a method
call in the webhook's answer is not read.
"""

from time import monotonic
from typing import Any

import httpx

from pawang.sandbox.telegram.core import TelegramCore
from pawang.sandbox.telegram.desk_clock import DeskClock
from pawang.sandbox.telegram.faults import ON_WEBHOOK
from pawang.sandbox.telegram.pulse import Pulse

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 -- the name of a header
BACKOFF_S = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)  # Telegram publishes none; it grows and is bounded
TIMEOUT_S = 60.0


class WebhookSender:
    """The task that delivers while a webhook is set."""

    def __init__(
        self,
        core: TelegramCore,
        clock: DeskClock,
        pulse: Pulse,
        backoff_s: tuple[float, ...] = BACKOFF_S,
    ) -> None:
        self.core, self.clock, self.pulse, self.backoff_s = core, clock, pulse, backoff_s

    async def run(self) -> None:
        """Until cancelled."""
        failures = 0
        async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
            while True:
                update = self._next()
                if update is None:
                    failures = 0
                    await self.pulse.wait()
                elif await self.deliver(client, update):
                    failures = 0
                else:
                    delay = self.backoff_s[min(failures, len(self.backoff_s) - 1)]
                    failures += 1
                    await self._rest(delay)

    async def _rest(self, delay_s: float) -> None:
        """Wait for the next try; a new webhook is tried at once."""
        failing, until = self.core.state.webhook, monotonic() + delay_s
        while self.core.state.webhook is failing and (left := until - monotonic()) > 0:
            await self.pulse.wait(left)

    def _next(self) -> dict[str, Any] | None:
        if not self.core.state.webhook.url:
            return None
        waiting = self.core.pending(1, self.clock.now_ms())
        return waiting[0] if waiting else None

    async def deliver(self, client: httpx.AsyncClient, update: dict[str, Any]) -> bool:
        """One try; True when the bot took it."""
        hook = self.core.state.webhook
        headers = self._secret(hook.secret)
        try:
            reply = await client.post(hook.url, json=update, headers=headers)
        except httpx.HTTPError as broken:
            error = f"Connection failed: {type(broken).__name__}"
        else:
            error = (
                "" if reply.is_success else f"Wrong response from the webhook: {reply.status_code}"
            )
        if not error:
            self.core.state.updates.done(update["update_id"])
            return True
        hook.error, hook.error_ts = error, self.core.state.date(self.clock.now_ms())
        return False

    def _secret(self, secret: str) -> dict[str, str]:
        rule = self.core.state.faults.draw(ON_WEBHOOK, "webhook", None)
        if rule is not None and rule.kind == "webhook_secret_missing":
            return {}
        if rule is not None:
            secret = "wrong-" + secret
        return {SECRET_HEADER: secret} if secret else {}
