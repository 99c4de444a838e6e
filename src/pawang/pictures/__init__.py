"""Heatmap and order book as pictures, drawn in a worker process, never on the loop."""
