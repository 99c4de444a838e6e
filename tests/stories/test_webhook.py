"""Updates pushed to the desk work like polled ones, and only with the secret."""

import httpx


def test_a_pushed_command_is_answered_and_a_push_without_the_secret_is_refused(demo):
    run = demo("--webhook", "--speed", "20", "--seed", "7")
    started = run.wait_for(lambda line: line["kind"] == "started")
    run.wait_for(lambda line: line["kind"] == "message" and "admin" in line["text"])
    forged = {"update_id": 1, "message": {"text": "/panic"}}
    with httpx.Client(base_url=started["api"], trust_env=False) as api:
        assert api.post("/telegram/webhook", json=forged).status_code == 401
        wrong = {"X-Telegram-Bot-Api-Secret-Token": "guessed"}
        assert api.post("/telegram/webhook", json=forged, headers=wrong).status_code == 401
    with httpx.Client(base_url=started["telegram"], trust_env=False) as telegram:
        words = {"chat_id": started["chat_id"], "user_id": started["user_id"], "text": "/coins"}
        telegram.post("/user/message", json=words).raise_for_status()
    run.wait_for(lambda line: line["kind"] == "message" and "BTC, ETH" in line["text"], 30)
