"""The HTTP door: API, health, metrics; reads a board of last decisions."""

from pawang.web.app import make_app
from pawang.web.board import Board, Ready
from pawang.web.metrics import Metrics
from pawang.web.server import listen, serving
from pawang.web.tokens import Token, hashed

__all__ = ["Board", "Metrics", "Ready", "Token", "hashed", "listen", "make_app", "serving"]
