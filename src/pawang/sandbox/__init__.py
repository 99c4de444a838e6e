"""The world in a box: simulated OKX and Telegram, seeded market, recordings, faults."""
