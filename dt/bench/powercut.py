"""What a power cut costs: the machine stops, and only what reached the card is left.

The data folder is an ext4 file system in a file (a loop mount, so this needs root). At a
random moment all processes are frozen and the file is copied: what is in it has reached
the card, what the kernel still holds back has not. Then they are killed, the live log is
removed as a reboot does, and the copy is mounted in the place of the file.
"""

import filecmp
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from dt.bench import probe
from dt.bench.outcome import Outcome
from dt.bench.plan import Plan, configuration
from dt.bench.running import Running, kill
from dt.clock import SystemClock
from dt.config import Store, with_changes
from dt.errors import ServiceError
from dt.store import damage
from dt.store.log import Log
from dt.store.paths import Paths
from dt.twin.quantities import Seconds

CUTS = 5
_IMAGE_BYTES = 64_000_000
_EVER_MS = 253_402_300_800_000
_SEALS_OFTEN = msgspec.structs.replace(Store(), seal_every=Seconds(2))


def measure(plan: Plan) -> Iterator[Outcome]:
    """Yield the largest loss of several cuts; nothing if this is not root."""
    if os.geteuid() != 0:
        yield Outcome(
            case="powercut",
            what="not measured",
            measured=float("nan"),
            unit="s",
            note="mounting a file system of its own needs root",
        )
        return
    moment = random.Random(1)  # noqa: S311 - a moment, not a secret
    losses = []
    counts = []
    with plan.folder("powercut") as folder:
        card = Card(folder)
        for _ in range(2 if plan.quick else CUTS):
            loss, count = _cut(card, moment.uniform(3, 8))
            losses.append(loss)
            counts.append(count)
        bound = float(configuration(folder).store.durable_every)
    yield Outcome(
        case="powercut",
        what=f"largest loss of {len(losses)} cuts",
        measured=max(losses),
        unit="s",
        at_most=bound + 0.25,
        note=f"loss bound {bound:g} s, and up to 0.25 s for the write itself; "
        f"lost {', '.join(f'{loss:.2f} s' for loss in losses)}; readings accepted but "
        f"gone: {', '.join(map(str, counts))}; none older than the newest kept was lost",
    )


class Card:
    """A file system in a file, as an SD card that can be pulled out.

    Args:
        folder: Where the file and the mount point are made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mounted = folder / "mounted"
        self._image = folder / "card.img"
        self.mounted.mkdir()
        with self._image.open("wb") as file:
            file.truncate(_IMAGE_BYTES)
        _run("mkfs.ext4", "-q", "-m", "0", str(self._image))

    @contextmanager
    def inserted(self) -> Iterator[Path]:
        """Mount the card and give its folder."""
        _run("mount", "-o", "loop", str(self._image), str(self.mounted))
        try:
            yield self.mounted
        finally:
            _run("umount", str(self.mounted))

    def copy(self) -> Path:
        """Return a copy of what has reached the card; nobody may be writing."""
        copied = self.folder / "cut.img"
        while True:
            shutil.copyfile(self._image, copied)
            if filecmp.cmp(self._image, copied, shallow=False):
                return copied

    def replace(self, copied: Path) -> None:
        """Take a copy for the card; it must not be inserted."""
        copied.replace(self._image)


def _cut(card: Card, after_s: float) -> tuple[float, int]:
    """Return how much was lost by one cut, in s, and how many readings."""
    taken = card.folder / "taken"
    config = configuration(card.folder, _SEALS_OFTEN)
    files = {"probe": probe.twin(f"pause_s: 0.02, taken: {taken},")}
    plugin = card.folder / "plugin"
    if not plugin.exists():
        probe.install(plugin)
    taken.unlink(missing_ok=True)
    with card.inserted() as data:
        config = with_changes(config, data=data / "data")
        appliance = Running(config, files, plugins=[plugin], folder=card.folder)
        appliance.start("run", "collector")
        try:
            appliance.wait(taken.exists, "starts its probe", 30)
            time.sleep(after_s)
            pids = appliance.pids()
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            cut_at = time.time()
            copied = card.copy()
        finally:
            kill(appliance.pids())
            appliance.kill()
        appliance.forget()
    card.replace(copied)
    accepted = [float(line) for line in taken.read_text().splitlines()]
    with card.inserted():
        kept = _kept(appliance)
        appliance.forget()
    return _loss(accepted, kept, cut_at)


def _kept(appliance: Running) -> list[float]:
    wrong = damage.found(Paths.of(appliance.config).telemetry)
    if wrong:
        raise ServiceError(f"telemetry.db is damaged after a power cut: {wrong}")
    log = Log.open(appliance.config, SystemClock("always"))
    try:
        rows = log.signals()
        if probe.SIGNAL not in rows:
            return []
        found = log.readings([rows[probe.SIGNAL].id], 0, _EVER_MS)
        return [value for _, readings, _ in found for value in readings.value.tolist()]
    finally:
        log.close()


def _loss(accepted: list[float], kept: list[float], cut_at: float) -> tuple[float, int]:
    gone = sorted(set(accepted) - set(kept))
    if len(set(kept)) != len(kept):
        raise ServiceError(f"{len(kept) - len(set(kept))} readings are there twice")
    if gone and kept and gone[0] < max(kept):
        raise ServiceError(f"a reading of {gone[0]} is gone, one of {max(kept)} is there")
    return (cut_at - gone[0] if gone else 0.0), len(gone)


def _run(*command: str) -> None:
    ended = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - fixed
    if ended.returncode:
        raise ServiceError(f"{command[0]} failed: {ended.stderr.decode().strip()}")
