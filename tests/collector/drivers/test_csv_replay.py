import threading
import tracemalloc

import numpy as np
import pytest

from collector.drivers.csv_replay import CsvReplay, CsvReplayOptions
from collector.seam import Context, Source
from collector.simulators.csv_replay import CsvReplay as Logger
from dt.clock import SystemClock
from dt.errors import SourceError

READS = {"temperature": "air.temperature", "humidity": "air.humidity"}
START = 1_750_000_000_000


class Stop(threading.Event):
    """Lets the simulated time pass instead of waiting."""

    def __init__(self, clock, after_s=float("inf")):
        super().__init__()
        self.clock = clock
        self.end = clock.monotonic() + after_s
        self.waited = []

    def wait(self, timeout=None):
        self.waited.append(timeout)
        self.clock.forward(timeout)
        if self.clock.monotonic() >= self.end:
            self.set()
        return self.is_set()


class Emitted:
    def __init__(self, clock):
        self.clock = clock
        self.raws = []
        self.when = []

    def __call__(self, raw):
        self.raws.append(raw)
        self.when.append(self.clock.monotonic())

    def column(self, name):
        return np.concatenate(
            [r.value[r.which == r.quantities.index(name)] for r in self.raws]
        )

    def times(self):
        return np.concatenate([r.observed_at for r in self.raws])


@pytest.fixture
def replay(clock, tmp_path):
    def run(text=None, stop=None, reads=None, **options):
        if text is not None:
            (tmp_path / "a.csv").write_text(text)
        context = Context(
            twin="t", sensor="s", reads=reads or READS, media_dir="", twin_dir=str(tmp_path)
        )
        driver = CsvReplay(CsvReplayOptions(file="a.csv", **options), None, clock, context)
        assert isinstance(driver, Source)
        out = Emitted(clock)
        driver.run(out, stop or Stop(clock))
        out.driver = driver
        return out

    return run


def test_rows_come_at_their_recorded_pace_with_times_of_today(replay, clock, tmp_path):
    Logger(rows=5, step_ms=2000).write(tmp_path / "a.csv")
    began, now = clock.monotonic(), clock.now_ms()
    out = replay(time="time")
    assert sorted(set(out.times() - now)) == [0, 2000, 4000, 6000, 8000]
    assert clock.monotonic() - began == 8.0
    assert len(out.column("temperature")) == 5


def test_recorded_times_can_be_kept(replay, tmp_path):
    Logger(rows=3).write(tmp_path / "a.csv")
    out = replay(time="time", start_at="recorded")
    assert sorted(set(out.times())) == [START, START + 1000, START + 2000]


def test_a_factor_makes_time_run_faster(replay, clock, tmp_path):
    Logger(rows=61, step_ms=60_000).write(tmp_path / "a.csv")
    began, now = clock.monotonic(), clock.now_ms()
    out = replay(time="time", pace=60.0)
    assert clock.monotonic() - began == pytest.approx(60)
    assert out.times().max() - now == 60_000


def test_as_fast_as_possible_waits_for_nothing_and_keeps_times(replay, clock, tmp_path):
    Logger(rows=20_000).write(tmp_path / "a.csv")
    stop = Stop(clock)
    out = replay(time="time", pace="as_fast_as_possible", stop=stop)
    assert stop.waited == []
    assert len(out.times()) == 40_000
    assert max(len(raw) for raw in out.raws) < 6000
    assert out.times()[-1] == START + 19_999_000


def test_as_fast_as_possible_cannot_start_now(replay):
    with pytest.raises(SourceError, match="in the future"):
        replay("temperature,humidity\n", pace="as_fast_as_possible", start_at="now")


def test_a_loop_goes_on_with_later_times(replay, clock, tmp_path):
    Logger(rows=3, step_ms=10_000).write(tmp_path / "a.csv")
    now = clock.now_ms()
    out = replay(time="time", loop=True, stop=Stop(clock, after_s=75))
    assert sorted(set(out.times() - now)) == [10_000 * n for n in range(8)]


def test_an_empty_file_in_a_loop_ends(replay):
    assert replay("temperature,humidity\n", loop=True).raws == []


def test_without_a_time_column_rows_are_an_interval_apart(replay, clock):
    now = clock.now_ms()
    out = replay("humidity,temperature\n50,20\n51,21\n52,22\n", interval=0.5)
    assert sorted(set(out.times() - now)) == [0, 500, 1000]
    assert out.column("temperature").tolist() == [20, 21, 22]


def test_an_empty_cell_is_missing_and_never_zero(replay):
    out = replay("temperature,humidity\n,50\n21,\nnan,null\n22,53\n")
    assert out.column("temperature").tolist() == [21, 22]
    assert out.column("humidity").tolist() == [50, 53]
    assert out.driver._table._rubbish.count == 0


def test_bad_rows_are_counted_and_told_and_the_others_go_on(replay, tmp_path, caplog):
    Logger(rows=500, faults=0.3).write(tmp_path / "a.csv")
    out = replay(time="time", pace=100.0)
    assert out.driver._table._rubbish.count > 50
    assert 300 < len(out.column("temperature")) < 480
    assert len(caplog.records) <= 2


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2025-06-15 15:06:40", "auto"),
        ("2025-06-15T17:06:40+02:00", "iso"),
        ("1750000000", "auto"),
        ("1750000000000", "auto"),
        ("1750000000.0", "s"),
        ("1750000000000000", "us"),
        ("15/06/2025 15.06", "%d/%m/%Y %H.%M"),
    ],
)
def test_times_of_any_form_are_read(replay, text, form):
    out = replay(
        f"when,temperature,humidity\n{text},1,2\n",
        time="when",
        time_format=form,
        start_at="recorded",
    )
    assert abs(out.times()[0] - START) < 41_000


def test_a_time_without_zone_is_read_in_the_zone_of_the_options(replay):
    text = "when,temperature,humidity\n2025-06-15 17:06:40,1,2\n"
    out = replay(text, time="when", zone="Europe/Vienna", start_at="recorded")
    assert out.times()[0] == START


def test_a_missing_file_or_column_says_so(replay):
    with pytest.raises(SourceError, match=r"cannot read .*a\.csv"):
        replay()
    with pytest.raises(SourceError, match="has no column 'humidity'") as caught:
        replay("temperature\n1\n")
    assert "its columns are temperature" in caught.value.message


def test_semicolons_and_latin_1_are_an_option(replay, tmp_path):
    (tmp_path / "a.csv").write_bytes("temperature;humidity;°\n1;2;ü\n".encode("latin-1"))
    out = replay(separator=";", encoding="latin-1")
    assert out.column("humidity").tolist() == [2]


def test_stop_ends_a_long_wait(replay, clock, tmp_path):
    Logger(rows=10, step_ms=3_600_000).write(tmp_path / "a.csv")
    out = replay(time="time", stop=Stop(clock, after_s=1))
    assert len(out.column("temperature")) == 1


def test_a_large_file_needs_little_memory(replay, tmp_path):
    Logger(rows=20_000).write(tmp_path / "a.csv")
    sizes = []

    class Small(Emitted):
        def __call__(self, raw):
            sizes.append(len(raw))

    tracemalloc.start()
    context = Context(
        twin="t", sensor="s", reads=READS, media_dir="", twin_dir=str(tmp_path)
    )
    options = CsvReplayOptions(file="a.csv", time="time", pace="as_fast_as_possible")
    driver = CsvReplay(options, None, SystemClock(), context)
    driver.run(Small(None), threading.Event())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(sizes) == 40_000
    assert peak < 3_000_000
