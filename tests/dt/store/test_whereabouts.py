"""A data folder that is moved takes its live log along; one that is gone is told."""

import os
import shutil
from contextlib import closing

import numpy as np
import pytest

from dt.config import Config
from dt.errors import StoreBusyError
from dt.store import whereabouts
from dt.store.log import Log
from dt.store.records import SignalRow
from dt.twin.readings import Cursor, Readings


@pytest.fixture
def memory(tmp_path):
    (tmp_path / "shm").mkdir()
    return tmp_path / "shm"


def config_of(tmp_path, memory, name):
    store = Config().store.__class__(live_dir=str(memory / f"dt-0-{name}"))
    return Config(data=str(tmp_path / name), store=store)


def write(log, clock):
    (number,) = log.register([SignalRow(name="dt:A/b", twin="dt:A")]).values()
    log.append(
        Readings(
            signal=np.array([number], np.int32),
            observed_at=np.array([clock.now_ms()]),
            value=np.array([21.5]),
            code=np.zeros(1, np.uint16),
        )
    )


def test_a_moved_data_folder_keeps_what_is_only_in_memory(tmp_path, memory, clock):
    with closing(Log.open(config_of(tmp_path, memory, "old"), clock)) as log:
        write(log, clock)
        epoch = log.epoch
    (tmp_path / "old").rename(tmp_path / "new")
    with closing(Log.open(config_of(tmp_path, memory, "new"), clock)) as log:
        assert log.epoch == epoch
        assert log.tail(Cursor())[0].readings.value.tolist() == [21.5]
    assert [folder.name for folder in memory.iterdir()] == ["dt-0-new"]
    assert whereabouts.stale(memory) == []


def test_a_copy_of_a_data_folder_takes_nothing_along(tmp_path, memory, clock):
    with closing(Log.open(config_of(tmp_path, memory, "old"), clock)) as log:
        write(log, clock)
        epoch = log.epoch
    shutil.copytree(tmp_path / "old", tmp_path / "new")
    with closing(Log.open(config_of(tmp_path, memory, "new"), clock)) as log:
        assert log.epoch > epoch
    with closing(Log.open(config_of(tmp_path, memory, "old"), clock)) as log:
        assert log.epoch == epoch
        assert log.tail(Cursor())[0].readings.value.tolist() == [21.5]


def test_a_live_log_that_a_process_holds_is_not_moved(tmp_path, memory, clock):
    with closing(Log.open(config_of(tmp_path, memory, "old"), clock)) as held:
        (tmp_path / "old").rename(tmp_path / "new")
        with closing(Log.open(config_of(tmp_path, memory, "new"), clock)) as log:
            assert log.epoch > held.epoch
        (one,) = whereabouts.stale(memory)
        assert one.held == (os.getpid(),)
        with pytest.raises(StoreBusyError, match="held by process"):
            whereabouts.remove(one)


def test_what_a_deleted_data_folder_left_is_told_and_removed(tmp_path, memory, clock):
    with closing(Log.open(config_of(tmp_path, memory, "old"), clock)):
        pass
    with closing(Log.open(config_of(tmp_path, memory, "other"), clock)):
        pass
    (memory / "dt-0-foreign").mkdir()  # nobody knows whose it is
    shutil.rmtree(tmp_path / "old")
    (one,) = whereabouts.stale(memory)
    assert (one.folder, one.data) == (str(memory / "dt-0-old"), str(tmp_path / "old"))
    assert one.size > 1000
    whereabouts.remove(one)
    assert {folder.name for folder in memory.iterdir()} == {"dt-0-other", "dt-0-foreign"}
