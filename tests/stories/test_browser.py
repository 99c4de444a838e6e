"""A real browser opens the chat, presses Set Entry and sees the message change."""

import os
import shutil

import pytest

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def test_set_entry_in_the_browser_changes_the_message_in_place(demo):
    if CHROMIUM is None:
        assert not os.environ.get("CI"), "CI installs a browser: a missing one is a failure"
        pytest.skip("no chromium on this machine: apt-get install chromium")
    from playwright.sync_api import expect, sync_playwright

    run = demo("--speed", "60", "--seed", "7")
    started = run.wait_for(lambda line: line["kind"] == "started")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.goto(f"{started['telegram']}/")
        plan = run.wait_for(
            lambda line: line["kind"] == "message" and line["ref_id"].startswith("snp_"), 120
        )
        bubble = page.locator(f"[data-message-id='{plan['message_id']}']")
        before = bubble.inner_text()
        bubble.locator("button[data-label='🎯 Set Entry']").click()
        order = run.wait_for(lambda line: line["kind"] == "order" and line["book"] == "ghost", 30)
        assert order["ref_id"] == plan["ref_id"]
        expect(bubble).to_contain_text("ghost", timeout=15_000)
        assert bubble.inner_text() != before
        browser.close()
