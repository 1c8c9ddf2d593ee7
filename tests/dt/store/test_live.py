"""The live log numbers batches without gaps, for all processes."""

import numpy as np
import pytest

from dt.errors import CorruptError, StoreBusyError, StoreError
from dt.store import sqlite
from dt.store.live import pack, unpack
from dt.store.log import Log
from dt.store.records import ProcessState, SensorState, SignalRow
from dt.twin.quality import UNSYNCED
from dt.twin.readings import Cursor, Readings

NAME = "dt:A/x"


def some(n, signal=1, start=0, at=1_777_636_800_000):
    return Readings(
        signal=np.full(n, signal, np.int32),
        observed_at=at + np.arange(start, start + n, dtype=np.int64) * 1000,
        value=np.arange(start, start + n, dtype=np.float64),
        code=np.zeros(n, np.uint16),
    )


@pytest.fixture
def log(config, clock):
    opened = Log.open(config, clock)
    opened.register([SignalRow(name=NAME, twin="dt:A", unit="Cel")])
    yield opened
    opened.close()


@pytest.fixture
def other(config, clock, log):
    opened = Log.open(config, clock)
    yield opened
    opened.close()


def test_two_processes_share_one_sequence(log, other):
    seqs = [a.append(some(3)).seq.tolist() for a in (log, other, log)]
    assert seqs == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    assert other.end() == Cursor(log.epoch, 9)


def test_nothing_appended_takes_no_number(log):
    assert len(log.append(Readings())) == 0
    assert log.end().seq == 0


def test_a_cursor_inside_a_batch_is_found(log):
    log.append(some(10))
    log.append(some(10, start=10))
    (part,) = log.tail(Cursor(log.epoch, 7), 5)
    assert part.seq.tolist() == [8, 9, 10, 11, 12]
    assert part.readings.value.tolist() == [7, 8, 9, 10, 11]


def test_a_consumer_of_fresh_readings_leaves_the_durable_file_alone(log, other):
    log.append(some(5))
    (first,) = other.tail(Cursor(log.epoch, 0))
    log.append(some(2))
    asked = []
    with other.reader.idle() as database:
        database.set_trace_callback(asked.append)
    (part,) = other.tail(Cursor(log.epoch, 5))
    assert (len(first), part.seq.tolist(), asked) == (5, [6, 7], [])
    unsynced = some(1)
    unsynced.code[:] = UNSYNCED
    log.append(unsynced)
    (part,) = other.tail(Cursor(log.epoch, 7))
    assert len(part) == 1
    assert asked, "provisional times are put right by what is written there"


def test_a_pruned_number_is_not_given_again(log):
    log.append(some(10))
    log.live.prune(10, 10**12, 0)
    assert log.live.first() == 11
    assert log.append(some(1)).seq.tolist() == [11]


def test_what_is_not_durable_is_never_pruned(log):
    log.append(some(10))
    log.append(some(10))
    log.live.prune(12, 10**12, 0)
    assert log.live.first() == 11


def test_a_change_by_anybody_is_noticed_once(log, other):
    log.changed()
    assert not log.changed()
    other.append(some(1))
    assert log.changed()
    assert not log.changed()
    log.append(some(1))
    assert log.changed()


def test_who_asks_a_closed_log_for_changes_is_told_in_our_words(log):
    log.changed()
    log.close()
    with pytest.raises(StoreError, match=r"live\.db"):
        log.changed()


def test_a_signal_keeps_its_number_and_tells_its_unit_to_all(log, other):
    assert other.register([SignalRow(name=NAME, twin="dt:A", unit="K")]) == {NAME: 1}
    assert log.signals()[NAME].unit == "K"
    ids = log.register([SignalRow(name=f"dt:A/{c}", twin="dt:A") for c in "yz"])
    assert ids == {"dt:A/y": 2, "dt:A/z": 3}
    assert other.signals().keys() == {NAME, "dt:A/y", "dt:A/z"}


def test_files_are_open_to_the_group_and_to_nobody_else(log):
    log.append(some(1))
    for end in ("", "-wal", "-shm"):
        path = log.paths.live.with_name(log.paths.live.name + end)
        assert path.stat().st_mode & 0o777 == 0o660, path
    assert log.paths.telemetry.stat().st_mode & 0o007 == 0


def test_a_log_held_by_another_process_is_said_to_be_busy(log):
    holder = sqlite.connect(log.paths.live, ())
    log.live._connection.execute("PRAGMA busy_timeout=1")
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusyError, match=r"live\.db is held"):
        log.append(some(1))
    holder.execute("ROLLBACK")
    holder.close()
    assert log.append(some(1)).seq.tolist() == [1]


def test_a_lost_live_log_begins_a_new_epoch_for_everybody(log, other):
    log.append(some(3))
    first = log.epoch
    for end in ("", "-wal", "-shm"):
        log.paths.live.with_name(log.paths.live.name + end).unlink()
    assert log.append(some(1)).epoch == first + 1
    assert other.append(some(1)).seq.tolist() == [2]
    assert other.epoch == first + 1


def test_a_damaged_live_log_begins_a_new_epoch(config, clock, log):
    first, incarnation = log.epoch, log.incarnation
    log.close()
    log.paths.live.write_bytes(b"rubbish" * 1000)
    again = Log.open(config, clock)
    assert again.epoch == first + 1
    assert again.incarnation != incarnation
    again.close()


def test_heartbeats_and_sensors_are_the_last_told(log, other):
    for beat_at in (1, 2):
        log.beat(ProcessState(name="web", pid=7, started_at=0, beat_at=beat_at))
    assert [p.beat_at for p in other.processes()] == [2]
    for condition in ("starting", "ok"):
        log.set_sensor(
            SensorState(twin="dt:A", sensor="climate", driver="dht22", condition=condition)
        )
    assert [s.condition for s in other.sensors()] == ["ok"]


def test_a_batch_of_the_wrong_length_is_refused():
    with pytest.raises(CorruptError, match="a batch of 3 readings has 44 bytes"):
        unpack(pack(some(2)), 3)
