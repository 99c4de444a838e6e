"""REST of the simulated venue without I/O: one request in, HTTP status and JSON out.

The order of checks: path, method, then for what is private who is asking (`signing`), then rate
limit and parameters. Without accounts every signed request is a stranger's.
"""

from collections.abc import Mapping
from typing import Any

from pawang.sandbox.okx import rest_public, rest_statistics
from pawang.sandbox.okx.core import Core
from pawang.sandbox.okx.errors import Refused
from pawang.sandbox.okx.limits import LimitParams, Limits
from pawang.sandbox.okx.private.rest import PrivateRest
from pawang.sandbox.okx.private.signing import Signed
from pawang.sandbox.okx.query import Query

ROOT = "/api/v5"
PRIVATE = ("account", "trade", "asset", "users", "tradingBot", "copytrading", "finance")
ENDPOINTS = {**rest_public.ENDPOINTS, **rest_statistics.ENDPOINTS}

Answer = tuple[int, dict[str, Any]]
NO_HEADERS: Mapping[str, str] = {}


class Rest:
    """Stateless but for the rate limits. `requests` counts what was asked."""

    def __init__(
        self,
        core: Core,
        limits: LimitParams | None = None,
        private: PrivateRest | None = None,
    ) -> None:
        self._core = core
        self._private = private
        self._limits = private.limits if private else Limits(limits or LimitParams())
        self.requests = 0

    def answer(
        self,
        method: str,
        path: str,
        raw_query: str,
        peer: str = "",
        wall_ns: int = 0,
        *,
        headers: Mapping[str, str] = NO_HEADERS,
        body: bytes = b"",
    ) -> Answer:
        """`headers` by lower-case name; they and `body` matter to private endpoints only."""
        self.requests += 1
        short = path.removeprefix(ROOT)
        if not path.startswith(f"{ROOT}/"):
            return NOT_FOUND
        try:
            if short.split("/")[1] in PRIVATE:
                target = f"{path}?{raw_query}" if raw_query else path
                return self._signed(short, Signed(method, target, headers, _text(body), peer))
            return self._public(method, short, raw_query, peer, wall_ns)
        except Refused as refused:
            return self._refusal(refused)

    def _public(self, method: str, short: str, raw_query: str, peer: str, wall_ns: int) -> Answer:
        endpoint = ENDPOINTS.get(short)
        if endpoint is None:
            return NOT_FOUND
        if method not in ("GET", "HEAD"):
            raise Refused("50115")
        query = Query(raw_query)
        scope = query.text("instId") or query.text("instType") or ""
        if not self._limits.admit(short, peer, scope, wall_ns):
            raise Refused("50011")
        return 200, {"code": "0", "msg": "", "data": endpoint(self._core, query)}

    def _signed(self, short: str, signed: Signed) -> Answer:
        if self._private is None:
            raise Refused("50111" if signed.headers.get("ok-access-key") else "50103")
        body = self._private.answer(short, signed)
        return (200, body) if body is not None else NOT_FOUND

    def _refusal(self, refused: Refused) -> Answer:
        """50011 comes as 429 or as 200: both are in the wild."""
        status = self._limits.params.status if refused.code == "50011" else refused.status
        return status, refused.body


def _text(body: bytes) -> str:
    """What is no UTF-8 has no valid signature either."""
    return body.decode("utf-8", "replace")


# The exact body is not documented (okx-v5.md 12).
NOT_FOUND: Answer = (404, {"code": "404", "msg": "Not Found", "data": []})
