"""A camera that sees a simulated plant: leaves in a pot, by the light that there is.

Source: PNG specification (W3C), sections 5, 9 and 11, for the files.
"""

import struct
import zlib
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from dt.hardware.chip import Surroundings

Pixels = NDArray[np.uint8]

_COARSE = 4
_LOBES = 9


class Camera:
    """Gives cameras, as buses do; all of them see the same plant.

    Args:
        surroundings: Knows ``leaf.green`` in % and ``light`` in lx.
    """

    SENSES: ClassVar[dict[str, str]] = {"green_ratio": "leaf.green"}

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings

    def camera(self, number: int, width: int, height: int) -> "View":
        """Return a camera that is ready."""
        return View(self._surroundings, number, width, height)


class View:
    """One camera."""

    suffix = ".png"

    def __init__(
        self, surroundings: Surroundings, number: int, width: int, height: int
    ) -> None:
        self._surroundings = surroundings
        self._number = number
        self._size = width, height

    def still(self) -> tuple[bytes, Pixels]:
        """Return a PNG and its pixels."""
        green = self._surroundings.value("leaf.green")
        light = self._surroundings.value("light")
        pixels = drawn(*self._size, green, light)
        return png(pixels), pixels

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""


def drawn(width: int, height: int, green: float, light: float) -> Pixels:
    """Return a picture of a plant.

    Args:
        width: In pixels.
        height: In pixels.
        green: Share of the picture that leaves cover, in %.
        light: In lx; the camera's exposure makes up for much of it.
    """
    rows, columns = -(-height // _COARSE), -(-width // _COARSE)
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    x, y = x / columns * 2.0 - 1.0, y / rows * 2.0 - 1.0
    angle = np.arctan2(y + 0.15, x)
    lobes = 0.75 + 0.25 * np.cos(_LOBES * angle + 2.0 * np.sin(2.0 * angle))
    distance = np.hypot(x, (y + 0.15) * 1.1) / lobes
    leaf = distance < np.quantile(distance, min(max(green / 100.0, 0.0), 1.0))
    picture = np.empty((rows, columns, 3), np.float32)
    picture[:] = 196.0, 188.0, 176.0
    picture[y > 0.55] = 128.0, 96.0, 72.0
    picture[(np.abs(x) < 0.35 - 0.1 * y) & (y > 0.35)] = 150.0, 82.0, 58.0
    vein = 0.85 + 0.15 * np.cos(18.0 * distance)
    picture[leaf] = np.stack([62.0 * vein, 138.0 * vein, 48.0 * vein], axis=2)[leaf]
    picture *= min(max(light / 150.0, 0.02), 1.0)
    fine = picture.repeat(_COARSE, axis=0).repeat(_COARSE, axis=1)[:height, :width]
    return fine.astype(np.uint8)


def png(pixels: Pixels) -> bytes:
    """Return an RGB picture, shape (height, width, 3), as a PNG file."""
    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + 3 * width), np.uint8)  # each begins with its filter, 0
    rows[:, 1:] = pixels.reshape(height, -1)
    head = struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (b"IHDR", head), (b"IDAT", zlib.compress(rows.tobytes(), 6)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(kind + data)
    return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", check)
