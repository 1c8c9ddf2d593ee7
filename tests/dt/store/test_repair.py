"""A damaged telemetry.db: what can be read is saved, and nothing false is told."""

import random
import shutil
from contextlib import closing

import msgspec
import numpy as np
import pytest

from dt.config import Config
from dt.errors import StoreError
from dt.store import damage, epochs, repair, sheds
from dt.store.keeper import Keeper
from dt.store.log import Log
from dt.store.paths import Paths
from dt.store.records import SignalRow
from dt.store.scrub import Scrub
from dt.twin.quantities import Seconds
from dt.twin.readings import Cursor, Readings

NAMES = ["dt:PlantBox_001/air.temperature", "dt:PlantBox_001/soil.moisture"]
FAR = 2**62


def batch(ids, at, n=40):
    t = at + 1000 * np.arange(n, dtype=np.int64)
    return Readings(
        signal=np.array([ids[i % 2] for i in range(n)], np.int32),
        observed_at=t,
        value=np.round(20 + np.sin(t / 7e4), 2),
        code=np.zeros(n, np.uint16),
    )


def everything(log):
    rows = {row.id: row.name for row in log.signals().values()}
    return {
        (rows[number], int(t), float(v))
        for number, readings, _ in log.readings(None, 0, FAR)
        for t, v in zip(readings.observed_at, readings.value, strict=True)
    }


@pytest.fixture
def killed(tmp_path, clock):
    """What a killed process leaves: chunks, a journal, and readings in memory only."""
    usual = Config().store
    kept = msgspec.structs.replace(
        usual, live_dir=str(tmp_path / "running" / "live"), live_keep=Seconds(120)
    )
    running = Config(data=str(tmp_path / "running" / "data"), store=kept)
    log = Log.open(running, clock)
    rows = [SignalRow(name=name, twin="dt:PlantBox_001", unit="Cel") for name in NAMES]
    ids = list(log.register(rows).values())
    keeper = Keeper(log, running, clock)
    for part in range(30):
        log.append(batch(ids, clock.now_ms()))
        clock.step(40_000)
        keeper.journal()
        if part % 5 == 4 and part < 25:
            keeper.seal()
            keeper.checkpoint()
            keeper.prune()
    log.append(batch(ids, clock.now_ms()))
    held = everything(log)
    shutil.copytree(tmp_path / "running", tmp_path / "killed")
    keeper.stop()
    log.close()
    return held, log.epoch


@pytest.fixture
def config(tmp_path):
    kept = msgspec.structs.replace(
        Config().store, live_dir=str(tmp_path / "killed" / "live"), live_keep=Seconds(120)
    )
    return Config(data=str(tmp_path / "killed" / "data"), store=kept)


def reopened(config, clock, appliance):
    mended = repair.at_start(config, clock, appliance)
    log = Log.open(config, clock)
    scrub = Scrub(config, clock, appliance)
    for call in range(20):
        scrub(call * 10.0)
    scrub.close()
    found, epoch = everything(log), log.epoch
    log.append(batch([log.signals()[name].id for name in NAMES], clock.now_ms() + 10**9))
    assert log.tail(Cursor(epoch, 0))[0].seq[0] == 1 or mended is None
    log.close()
    assert damage.found(Paths.of(config).telemetry) == ""
    return mended, found, epoch


def test_a_good_file_is_left_alone(killed, config, clock, appliance):
    held, epoch = killed
    mended, found, same = reopened(config, clock, appliance)
    assert mended is None
    assert (found, same) == (held, epoch)
    assert damage.names(Paths.of(config).telemetry) == ()


def test_no_file_is_no_damage(tmp_path):
    assert damage.found(tmp_path / "telemetry.db") == ""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_flipped_bytes_cost_only_what_they_hit(killed, config, clock, appliance, seed):
    held, epoch = killed
    path = Paths.of(config).telemetry
    chance = random.Random(seed)
    data = bytearray(path.read_bytes())
    place = chance.randrange(1024, len(data) - 64)
    data[place : place + 64] = chance.randbytes(64)
    path.write_bytes(data)
    mended, found, after = reopened(config, clock, appliance)
    assert found <= held  # nothing false
    if mended is not None:
        assert after > epoch
        assert len(found) >= 120
        assert appliance.events.newest()[0].kind == "StoreSetAside"
        assert damage.names(path) == (mended.file,)


