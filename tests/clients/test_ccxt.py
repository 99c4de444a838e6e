"""ccxt, which thousands trade OKX with: REST in sandbox mode, WebSocket streams and orders."""


def test_a_ccxt_trader_sees_what_he_expects(sandbox, session, check_money):
    facts = session("ccxt_session", sandbox("--environment", "demo", "--balance", "1000000")["url"])
    print(facts)
    check_money(facts)
    assert 0
