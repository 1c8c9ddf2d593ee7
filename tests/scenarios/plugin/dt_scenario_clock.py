"""A collector whose clock is told by a file: ``python -m dt_scenario_clock DT_YAML CLOCK``.

The file holds JSON: `offset_ms`, UTC minus monotonic time, and `trusted`.
"""

import signal
import sys
import time
from contextlib import closing
from pathlib import Path
from threading import Thread

import msgspec

from collector.service import Collecting
from dt import config as configuration
from dt import logs
from dt.service import Life
from dt.store.appliance import Appliance
from dt.store.log import Log


class Told(msgspec.Struct, frozen=True):
    """What the file says."""

    offset_ms: int
    trusted: bool


class FileClock:
    """A clock whose UTC is as wrong, and as trusted, as a file says."""

    def __init__(self, path):
        self._path = path

    def _told(self):
        return msgspec.json.decode(self._path.read_bytes(), type=Told)

    def now_ms(self):
        """Return UTC in ms, or what passes for it."""
        return self._told().offset_ms + round(self.monotonic() * 1000)

    def monotonic(self):
        """Return seconds since boot."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def trusted(self):
        """Tell what the file says."""
        return self._told().trusted

    def boot_id(self):
        """Return the kernel's id of this boot."""
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def main(file, told):
    """Collect until told to stop."""
    config, clock = configuration.load(Path(file)), FileClock(Path(told))
    logs.set_up(config.log.level)
    life = Life("collector")
    signal.signal(signal.SIGTERM, lambda *_: Thread(target=life.end).start())
    with (
        closing(Log.open(config, clock)) as log,
        closing(Appliance.open(config, clock)) as appliance,
    ):
        Collecting(config, life, clock, log, appliance).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
