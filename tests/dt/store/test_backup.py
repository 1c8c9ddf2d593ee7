"""Backup and restore: everything, while it runs, and nothing numbered twice."""

import fcntl
import gzip
import io
import os
import tarfile
import threading

import msgspec
import numpy as np
import pytest

from dt.config import Config
from dt.errors import ConflictError, CorruptError, SchemaError
from dt.store import archive, backup
from dt.store.appliance import Appliance
from dt.store.keeper import Keeper
from dt.store.log import Log
from dt.store.records import SignalRow
from dt.twin.readings import Cursor, Readings

NAME = "dt:PlantBox_001/air.temperature"


def quiet(_steps):
    """Show nothing."""


def batch(number, at, n=50):
    t = at + 1000 * np.arange(n, dtype=np.int64)
    return Readings(
        signal=np.full(n, number, np.int32),
        observed_at=t,
        value=np.round(20 + np.sin(t / 7e4), 2),
        code=np.zeros(n, np.uint16),
    )


def everything(log):
    found = [
        (number, readings.observed_at.tolist(), readings.value.tolist(), seq.tolist())
        for number, readings, seq in log.readings(None, 0, 2**62)
    ]
    return [row for part in found for row in zip(*part[1:], strict=True)]


@pytest.fixture
def log(config, clock):
    opened = Log.open(config, clock)
    opened.register([SignalRow(name=NAME, twin="dt:PlantBox_001", unit="Cel")])
    yield opened
    opened.close()


@pytest.fixture
def filled(log, config, clock, appliance):
    """Readings in chunks, in the journal, and in memory only; a user and a note."""
    keeper = Keeper(log, config, clock)
    for _ in range(6):
        log.append(batch(1, clock.now_ms()))
        clock.step(50_000)
        keeper.journal()
    keeper.seal()
    log.append(batch(1, clock.now_ms()))
    clock.step(50_000)
    keeper.journal()
    log.append(batch(1, clock.now_ms()))
    clock.step(50_000)
    appliance.users.add_first("Ann", "hash")
    appliance.notes.add(NAME, clock.now_ms(), "window opened", "Ann")
    yield log
    keeper.stop()


@pytest.fixture
def elsewhere(tmp_path):
    store = msgspec.structs.replace(Config().store, live_dir=str(tmp_path / "live2"))
    return Config(data=str(tmp_path / "data2"), store=store)


def test_everything_is_there_again_also_what_was_only_in_memory(
    filled, config, clock, elsewhere, tmp_path
):
    made = backup.make(config, clock, tmp_path / "a.backup", quiet)
    assert backup.restore(elsewhere, tmp_path / "a.backup", force=False, told=quiet) == made
    log = Log.open(elsewhere, clock)
    assert everything(log) == everything(filled)
    assert log.signals()[NAME].unit == "Cel"
    log.close()
    appliance = Appliance.open(elsewhere, clock)
    assert appliance.users.named("ann") is not None
    assert appliance.notes.between(0, 2**62)[0].text == "window opened"
    appliance.close()
    assert not list(tmp_path.glob(".backup-*"))


def test_no_number_is_ever_given_twice_after_a_restore(
    filled, config, clock, elsewhere, tmp_path
):
    backup.make(config, clock, tmp_path / "a.backup", quiet)
    backup.restore(elsewhere, tmp_path / "a.backup", force=False, told=quiet)
    log = Log.open(elsewhere, clock)
    assert log.epoch > 1000 > filled.epoch
    first = log.append(batch(1, clock.now_ms()))
    assert (first.epoch, first.seq[0]) == (log.epoch, 1)
    parts = log.tail(Cursor(), 100_000)
    assert [part.epoch for part in parts] == [filled.epoch, log.epoch]
    log.close()


def test_a_writer_goes_on_meanwhile_and_the_backup_is_one_moment(
    filled, config, clock, elsewhere, tmp_path
):
    stop = threading.Event()
    keeper = Keeper(filled, config, clock)
    before = filled.end().seq

    def write():
        at = clock.now_ms()
        while not stop.is_set():
            filled.append(batch(1, at))
            at += 50_000
            keeper.journal()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            backup.make(config, clock, tmp_path / f"{number}.backup", quiet)
    finally:
        stop.set()
        writer.join()
    keeper.stop()
    kept = everything(filled)
    backup.restore(elsewhere, tmp_path / "2.backup", force=False, told=quiet)
    log = Log.open(elsewhere, clock)
    found = everything(log)
    log.close()
    assert len(found) >= before
    assert found == kept[: len(found)]


