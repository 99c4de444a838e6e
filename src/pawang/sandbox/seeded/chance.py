"""Random draws of one owner, taken in blocks from a seeded numpy generator.

A block costs numpy a few microseconds and a draw from it a list's `pop`; a numpy call per draw
would eat the whole budget of a step.
"""

from math import log as _log

import numpy as np

_BLOCK = 4096


class Chance:
    """Endless draws; the same generator gives the same draws in the same order."""

    def __init__(self, generator: np.random.Generator) -> None:
        self._generator = generator
        self._uniforms: list[float] = []
        self._normals: list[float] = []
        self._noises: list[float] = []
        self._tails: list[float] = []

    def uniform(self) -> float:
        """In [0, 1)."""
        if not self._uniforms:
            self._uniforms = self._generator.random(_BLOCK).tolist()
        return self._uniforms.pop()

    def normal(self) -> float:
        if not self._normals:
            self._normals = self._generator.standard_normal(_BLOCK).tolist()
        return self._normals.pop()

    def noise(self) -> float:
        """A level's size against its usual one: lognormal, mean 1."""
        if not self._noises:
            self._noises = self._generator.lognormal(-0.08, 0.4, _BLOCK).tolist()
        return self._noises.pop()

    def tail(self) -> float:
        """Student t with 4 degrees of freedom, scaled to variance 1."""
        if not self._tails:
            self._tails = (self._generator.standard_t(4, _BLOCK) / 2**0.5).tolist()
        return self._tails.pop()

    def exponential(self) -> float:
        """Mean 1."""
        if not self._uniforms:
            self._uniforms = self._generator.random(_BLOCK).tolist()
        return -_log(1.0 - self._uniforms.pop())

    def sign(self, lean: float = 0.0) -> int:
        """+1 or -1; `lean` in [-1, 1] moves the odds."""
        return 1 if self.uniform() < 0.5 + 0.5 * lean else -1

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.uniform()
