"""The parts of a recorded market (`sandbox.recording`).

Layout: `files` (names and columns), `tables` (a file as checked arrays), `books` (replayed, never
shown crossed), `tape` (prints and their candles), `reel` (one coin of them all), `errors`.
"""
