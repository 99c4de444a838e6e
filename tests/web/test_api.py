"""The HTTP door: who may ask what, and what the answers are (rows G2, SEC9-SEC13)."""

import pytest
from litestar.testing import TestClient
from msgspec.structs import replace

from pawang.model.errors import BadConfig
from pawang.web import Board, Metrics, Ready, Token, hashed, listen, make_app

SIGNAL = {"ref_id": "ib_20250915_0733_BTC", "symbol": "BTC", "side": "LONG", "confidence": 64}
TOKENS = [
    Token(name="grafana", hash=hashed("reads"), scopes=("read",)),
    Token(name="bot", hash=hashed("rates"), scopes=("feedback",)),
    Token(name="root", hash=hashed("rules"), scopes=("admin",)),
]
READS = [
    "/api/signal/institutional/BTC",
    "/api/signal/sniper/BTC",
    "/api/heatmap/BTC",
    "/api/orderbook/BTC",
    "/api/scheduler/status",
    "/api/ref/ib_20250915_0733_BTC",
    "/api/positions",
    "/api/kpi",
]
OPEN = ["/health", "/ready", "/metrics", "/docs", "/docs/openapi.json"]
THUMB = {"ref_id": "ib_20250915_0733_BTC", "user_id": 1001, "rating": 1}


POSITIONS = {"positions": [], "books": {"ghost": {"cash": "10000", "earned": "0"}}}
KPIS = {"as_of": 7, "books": {"shadow": []}, "desk": []}


async def kpis():
    return KPIS


async def positions():
    return POSITIONS


async def no_webhook(headers, body):
    return 404


@pytest.fixture
def thumbs():
    return []


@pytest.fixture
def board(thumbs):
    async def feedback(ref_id, user_id, rating, clicked):
        if ref_id != "ib_20250915_0733_BTC":
            return "no such ref"
        thumbs.append((ref_id, user_id, rating, clicked))
        return ""

    metrics = Metrics()
    return Board(
        coins=("BTC", "SOL"),
        signal=lambda kind, coin: {**SIGNAL, "kind": kind} if coin == "BTC" else None,
        market=lambda kind, coin: {"symbol": coin, "kind": kind} if coin == "BTC" else None,
        scheduler=lambda: {"state": "active", "epoch": 3},
        ref=lambda ref_id: {"ref_id": ref_id} if ref_id == SIGNAL["ref_id"] else None,
        health=lambda: {"state": "active", "parts": {"okx rest": "closed"}},
        ready=lambda: Ready(ready=True),
        waiting=lambda kind, coin: Ready(ready=False, reason="ATR needs 3 more bars", retry_s=30),
        feedback=feedback,
        positions=positions,
        kpi=kpis,
        metrics=metrics.text,
        seen=metrics.request,
        webhook=no_webhook,
    )


def client_of(board, host="127.0.0.1:8080"):
    return TestClient(make_app(board, TOKENS, ("127.0.0.1", "localhost")), f"http://{host}")


