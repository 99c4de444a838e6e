"""Decision + account -> Sizing with every factor shown; limits."""
