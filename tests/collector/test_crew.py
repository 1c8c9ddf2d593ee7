import logging
import threading

import pytest

from collector.crew import Crew, Hooks, Seat
from collector.states import reason_of_error
from dt.config import Collector
from dt.errors import ChecksumError, HardwareAbsentError
from dt.twin.quality import Reason
from dt.twin.readings import Raw

RULES = Collector()


class Chip:
    """A driver whose every call can be made to fail or hang."""

    def __init__(self, log: list[str]) -> None:
        self.log = log
        self.errors: list[Exception] = []
        self.gates: dict[str, threading.Event] = {}

    def _do(self, what: str) -> None:
        self.log.append(what)
        gate = self.gates.get(what)
        if gate is not None:
            assert gate.wait(30)

    def open(self) -> None:
        self._do("open")

    def read(self) -> Raw:
        self._do("read")
        if self.errors:
            raise self.errors.pop(0)
        return Raw.of(value=1.0)

    def close(self) -> None:
        self._do("close")


class Bench:
    """A crew on a simulated clock, with everything that it tells."""

    def __init__(self, clock) -> None:
        self.clock = clock
        self.delivered: list[str] = []
        self.lost: list[tuple[str, Reason]] = []
        self.states = {}
        self.woken = threading.Event()
        self.chips: dict[str, Chip] = {}
        self.crew = Crew(RULES, clock, Hooks(self.deliver, self.lose, self.told, self.wake))

    def deliver(self, seat, raw, at):
        self.delivered.append(seat.sensor)

    def lose(self, seat, error, at):
        self.lost.append((seat.sensor, reason_of_error(error)))

    def told(self, state):
        self.states[state.sensor] = state

    def wake(self):
        self.woken.set()

    def add(self, name, bus="i2c-1", every_s=1.0, **gates) -> Chip:
        chip = self.chips[name] = Chip([])
        chip.gates = gates
        self.crew.seat(
            Seat(
                twin="dt:T",
                sensor=name,
                driver="chip",
                bus=bus,
                every_s=every_s,
                min_interval_s=0.0,
                timeout_s=5.0,
                make=lambda: chip,
            )
        )
        return chip

    def settle(self) -> None:
        """Step until all workers that can finish have finished."""
        for _ in range(5):
            self.crew.step()
            for lane in list(self.crew._lanes.values()):
                lane.worker.wait_idle(0.01)
        self.crew.step()

    def run(self, seconds: float, step: float = 0.5) -> None:
        until = self.clock.mono + seconds
        while self.clock.mono < until:
            self.clock.forward(step)
            self.settle()

    def condition(self, name: str) -> str:
        return self.states[name].condition


@pytest.fixture
def bench(clock):
    made = Bench(clock)
    yield made
    for chip in made.chips.values():
        for gate in chip.gates.values():
            gate.set()
    made.crew.stop(0.1)


def begin(bench: Bench, what: str, chip: Chip) -> None:
    """Step until the driver is where it hangs."""
    for _ in range(500):
        bench.crew.step()
        if what in chip.log:
            return
        bench.woken.clear()
        bench.woken.wait(0.01)
    raise AssertionError(f"the driver never came to {what}")


def test_twenty_sensors_on_one_bus_are_read_at_once(bench):
    for n in range(20):
        bench.add(f"s{n}")
    bench.settle()
    assert sorted(bench.delivered) == sorted(f"s{n}" for n in range(20))
    assert all(s.condition == "ok" for s in bench.states.values())


def test_a_sensor_is_opened_once_and_read_on_its_grid(bench):
    chip = bench.add("a")
    bench.settle()
    bench.run(10)
    assert chip.log.count("open") == 1
    assert bench.delivered.count("a") == 11


def test_a_backward_step_of_the_wall_clock_changes_nothing(bench):
    bench.add("a")
    bench.settle()
    bench.run(5)
    bench.clock.utc_ms -= 1_800_000
    bench.run(5)
    assert bench.delivered.count("a") == 11


@pytest.mark.parametrize("where", ["open", "read"])
def test_a_driver_that_hangs_delays_nobody_on_its_bus(bench, where):
    gate = threading.Event()
    hung = bench.add("hung", **{where: gate})
    bench.add("well")
    begin(bench, where, hung)
    bench.clock.forward(5.1)
    bench.settle()
    assert bench.condition("hung") == "hung"
    assert bench.states["hung"].code == "hardware.timeout"
    assert bench.lost == [("hung", Reason.TIMEOUT)]
    bench.run(4)
    assert bench.delivered.count("well") >= 4
    assert bench.crew.abandoned() == 1


def test_a_hung_driver_is_not_opened_again_while_its_thread_is_inside(bench):
    gate = threading.Event()
    hung = bench.add("hung", read=gate)
    begin(bench, "read", hung)
    bench.clock.forward(5.1)
    bench.settle()
    bench.run(600, step=20)
    assert hung.log == ["open", "read"]
    assert bench.crew.abandoned() == 1


