"""The ballast: held while there is room, let go while there is none."""

import pytest

from dt.store.ballast import Ballast


class Disk(Ballast):
    """A ballast on a disk whose free room the test says."""

    def __init__(self, folder, size):
        self.room = 10_000_000
        super().__init__(folder, size, lambda _: self.room)


@pytest.fixture
def disk(tmp_path):
    return Disk(tmp_path, 100_000)


def test_it_is_taken_up_when_there_is_room(disk, tmp_path):
    assert not disk.held
    assert disk.hold()
    assert disk.held
    assert (tmp_path / "ballast").stat().st_size == 100_000
    assert not disk.low()


def test_it_is_let_go_when_the_disk_is_nearly_full(disk, tmp_path):
    disk.hold()
    disk.room = 49_999
    assert disk.low()
    disk.release()
    disk.release()
    assert not (tmp_path / "ballast").exists()


def test_it_is_taken_up_again_only_when_it_fits_twice(disk):
    disk.room = 199_999
    assert not disk.hold()
    assert disk.short()
    disk.room = 200_000
    assert disk.hold()
    assert not disk.short()


def test_another_size_is_taken_up_anew(disk, tmp_path):
    disk.hold()
    larger = Disk(tmp_path, 150_000)
    assert not larger.held
    assert larger.hold()
    assert larger.held


def test_without_ballast_nothing_is_held_and_nothing_is_short(tmp_path):
    none = Disk(tmp_path, 0)
    none.room = 0
    assert none.held
    assert not none.low()
    assert not none.short()


def test_the_real_disk_has_some_room(tmp_path):
    assert Ballast(tmp_path, 1).free() > 0
