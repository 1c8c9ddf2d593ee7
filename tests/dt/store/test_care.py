"""Care: small pieces of work, so that the history stays within its bounds."""

import msgspec
import pytest

from dt.config import Config, Store
from dt.store import holdings, sheds
from dt.store.ballast import Ballast
from dt.store.care import Care
from dt.twin.quantities import Bytes, Seconds

HOUR_MS = 3_600_000


@pytest.fixture
def start(clock):
    return clock.now_ms() // HOUR_MS * HOUR_MS


@pytest.fixture
def day(history, start):
    history.signal(1, "dt:PlantBox_001/air.temperature")
    for hour in range(24, 0, -1):
        history.hour(start - hour * HOUR_MS, every_s=2)
    return history


class Disk(Ballast):
    """A ballast on a disk whose free room the test says."""

    def __init__(self, config, size, room):
        self.room = room
        super().__init__(config.data_dir, size, lambda _: self.room)


def care_of(config, clock, appliance, disk=None, **store):
    settings = {"ballast": Bytes(disk._size if disk else 0), **store}
    changed = msgspec.structs.replace(config.store, **settings)
    return Care(msgspec.structs.replace(config, store=changed), clock, appliance, disk)


def test_what_has_had_its_time_goes_and_then_there_is_nothing_to_do(
    day, clock, config, appliance
):
    care = care_of(config, clock, appliance, retain={"raw": Seconds(3600)})
    steps = 0
    while care.step(day.database):
        steps += 1
    assert steps == 1
    assert day.count() == 1


def test_nothing_is_old_by_a_clock_that_cannot_be_trusted(day, clock, config, appliance):
    clock.believed = False
    clock.step(10**11)
    care = care_of(config, clock, appliance, retain={"raw": Seconds(1)})
    assert not care.step(day.database)
    assert day.count() == 24
    clock.believed = True
    assert care.step(day.database)


def test_the_budget_is_kept_and_told_once(day, clock, config, appliance):
    most = holdings.used_bytes(day.database) - 4000
    care = care_of(config, clock, appliance, budget=Bytes(most))
    while care.step(day.database):
        pass
    assert holdings.used_bytes(day.database) <= most
    assert sheds.newest(day.database)[0].reason == "budget"
    assert [event.kind for event in appliance.events.newest()] == ["HistoryShed"]
    assert care.shedding == ""
    assert not care.step(day.database)


def test_a_budget_of_nothing_ends_with_nothing_to_do(day, clock, config, appliance):
    care = care_of(config, clock, appliance, budget=Bytes(0))
    for _ in range(20):
        if not care.step(day.database):
            break
    assert day.count() == day.count("rollup") == 0


def test_a_disk_that_fills_up_costs_ballast_and_then_the_oldest(
    day, clock, config, appliance
):
    disk = Disk(config, 50_000, room=1_000_000)
    care = care_of(config, clock, appliance, disk)
    assert not care.step(day.database)
    assert disk.held

    disk.room = 20_000
    clock.step(1000)
    while care.step(day.database):
        pass
    assert not disk.held
    room = disk.free() + holdings.free_bytes(day.database)
    assert room >= 100_000 or day.count() == 0
    assert sheds.newest(day.database)[0].reason == "disk full"
    assert [event.kind for event in appliance.events.newest()] == ["DiskFilled"]

    disk.room = 1_000_000
    assert not care.step(day.database)
    assert disk.held


def test_a_full_disk_takes_no_more_than_what_makes_room(day, clock, config, appliance):
    care = care_of(config, clock, appliance, Disk(config, 1500, room=100))
    while care.step(day.database):
        pass
    assert 0 < day.count() < 24  # freed pages are room, though the file keeps its size


def test_the_usual_settings_are_bounds_that_can_be(config):
    assert Config().store.ballast * 4 < Config().store.budget
    assert Store().retain["raw"] <= Store().retain["1min"]


def test_as_a_chore_it_does_some_pieces_and_goes_on_next_time(
    day, clock, config, appliance
):
    care = care_of(config, clock, appliance, budget=Bytes(0))
    for call in range(10):
        care(call * 10.0)
    care.close()
    care.close()
    assert day.count() == day.count("rollup") == 0
