"""The docs page: every route of the OpenAPI description as plain HTML, nothing from elsewhere."""

from html import escape
from typing import Any

from litestar import Request
from litestar.openapi.plugins import OpenAPIRenderPlugin

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;"
    "color:#1b242e;background:#fff}code{font-size:.95em}dt{margin-top:1rem}dd{margin:0;color:#46525e}"
    "@media(prefers-color-scheme:dark){body{background:#10151c;color:#e8edf2}dd{color:#9fb0c0}"
    "a{color:#8ab4f8}}"
)


class RoutesPage(OpenAPIRenderPlugin):
    """GET /docs. The machine's reading of the same is /docs/openapi.json."""

    def __init__(self) -> None:
        super().__init__(path="/")

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        rows = [
            _row(path, method, told)
            for path, methods in openapi_schema["paths"].items()
            for method, told in methods.items()
        ]
        title = escape(openapi_schema["info"]["title"])
        return (
            f"<!doctype html><html lang=en><meta charset=utf-8>"
            f"<meta name=viewport content='width=device-width'><title>{title}</title>"
            f"<style>{STYLE}</style><h1>{title}</h1>"
            f"<p>Routes under <code>/api</code> want <code>Authorization: Bearer TOKEN</code>."
            f" For machines: <a href='/docs/openapi.json'>openapi.json</a>.</p>"
            f"<dl>{''.join(rows)}</dl></html>"
        ).encode()


def _row(path: str, method: str, told: dict[str, Any]) -> str:
    what = escape(told.get("description") or told.get("summary", ""))
    return f"<dt><code>{method.upper()} {escape(path)}</code></dt><dd>{what}</dd>"
