"""Size and colours that all pictures share."""

WIDTH_IN, DPI = 5.4, 180  # 972 pixels: sharp on a phone, about 60 kB

BACK, INK, FAINT, LINE = "#10151c", "#e8edf2", "#93a1b0", "#2a3440"
GREEN, RED, AMBER = "#2fbf8f", "#ef6a6a", "#f2b84b"
