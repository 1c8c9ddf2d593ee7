"""A camera as its driver sees it, and the Raspberry Pi's through Picamera2.

Source: Picamera2 manual (Raspberry Pi Ltd), chapters 4 to 6 and appendix A.
"""

import importlib
import io
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from dt.errors import HardwareAbsentError, HardwareError

Pixels = NDArray[np.uint8]

_SETTLE_FRAMES = 8  # exposure and white balance find their values


class Camera(Protocol):
    """A camera that takes stills.

    Attributes:
        suffix: Of the files that `still` gives, ``.jpg`` or ``.png``.
    """

    suffix: str

    def still(self) -> tuple[bytes, Pixels]:
        """Return a picture as a file, and its pixels, shape (height, width, 3), RGB."""
        ...

    def close(self) -> None:
        """Let go of the camera; again does nothing."""
        ...


@runtime_checkable
class Cameras(Protocol):
    """Buses that have cameras of their own, as simulated ones do."""

    def camera(self, number: int, width: int, height: int) -> Camera:
        """Return a camera that is ready."""
        ...


class Picamera:
    """A camera on the ribbon cable or on USB, through libcamera.

    Args:
        number: As ``rpicam-hello --list-cameras`` counts.
        width, height: Of the pictures, in pixels.

    Raises:
        HardwareAbsentError: There is no such camera.
        HardwareError: Picamera2 is not installed, or the camera cannot be set up.
    """

    suffix = ".jpg"

    def __init__(self, number: int, width: int, height: int) -> None:
        library = _library()
        if len(library.Picamera2.global_camera_info()) <= number:
            raise HardwareAbsentError(
                f"there is no camera {number}",
                hint="check the ribbon cable, then run: rpicam-hello --list-cameras",
            )
        try:
            self._device = library.Picamera2(number)
            # What libcamera names BGR888 lies in memory as red, green, blue.
            main = {"size": (width, height), "format": "BGR888"}
            self._device.configure(self._device.create_still_configuration(main=main))
            self._device.start()
        except (RuntimeError, OSError, IndexError) as error:
            raise HardwareError(
                f"camera {number} cannot be set up: {error}",
                hint="does another program use it?",
            ) from error
        self._fresh = True

    def still(self) -> tuple[bytes, Pixels]:
        """Return a JPEG and its pixels."""
        for _ in range(_SETTLE_FRAMES if self._fresh else 0):
            self._device.capture_request().release()
        self._fresh = False
        request = self._device.capture_request()
        try:
            pixels: Pixels = request.make_array("main")
            file = io.BytesIO()
            request.make_image("main").save(file, format="jpeg", quality=88)
        finally:
            request.release()
        return file.getvalue(), pixels

    def close(self) -> None:
        """Stop the camera and let go of it."""
        device, self._device = self._device, None
        if device is not None:
            device.stop()
            device.close()


def _library() -> Any:
    try:
        return importlib.import_module("picamera2")
    except ImportError as error:
        raise HardwareError(
            f"the camera needs Picamera2, which cannot be imported: {error}",
            hint="sudo apt install python3-picamera2, and make the virtual environment"
            " with --system-site-packages",
        ) from error
