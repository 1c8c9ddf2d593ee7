"""A camera: a still now and then, kept up to a quota, and how much of it is green."""

import dataclasses
from pathlib import Path
from typing import Annotated, ClassVar

import msgspec
import numpy as np

from collector.seam import BusKind, Context, Description, Quantity
from collector.stills import green_ratio, keep
from dt.clock import Clock
from dt.errors import HardwareError
from dt.hardware.bus import Buses
from dt.hardware.camera import Camera as Device
from dt.hardware.camera import Cameras, Picamera
from dt.twin.quantities import Bytes
from dt.twin.readings import Raw


class CameraOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Options of the driver.

    Attributes:
        camera: Number of the camera.
        width, height: Of the stills in pixels, 64–8192.
        quota: Of all stills of this sensor; the oldest go.
        threshold: Excess green from which a pixel is a leaf, 0–2.
    """

    camera: int = 0
    width: Annotated[int, msgspec.Meta(ge=64, le=8192)] = 1280
    height: Annotated[int, msgspec.Meta(ge=64, le=8192)] = 960
    quota: Bytes = Bytes(500_000_000)
    threshold: float = 0.1


class Camera:
    """Keeps stills as ``media/<twin>/<signal>/<UTC ms>.jpg``."""

    DESCRIPTION: ClassVar[Description] = Description(
        kind="camera",
        title="Camera",
        bus=BusKind.CAMERA,
        quantities=(
            Quantity(
                name="size",
                unit="By",
                title="Size of the picture",
                range=(0.0, 1e9),
                resolution=1.0,
                signal="image.size",
            ),
            Quantity(
                name="green_ratio",
                unit="%",
                title="Green share of the picture",
                range=(0.0, 100.0),
                signal="leaf.green",
            ),
        ),
        min_interval_s=1.0,
        timeout_s=30.0,
        source="Picamera2 manual",
    )
    Options: ClassVar[type[msgspec.Struct]] = CameraOptions

    def __init__(
        self, options: CameraOptions, buses: Buses, clock: Clock, context: Context
    ) -> None:
        self._options = options
        self._make = buses.camera if isinstance(buses, Cameras) else Picamera
        self._clock = clock
        signal = context.reads.get("size") or next(iter(context.reads.values()), "image")
        self._folder = Path(context.media_dir) / context.twin / signal
        self._device: Device | None = None

    def open(self) -> None:
        """Set the camera up."""
        options = self._options
        self._device = self._make(options.camera, options.width, options.height)

    def read(self) -> Raw:
        """Take a still; return its size in bytes and its green share in %."""
        if self._device is None:
            raise HardwareError(f"camera {self._options.camera} is not open")
        file, pixels = self._device.still()
        at = self._clock.now_ms()
        keep(self._folder, f"{at}{self._device.suffix}", file, self._options.quota)
        values = {"size": float(len(file))}
        green = green_ratio(pixels, self._options.threshold)
        if green is not None:
            values["green_ratio"] = green
        raw = Raw.of(**values)
        if not self._clock.trusted():
            return raw
        times = np.full(len(raw), at, np.int64)  # the reading leads to its picture
        return dataclasses.replace(raw, observed_at=times)

    def close(self) -> None:
        """Let go of the camera."""
        device, self._device = self._device, None
        if device is not None:
            device.close()
