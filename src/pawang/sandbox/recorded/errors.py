"""RecordingError: a recording cannot be played; the text says which file and what to do."""


class RecordingError(Exception):
    """A file's name, columns or values are not what a recording needs. Nothing was started."""
