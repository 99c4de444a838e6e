"""uvicorn in our loop, over a real socket."""

import asyncio

import httpx
from litestar import Litestar, get

from pawang.web import listen, serving


@get("/", sync_to_thread=False)
def hello() -> str:
    return "hello"


def test_it_answers_at_once_and_stops_with_the_block():
    async def story():
        bound = listen()
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/"
        app = Litestar([hello], openapi_config=None)
        async with httpx.AsyncClient(trust_env=False) as http, serving(app, bound):
            first = await http.get(url)
            return first.text, "server" in first.headers

    assert asyncio.run(story()) == ("hello", False)
