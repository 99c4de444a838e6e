"""REST of the simulated venue without I/O: one request in, HTTP status and JSON out.

The order of checks: path, method, rate limit, parameters. Whatever is private has no key to know
yet and answers 401, as OKX does to a stranger.
"""

from typing import Any

from pawang.sandbox.okx import rest_public, rest_statistics
from pawang.sandbox.okx.core import Core
from pawang.sandbox.okx.errors import Refused
from pawang.sandbox.okx.limits import LimitParams, Limits
from pawang.sandbox.okx.query import Query

ROOT = "/api/v5"
PRIVATE = ("account", "trade", "asset", "users", "tradingBot", "copytrading", "finance")
ENDPOINTS = {**rest_public.ENDPOINTS, **rest_statistics.ENDPOINTS}

Answer = tuple[int, dict[str, Any]]


class Rest:
    """Stateless but for the rate limits. `requests` counts what was asked."""

    def __init__(self, core: Core, limits: LimitParams | None = None) -> None:
        self._core = core
        self._limits = Limits(limits or LimitParams())
        self.requests = 0

    def answer(
        self,
        method: str,
        path: str,
        raw_query: str,
        peer: str = "",
        wall_ns: int = 0,
        *,
        signed: bool = False,
    ) -> Answer:
        """`signed`: the request carries an OK-ACCESS-KEY (none is known here)."""
        self.requests += 1
        short = path.removeprefix(ROOT)
        if not path.startswith(f"{ROOT}/"):
            return NOT_FOUND
        if short.split("/")[1] in PRIVATE:
            return _refusal(Refused("50111" if signed else "50103"))
        endpoint = ENDPOINTS.get(short)
        if endpoint is None:
            return NOT_FOUND
        if method not in ("GET", "HEAD"):
            return _refusal(Refused("50115"))
        query = Query(raw_query)
        scope = query.text("instId") or query.text("instType") or ""
        if not self._limits.admit(short, peer, scope, wall_ns):
            return self._limits.params.status, Refused("50011").body
        try:
            return 200, {"code": "0", "msg": "", "data": endpoint(self._core, query)}
        except Refused as refused:
            return _refusal(refused)


def _refusal(refused: Refused) -> Answer:
    return refused.status, refused.body


# The exact body is not documented (okx-v5.md 12).
NOT_FOUND: Answer = (404, {"code": "404", "msg": "Not Found", "data": []})
