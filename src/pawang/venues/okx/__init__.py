"""OKX v5: bytes in, market records out; sequence checks, resubscription, reconnection."""
