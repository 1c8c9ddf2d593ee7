"""Roll-ups that damage cost are written anew: charts equal a plain list again."""

import random
import shutil
from contextlib import closing

import msgspec
import numpy as np
import pytest

from dt.config import Config
from dt.store import compact, epochs, journal, repair, reroll, seal, sheds
from dt.store.log import Log
from dt.store.paths import Paths
from dt.store.records import SignalRow
from dt.store.resolution import LEVELS
from dt.store.scrub import Scrub
from dt.twin.readings import Logged, Readings

DAY_MS = 86_400_000


class StillClock:
    """A clock that stands still."""

    def now_ms(self):
        return 1_777_636_800_000

    def monotonic(self):
        return 1000.0

    def trusted(self):
        return True

    def boot_id(self):
        return "boot-1"


DAYS = 45
NAME = "dt:PlantBox_001/air.temperature"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A store with readings of 45 days, late ones among them, and those as columns."""
    folder, clock = tmp_path_factory.mktemp("made"), StillClock()
    kept = msgspec.structs.replace(Config().store, live_dir=str(folder / "live"))
    config = Config(data=str(folder / "data"), store=kept)
    chance = np.random.default_rng(3)
    start = clock.now_ms() - DAYS * DAY_MS
    t = start + np.sort(chance.integers(0, DAYS * DAY_MS, 400_000))
    late = chance.random(len(t)) < 0.02
    arrival = np.where(late, t + chance.integers(0, 2 * DAY_MS, len(t)), t)
    t = t[np.argsort(arrival, kind="stable")].astype(np.int64)
    value = np.round(20 + 5 * np.sin(t / 7e6), 2)
    value[::97] = np.nan
    code = np.where(np.isnan(value), 2, 0).astype(np.uint16)
    with closing(Log.open(config, clock)) as log:
        (number,) = log.register([SignalRow(name=NAME, twin="dt:PlantBox_001")]).values()
    with closing(epochs.open_telemetry(Paths.of(config).telemetry)) as database:
        database.execute(
            "INSERT OR IGNORE INTO signal VALUES (?,?,'dt:PlantBox_001','','')",
            (number, NAME),
        )
        epoch, _, _ = epochs.begin(database, clock, "live")
        database.execute("PRAGMA synchronous=OFF")
        for first in range(0, len(t), 400):
            part = np.arange(first, min(first + 400, len(t)))
            readings = Readings(
                signal=np.full(len(part), number, np.int32),
                observed_at=t[part],
                value=value[part],
                code=code[part],
            )
            logged = Logged(epoch=epoch, seq=part.astype(np.int64) + 1, readings=readings)
            journal.add(database, logged)
            seal.seal(database, clock.now_ms())
            while compact.merge_chunks(database) or compact.merge_blocks(database):
                pass
    return folder, t, value


@pytest.fixture
def plain(made, config):
    """The store of `made` in the data folder; returns its readings."""
    folder, t, value = made
    shutil.copytree(folder / "data", config.data_dir)
    return t, value


def check(config, clock, plain):
    """Compare a chart of each level with the list."""
    t, value = plain
    log = Log.open(config, clock)
    number = log.signals()[NAME].id
    start, end = int(t.min()) // DAY_MS * DAY_MS, clock.now_ms()
    order = np.argsort(t, kind="stable")
    for width in LEVELS:
        points = -(-(end - start) // width) + 1
        (found,) = log.series([number], start, end, points)
        assert found.bucket_ms == width
        bucket = t[order] // width * width
        starts, first = np.unique(bucket, return_index=True)
        assert found.t.tolist() == starts.tolist()
        have = ~np.isnan(value[order])
        count = np.add.reduceat(have.astype(int), first)
        total = np.add.reduceat(np.where(have, value[order], 0), first)
        assert found.n.tolist() == count.tolist()
        some = count > 0
        assert np.allclose(found.mean[some], total[some] / count[some], atol=1e-9)
        low = np.minimum.reduceat(np.where(have, value[order], np.inf), first)
        high = np.maximum.reduceat(np.where(have, value[order], -np.inf), first)
        assert found.min[some].tolist() == low[some].tolist()
        assert found.max[some].tolist() == high[some].tolist()
    log.close()


def rows(config, sql):
    with closing(epochs.open_telemetry(Paths.of(config).telemetry)) as database:
        return database.execute(sql).fetchall()


def test_what_is_whole_is_left_alone(plain, config, clock):
    check(config, clock, plain)
    before = rows(config, "SELECT id FROM rollup")
    with closing(epochs.open_telemetry(Paths.of(config).telemetry)) as database:
        assert reroll.everything(database) == 0
    assert rows(config, "SELECT id FROM rollup") == before


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_damaged_blobs_are_written_anew_from_the_readings(
    plain, config, clock, appliance, seed
):
    chance = random.Random(seed)
    found = rows(config, "SELECT id, blob FROM rollup ORDER BY id")
    hit = chance.sample(found, len(found) // 2)
    with closing(epochs.open_telemetry(Paths.of(config).telemetry)) as database:
        for number, blob in hit:
            data = bytearray(blob)
            data[chance.randrange(len(data))] ^= 0x55
            database.execute("UPDATE rollup SET blob=? WHERE id=?", (bytes(data), number))
    with closing(Scrub(config, clock, appliance)) as scrub:
        scrub.everything()
        scrub.everything()
    check(config, clock, plain)
    with closing(epochs.open_telemetry(Paths.of(config).telemetry)) as database:
        assert reroll.everything(database) == 0
        while compact.merge_blocks(database):
            pass
    check(config, clock, plain)


@pytest.mark.slow
@pytest.mark.parametrize("place", [(0, 0), (0, 1), (1, 1), (1, 2), (2, 2), (3, 2)])
def test_rows_that_are_gone_are_written_anew_when_the_file_is_mended(
    plain, config, clock, appliance, place
):
    level, tier = place
    assert rows(config, f"SELECT 1 FROM rollup WHERE level={level} AND tier={tier}")
    with closing(epochs.open_telemetry(Paths.of(config).telemetry)) as database:
        database.execute("DELETE FROM rollup WHERE level=? AND tier=?", (level, tier))
    repair.mend(Paths.of(config), clock, appliance, "trial")
    check(config, clock, plain)


def test_a_damaged_roll_up_that_could_be_written_anew_is_no_hole(
    plain, config, clock, appliance
):
    del plain
    with closing(epochs.open_telemetry(Paths.of(config).telemetry)) as database:
        database.execute(
            "UPDATE rollup SET blob=x'00' WHERE id=(SELECT max(id) FROM rollup)"
        )
    with closing(Scrub(config, clock, appliance)) as scrub:
        scrub.everything()
    with closing(epochs.open_telemetry(Paths.of(config).telemetry)) as database:
        assert sheds.newest(database) == []
    assert appliance.events.newest(1)[0].kind == "HistoryDamaged"


def test_hours_are_written_anew_from_minutes_when_the_readings_are_gone(
    plain, config, clock, appliance
):
    with closing(epochs.open_telemetry(Paths.of(config).telemetry)) as database:
        database.execute("DELETE FROM chunk WHERE rolled=0")
        before = database.execute("SELECT sum(n) FROM rollup WHERE level=2").fetchone()
        (block,) = database.execute(
            "SELECT max(id) FROM rollup WHERE level=2 AND tier=2"
        ).fetchone()
        database.execute("UPDATE rollup SET blob=x'00' WHERE id=?", (block,))
    with closing(Scrub(config, clock, appliance)) as scrub:
        scrub.everything()
    with closing(epochs.open_telemetry(Paths.of(config).telemetry)) as database:
        after = database.execute("SELECT sum(n) FROM rollup WHERE level=2").fetchone()
        assert after == before
        assert sheds.newest(database) == []


def test_what_nothing_tells_any_more_is_a_hole(plain, config, clock, appliance):
    del plain
    with closing(epochs.open_telemetry(Paths.of(config).telemetry)) as database:
        database.execute("DELETE FROM chunk")
        database.execute("UPDATE rollup SET blob=x'00' WHERE level=0")
    with closing(Scrub(config, clock, appliance)) as scrub:
        scrub.everything()
    with closing(epochs.open_telemetry(Paths.of(config).telemetry)) as database:
        assert {hole.reason for hole in sheds.newest(database)} == {"damaged"}
