"""Heatmap and order book as pictures, drawn in a worker process, never on the loop."""

from pawang.pictures.drawing import draw
from pawang.pictures.studio import Studio

__all__ = ["Studio", "draw"]
