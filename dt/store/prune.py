"""Pruning by hand: what would go by retention and budget, and letting it go."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from dt.clock import Clock
from dt.config import Config
from dt.errors import StoreFullError
from dt.store import budget, epochs, holdings, retention
from dt.store.appliance import Appliance
from dt.store.ballast import Ballast
from dt.store.budget import Loss
from dt.store.paths import Paths
from dt.store.retention import Policies
from dt.store.sqlite import translated


def preview(
    config: Config, clock: Clock, appliance: Appliance, most: int | None = None
) -> list[Loss]:
    """Return what would go now, signal by signal; changes nothing.

    Args:
        config: Retention and budget.
        clock: Tells what is old.
        appliance: Where the twins say how long their signals are kept.
        most: Another budget than ``store.budget``, in bytes.
    """
    path, policies = _of(config, appliance)
    with translated(path), closing(epochs.open_telemetry(path)) as database:
        size = config.store.budget if most is None else most
        return budget.preview(database, policies, size, clock.now_ms())


def run(
    config: Config,
    clock: Clock,
    appliance: Appliance,
    most: int | None = None,
    told: Callable[[int], None] = lambda _: None,
) -> int:
    """Let go what `preview` tells; return the bytes that are free now besides.

    Args:
        config: Retention and budget.
        clock: Tells what is old.
        appliance: Where the twins say how long their signals are kept.
        most: Another budget than ``store.budget``, in bytes.
        told: Called with the bytes in use after each piece of work.
    """
    path, policies = _of(config, appliance)
    size = config.store.budget if most is None else most
    now = clock.now_ms()
    with translated(path), closing(epochs.open_telemetry(path)) as database:
        before = holdings.used_bytes(database)
        while retention.retain(database, policies, now):
            told(holdings.used_bytes(database))
        while (over := holdings.used_bytes(database) - size) > 0:
            if not budget.shed(database, over, "budget", now):
                break
            told(holdings.used_bytes(database))
        return before - holdings.used_bytes(database)


def shrink(config: Config) -> int:
    """Give the free pages of the file back to the disk; return how many bytes.

    It writes the whole file anew, so it is for special days, not for every night.

    Raises:
        StoreFullError: There is no room for the second file that it takes.
    """
    path = Paths.of(config).telemetry
    with translated(path), closing(epochs.open_telemetry(path)) as database:
        used = holdings.used_bytes(database)
        room = Ballast(path.parent, 0).free()
        if room < 2 * used:
            raise StoreFullError(
                f"shrinking needs {2 * used} bytes of free disk: there are {room}",
                hint="prune first, or give the file more room",
            )
        before = path.stat().st_size
        database.execute("VACUUM")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return before - path.stat().st_size


def _of(config: Config, appliance: Appliance) -> tuple[Path, Policies]:
    twins = appliance.twins.all()
    return Paths.of(config).telemetry, retention.policies(config.store.retain, twins)
