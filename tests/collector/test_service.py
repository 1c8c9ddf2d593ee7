import logging
import threading
import time
from contextlib import closing

import msgspec
import numpy as np
import pytest

from collector.service import Collecting
from dt.clock import SystemClock
from dt.config import Collector, Config, Store
from dt.errors import ServiceError
from dt.service import Life
from dt.store.appliance import Appliance
from dt.store.calibrations import Kind
from dt.store.log import Log
from dt.twin.quantities import Seconds
from dt.twin.readings import Readings

pytestmark = pytest.mark.slow

TWIN = """
"@id": dt:{name}
signals:
  air.temperature: {{unit: Cel, range: [-40, 80]}}
  air.humidity: {{unit: "%"}}
derived:
  air.dew_point: {{unit: Cel, formula: "dew_point(air.temperature, air.humidity)"}}
sensors:
  climate: {{driver: sht31, address: 0x44, every: {every}, reads: {reads}}}
"""
BOTH = "{temperature: air.temperature, humidity: air.humidity}"


class Place:
    """An appliance of its own in a folder, whose collector runs in a thread."""

    def __init__(self, folder):
        self.twins = folder / "twins"
        self.config = Config(
            data=str(folder / "data"),
            twins=(str(self.twins),),
            hardware="sim",
            store=Store(live_dir=str(folder / "live")),
            collector=Collector(window=Seconds(0.001)),
        )
        self.life = Life("collector")
        self.error = None
        clock = SystemClock("always")
        self.log = Log.open(self.config, clock)
        self.appliance = Appliance.open(self.config, clock)
        self.thread = threading.Thread(target=self._run)

    def write(self, name="A", every="100ms", reads=BOTH, text=None):
        path = self.twins / name / "twin.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text or TWIN.format(name=name, every=every, reads=reads))
        return path

    def start(self):
        self.thread.start()

    def _run(self):
        clock = SystemClock("always")
        with (
            closing(Log.open(self.config, clock)) as log,
            closing(Appliance.open(self.config, clock)) as appliance,
        ):
            try:
                collecting = Collecting(self.config, self.life, clock, log, appliance)
                collecting.look_s = 0.02
                collecting.run()
            except ServiceError as error:
                self.error = error

    def latest(self):
        ids = {row.id: name for name, row in self.log.signals().items()}
        return {ids[i]: latest for i, latest in self.log.latest().items()}

    def wait(self, condition, what):
        until = time.monotonic() + 10
        while time.monotonic() < until:
            found = condition()
            if found:
                return found
            self.life.stop.wait(0.01)
        raise AssertionError(f"never: {what}")

    def stop(self):
        began = time.monotonic()
        self.life.end()
        if self.thread.ident:
            self.thread.join(10)
        self.log.close()
        self.appliance.close()
        return time.monotonic() - began


@pytest.fixture
def place(tmp_path):
    made = Place(tmp_path)
    yield made
    made.stop()


def seen(place, *names):
    return lambda: place.latest().keys() >= set(names) and place.latest()


def test_what_a_twin_declares_is_read_judged_derived_and_stored(place):
    place.write()
    place.start()
    names = [f"dt:A/{n}" for n in ("air.temperature", "air.humidity", "air.dew_point")]
    latest = place.wait(seen(place, *names), "readings")
    assert latest["dt:A/air.temperature"].value == pytest.approx(21, abs=2)
    assert latest["dt:A/air.dew_point"].code & 3 == 0
    state = place.wait(
        lambda: [s for s in place.log.sensors() if s.condition == "ok"], "a state"
    )[0]
    assert (state.twin, state.sensor, state.driver) == ("dt:A", "climate", "sht31")
    assert [t.id for t in place.appliance.twins.all()] == ["dt:A"]


MIXED = """
"@id": dt:A
signals:
  air.temperature: {unit: Cel}
  outside.temperature: {unit: Cel}
derived:
  difference: {unit: "1", formula: "air.temperature - outside.temperature"}
  outside.twice: {unit: "1", formula: "outside.temperature * 2"}
sensors:
  climate: {driver: sht31, every: 100ms, reads: {temperature: air.temperature}}
  web: {driver: http, reads: {x: outside.temperature}}
"""


def test_what_derives_from_measured_and_pushed_signals_is_computed_once(place):
    place.write(text=MIXED)
    place.start()
    place.wait(seen(place, "dt:A/air.temperature"), "readings")
    number = place.log.signals()["dt:A/outside.temperature"].id
    place.wait(lambda: "listener" in {t.name for t in threading.enumerate()}, "a listener")
    at = SystemClock("always").now_ms()
    pushed = Readings(
        signal=np.array([number], np.int32),
        observed_at=np.array([at]),
        value=np.array([5.0]),
        code=np.zeros(1, np.uint16),
    )
    place.log.append(pushed)
    latest = place.wait(seen(place, "dt:A/difference"), "a difference")
    inside = latest["dt:A/air.temperature"].value
    assert latest["dt:A/difference"].value == pytest.approx(inside - 5, abs=1)
    assert "dt:A/outside.twice" not in latest  # the process that takes pushes tells it
    found = place.log.readings([number], at - 1000, at + 1000)
    assert [readings.value.tolist() for _, readings, _ in found] == [[5.0]]


