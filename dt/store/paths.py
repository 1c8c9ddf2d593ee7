"""Where the files of the store lie."""

from dataclasses import dataclass
from pathlib import Path

from dt.config import Config, runtime_dir


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """The files of one appliance's log.

    Attributes:
        telemetry: Journal, chunks and roll-ups; on the disk.
        live: The live log; in memory where the system offers that.
        lock: Held while the live log is made or replaced.
    """

    telemetry: Path
    live: Path
    lock: Path

    @classmethod
    def of(cls, config: Config) -> "Paths":
        """Return the paths that a configuration means."""
        live = runtime_dir(config)
        return cls(
            telemetry=config.data_dir / "telemetry.db",
            live=live / "live.db",
            lock=live / "live.lock",
        )
