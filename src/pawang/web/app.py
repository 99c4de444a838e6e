"""The HTTP API (row G2): read-only answers from the board, and POST /api/feedback.

Loopback by default; bearer tokens with scopes; no cookies, no CORS; the Host must be one we
serve (DNS rebinding, E04). Unknown coins are 404 with the list; before the first decision 503
with Retry-After and the reason. Still simple: no limit of requests per token (SEC13).
"""

import time
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from litestar import Litestar, MediaType, Request, Response, get, post
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException, NotAuthorizedException, PermissionDeniedException
from litestar.handlers.base import BaseRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.params import FromPath, FromQuery, JSONBody, PathParameter
from litestar.types import Message, Receive, Scope, Send
from prometheus_client import CONTENT_TYPE_LATEST

from pawang.web.board import Board, Json
from pawang.web.page import RoutesPage
from pawang.web.tokens import Token, allowed

BODY_LIMIT = 64 * 1024  # SEC13
HEADER_MAX = 8 * 1024  # bytes of all headers
JSON = MediaType.JSON
BEARER: list[dict[str, list[str]]] = [{"bearer": []}]

Desk = NamedDependency[Board]
Symbol = Annotated[str, PathParameter(description="A coin of the desk, any case")]


class FeedbackBody(msgspec.Struct, forbid_unknown_fields=True):
    """One thumb by HTTP; `clicked_at` is unix seconds or milliseconds."""

    ref_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    user_id: Annotated[int, msgspec.Meta(ge=1, lt=2**53)]
    rating: Literal[1, -1]
    clicked_at: Annotated[float, msgspec.Meta(ge=0, lt=1e13)] | None = None


def make_app(board: Board, tokens: Sequence[Token], hosts: Sequence[str]) -> "Watched":
    """The application. `hosts` are the Host headers it answers to (without port)."""
    return Watched(
        board,
        frozenset(host.lower() for host in hosts),
        route_handlers=[
            institutional,
            sniper,
            heatmap,
            orderbook,
            scheduler,
            by_ref,
            positions,
            kpi,
            report,
            feedback,
            telegram_webhook,
            health,
            ready,
            metrics,
        ],
        dependencies={"board": Provide(lambda: board, sync_to_thread=False)},
        state=State({"tokens": tuple(tokens)}),
        request_max_body_size=BODY_LIMIT,
        logging_config=None,  # the process has one owner of logs, and it is not the library
        openapi_config=OpenAPIConfig(
            title="pawang",
            version="1",
            path="/docs",
            # No page of ours loads anything from another host: the library's pages all do.
            render_plugins=[RoutesPage(), JsonRenderPlugin()],
            components=Components(
                security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer")}
            ),
        ),
        exception_handlers={HTTPException: _refuse, RecursionError: _too_deep},
    )


# Who may.


def needs(scope: str) -> Any:
    """A Litestar guard: 401 without a known token, 403 without the scope."""

    def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        may = allowed(
            connection.headers.get("authorization"), scope, connection.app.state["tokens"]
        )
        if may is None:
            raise NotAuthorizedException(
                "a bearer token is needed", headers={"WWW-Authenticate": "Bearer"}
            )
        if not may:
            raise PermissionDeniedException(f"this token has no scope {scope!r}")

    return guard


READ = [needs("read")]


