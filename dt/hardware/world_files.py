"""The files of a simulated world: its state, and what actuators do to it.

In the runtime folder (tmpfs), under ``world/<twin>/``: ``state.json`` is written by the
process that simulates; ``pump.input`` holds a share 0–1 and may be written by any process
that simulates an actuator. Several pumps write ``pump@<name>.input`` each, and add up.
"""

import logging
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec

from dt.config import Config, runtime_dir

log = logging.getLogger(__name__)

S = TypeVar("S", bound=msgspec.Struct)

_SAVE_EVERY_S = 5.0
_READ_EVERY_S = 1.0


class WorldFiles:
    """The files of one world; one thread at a time calls it.

    Args:
        folder: Where they are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._saved_at = self._read_at = float("-inf")
        self._inputs: dict[str, float] = {}

    @classmethod
    def of(cls, config: Config, twin: str) -> "WorldFiles":
        """Return the files of a twin's world."""
        return cls(runtime_dir(config) / "world" / _plain(twin))

    def load(self, kind: type[S]) -> S | None:
        """Return the state that was saved last, or None."""
        with suppress(OSError, msgspec.DecodeError):
            return msgspec.json.decode(
                (self._folder / "state.json").read_bytes(), type=kind
            )
        return None

    def save(self, state: msgspec.Struct, now: float, *, at_once: bool = False) -> None:
        """Save the state, every 5 s of monotonic time at most."""
        if now - self._saved_at < _SAVE_EVERY_S and not at_once:
            return
        self._saved_at = now
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            fresh = self._folder / "state.new"
            fresh.write_bytes(msgspec.json.encode(state))
            fresh.replace(self._folder / "state.json")
        except OSError as error:
            log.debug("world not saved", extra={"error": str(error)})

    def act(self, what: str, share: float, by: str = "") -> None:
        """Let an actuator do something to the world.

        Args:
            what: It is: ``pump``, ``light``, ``heater``, ``fan``.
            share: 0–1.
            by: Its name, where it is not `what`.
        """
        name = f"{what}@{_plain(by)}" if by not in ("", what) else what
        replace(self._folder / f"{name}.input", f"{min(max(share, 0.0), 1.0):g}")

    def acts(self, what: str) -> float:
        """Return what all actuators of a kind do to the world, as a share 0–1."""
        return self._shares().get(what, 0.0)

    def inputs(self, now: float) -> Mapping[str, float]:
        """Return what actuators do, 0–1 by kind; read once a second at most."""
        if now - self._read_at >= _READ_EVERY_S:
            self._read_at = now
            self._inputs = self._shares()
        return self._inputs

    def _shares(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for path in self._folder.glob("*.input"):
            what = path.stem.partition("@")[0]
            found[what] = min(found.get(what, 0.0) + _share(path), 1.0)
        return found


def replace(path: Path, text: str) -> None:
    """Write a small file that another process may read, or write too, at any moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fresh.write_text(text)
    fresh.replace(path)


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", name)


def _share(path: Path) -> float:
    with suppress(OSError, ValueError):
        share = float(path.read_text())
        return min(max(share, 0.0), 1.0) if share == share else 0.0  # noqa: PLR0124 - NaN
    return 0.0
