"""The page in a real browser: bubbles, taps, edits, toasts, the menu. Skipped without Chromium."""

import asyncio
import shutil
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium")
OWNER = 1001
TEXT = "🎯 Sniper — SOL (bias LONG)\nEntry: 221.30–221.45\nref: snp_20250915_0736_SOL"
CODE = [{"type": "code", "offset": 35, "length": 6}]
KEYS = {"inline_keyboard": [[{"text": "🎯 Set Entry", "callback_data": "a"}]]}
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this host")
def test_the_page_shows_the_chat_and_acts_as_its_person(serve: Any, picture: bytes) -> None:
    """One life of a message: shown, tapped, answered, edited in place."""
    playwright = pytest.importorskip("playwright.async_api")

    async def story() -> None:
        async with serve() as box, playwright.async_playwright() as driver:
            browser = await driver.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
            page = await browser.new_page(viewport={"width": 390, "height": 844})
            errors: list[str] = []
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("request", lambda request: errors.extend(_foreign(request.url, box.url)))
            await page.goto(box.url, wait_until="domcontentloaded")
            await play(box, page, picture)
            assert errors == []
            await browser.close()

    asyncio.run(story())


def _foreign(url: str, own: str) -> list[str]:
    """Whatever the page asks of anybody else is an error."""
    return [] if url.startswith((own, "data:")) else [url]


async def play(box: Any, page: Any, picture: bytes) -> None:
    await page.click("text=Start")
    await page.wait_for_selector('[data-message-id="1"].mine')

    commands = [{"command": "alpha", "description": "bias"}]
    await box.result("setMyCommands", commands=commands)
    await box.result("sendMessage", chat_id=OWNER, text=TEXT, entities=CODE, reply_markup=KEYS)
    bubble = page.locator('[data-ref="snp_20250915_0736_SOL"]')
    assert await bubble.locator(".text").text_content() == TEXT
    assert await bubble.locator("code").text_content() == "221.30"

    await bubble.locator('button[data-label="🎯 Set Entry"]').click()
    await page.wait_for_selector("button[aria-busy=true]")
    updates = await box.result("getUpdates", timeout=10, offset=-1)
    query = updates[-1]["callback_query"]
    await box.result("answerCallbackQuery", callback_query_id=query["id"], text="armed")
    await page.wait_for_selector("#toast:has-text('armed')")
    assert await page.locator("button[aria-busy=true]").count() == 0

    await box.result(
        "editMessageText",
        chat_id=OWNER,
        message_id=2,
        text="filled <b>\nref: snp_20250915_0736_SOL",
    )
    await page.wait_for_selector('[data-message-id="2"].changed:has-text("filled <b>")')
    assert "edited" in str(await bubble.locator(".meta").text_content())
    await box.result("pinChatMessage", chat_id=OWNER, message_id=2)
    await page.wait_for_selector("#pin-text:has-text('filled')")

    await box.http.post(
        "/bot4242:Sandbox-token_1/sendPhoto",
        data={"chat_id": str(OWNER)},
        files={"photo": ("map.png", picture, "image/png")},
    )
    await page.wait_for_function("document.querySelector('.picture img')?.naturalWidth === 2")
    await page.fill("#composer", "/al")
    await page.press("#composer", "Tab")
    assert await page.input_value("#composer") == "/alpha "
    await page.press("#composer", "Enter")
    await page.wait_for_selector('.mine:has-text("/alpha")')
    await box.result("deleteMessage", chat_id=OWNER, message_id=3)
    await page.wait_for_selector('[data-message-id="3"]', state="detached")
