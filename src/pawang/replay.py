"""Journal + engine: recompute and compare, send nothing."""