def test_a_new_twin_starts_and_a_removed_one_stops_while_it_runs(place):
    first = place.write("A")
    place.start()
    place.wait(seen(place, "dt:A/air.temperature"), "A")
    place.write("B")
    place.wait(seen(place, "dt:B/air.temperature"), "B")
    first.unlink()
    place.wait(lambda: [t.id for t in place.appliance.twins.all()] == ["dt:B"], "A gone")
    before = place.latest()["dt:A/air.temperature"].seq
    place.wait(
        lambda: place.latest()["dt:B/air.temperature"].seq > before + 20, "B goes on"
    )
    assert place.latest()["dt:A/air.temperature"].seq <= before + 5


def test_a_file_that_breaks_keeps_its_twin_running_and_says_so(place, caplog):
    place.write()
    place.start()
    place.wait(seen(place, "dt:A/air.temperature"), "A")
    place.write(text='"@id": dt:A\nsignalz: {}\n')
    broken = place.wait(lambda: place.appliance.twins.get("dt:A").error, "told")
    assert "signalz" in broken
    seq = place.latest()["dt:A/air.temperature"].seq
    place.wait(
        lambda: place.latest()["dt:A/air.temperature"].seq > seq + 3, "still running"
    )
    place.write()
    place.wait(lambda: not place.appliance.twins.get("dt:A").error, "mended")
    said = [r.message for r in caplog.records if "broken" in r.message]
    assert said[0] == "twin file is broken"


def test_a_sensor_whose_declaration_did_not_change_is_not_disturbed(place, caplog):
    caplog.set_level(logging.INFO)
    place.write()
    place.start()
    place.wait(seen(place, "dt:A/air.temperature"), "A")
    since = place.log.sensors()[0].since
    place.write(text=TWIN.format(name="A", every="100ms", reads=BOTH) + "name: Other\n")
    place.wait(
        lambda: place.appliance.twins.get("dt:A").description.name == "Other", "reloaded"
    )
    seq = place.latest()["dt:A/air.temperature"].seq
    place.wait(lambda: place.latest()["dt:A/air.temperature"].seq > seq + 3, "goes on")
    assert place.log.sensors()[0].since == since


def test_a_calibration_that_is_entered_holds_at_once(place):
    place.write()
    place.start()
    name = "dt:A/air.temperature"
    before = place.wait(seen(place, name), "A")[name].value
    place.appliance.calibrations.add(name, Kind.OFFSET, points=((before, before + 10.0),))
    place.wait(lambda: place.latest()[name].value > before + 8, "calibrated")
    place.appliance.calibrations.undo(name, "me")
    place.wait(lambda: place.latest()[name].value < before + 2, "undone")


def test_a_sensor_that_is_not_there_is_lost_with_a_bad_reading_and_an_event(place):
    place.write(text=TWIN.format(name="A", every="100ms", reads=BOTH))
    data = place.config.data_dir
    data.mkdir(parents=True, exist_ok=True)
    (data / "world.yaml").write_text("faults: {i2c-1/0x44: [{kind: absent}]}\n")
    place.start()
    latest = place.wait(seen(place, "dt:A/air.temperature"), "a bad reading")
    assert latest["dt:A/air.temperature"].code & 3 == 2
    state = place.wait(
        lambda: [s for s in place.log.sensors() if s.condition == "quarantined"], "aside"
    )[0]
    assert state.code == "hardware.absent"
    assert "0x44" in state.message
    assert state.next_try is not None
    event = place.wait(place.appliance.events.newest, "an event")[0]
    assert event.kind == "SensorLost"


def test_it_stops_within_two_seconds_and_remembers_what_processing_learned(place):
    place.write()
    place.start()
    place.wait(seen(place, "dt:A/air.temperature"), "A")
    place.life.end()
    began = time.monotonic()
    place.thread.join(10)
    assert time.monotonic() - began < 2
    assert not place.thread.is_alive()
    assert (place.config.data_dir / "processing.json").exists()


def test_a_driver_that_sleeps_an_hour_delays_neither_the_others_nor_the_stop(place):
    slow = TWIN.format(name="A", every="100ms, timeout: 200ms", reads=BOTH)
    place.write(text=slow.replace("address: 0x44", "bus: 3"))
    place.write("B")
    place.config.data_dir.mkdir(parents=True, exist_ok=True)
    world = "faults: {i2c-3: [{kind: slow, seconds: 1h}]}\n"
    (place.config.data_dir / "world.yaml").write_text(world)
    place.start()
    place.wait(seen(place, "dt:B/air.temperature"), "B")
    place.wait(lambda: "hung" in {s.condition for s in place.log.sensors()}, "hung")
    seq = place.latest()["dt:B/air.temperature"].seq
    place.wait(lambda: place.latest()["dt:B/air.temperature"].seq > seq + 3, "B goes on")
    place.life.end()
    began = time.monotonic()
    place.thread.join(10)
    assert time.monotonic() - began < 2


def test_it_tells_that_it_lives(place):
    place.write()
    place.start()
    process = place.wait(place.log.processes, "a heartbeat")[0]
    assert process.name == "collector"
    assert process.rss_bytes > 1_000_000
    assert process.detail.keys() >= {"stored", "waiting", "dropped", "abandoned_threads"}


def test_in_a_demo_the_chips_measure_on_where_the_history_ends(place):
    place.config = msgspec.structs.replace(place.config, demo=True)
    place.write()
    place.start()
    name = "dt:A/air.temperature"

    def history():
        end = SystemClock().now_ms() - 30_000
        ids = [row.id for row in place.log.signals().values() if row.name == name]
        found = [r.value for _, r, _ in place.log.readings(ids, 0, end)]
        return found[-1].tolist() if found else None

    last = place.wait(history, "history")[-1]
    now = place.wait(seen(place, name), "a reading")[name].value
    assert now == pytest.approx(last, abs=0.5)
