"""dt readings: history out of one log and into another, and what of it may go."""

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from click.testing import CliRunner

from dt.cli import Settings
from dt.clock import SystemClock
from dt.commands.readings import readings
from dt.config import Config
from dt.errors import ImportedError, NotFoundError, RequestError
from dt.store.appliance import Appliance
from dt.store.log import Log

LONG = """time,signal,value,unit,quality,reason,score,clock
2026-05-01T12:00:00.000Z,dt:A/air.temperature,21.5,Cel,good,,,
2026-05-01T12:00:01.000Z,dt:A/air.temperature,21.25,Cel,uncertain,rate_of_change,0.70,
2026-05-01T12:00:02.000Z,dt:A/air.temperature,,Cel,bad,checksum,,unsynced
2026-05-01T12:00:00.000Z,dt:A/soil.moisture,41.125,%,good,,,
"""


@pytest.fixture
def call(tmp_path, monkeypatch):
    def run(*words, data="one", said=None, code=0):
        settings = tmp_path / f"{data}.yaml"
        live = tmp_path / data / "live"
        settings.write_text(f"store: {{live_dir: {live}, ballast: 0}}\n")
        result = CliRunner().invoke(
            readings, words, obj=Settings(settings, tmp_path / data), input=said
        )
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result

    return run


@pytest.mark.parametrize("end", ["csv", "jsonl", "parquet", "senml"])
def test_what_is_exported_and_imported_elsewhere_is_the_same(call, tmp_path, end):
    call("import", "-", "--format", "csv", said=LONG)
    first, second = tmp_path / f"first.{end}", tmp_path / f"second.{end}"
    call("export", str(first))
    call("import", str(first), data="two")
    call("export", str(second), data="two")
    if end != "parquet":  # whose pages have padding that says nothing
        assert second.read_bytes() == first.read_bytes()
    exported = call("export", "-", data="two").stdout.replace("\r\n", "\n")
    assert exported == LONG


def test_signals_and_times_choose_what_is_exported(call):
    call("import", "-", "--format", "csv", said=LONG)
    some = call(
        "export", "--signal", "*/air.*", "--from", "2026-05-01T14:00:01",
        "--to", "2026-05-01T14:00:02", "--timezone", "Europe/Vienna",
    ).stdout.splitlines()  # fmt: skip
    assert [line.split(",")[2] for line in some] == ["value", "21.25"]
    with pytest.raises(NotFoundError, match="no signal"):
        call("export", "--signal", "dt:B/*")
    with pytest.raises(RequestError, match="time is 'soon'"):
        call("export", "--from", "soon")


def test_wrong_rows_are_told_with_line_and_reason_and_the_others_are_taken(call, tmp_path):
    wrong = LONG + (
        "yesterday,dt:A/air.temperature,1,Cel,good,,,\n"
        "2026-05-01T12:00:05Z,dt:A/air.temperature,warm,Cel,good,,,\n"
        "2026-05-01T12:00:06Z,air.temperature,1,Cel,good,,,\n"
        "2026-05-01T12:00:07Z,dt:A/air.temperature,1\n"
        "2026-05-01T12:00:08Z,dt:A/air.temperature,,Cel,good,,,\n"
        "2026-05-01T12:00:09Z,dt:A/air.temperature,1,Cel,splendid,,,\n"
        "2026-05-01T12:00:10Z,dt:A/air.temperature,19,Cel,good,,,\n"
    )
    file = tmp_path / "rejects.csv"
    result = call(
        "import", "-", "--format", "csv", "--rejects", str(file), said=wrong, code=1
    )
    assert "5 readings of 2 signals taken" in result.stdout
    assert "6 rows refused" in result.stdout
    lines = file.read_text().splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["6", "7", "8", "9", "10", "11"]
    assert "line 7: value is 'warm'" in result.stderr
    assert len(call("export").stdout.splitlines()) == 6


def test_a_wide_file_needs_a_twin_and_may_be_mapped_and_converted(call):
    wide = "Zeit;air.temperature [degF];Bodenfeuchte;Notiz\nkaputt;;;\n" + "".join(
        f"2026-05-01 14:00:0{n};{value};41,{n};x\n"
        for n, value in enumerate(["68", "212", ""])
    )
    call("import", "-", "--format", "csv", said=LONG)
    said = ("import", "-", "--format", "csv", "--timezone", "Europe/Vienna")
    mapped = (
        "--map",
        "Zeit=time",
        "--map",
        "Bodenfeuchte=dt:A/soil.moisture",
        "--map",
        "Notiz=",
    )
    with pytest.raises(RequestError, match=r"column 2: signal is 'air\.temperature'"):
        call(*said, *mapped, said=wide)
    words = (*said, *mapped, "--twin", "dt:A", "--again")
    result = call(*words, said=wide, code=1)
    assert "5 readings of 2 signals taken" in result.stdout
    found = call("export", "--signal", "dt:A/air*").stdout.splitlines()
    values = [line.split(",")[2] for line in found]
    assert "20.0" in values or any(abs(float(v) - 20) < 1e-9 for v in values[1:] if v)
    assert any(abs(float(v) - 100) < 1e-9 for v in values[1:] if v)


