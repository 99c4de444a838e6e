"""The compiler's own memory, once every kernel is loaded.

Loading kernels touches most of LLVM's code, some 60 MB that stay resident and are never run again.
They are pages of a file: the operating system takes them back when it is told so, and reads them
again should anything be compiled later. Nothing is lost but the time of that reading.
"""

import ctypes
from pathlib import Path

LIBRARY = "libllvmlite"
CODE = "r-xp"  # only what nobody can have written to
DONT_NEED = 4  # MADV_DONTNEED, Linux
MAPS = Path("/proc/self/maps")


def let_go() -> int:
    """Tell the system that LLVM's code is not needed now; the bytes it was told of. Elsewhere than
    on Linux nothing happens."""
    if not MAPS.exists():
        return 0
    advise = ctypes.CDLL(None).madvise
    advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    told = 0
    for line in MAPS.read_text(encoding="utf8").splitlines():
        span, rights, *_ = line.split()
        if rights != CODE or LIBRARY not in line:
            continue
        first, last = (int(end, 16) for end in span.split("-"))
        if advise(first, last - first, DONT_NEED) == 0:
            told += last - first
    return told
