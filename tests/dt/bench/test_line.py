import msgspec

from dt.bench import line, probe, push, twins
from dt.bench.plan import Plan
from dt.bench.processing import measure
from dt.twin.quality import is_bad


def test_the_line_is_judged_good_but_for_its_noise():
    ids = {row.name: number for number, row in enumerate(line.rows(), 1)}
    processor = line.processor(ids)
    (batch,) = line.batches(1)
    readings = processor.process(batch.index, batch.observed_at, batch.value)
    assert len(readings) == line.BATCH
    assert set(readings.signal.tolist()) == set(ids.values())
    assert not is_bad(readings.code).any()


def test_batches_follow_each_other_in_time():
    first, second = line.batches(2)
    assert first.observed_at[-1] < second.observed_at[0]


def test_processing_is_measured(tmp_path):
    (outcome,) = measure(Plan(scratch=tmp_path, quick=True))
    assert outcome.measured > 10_000


def test_sixty_signals_are_sixty(tmp_path):
    files = twins.sixty(tmp_path, rows=10)
    names = twins.sixty_signals()
    assert len(set(names)) == 60
    text = "".join(files.values())
    assert all(f"  {name.split('/')[1]}: {{unit" in text for name in names)
    lines = (tmp_path / "replayed.csv").read_text().splitlines()
    assert len(lines) == 11
    assert all(row.count(",") == 29 for row in lines)


def test_a_push_has_as_many_values_as_asked_for():
    body = msgspec.json.decode(push.body(100, 1))
    assert len(body["x"]) == len(body["s"]) == len(body["dt"]) == 100
    assert max(body["s"]) < len(body["signals"])


def test_the_probe_is_installed_as_a_plug_in(tmp_path):
    folder = probe.install(tmp_path / "plugin")
    compile((folder / "dt_bench_probe.py").read_text(), "probe", "exec")
    (facts,) = folder.glob("*.dist-info")
    assert "bench_probe = dt_bench_probe:Probe" in (facts / "entry_points.txt").read_text()
