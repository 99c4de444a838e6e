"""The doors to markets: okx (feed, parse), ghost (the fill model), etf, sentiment."""
