"""kill -9 of the desk: what was acknowledged is there again, nothing is said twice (D01, I3, I7)."""

import os
import random
import sqlite3
from collections import Counter

import httpx

KILLS = int(os.environ.get("PAWANG_KILLS", "4"))


def test_D01_killed_again_and_again_the_desk_forgets_nothing_and_repeats_nothing(demo):
    rng = random.Random(20)
    first = demo("--headless", "--speed", "60", "--seed", "7", "--for", "1d")
    started = first.wait_for(lambda line: line["kind"] == "started")
    telegram = started["telegram"]
    first.wait_for(lambda line: line["kind"] == "press", 90)
    pressed = [(line["ref_id"], line["action"]) for line in first.kind("press")]
    orders = {line["order_id"] for line in first.kind("order")}
    current = first
    for _ in range(KILLS):
        # Anywhere in the desk's own work: from its first breath to some lines later.
        current.wait_lines(rng.randrange(15))
        current.kill()
        pressed += [(line["ref_id"], line["action"]) for line in current.kind("press")]
        orders |= {line["order_id"] for line in current.kind("order")}
        current = demo("--headless", "--speed", "60", "--seed", "7", "--for", "1d")
        again = current.wait_for(lambda line: line["kind"] == "started")
        assert again["telegram"] == telegram, "the sandboxes went on and were joined"

    with httpx.Client(base_url=telegram, trust_env=False) as http:
        transcript = http.get("/transcript").json()
    current.kill()
    copies = Counter(
        (row["chat_id"], _ref(row["text"]), row["text"].splitlines()[0])
        for row in transcript
        if row["method"] == "sendMessage" and _ref(row["text"])
    )
    assert not [key for key, count in copies.items() if count > 1]

    ledger = sqlite3.connect(first.home / "ledger.sqlite3")
    assert ledger.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    kept = {row[0] for row in ledger.execute("SELECT client_order_id FROM intents")}
    assert orders <= kept
    rated = {row[0] for row in ledger.execute("SELECT ref_id FROM feedback")}
    assert {ref for ref, action in pressed if action == "rate"} <= rated


def test_a_panic_survives_a_kill(demo):
    """Paused is paused: after kill -9 the desk comes back halted."""
    first = demo("--speed", "20", "--seed", "7")
    started = first.wait_for(lambda line: line["kind"] == "started")
    first.wait_for(lambda line: line["kind"] == "message")
    with httpx.Client(base_url=started["telegram"], trust_env=False) as http:
        words = {"chat_id": started["chat_id"], "user_id": started["user_id"], "text": "/panic"}
        http.post("/user/message", json=words).raise_for_status()
    receipt = first.wait_for(lambda line: "PANIC" in line.get("text", ""))
    assert receipt["ref_id"].startswith("pnc_")
    first.kill()
    second = demo("--speed", "20", "--seed", "7")
    again = second.wait_for(lambda line: line["kind"] == "started")
    headers = {"authorization": f"Bearer {again['token']}"}
    with httpx.Client(base_url=again["api"], trust_env=False, headers=headers) as http:
        assert http.get("/api/scheduler/status").json()["state"] == "halted"


def _ref(text: str) -> str:
    found = [line for line in (text or "").splitlines() if line.startswith("ref: ")]
    return found[-1] if found else ""
