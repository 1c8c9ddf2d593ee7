"""How this process asks the C library for memory: large blocks are given back when freed.

A password hash takes 20 MB for a tenth of a second. glibc raises its threshold after the
first such block and keeps the next ones for good; on a small machine that is a seventh
of what all processes may have. Source: mallopt(3).
"""

import ctypes
import gc

_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
_LARGE = 1_000_000
_ARENAS = 2


def settle() -> None:
    """Give back what starting needed; call it once, when everything is loaded.

    What is there stays for good: the collector of garbage need not look at it again,
    which also leaves the pages shared with a forked process.
    """
    gc.collect()
    gc.freeze()
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)


def give_back() -> bool:
    """Have freed blocks above 1 MB returned to the system; False: not glibc."""
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mallopt"):
        return False
    large = libc.mallopt(_M_MMAP_THRESHOLD, _LARGE)
    arenas = libc.mallopt(_M_ARENA_MAX, _ARENAS)
    return bool(large and arenas)