@pytest.fixture
def client(board):
    with client_of(board) as opened:
        yield opened


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("headers", [{}, bearer("other"), {"Authorization": "reads"}, bearer("")])
def test_SEC9_nobody_reads_without_a_token_of_ours(client, path, headers):
    reply = client.get(path, headers=headers)
    assert (reply.status_code, reply.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert reply.json() == {"status": 401, "detail": "a bearer token is needed"}


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("token", ["reads", "rules"])
def test_SEC9_a_reader_and_an_admin_read_everything(client, path, token):
    assert client.get(path, headers=bearer(token)).status_code == 200


@pytest.mark.parametrize("path", READS)
def test_SEC9_a_token_for_feedback_reads_nothing(client, path):
    reply = client.get(path, headers=bearer("rates"))
    assert reply.json() == {"status": 403, "detail": "this token has no scope 'read'"}


@pytest.mark.parametrize("path", OPEN)
def test_health_and_docs_need_no_token(client, path):
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("symbol", ["BTC", "btc", "Btc"])
def test_G2_a_coin_is_known_in_any_case(client, symbol):
    reply = client.get(f"/api/signal/institutional/{symbol}", headers=bearer("reads"))
    assert reply.json() == {**SIGNAL, "kind": "ib"}


@pytest.mark.parametrize("what", ["signal/institutional", "signal/sniper", "heatmap", "orderbook"])
@pytest.mark.parametrize("symbol", ["DOGE", "BTC-USDT", "%00", "X" * 500, "ß"])
def test_G2_an_unknown_coin_is_404_with_the_list(client, what, symbol):
    reply = client.get(f"/api/{what}/{symbol}", headers=bearer("reads"))
    assert reply.status_code == 404
    assert reply.json() == {
        "status": 404,
        "detail": "unknown coin; known: BTC, SOL",
        "known": ["BTC", "SOL"],
    }


@pytest.mark.parametrize("kind", ["institutional", "sniper"])
def test_G2_before_the_first_decision_503_says_why_and_when_to_ask_again(client, kind):
    reply = client.get(f"/api/signal/{kind}/SOL", headers=bearer("reads"))
    assert (reply.status_code, reply.headers["Retry-After"]) == (503, "30")
    assert reply.json() == {"status": 503, "reason": "ATR needs 3 more bars"}


@pytest.mark.parametrize("what", ["heatmap", "orderbook"])
def test_G2_a_picture_of_a_cold_market_is_503(client, what):
    reply = client.get(f"/api/{what}/SOL", headers=bearer("reads"))
    assert (reply.status_code, reply.headers["Retry-After"]) == (503, "5")


def test_a_ref_nobody_made_is_404(client):
    assert client.get("/api/ref/none", headers=bearer("reads")).status_code == 404


def test_G2_not_ready_is_503_with_the_reason(board):
    cold = replace(board, ready=lambda: Ready(ready=False, reason="back-filling", retry_s=7))
    with client_of(cold) as client:
        reply = client.get("/ready")
        assert client.get("/health").status_code == 200
    assert (reply.status_code, reply.headers["Retry-After"]) == (503, "7")
    assert reply.json() == {"ready": False, "reason": "back-filling"}


# Feedback.


@pytest.mark.parametrize(
    ("clicked_at", "ns"),
    [
        (None, None),
        (1_757_921_580, 1_757_921_580 * 10**9),
        (1_757_921_580_000, 1_757_921_580 * 10**9),
    ],
)
def test_G2_a_thumb_is_taken_with_its_time_in_seconds_or_milliseconds(
    client, thumbs, clicked_at, ns
):
    reply = client.post(
        "/api/feedback", json={**THUMB, "clicked_at": clicked_at}, headers=bearer("rates")
    )
    assert (reply.status_code, thumbs) == (200, [(THUMB["ref_id"], 1001, 1, ns)])


@pytest.mark.parametrize(
    "wrong",
    [
        {"rating": 0},
        {"rating": 2},
        {"rating": True},
        {"user_id": "me"},
        {"user_id": 2**70},
        {"user_id": -1},
        {"ref_id": ""},
        {"ref_id": "x" * 65},
        {"clicked_at": -1},
        {"clicked_at": 1e300},
        {"stranger": 1},
    ],
)
def test_a_thumb_that_is_none_changes_nothing(client, thumbs, wrong):
    reply = client.post("/api/feedback", json={**THUMB, **wrong}, headers=bearer("rates"))
    assert (reply.status_code, thumbs) == (400, [])


def test_a_thumb_under_no_ref_is_404(client, thumbs):
    reply = client.post("/api/feedback", json={**THUMB, "ref_id": "none"}, headers=bearer("rates"))
    assert (reply.json(), thumbs) == ({"status": 404, "detail": "no such ref"}, [])


@pytest.mark.parametrize(("token", "status"), [("reads", 403), ("other", 401), ("rules", 200)])
def test_SEC9_only_the_scope_feedback_rates(client, token, status):
    assert client.post("/api/feedback", json=THUMB, headers=bearer(token)).status_code == status


def test_SEC13_a_body_over_64_kb_is_refused(client, thumbs):
    body = b'{"ref_id": "' + b"x" * 65_536 + b'"}'
    headers = {**bearer("rates"), "Content-Type": "application/json"}
    assert client.post("/api/feedback", content=body, headers=headers).status_code == 413
    assert thumbs == []


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 10_000, b"\xff", b"null", b'{"rating": NaN}'])
def test_SEC13_a_body_that_is_no_thumb_is_400(client, thumbs, body):
    headers = {**bearer("rates"), "Content-Type": "application/json"}
    assert client.post("/api/feedback", content=body, headers=headers).status_code == 400
    assert thumbs == []


