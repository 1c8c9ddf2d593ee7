"""Stills: how much of one is green, and how they are kept within a quota.

Green is a pixel whose excess green index ``2g - r - b``, of the shares r, g, b of its
brightness, is above a threshold. In the dark nothing is said about green.
Source: Woebbecke et al. 1995, Color indices for weed identification, ASAE 38(1).
"""

import contextlib
from pathlib import Path

import numpy as np

from dt.errors import HardwareError
from dt.hardware.camera import Pixels

_DARK = 45  # sum of red, green and blue, of 765


def green_ratio(pixels: Pixels, threshold: float = 0.1) -> float | None:
    """Return the share of green pixels in %; None: it is too dark to tell."""
    small = pixels[::2, ::2].astype(np.float32)
    total = small.sum(axis=2)
    lit = total > _DARK
    if lit.mean() < 0.02:
        return None
    excess = 3.0 * small[..., 1] - total  # 2g - r - b, times the brightness
    return float(100.0 * ((excess > threshold * total) & lit).mean())


def keep(folder: Path, name: str, file: bytes, quota: int) -> None:
    """Write a still; the oldest of the folder go until it fits into the quota.

    Raises:
        HardwareError: It cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _make_room(folder, quota - len(file))
        fresh = folder / f"{name}.new"
        fresh.write_bytes(file)
        fresh.replace(folder / name)
    except OSError as error:
        raise HardwareError(f"cannot keep the still {name}: {error}") from error


def _make_room(folder: Path, quota: int) -> None:
    """Delete the oldest stills until all others need no more than `quota` bytes."""
    sizes = {}
    for path in folder.iterdir():
        with contextlib.suppress(OSError, ValueError):
            sizes[path] = int(path.stem), path.stat().st_size
    used = sum(size for _, size in sizes.values())
    for path in sorted(sizes, key=lambda path: sizes[path][0]):
        if used <= quota:
            return
        path.unlink(missing_ok=True)
        used -= sizes[path][1]
