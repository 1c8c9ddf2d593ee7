"""The whole appliance in one file, taken while it runs, and brought back.

What is only in memory when a backup is taken is in the backup's journal. A backup is read
back before it takes its name; a restore checks it again, and begins epochs that no
reading was ever numbered in.
"""

import fcntl
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from dt import __version__
from dt.clock import Clock
from dt.config import Config
from dt.errors import ConflictError, CorruptError, StoreError
from dt.store import appliance, archive, epochs, journal, ownership
from dt.store.archive import FILES, FORMAT, Manifest, Told
from dt.store.database import translated
from dt.store.live import Live
from dt.store.log import Log
from dt.store.paths import Paths
from dt.store.salvage import set_number
from dt.twin.readings import Logged

_PAGES = 2000
_PIECE = 100_000
_EPOCHS = 1000
_ENDS = ("", "-wal", "-shm")
BEFORE = "before-restore"


def size_of(config: Config) -> int:
    """Return about how many bytes a backup has to read, for a progress bar."""
    paths = [config.data_dir / name for name in FILES]
    return sum(path.stat().st_size for path in paths if path.exists())


def make(config: Config, clock: Clock, target: Path, told: Told) -> Manifest:
    """Write a backup of a running or a stopped appliance, and verify it.

    Args:
        config: Whose.
        clock: Tells when.
        target: The file; its folder needs room for the databases besides.
        told: Called with the bytes done in each step: about three times `size_of`.

    Raises:
        CorruptError: A database is damaged.
        StoreError: It cannot be read or written, or is not what was written.
    """
    part = target.with_name(f"{target.name}.part")
    with translated(target), _scratch(target.parent) as folder:
        _copy_telemetry(config, clock, folder, told)
        _copy_appliance(config, folder, told)
        manifest = Manifest(
            format=FORMAT,
            program=__version__,
            appliance=config.appliance.id,
            epoch=_epoch_of(folder / "telemetry.db"),
            made_at=clock.now_ms(),
            parts=tuple(archive.part_of(folder / name) for name in FILES),
        )
        try:
            archive.write(part, folder, manifest, told)
            if archive.read(part, None, told) != manifest:
                raise StoreError(f"{target.name} reads back as another than was written")
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    return manifest


def restore(config: Config, source: Path, *, force: bool, told: Told) -> Manifest:
    """Bring a backup back into the data folder; the next start begins a new epoch.

    Args:
        config: Where to.
        source: The backup.
        force: Replace what is there; it stays, as ``*.before-restore``.
        told: Called with the bytes of each step.

    Raises:
        ConflictError: Something is there and `force` is not given, or it runs.
        CorruptError: The backup is damaged; nothing was changed.
        SchemaError: A newer version of this program made it.
    """
    held = [name for name in FILES if (config.data_dir / name).exists()]
    if held and not force:
        raise ConflictError(
            f"{str(config.data_dir)!r} holds {' and '.join(held)} already",
            hint="give an empty folder by --data, or replace them by --force",
        )
    with translated(config.data_dir):
        config.data_dir.mkdir(parents=True, exist_ok=True)
        with _stopped(config.data_dir), _scratch(config.data_dir) as folder:
            with translated(source):
                manifest = archive.read(source, folder, told)
            for name in FILES:
                _check(folder / name, source)
            last = max(manifest.epoch, _epoch_of(config.data_dir / "telemetry.db"))
            _skip_epochs(folder / "telemetry.db", last)
            _swap(config, folder)
    return manifest


def _copy_telemetry(config: Config, clock: Clock, folder: Path, told: Told) -> None:
    target = folder / "telemetry.db"
    with closing(Log.open(config, clock)) as log, closing(Live(log.paths.live)) as live:
        with _snapshot(log.paths.telemetry) as source:
            words = _only_in_memory(source, live)
            _copy(source, log.paths.telemetry, target, told)
        with closing(epochs.open_telemetry(target)) as copy:
            journal.save_signals(copy, live)
            for logged in words:
                journal.add(copy, logged)
            copy.execute("PRAGMA journal_mode=DELETE")
    _check(target, log.paths.telemetry)


def _copy_appliance(config: Config, folder: Path, told: Told) -> None:
    path = config.data_dir / appliance.FILE
    appliance.Appliance.open(config).close()
    with _snapshot(path) as source:
        _copy(source, path, folder / path.name, told)
    _check(folder / path.name, path)


@contextmanager
def _snapshot(path: Path) -> Iterator[sqlite3.Connection]:
    """Give a file as it is at one moment, while others go on writing to it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as source:
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield source


def _only_in_memory(source: sqlite3.Connection, live: Live) -> list[Logged]:
    """Return the readings that the live log has and a snapshot has not."""
    words: list[Logged] = []
    after = journal.end(source, live.epoch)
    while (found := live.after(after, _PIECE)) is not None and len(found):
        words.append(found)
        after = int(found.seq[-1])
    return words


def _copy(source: sqlite3.Connection, path: Path, target: Path, told: Told) -> None:
    size = path.stat().st_size
    done = 0

    def progress(_status: int, remaining: int, total: int) -> None:
        nonlocal done
        now = (total - remaining) * size // max(total, 1)
        told(now - done)
        done = now

    with closing(sqlite3.connect(target)) as copy:
        source.backup(copy, pages=_PAGES, progress=progress, sleep=0)
        copy.execute("PRAGMA journal_mode=DELETE")


def _check(path: Path, of: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        (said,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    if said != "ok":
        raise CorruptError(f"{path.name} of {of.name} is damaged: {said}")


def _epoch_of(path: Path) -> int:
    """Return the last epoch that a file has given; 0: none, or it cannot tell."""
    if not path.exists():
        return 0
    try:
        with closing(sqlite3.connect(path)) as database:
            row = database.execute(
                "SELECT seq FROM sqlite_sequence WHERE name = 'epoch'"
            ).fetchone()
    except sqlite3.DatabaseError:  # it is about to be replaced, damaged or not
        return 0
    return int(row[0]) if row else 0


def _skip_epochs(path: Path, last: int) -> None:
    """Make the next epoch one that cannot have been used since the backup."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        set_number(database, "epoch", (last // _EPOCHS + 1) * _EPOCHS)


@contextmanager
def _stopped(folder: Path) -> Iterator[None]:
    """Hold the keeper's lock; ConflictError if a collector has it."""
    with (folder / "keeper.lock").open("wb") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConflictError(
                f"the appliance of {str(folder)!r} is running",
                hint="stop it first: systemctl stop 'dt-*'",
            ) from error
        yield


def _swap(config: Config, folder: Path) -> None:
    for name in FILES:
        path = config.data_dir / name
        aside = path.with_name(f"{name}.{BEFORE}")
        for end in _ENDS:
            old = path.with_name(path.name + end)
            if old.exists():
                old.replace(aside.with_name(aside.name + end))
        (folder / name).chmod(0o660)  # as all our databases
        ownership.give(folder / name, config.data_dir)
        (folder / name).replace(path)
    live = Paths.of(config).live
    for end in _ENDS:
        live.with_name(live.name + end).unlink(missing_ok=True)


@contextmanager
def _scratch(parent: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=".backup-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