def test_SEC11_only_json_is_read(client, thumbs):
    headers = {**bearer("rates"), "Content-Type": "text/plain"}
    reply = client.post("/api/feedback", content=b'{"ref_id": "x"}', headers=headers)
    assert (reply.status_code, thumbs) == (415, [])


# The door itself.


@pytest.mark.parametrize("path", ["/health", "/api/scheduler/status", "/nothing/here"])
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:80", "169.254.169.254"])
def test_SEC11_a_foreign_host_is_refused_whatever_it_asks_for(board, path, host):
    with client_of(board, host) as client:
        reply = client.get(path, headers=bearer("reads"))
    assert (reply.status_code, reply.json()["detail"]) == (421, "unknown host")


def test_SEC11_a_host_is_ours_with_any_port_and_in_any_case(client):
    for host in ("127.0.0.1", "127.0.0.1:1", "LOCALHOST:8080"):
        assert client.get("/health", headers={"Host": host}).status_code == 200


def test_SEC13_headers_over_8_kb_are_refused(client):
    assert client.get("/health", headers={"X": "y" * 9000}).status_code == 431


def test_SEC11_no_cross_origin_no_cookies_no_trace(client):
    reply = client.get("/health", headers={"Origin": "http://evil.example"})
    assert "access-control-allow-origin" not in reply.headers
    assert "set-cookie" not in reply.headers
    assert client.request("TRACE", "/health").status_code == 405


def test_SEC10_an_address_others_can_reach_wants_tls_in_front():
    with pytest.raises(BadConfig, match=r"0\.0\.0\.0"):
        listen("0.0.0.0")
    with listen() as bound:
        assert bound.getsockname()[0] == "127.0.0.1"


def test_a_bug_behind_the_board_is_500_without_its_words(board):
    def broken():
        raise RuntimeError("s3cret")

    app = make_app(replace(board, health=broken), TOKENS, ("127.0.0.1",))
    with TestClient(app, "http://127.0.0.1", raise_server_exceptions=False) as client:
        reply = client.get("/health")
    assert reply.status_code == 500
    assert "s3cret" not in reply.text


# What dashboards and people rely on.


def test_G2_openapi_lists_every_route(client):
    paths = client.get("/docs/openapi.json").json()["paths"]
    assert sorted(paths) == sorted(
        [
            "/api/signal/institutional/{symbol}",
            "/api/signal/sniper/{symbol}",
            "/api/heatmap/{symbol}",
            "/api/orderbook/{symbol}",
            "/api/scheduler/status",
            "/api/ref/{ref_id}",
            "/api/positions",
            "/api/kpi",
            "/api/feedback",
            "/health",
            "/ready",
            "/metrics",
        ]
    )


def test_G2_the_docs_page_shows_every_route_and_loads_nothing_from_elsewhere(client):
    page = client.get("/docs").text
    paths = client.get("/docs/openapi.json").json()["paths"]
    assert [path for path in paths if path not in page] == []
    assert "http://" not in page
    assert "https://" not in page


def test_requests_are_counted_by_route_and_never_by_path(client):
    client.get("/api/heatmap/BTC", headers=bearer("reads"))
    client.get("/api/heatmap/DOGE", headers=bearer("reads"))
    client.get("/wp-admin.php")
    text = client.get("/metrics").text
    for line in (
        'pawang_http_requests_total{code="200",route="/api/heatmap/{symbol}"} 1.0',
        'pawang_http_requests_total{code="404",route="/api/heatmap/{symbol}"} 1.0',
        'pawang_http_requests_total{code="404",route="other"} 1.0',
    ):
        assert line in text
    assert "DOGE" not in text
    assert "wp-admin" not in text


def test_O4_positions_are_answered_as_they_stand(client):
    assert client.get("/api/positions", headers=bearer("reads")).json() == POSITIONS


def test_L3_the_kpis_are_answered_as_they_were_measured(client):
    assert client.get("/api/kpi", headers=bearer("reads")).json() == KPIS
