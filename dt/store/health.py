"""What the health page tells about the store."""

import shutil

import msgspec

from dt.clock import Clock
from dt.config import Config
from dt.store import damage, journal, sheds
from dt.store.live import Live
from dt.store.paths import Paths
from dt.store.reader import View
from dt.store.records import KeeperState, StoreHealth

_CYCLES = 1000
_AMPLIFICATION = 8
_YEAR_S = 31_556_952
_EARLY_S = 600


def of(view: View, live: Live, config: Config, clock: Clock) -> StoreHealth:
    """Return sizes, bounds and faults of the store at one moment."""
    one = view.database.execute
    path = Paths.of(config).telemetry
    (journalled,) = one(
        f"SELECT coalesce(sum(min(n, seq0 + n - 1 - sealed)), 0) FROM {journal.UNSEALED}"
    ).fetchone()
    n_chunks, in_chunks, low, high, n_blocks, in_blocks = view.totals()
    end = journal.end(view.database, live.epoch)
    waiting = live.waiting_since(end)
    held, live_bytes, _ = live.count()
    wal = path.with_name(path.name + "-wal")
    disk = shutil.disk_usage(path.parent)
    size = path.stat().st_size
    times = view.times()
    keeper = _keeper(live)
    return StoreHealth(
        epoch=live.epoch,
        incarnation=live.incarnation,
        loss_bound_s=float(config.store.durable_every),
        unsaved=max(live.end() - end, 0),
        unsaved_s=max(clock.monotonic() - waiting / 1000, 0.0)
        if waiting is not None
        else 0.0,
        live_readings=held,
        live_bytes=live_bytes,
        journal_readings=journalled,
        chunks=n_chunks,
        chunk_readings=in_chunks,
        rollups=n_blocks,
        rollup_buckets=in_blocks,
        telemetry_bytes=size,
        wal_bytes=wal.stat().st_size if wal.exists() else 0,
        bytes_per_reading=size / in_chunks if in_chunks else 0.0,
        oldest=min((t for t in (low, *times) if t is not None), default=None),
        newest=max((t for t in (high, *times) if t is not None), default=None),
        disk_free=disk.free,
        disk_total=disk.total,
        budget=int(config.store.budget),
        sheds=tuple(sheds.texts(view.database)),
        set_aside=(*damage.names(path), *damage.names(path.with_name("appliance.db"))),
        sd_life_years=_life_years(keeper, disk.total),
        keeper=keeper,
    )


def _keeper(live: Live) -> KeeperState:
    told = live.noted("keeper")
    return msgspec.json.decode(str(told), type=KeeperState) if told else KeeperState()


def _life_years(keeper: KeeperState, card_bytes: int) -> float | None:
    """Return how long a flash card lasts at the keeper's rate: a rough estimate.

    Each cell bears about 1,000 writes, and the card itself writes about eight bytes for
    each that it is given in small pieces. None in the first ten minutes.
    """
    if keeper.running_s < _EARLY_S or not keeper.bytes_written:
        return None
    a_year = keeper.bytes_written / keeper.running_s * _YEAR_S
    return card_bytes * _CYCLES / _AMPLIFICATION / a_year