def test_a_unit_that_does_not_fit_is_refused_and_told(call):
    call("import", "-", "--format", "csv", said=LONG)
    wrong = "time,signal,value,unit\n2026-05-01T12:01:00Z,dt:A/air.temperature,5,kg\n"
    result = call("import", "-", "--format", "csv", said=wrong, code=1)
    assert "0 readings" in result.stdout
    assert "cannot be converted" in result.stderr


def test_a_dry_run_stores_nothing(call):
    result = call("import", "-", "--format", "csv", "--dry-run", said=LONG)
    assert "4 readings of 2 signals would be taken" in result.stdout
    assert call("export").stdout.splitlines() == [LONG.splitlines()[0]]


def test_a_file_that_is_not_there_or_says_nothing_is_told(call, tmp_path):
    with pytest.raises(RequestError, match="cannot read"):
        call("import", str(tmp_path / "none.csv"))
    with pytest.raises(RequestError, match="no column of times"):
        call("import", "-", "--format", "csv", said="a,b\n1,2\n")
    with pytest.raises(RequestError, match="--map is 'x'"):
        call("import", "-", "--format", "csv", "--map", "x", said=LONG)


def test_pruning_is_shown_first_and_then_done(call, tmp_path):
    old = "time,dt:A/x\n" + "".join(f"{1000000000 + n},{n}\n" for n in range(5000))
    call("import", "-", "--format", "csv", said=old)
    shown = call("prune", "--preview").stdout
    assert "retention raw   2001-09-09 to 2001-09-09" in shown
    assert len(call("export").stdout.splitlines()) == 5001
    result = call("prune", "--shrink")
    assert "are free for new readings" in result.stdout
    assert len(call("export").stdout.splitlines()) == 1
    assert call("prune", "--preview").stdout == "nothing has to go\n"
    with pytest.raises(RequestError, match="--budget is 'much'"):
        call("prune", "--budget", "much")
    config = Config(data=str(tmp_path / "one"))
    appliance = Appliance.open(config)
    assert appliance.audit.newest()[0].action == "readings.prune"
    appliance.close()


def test_the_log_is_whole_after_all_that(call, tmp_path):
    call("import", "-", "--format", "csv", said=LONG)
    store = Config().store.__class__(live_dir=str(tmp_path / "one" / "live"))
    log = Log.open(Config(data=str(tmp_path / "one"), store=store), SystemClock())
    assert [row.unit for row in log.signals().values()] == ["Cel", "%"]
    log.close()


def test_importing_one_file_twice_is_refused_unless_again(call):
    call("import", "-", "--format", "csv", said=LONG)
    with pytest.raises(ImportedError, match="stored already") as refused:
        call("import", "-", "--format", "csv", said=LONG)
    assert "--again" in refused.value.hint
    assert call("export", "-").stdout.count("dt:A/") == 4
    with pytest.raises(ImportedError):
        call("import", "-", "--format", "csv", "--dry-run", said=LONG)
    call("import", "-", "--format", "csv", "--again", said=LONG)
    assert call("export", "-").stdout.count("dt:A/") == 8


def test_a_longer_file_with_old_readings_in_it_is_refused_and_new_times_are_not(call):
    call("import", "-", "--format", "csv", said=LONG)
    more = "2026-05-01T12:00:09.000Z,dt:A/soil.moisture,40,%,good,,,\n"
    with pytest.raises(ImportedError, match="of 3 readings"):
        call("import", "-", "--format", "csv", said=LONG + more)
    head = LONG.splitlines(keepends=True)[0]
    call("import", "-", "--format", "csv", said=head + more)
    assert call("export", "-").stdout.count("dt:A/") == 5


def test_the_same_content_is_known_also_when_its_readings_are_gone(call, tmp_path):
    call("import", "-", "--format", "csv", said=LONG)
    with closing(sqlite3.connect(tmp_path / "one" / "telemetry.db")) as database:
        database.execute("DELETE FROM chunk")
        database.commit()
    with pytest.raises(ImportedError, match="this content was imported on 20"):
        call("import", "-", "--format", "csv", said=LONG)


def test_an_import_that_is_refused_ends_with_exit_code_2(tmp_path):
    file = tmp_path / "long.csv"
    file.write_text(LONG)
    words = [sys.executable, "-P", "-m", "dt", "--data", str(tmp_path / "data")]
    codes = []
    for _ in range(2):
        done = subprocess.run(
            [*words, "readings", "import", str(file), "--quiet"],
            capture_output=True,
            text=True,
            check=False,
        )
        codes.append(done.returncode)
    assert codes == [0, 2]
    assert "--again" in done.stderr
