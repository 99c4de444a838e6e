"""What keeps us from harm: token bucket, breaker, retry plan, cache, schedule; all take `now`."""
