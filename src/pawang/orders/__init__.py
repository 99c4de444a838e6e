"""What became of a plan: order life cycle, position and PnL, Outcome."""
