from pawang.guards.cache import Cache, Fresh, Missing, Stale


def test_a_value_is_fresh_then_stale_then_gone():
    cache = Cache[float](ttl=10, stale=20)
    cache.put("etf", 35.0, now=100)
    assert [cache.look("etf", now) for now in (100, 109, 110, 129, 130)] == [
        Fresh(value=35.0, age_ns=0),
        Fresh(value=35.0, age_ns=9),
        Stale(value=35.0, age_ns=10),
        Stale(value=35.0, age_ns=29),
        Missing(),
    ]


def test_only_one_caller_leads_until_the_answer_is_in():
    cache = Cache[int](ttl=10, stale=0)
    assert [cache.lead("a"), cache.lead("a"), cache.lead("b")] == [True, False, True]
    cache.put("a", 1, now=0)
    assert cache.lead("a")


def test_a_failed_fetch_keeps_the_stale_value_and_lets_the_next_one_lead():
    cache = Cache[int](ttl=10, stale=100)
    cache.put("a", 7, now=0)
    assert cache.lead("a")
    cache.fail("a")
    assert cache.look("a", now=50) == Stale(value=7, age_ns=50)
    assert cache.lead("a")


def test_the_oldest_put_leaves_when_the_cache_is_full():
    cache = Cache[int](ttl=10, stale=0, capacity=2)
    cache.put("a", 1, now=0)
    cache.put("b", 2, now=0)
    cache.put("a", 3, now=1)
    cache.put("c", 4, now=1)
    assert cache.look("b", now=1) == Missing()
    assert cache.look("a", now=1) == Fresh(value=3, age_ns=0)


def test_a_clock_that_went_back_makes_nothing_older_than_now():
    cache = Cache[int](ttl=10, stale=0)
    cache.put("a", 1, now=100)
    assert cache.look("a", now=50) == Fresh(value=1, age_ns=0)


def test_none_is_a_value_like_any_other():
    cache = Cache[None](ttl=10, stale=0)
    cache.put("a", None, now=0)
    assert cache.look("a", now=0) == Fresh(value=None, age_ns=0)
