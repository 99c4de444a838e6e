"""Folds trades, books, candles and flows into state; freezes a MarketView on request."""