def test_what_a_hung_driver_returns_at_last_is_thrown_away(bench):
    gate = threading.Event()
    hung = bench.add("hung", read=gate)
    begin(bench, "read", hung)
    bench.clock.forward(5.1)
    bench.settle()
    hung.gates = {}
    gate.set()
    for worker in list(bench.crew._inside.values()):
        worker._thread.join(5)
    assert hung.log[:3] == ["open", "read", "close"]
    assert bench.delivered == []


def test_a_hung_driver_returns_to_service_after_its_thread_came_back(bench):
    gate = threading.Event()
    hung = bench.add("hung", read=gate)
    begin(bench, "read", hung)
    bench.clock.forward(5.1)
    bench.settle()
    hung.gates = {}
    gate.set()
    for worker in list(bench.crew._inside.values()):
        worker._thread.join(5)
    bench.run(10)
    assert bench.condition("hung") == "ok"
    assert bench.crew.abandoned() == 0
    assert bench.delivered


def test_a_driver_that_hangs_when_closed_delays_nobody(bench):
    gate = threading.Event()
    chip = bench.add("bad", close=gate)
    chip.errors = [ChecksumError("crc")] * 3
    bench.add("well")
    bench.settle()
    bench.run(2)
    assert bench.condition("bad") == "quarantined"
    bench.run(14, step=1)
    assert "close" in chip.log
    assert bench.condition("bad") == "hung"
    before = bench.delivered.count("well")
    bench.run(5)
    assert bench.delivered.count("well") == before + 5


def test_fifty_hung_drivers_leave_fifty_threads_and_no_more(bench):
    gate = threading.Event()
    for n in range(50):
        bench.add(f"h{n}", bus=f"gpio-{n}", read=gate)
    bench.add("well", bus="gpio-99")
    begin(bench, "read", bench.chips["h49"])
    for n in range(50):
        begin(bench, "read", bench.chips[f"h{n}"])
    bench.clock.forward(5.1)
    bench.settle()
    assert bench.crew.abandoned() == 50
    for _ in range(3):
        bench.clock.forward(200)
        bench.settle()
    assert bench.crew.abandoned() == 50
    assert bench.condition("well") == "ok"
    assert threading.active_count() < 120


def test_an_exception_of_a_driver_is_a_failure_not_an_end(bench):
    chip = bench.add("a")
    chip.errors = [ZeroDivisionError("oops")]
    bench.settle()
    assert bench.condition("a") == "lost"
    assert "ZeroDivisionError: oops" in bench.states["a"].message
    bench.run(1)
    assert bench.condition("a") == "ok"


def test_failures_in_a_row_lead_to_quarantine_and_a_doubling_pause(bench):
    chip = bench.add("a")
    chip.errors = [HardwareAbsentError("nothing at 0x44")] * 1000
    bench.settle()
    bench.run(2)
    assert bench.condition("a") == "quarantined"
    reads = []
    for _ in range(8):
        before = chip.log.count("read")
        waited = 0
        while chip.log.count("read") == before:
            bench.run(1, step=1)
            waited += 1
        reads.append(waited)
    assert reads == [5, 10, 20, 40, 80, 160, 300, 300]
    assert bench.lost == [("a", Reason.HARDWARE_ABSENT)]


def test_a_sensor_that_comes_back_is_ok_again_and_reopened(bench, caplog):
    caplog.set_level(logging.INFO)
    chip = bench.add("a")
    chip.errors = [ChecksumError("crc")] * 4
    bench.settle()
    bench.run(30)
    assert bench.condition("a") == "ok"
    assert bench.states["a"].failures == 4
    assert bench.states["a"].next_try is None
    assert chip.log.count("open") >= 2
    said = [r.message for r in caplog.records if r.name == "collector.states"]
    assert said == ["sensor lost", "sensor back"]


def test_a_flapping_sensor_does_not_fill_the_log(bench, caplog):
    caplog.set_level(logging.INFO)
    chip = bench.add("a")
    bench.settle()
    for _ in range(50):
        chip.errors = [ChecksumError("crc")]
        bench.run(2, step=1)
    said = [r.message for r in caplog.records if r.name == "collector.states"]
    assert 2 <= len(said) <= 4
    assert len(bench.lost) == 50


def test_stop_does_not_wait_for_a_hung_driver(bench):
    gate = threading.Event()
    hung = bench.add("hung", read=gate)
    well = bench.add("well", bus="gpio-1")
    bench.settle()
    begin(bench, "read", hung)
    bench.crew.stop(0.05)
    assert well.log[-1] == "close"
    assert "close" not in hung.log


def test_a_sensor_taken_out_of_service_is_closed_and_silent(bench):
    chip = bench.add("a")
    bench.settle()
    bench.crew.unseat("dt:T/a")
    bench.run(3)
    assert bench.delivered == ["a"]
    assert chip.log[-1] == "close"
    assert bench.crew.states() == []
    assert bench.crew.step() is None


def test_a_replaced_sensor_is_closed_before_its_successor_is_opened(bench):
    old = bench.add("a")
    bench.settle()
    bench.crew.unseat("dt:T/a")
    new = bench.add("a")
    new.log = old.log
    bench.settle()
    assert old.log == ["open", "read", "close", "open", "read"]