def test_a_restore_replaces_nothing_unless_it_is_forced(filled, config, clock, tmp_path):
    backup.make(config, clock, tmp_path / "a.backup", quiet)
    with pytest.raises(ConflictError, match=r"holds telemetry\.db and appliance\.db"):
        backup.restore(config, tmp_path / "a.backup", force=False, told=quiet)
    backup.restore(config, tmp_path / "a.backup", force=True, told=quiet)
    assert (config.data_dir / "telemetry.db.before-restore").exists()
    assert not (config.data_dir / "telemetry.db-wal").exists()


def test_a_running_appliance_is_not_replaced(filled, config, clock, tmp_path):
    backup.make(config, clock, tmp_path / "a.backup", quiet)
    with (config.data_dir / "keeper.lock").open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(ConflictError, match="is running"):
            backup.restore(config, tmp_path / "a.backup", force=True, told=quiet)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.2, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("how", ["flip", "cut"])
def test_a_damaged_backup_is_refused_and_changes_nothing(
    filled, config, clock, elsewhere, tmp_path, share, how
):
    file = tmp_path / "a.backup"
    backup.make(config, clock, file, quiet)
    data = bytearray(file.read_bytes())
    place = int(len(data) * share)
    if how == "flip":
        data[place : place + 6] = bytes(b ^ 0x55 for b in data[place : place + 6])
    else:
        del data[place:]
    file.write_bytes(data)
    with pytest.raises(CorruptError, match=r"a\.backup"):
        backup.restore(elsewhere, file, force=False, told=quiet)
    left = [path.name for path in elsewhere.data_dir.iterdir()]
    assert left == ["keeper.lock"]


def packed(path, manifest):
    with tarfile.open(path, "w:gz") as tar:
        data = msgspec.json.encode(manifest)
        info = tarfile.TarInfo("manifest.json")
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))


def test_what_is_no_backup_is_told(tmp_path):
    file = tmp_path / "a.backup"
    file.write_bytes(gzip.compress(b"something else"))
    with pytest.raises(CorruptError, match="damaged or no backup"):
        archive.read(file, None, quiet)
    packed(file, {"format": 1})
    with pytest.raises(CorruptError, match="is no backup"):
        archive.read(file, None, quiet)
    packed(file, {**PLAIN, "parts": []})
    with pytest.raises(CorruptError, match="is no backup"):
        archive.read(file, None, quiet)


PART = {"size": 1, "sha256": "x", "version": 1, "rows": {}}
PLAIN = {
    "format": 1,
    "program": "9.0",
    "appliance": "a",
    "epoch": 1,
    "made_at": 1,
    "parts": [{"name": name, **PART} for name in archive.FILES],
}


def test_a_backup_of_a_newer_program_is_refused(tmp_path):
    file = tmp_path / "a.backup"
    newer = [{**part, "version": 99} for part in PLAIN["parts"]]
    for manifest in ({**PLAIN, "format": 2}, {**PLAIN, "parts": newer}):
        packed(file, manifest)
        with pytest.raises(SchemaError, match=r"version 9\.0"):
            archive.read(file, None, quiet)


def test_only_its_owner_may_read_a_backup(filled, config, clock, tmp_path):
    backup.make(config, clock, tmp_path / "a.backup", quiet)
    assert (tmp_path / "a.backup").stat().st_mode & 0o077 == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files for others")
def test_what_root_restores_belongs_to_the_owner_of_the_folder(
    log, config, clock, tmp_path
):
    backup.make(config, clock, tmp_path / "b.dtb", quiet)
    there = msgspec.structs.replace(config, data=str(tmp_path / "there"))
    there.data_dir.mkdir()
    os.chown(there.data_dir, 4711, 4711)
    backup.restore(there, tmp_path / "b.dtb", force=False, told=quiet)
    for name in ("telemetry.db", "appliance.db"):
        assert (there.data_dir / name).stat().st_uid == 4711
