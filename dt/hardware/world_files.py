"""The files of a simulated world: its state, and what actuators do to it.

In the runtime folder (tmpfs), under ``world/<twin>/``: ``state.json`` is written by the
process that simulates; ``<actuator>.input`` holds a share 0–1 and may be written by any
process that simulates an actuator.
"""

import logging
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
        name = re.sub(r"[^A-Za-z0-9._-]", "_", twin)
        return cls(runtime_dir(config) / "world" / name)

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

    def act(self, actuator: str, share: float) -> None:
        """Let an actuator do something to the world.

        Args:
            actuator: What it is: ``pump``, ``light``, ``heater``, ``fan``.
            share: 0–1.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = self._folder / f"{actuator}.new"
        fresh.write_text(f"{min(max(share, 0.0), 1.0):g}")
        fresh.replace(self._folder / f"{actuator}.input")

    def acts(self, actuator: str) -> float:
        """Return what an actuator does to the world, as a share 0–1."""
        return _share(self._folder / f"{actuator}.input")

    def inputs(self, now: float) -> Mapping[str, float]:
        """Return what actuators do, 0–1 by name; read once a second at most."""
        if now - self._read_at >= _READ_EVERY_S:
            self._read_at = now
            self._inputs = {
                path.stem: _share(path) for path in self._folder.glob("*.input")
            }
        return self._inputs


def _share(path: Path) -> float:
    with suppress(OSError, ValueError):
        share = float(path.read_text())
        return min(max(share, 0.0), 1.0) if share == share else 0.0  # noqa: PLR0124 - NaN
    return 0.0
