"""Drivers of the scenarios, written against the seam as anybody's plug-in is."""

import itertools
import os
import threading
import time
from pathlib import Path

import msgspec

from collector.seam import BusKind, Description, Quantity
from dt.errors import SourceError
from dt.twin.readings import Raw


def _describe(kind, *quantities):
    return Description(
        kind=kind,
        title=kind,
        bus=BusKind.NONE,
        quantities=tuple(Quantity(name=q, unit="1", title=q) for q in quantities),
        timeout_s=1.0,
    )


class Numbered:
    """A source whose readings are numbers that it never uses twice.

    ``<folder>/meant`` is the last number that may have been emitted, ``<folder>/taken``
    the numbers whose `emit` returned, as (first, last) lines: both survive kill -9.
    """

    DESCRIPTION = _describe("numbered", "number")

    class Options(msgspec.Struct, frozen=True, kw_only=True):
        """Where to write what was emitted, how many at once, and how often."""

        folder: str
        batch: int = 5
        pause_s: float = 0.01

    def __init__(self, options, buses, clock, context):
        self._options = options

    def run(self, emit, stop):
        """Emit until told to stop."""
        folder = Path(self._options.folder)
        meant = os.open(folder / "meant", os.O_CREAT | os.O_RDWR)
        taken = os.open(folder / "taken", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        last = int(os.pread(meant, 20, 0) or 0)
        try:
            while not stop.wait(self._options.pause_s):
                first, last = last + 1, last + self._options.batch
                os.pwrite(meant, b"%020d" % last, 0)
                emit(_numbers(first, last))
                os.write(taken, b"%d %d %.3f\n" % (first, last, time.time()))
        except SourceError:
            return  # the collector stops: nothing of this batch was taken
        finally:
            os.close(meant)
            os.close(taken)


def _numbers(first, last):
    import numpy as np

    n = last - first + 1
    return Raw(
        quantities=("number",),
        which=np.zeros(n, np.int32),
        value=np.arange(first, last + 1, dtype=np.float64),
    )


class Ticking:
    """A sensor that counts how often it was read."""

    DESCRIPTION = _describe("ticking", "count")

    class Options(msgspec.Struct, frozen=True, kw_only=True):
        """None."""

    def __init__(self, options, buses, clock, context):
        self._count = itertools.count()

    def open(self):
        """Do nothing."""

    def read(self):
        """Return the next number."""
        return Raw.of(count=float(next(self._count)))

    def close(self):
        """Do nothing."""


class Timed(Ticking):
    """A sensor that says when it was read, in monotonic s."""

    DESCRIPTION = _describe("timed", "at")

    def __init__(self, options, buses, clock, context):
        self._clock = clock

    def read(self):
        """Return the time."""
        return Raw.of(at=self._clock.monotonic())


class Sleeping(Ticking):
    """A sensor whose read, open or close sleeps an hour."""

    DESCRIPTION = _describe("sleeping", "count")

    class Options(msgspec.Struct, frozen=True, kw_only=True):
        """Which call sleeps."""

        sleeps: str = "read"

    def __init__(self, options, buses, clock, context):
        super().__init__(options, buses, clock, context)
        self._sleeps = options.sleeps

    def open(self):
        """Sleep perhaps."""
        self._sleep("open")

    def read(self):
        """Sleep perhaps, then return the next number."""
        self._sleep("read")
        return super().read()

    def close(self):
        """Sleep perhaps."""
        self._sleep("close")

    def _sleep(self, call):
        if call == self._sleeps:
            threading.Event().wait(3600)


class SleepingSource:
    """A source that does not look at `stop` for an hour."""

    DESCRIPTION = _describe("sleeping_source", "count")

    class Options(msgspec.Struct, frozen=True, kw_only=True):
        """None."""

    def __init__(self, options, buses, clock, context):
        pass

    def run(self, emit, stop):
        """Emit once, then sleep."""
        emit(Raw.of(count=1.0))
        threading.Event().wait(3600)
