"""What processing remembers between two runs: last values, integrals, stuck times.

It is written to memory (tmpfs) every minute, and to the disk every hour and at a stop:
flash is not worn, a killed process loses a minute, a power cut an hour.
"""

import logging
from collections.abc import Mapping
from pathlib import Path

import msgspec

from dt.config import Config, runtime_dir

log = logging.getLogger(__name__)

_FILE = "processing.json"


class Memory:
    """Two copies of what processing remembers, one in memory and one on the disk."""

    def __init__(self, config: Config) -> None:
        self._near = runtime_dir(config) / _FILE
        self._far = config.data_dir / _FILE

    def load(self) -> dict[str, bytes]:
        """Return what was remembered last, by twin; empty if nothing can be read."""
        for path in (self._near, self._far):
            try:
                said = msgspec.json.decode(path.read_bytes(), type=dict[str, msgspec.Raw])
            except FileNotFoundError:
                continue
            except (OSError, msgspec.DecodeError) as error:
                facts = {"file": str(path), "error": str(error)}
                log.warning("what processing remembers cannot be read", extra=facts)
                continue
            return {twin: bytes(state) for twin, state in said.items()}
        return {}

    def save(self, states: Mapping[str, bytes], *, durable: bool) -> None:
        """Remember this, by twin; `durable`: on the disk too."""
        text = msgspec.json.encode({k: msgspec.Raw(v) for k, v in states.items()})
        for path in (self._near, self._far) if durable else (self._near,):
            try:
                _replace(path, text)
            except OSError as error:
                facts = {"file": str(path), "error": str(error)}
                log.warning("what processing remembers is not written", extra=facts)


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_bytes(content)
    fresh.replace(path)
