"""Any order of writes, seals, kills, restarts, repairs and queries equals a plain list."""

import dataclasses
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dt.config import Config, Store
from dt.store.bulk import BulkWriter
from dt.store.keeper import Keeper
from dt.store.log import Log
from dt.store.records import SignalRow
from dt.store.resolution import buckets as touched
from dt.twin.quality import UNSYNCED, Quality, pack
from dt.twin.readings import Cursor, Readings

START = 1_763_700_000_000
NAMES = ("dt:A/x", "dt:A/y", "dt:B/z")
MINUTE = 60_000


class Clock:
    def __init__(self):
        self.ms, self.ticks, self.believed, self.boot = START, 100.0, True, "boot-1"

    def now_ms(self):
        return self.ms

    def monotonic(self):
        return self.ticks

    def trusted(self):
        return self.believed

    def boot_id(self):
        return self.boot

    def pass_s(self, seconds):
        self.ms += round(seconds * 1000)
        self.ticks += seconds


@dataclasses.dataclass(frozen=True)
class Row:
    epoch: int
    seq: int
    signal: int
    t: int
    value: float
    code: int
    live: bool = True


class Model:
    """What the store should hold: a plain list, and what is known of clocks."""

    def __init__(self):
        self.rows = []
        self.durable = {}
        self.offsets = {}
        self.shifts = {}

    def shown(self):
        for row in self.rows:
            shift = self.shifts.get(row.epoch)
            if row.live and shift is not None and row.code & UNSYNCED:
                yield dataclasses.replace(row, t=row.t + shift, code=row.code ^ UNSYNCED)
            else:
                yield row

    def of(self, signal, start, end):
        rows = [r for r in self.shown() if r.signal == signal and start <= r.t < end]
        return sorted(rows, key=lambda r: (r.t, r.epoch, r.seq))


def is_missing(row):
    return np.isnan(row.value) or row.code & 3 == 2


def same(a, b):
    return np.array_equal(np.array(a, float), np.array(b, float), equal_nan=True)


@st.composite
def batches(draw):
    """How a batch is made: mostly steady readings, some late, some bad."""
    return {
        "seed": draw(st.integers(0, 2**16)),
        "n": draw(st.sampled_from([1, 2, 7, 60, 500])),
        "every_ms": draw(st.sampled_from([0, 100, 1000, 7000, 400_000])),
        "back_ms": draw(st.sampled_from([0, 0, 5_000, 3_600_000, 90_000_000])),
        "signals": draw(st.sampled_from([(0,), (1,), (0, 1, 2)])),
        "decimals": draw(st.sampled_from([None, 0, 2])),
        "bad": draw(st.sampled_from([0.0, 0.1, 1.0])),
    }


class LogMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self):
        shm = Path("/dev/shm")
        self.folder = Path(tempfile.mkdtemp(dir=shm if shm.is_dir() else None))
        store = Store(live_dir=str(self.folder / "live"), live_keep=1.0, live_max=1000)
        self.config = Config(data=str(self.folder / "data"), store=store)
        self.clock = Clock()
        self.model = Model()
        self.open_logs = []
        self.other = None
        self.came_up()

    def teardown(self):
        for log in getattr(self, "open_logs", []):
            log.close()
        if hasattr(self, "folder"):
            self.keeper.stop()
            shutil.rmtree(self.folder)

    def came_up(self):
        """Open what a process opens; nothing of the one before is closed properly."""
        self.log = Log.open(self.config, self.clock)
        self.open_logs.append(self.log)
        self.keeper = Keeper(self.log, self.config, self.clock)
        self.ids = [
            self.log.register([SignalRow(name=name, twin=name[:4])])[name] for name in NAMES
        ]
        if self.other is None:
            self.other = Log.open(self.config, self.clock)
            self.open_logs.append(self.other)
        epoch = self.log.epoch
        if epoch not in self.model.offsets:
            self.model.offsets[epoch] = self.log.live.offset_ms
            self.model.durable[epoch] = 0
            if self.clock.believed:
                self.model.shifts[epoch] = 0

    def made(self, how):
        rng = np.random.default_rng(how["seed"])
        n, signals = how["n"], np.array([self.ids[i] for i in how["signals"]])
        value = rng.normal(20, 5, n)
        if how["decimals"] is not None:
            value = np.round(value, how["decimals"])
        bad = rng.random(n) < how["bad"]
        now, unsynced = self.log.stamp(self.clock.monotonic())
        code = np.where(bad, pack(Quality.BAD), rng.choice([0, pack(Quality.UNCERTAIN)], n))
        return Readings(
            signal=signals[np.arange(n) % len(signals)].astype(np.int32),
            observed_at=now - how["back_ms"] + np.arange(n) * how["every_ms"],
            value=np.where(bad, np.nan, value),
            code=(code | (UNSYNCED if unsynced else 0)).astype(np.uint16),
        )

    def remember(self, epoch, seq, readings, live=True):
        columns = (readings.signal, readings.observed_at, readings.value, readings.code)
        for number, *row in zip(seq.tolist(), *(c.tolist() for c in columns), strict=True):
            self.model.rows.append(Row(epoch, number, *row, live))

    @rule(how=batches())
    def append(self, how):
        logged = self.log.append(self.made(how))
        assert logged.epoch == self.log.epoch
        self.remember(logged.epoch, logged.seq, logged.readings)
        self.clock.pass_s(how["n"] * how["every_ms"] / 1000)

    @rule()
    def journal(self):
        self.keeper.journal()
        self.model.durable[self.log.epoch] = self.log.end().seq

    @rule()
    def seal(self):
        self.keeper.seal()

    @rule()
    def compact(self):
        while self.keeper.compact():
            pass

    @rule(seconds=st.sampled_from([0, 100]))
    def prune(self, seconds):
        self.clock.pass_s(seconds)
        self.keeper.prune()
        self.model.durable[self.log.epoch] = max(
            self.model.durable[self.log.epoch], self.log.live.first() - 1
        )

    @rule(seconds=st.sampled_from([1, 1000]))
    def step(self, seconds):
        self.clock.pass_s(seconds)
        self.keeper.step(self.clock.monotonic())
        assert self.keeper.state.error == ""
        self.model.durable[self.log.epoch] = self.log.end().seq
        if self.clock.believed:
            offset = self.clock.now_ms() - round(self.clock.monotonic() * 1000)
            if self.model.shifts.get(self.log.epoch) is None:
                self.model.shifts[self.log.epoch] = (
                    offset - self.model.offsets[self.log.epoch]
                )

    @rule(how=batches())
    def import_in_bulk(self, how):
        with BulkWriter(self.log) as writer:
            for late in (0, 90_000):
                readings = self.made({**how, "back_ms": how["back_ms"] + late})
                seq = np.arange(len(readings)) + (1 if not late else 1 + how["n"])
                writer.write(readings)
                self.remember(writer.epoch, seq, readings, live=False)

    @rule(how=batches())
    def an_import_is_killed(self, how):
        writer = BulkWriter(self.log)
        writer.write(self.made(how))
        writer.flush()
        writer.close()

    @rule()
    def processes_are_killed(self):
        self.came_up()

    @rule(trusted=st.booleans(), wrong_ms=st.sampled_from([0, -(10**12), 1_800_000]))
    def power_is_cut(self, trusted, wrong_ms):
        shutil.rmtree(self.folder / "live")
        for epoch, durable in self.model.durable.items():
            self.model.rows = [
                row
                for row in self.model.rows
                if row.epoch != epoch or not row.live or row.seq <= durable
            ]
        self.boot(trusted, wrong_ms)

    @rule(trusted=st.booleans(), wrong_ms=st.sampled_from([0, -(10**12)]))
    def restart_with_the_live_log_on_a_disk(self, trusted, wrong_ms):
        self.boot(trusted, wrong_ms)

    def boot(self, trusted, wrong_ms):
        self.clock.boot += "+"
        self.clock.ticks = 50.0
        self.clock.believed = trusted
        self.true_ms = self.clock.ms + 30_000
        self.clock.ms = self.true_ms if trusted else self.true_ms + wrong_ms
        self.other = None
        self.came_up()
        self.model.durable = {
            epoch: max([r.seq for r in self.model.rows if r.epoch == epoch], default=0)
            if epoch != self.log.epoch
            else 0
            for epoch in self.model.durable
        }

    @precondition(lambda self: not self.clock.believed)
    @rule()
    def clock_is_set(self):
        self.clock.ms = max(self.true_ms, self.clock.ms) + 5000
        self.clock.believed = True

    @rule(limit=st.sampled_from([1000, 37]), which=st.booleans())
    def tail_gives_all_in_order(self, limit, which):
        log = self.other if which else self.log
        cursor, got = Cursor(), []
        while parts := log.tail(cursor, limit):
            assert sum(map(len, parts)) <= limit
            for part in parts:
                r = part.readings
                columns = (part.seq, r.signal, r.observed_at, r.value, r.code)
                got += [
                    (part.epoch, *row)
                    for row in zip(*(c.tolist() for c in columns), strict=True)
                ]
                cursor = Cursor(part.epoch, int(part.seq[-1]))
        wanted = sorted(
            (r for r in self.model.shown() if r.live), key=lambda r: (r.epoch, r.seq)
        )
        assert same(got, [dataclasses.astuple(r)[:-1] for r in wanted])

    @rule(which=st.booleans())
    def latest_is_the_newest(self, which):
        log = self.other if which else self.log
        wanted = {}
        for r in sorted(self.model.shown(), key=lambda r: (r.t, r.epoch, r.seq)):
            wanted[r.signal] = (r.epoch, r.seq, r.t, r.value, r.code)
        got = {
            i: (r.epoch, r.seq, r.observed_at, r.value, r.code)
            for i, r in log.latest().items()
        }
        assert got.keys() == wanted.keys()
        for i, row in wanted.items():
            assert same(got[i], row)

    @rule(
        which=st.booleans(),
        before_ms=st.sampled_from([1000, 600_000, 86_400_000, 40 * 86_400_000]),
        length_ms=st.sampled_from([1, 7_777, 3_600_000, 80 * 86_400_000]),
    )
    def readings_are_all_there(self, which, before_ms, length_ms):
        log = self.other if which else self.log
        start = self.clock.ms - before_ms
        got = {i: [] for i in self.ids}
        for signal, r, seq in log.readings(None, start, start + length_ms):
            columns = (seq, r.observed_at, r.value, r.code)
            got[signal] += list(zip(*(c.tolist() for c in columns), strict=True))
        for signal in self.ids:
            rows = self.model.of(signal, start, start + length_ms)
            assert same(got[signal], [(r.seq, r.t, r.value, r.code) for r in rows])

    @rule(
        which=st.booleans(),
        before_ms=st.sampled_from([30_000, 3_600_001, 86_400_000, 40 * 86_400_000]),
        length_ms=st.sampled_from([7_777, 3_600_000, 2 * 86_400_000, 400 * 86_400_000]),
        points=st.sampled_from([1, 5, 60, 1500]),
    )
    def a_chart_shows_the_same(self, which, before_ms, length_ms, points):
        log = self.other if which else self.log
        start = self.clock.ms - before_ms
        end = start + length_ms
        for signal, found in zip(
            self.ids, log.series(self.ids, start, end, points), strict=True
        ):
            rows = self.model.of(signal, start, end)
            if len(rows) <= points:
                assert found.bucket_ms == 0
                assert found.t.tolist() == [r.t for r in rows]
                value = [np.nan if is_missing(r) else r.value for r in rows]
                assert same(found.mean, value)
                assert same(found.max, value)
            else:
                self.compare_buckets(signal, found, start, end, points)

    def compare_buckets(self, signal, found, start, end, points):
        width = found.bucket_ms
        assert touched(start, end, width) <= max(points, 2)
        first, last = start - start % width, end + -end % width
        groups = {}
        for row in self.model.of(signal, first, last):
            groups.setdefault(row.t - row.t % width, []).append(row)
        assert found.t.tolist() == sorted(groups)
        for index, t in enumerate(found.t.tolist()):
            values = [r.value for r in groups[t] if not is_missing(r)]
            assert found.n[index] == len(values)
            if values:
                assert found.mean[index] == pytest.approx(np.mean(values), abs=1e-9)
                assert found.min[index] == min(values)
                assert found.max[index] == max(values)
            else:
                assert np.isnan([found.mean[index], found.min[index]]).all()

    @invariant()
    def the_end_is_known(self):
        if hasattr(self, "log"):
            mine = [r.seq for r in self.model.rows if r.epoch == self.log.epoch]
            assert self.log.end() == Cursor(self.log.epoch, max(mine, default=0))


def run(examples, steps):
    run_state_machine_as_test(
        LogMachine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_any_order_of_events_equals_a_plain_list():
    run(10, 20)


@pytest.mark.slow
def test_many_orders_of_events_equal_a_plain_list():
    run(100, 50)