@pytest.mark.slow
@pytest.mark.parametrize("page", range(2, 24))
def test_a_page_of_zeros_costs_only_what_was_on_it(killed, config, clock, appliance, page):
    held, epoch = killed
    path = Paths.of(config).telemetry
    data = bytearray(path.read_bytes())
    data[(page - 1) * 1024 : page * 1024] = bytes(1024)
    path.write_bytes(data)
    mended, found, after = reopened(config, clock, appliance)
    assert found <= held
    assert len(found) >= 120  # page 8 is the root of all chunks: memory and journal stay
    assert mended is None or after > epoch


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.99])
def test_a_truncated_file_is_saved_as_far_as_it_goes(
    killed, config, clock, appliance, share
):
    held, epoch = killed
    path = Paths.of(config).telemetry
    size = int(path.stat().st_size * share)
    with path.open("r+b") as file:
        file.truncate(size)
    mended, found, after = reopened(config, clock, appliance)
    assert found <= held
    if mended is not None:
        assert after > epoch
    assert len(found) >= 120  # at least what the live log still had


def test_a_lost_header_costs_nothing(killed, config, clock, appliance):
    held, epoch = killed
    path = Paths.of(config).telemetry
    with path.open("r+b") as file:
        file.write(b"\xff" * 1024)
    mended, found, after = reopened(config, clock, appliance)
    assert "not a database" in mended.reason
    assert found == held
    assert after > epoch


@pytest.mark.slow
def test_rubbish_instead_of_a_database_leaves_what_the_live_log_has(
    killed, config, clock, appliance
):
    held, epoch = killed
    path = Paths.of(config).telemetry
    path.write_bytes(random.Random(1).randbytes(50_000))
    (config.data_dir / "telemetry.db-wal").unlink(missing_ok=True)
    mended, found, after = reopened(config, clock, appliance)
    assert 0 < len(found) < len(held)
    assert found < held
    assert after > epoch
    assert "set aside as telemetry.db.damaged-2026" in mended.text()


def test_two_damages_in_a_second_keep_both_files(killed, config, clock, appliance):
    paths = Paths.of(config)
    first = repair.mend(paths, clock, appliance, "trial")
    second = repair.mend(paths, clock, appliance, "trial")
    assert set(damage.names(paths.telemetry)) == {first.file, second.file}


def test_a_file_that_cannot_be_looked_at_is_not_called_damaged(config, clock):
    config.data_dir.mkdir(parents=True)
    (config.data_dir / "telemetry.db").mkdir()
    assert damage.found(config.data_dir / "telemetry.db") == ""
    with pytest.raises(StoreError):
        Log.open(config, clock)


def test_a_suspect_file_is_read_to_its_last_row(killed, config, clock, appliance):
    held, _ = killed
    paths = Paths.of(config)
    data = bytearray(paths.telemetry.read_bytes())
    with closing(epochs.open_telemetry(paths.telemetry)) as database:
        blob = database.execute("SELECT blob FROM chunk ORDER BY id LIMIT 1").fetchone()[0]
    place = data.find(blob[-40:])
    data[place + 10] ^= 0xFF
    paths.telemetry.write_bytes(data)
    assert repair.at_start(config, clock, appliance) is None
    repair.suspect(paths)
    assert repair.at_start(config, clock, appliance) is None
    log = Log.open(config, clock)
    assert everything(log) < held
    with closing(epochs.open_telemetry(paths.telemetry)) as database:
        holes = sheds.newest(database)
    assert [hole.reason for hole in holes] == ["damaged"]
    log.close()
    assert appliance.events.newest()[0].kind == "HistoryDamaged"


def test_a_process_that_only_reads_follows_to_the_new_file(
    killed, config, clock, appliance
):
    held, epoch = killed
    web = Log.open(config, clock)
    assert everything(web) == held
    repair.mend(Paths.of(config), clock, appliance, "trial")
    collector = Log.open(config, clock)
    names = collector.signals()
    collector.append(batch([names[name].id for name in NAMES], clock.now_ms() + 10**9))
    assert everything(web) == everything(collector) > held
    assert web.epoch == collector.epoch > epoch
    web.close()
    collector.close()