def json_only(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """A form of a foreign page can post text, never JSON without asking first (SEC11)."""
    given = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != "application/json":
        raise HTTPException(status_code=415, detail="the body is to be application/json")


# Signals.


@get("/api/signal/institutional/{symbol:str}", guards=READ, security=BEARER)
async def institutional(board: Desk, symbol: Symbol) -> Response[Json]:
    """The newest institutional bias of a coin."""
    return _signal(board, "ib", symbol)


@get("/api/signal/sniper/{symbol:str}", guards=READ, security=BEARER)
async def sniper(board: Desk, symbol: Symbol) -> Response[Json]:
    """The newest sniper plan of a coin, or the no-trade with its reason."""
    return _signal(board, "snp", symbol)


@get("/api/heatmap/{symbol:str}", guards=READ, security=BEARER)
async def heatmap(board: Desk, symbol: Symbol) -> Response[Json]:
    """Estimated liquidation levels (ESTIMATED, unvalidated)."""
    return _known(board.market("heatmap", _coin(board, symbol)))


@get("/api/orderbook/{symbol:str}", guards=READ, security=BEARER)
async def orderbook(board: Desk, symbol: Symbol) -> Response[Json]:
    """The book's top and its walls."""
    return _known(board.market("orderbook", _coin(board, symbol)))


def _signal(board: Board, kind: str, symbol: str) -> Response[Json]:
    coin = _coin(board, symbol)
    found = board.signal(kind, coin)
    if found is not None:
        return Response(found, media_type=JSON)
    waiting = board.waiting(kind, coin)
    return Response(
        {"status": 503, "reason": waiting.reason},
        status_code=503,
        headers={"Retry-After": str(waiting.retry_s)},
        media_type=JSON,
    )


def _coin(board: Board, symbol: str) -> str:
    coin = symbol.upper()
    if coin not in board.coins:
        raise HTTPException(
            status_code=404,
            detail=f"unknown coin; known: {', '.join(board.coins)}",
            extra={"known": list(board.coins)},
        )
    return coin


def _known(found: Json | None) -> Response[Json]:
    if found is None:
        raise HTTPException(status_code=503, detail="not warm yet", headers={"Retry-After": "5"})
    return Response(found, media_type=JSON)


# The desk.


@get("/api/scheduler/status", guards=READ, security=BEARER)
async def scheduler(board: Desk) -> Json:
    """State (active or halted), epoch, last slot per coin, breakers, queues."""
    return board.scheduler()


@get("/api/ref/{ref_id:str}", guards=READ, security=BEARER)
async def by_ref(board: Desk, ref_id: FromPath[str]) -> Json:
    """Everything kept under one ref: decision, orders, outcomes, ratings."""
    found = board.ref(ref_id)
    if found is None:
        raise HTTPException(status_code=404, detail="no such ref")
    return found


@get("/api/positions", guards=READ, security=BEARER)
async def positions(board: Desk) -> Json:
    """Open orders and positions with their PnL at the mark, and each book's accounts (row R3)."""
    return await board.positions()


@get("/api/report", guards=READ, security=BEARER)
async def report(board: Desk, week: FromQuery[str] = "") -> Json:
    """The weekly report: the numbers of `pawang report --json`; `week` such as 2025-W38, in UTC."""
    found = await board.report(week)
    if found is None:
        raise HTTPException(status_code=400, detail="a week is written like 2025-W38")
    return found


@get("/api/kpi", guards=READ, security=BEARER)
async def kpi(board: Desk) -> Json:
    """Every KPI with its verdict, book by book: the numbers of `pawang kpi --json`."""
    return await board.kpi()


@post("/api/feedback", guards=[needs("feedback"), json_only], status_code=200, security=BEARER)
async def feedback(board: Desk, data: JSONBody[FeedbackBody]) -> Json:
    """Rate a signal: 1 or -1, one per user and ref, the last wins."""
    clicked = None
    if data.clicked_at is not None:
        seconds = data.clicked_at / 1000 if data.clicked_at > 1e11 else data.clicked_at
        clicked = int(seconds * 1e9)
    refused = await board.feedback(data.ref_id, data.user_id, data.rating, clicked)
    if refused:
        raise HTTPException(status_code=404, detail=refused)
    return {"ref_id": data.ref_id, "rating": data.rating}


@post("/telegram/webhook", status_code=200, include_in_schema=False)
async def telegram_webhook(board: Desk, request: Request[Any, Any, Any]) -> Response[None]:
    """A pushed update; its secret header is judged by the chat door, not here."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    status = await board.webhook(headers, await request.body())
    return Response(None, status_code=status)


@get("/health", sync_to_thread=False)
def health(board: Desk) -> Json:
    """Every part with its state and age; always 200 while the process lives."""
    return board.health()


@get("/ready", sync_to_thread=False)
def ready(board: Desk) -> Response[Json]:
    """200 once feed, ledger and engine work; else 503 with the reason."""
    found = board.ready()
    body = {"ready": found.ready, "reason": found.reason}
    if found.ready:
        return Response(body, media_type=JSON)
    return Response(body, status_code=503, headers={"Retry-After": str(found.retry_s)})


@get("/metrics", media_type=CONTENT_TYPE_LATEST, sync_to_thread=False)
def metrics(board: Desk) -> bytes:
    """Prometheus text format."""
    return board.metrics()


# Every request passes here.


class Watched(Litestar):
    """Refuses foreign Hosts, times what is left, and tells the metrics by route, not by path.

    Around the application and not a middleware of it: those do not see unknown paths.
    """

    def __init__(self, board: Board, hosts: frozenset[str], **settings: Any) -> None:
        super().__init__(**settings)
        self._board = board
        self._hosts = hosts

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != ScopeType.HTTP:
            await super().__call__(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            if _host(scope) not in self._hosts:
                await _turn_away(421, "unknown host", scope, receive, watch)
            elif sum(len(name) + len(value) for name, value in scope["headers"]) > HEADER_MAX:
                await _turn_away(431, "headers too large", scope, receive, watch)
            else:
                await super().__call__(scope, receive, watch)
        finally:
            template = scope.get("path_template") or "other"
            self._board.seen(template, status, time.perf_counter() - started)


async def _turn_away(status: int, why: str, scope: Scope, receive: Receive, send: Send) -> None:
    refused = Response({"status": status, "detail": why}, status_code=status, media_type=JSON)
    await refused.to_asgi_response(None, Request(scope))(scope, receive, send)


def _host(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"host":
            host: str = value.decode("latin-1").lower()
            return host.rsplit(":", 1)[0] if not host.endswith("]") else host
    return ""


def _refuse(_: Request[Any, Any, Any], refused: HTTPException) -> Response[Json]:
    body: Json = {"status": refused.status_code, "detail": refused.detail}
    if isinstance(refused.extra, dict):
        body |= refused.extra
    elif refused.extra:
        body["wrong"] = refused.extra
    return Response(
        body,
        status_code=refused.status_code,
        headers=refused.headers or {},
        media_type=JSON,
    )


def _too_deep(_: Request[Any, Any, Any], __: RecursionError) -> Response[Json]:
    body = {"status": 400, "detail": "the body is nested too deep"}
    return Response(body, status_code=400, media_type=JSON)
