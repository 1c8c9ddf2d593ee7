"""dt.yaml: defaults, precise refusals, variables."""

import os
import re
from pathlib import Path

import msgspec
import pytest

from dt import config
from dt.commands.up import write_effective
from dt.errors import ConfigError

SAMPLE = Path(config.__file__).with_name("dt.sample.yaml")


def _keys(kind, path=""):
    for field in msgspec.structs.fields(kind):
        name = f"{path}{field.encode_name}"
        yield name
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from _keys(field.type, f"{name}.")


def test_the_sample_documents_every_key_at_its_default():
    text = SAMPLE.read_text()
    shown = "\n".join(line[1:] for line in text.splitlines() if re.match(r"#(?!#)", line))
    assert config.parse(shown) == config.Config()
    for key in _keys(config.Config):
        leaf = key.rsplit(".", 1)[-1]
        assert re.search(rf"^#\s*{re.escape(leaf)}:", text, re.M), key


def test_every_key_is_in_the_documentation():
    text = (SAMPLE.parents[1] / "docs" / "config.md").read_text()
    for key in _keys(config.Config):
        assert f"`{key}`" in text, key


def test_an_unknown_key_names_the_nearest():
    with pytest.raises(ConfigError) as caught:
        config.parse("web:\n  prot: 80\n", "x.yaml")
    message = str(caught.value)
    assert "x.yaml:2: web.prot" in message
    assert "did you mean port?" in message


def test_all_problems_are_told_at_once():
    with pytest.raises(ConfigError) as caught:
        config.parse("web: {port: eighty}\nstore: {durable_every: soon}\nclock: 3\n")
    message = str(caught.value)
    assert "saw 'eighty', expected a whole number" in message
    assert "store.durable_every: saw 'soon', expected a duration" in message
    assert "clock: saw 3, expected a mapping" in message


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("web: {port: 70000}", "web.port"),
        ("web: {server: gevent}", "web.server"),
        ("clock: {trust: maybe}", "clock.trust"),
        ("hardware: fake", "hardware"),
        ("log: {level: loud}", "log.level"),
        ("appliance: {id: My Box}", "appliance.id"),
        ("store: {durable_every: 0s}", "store.durable_every"),
        ("store: {live_max: 5}", "store.live_max"),
    ],
)
def test_impossible_values_are_refused(text, path):
    with pytest.raises(ConfigError, match=re.escape(path)):
        config.parse(text)


def test_variables_are_replaced_and_missing_ones_refused(monkeypatch):
    monkeypatch.setenv("DT_TEST_PORT", "9001")
    monkeypatch.delenv("DT_TEST_NONE", raising=False)
    assert config.parse("web:\n  port: ${DT_TEST_PORT}").web.port == 9001
    assert config.parse("web:\n  port: ${DT_TEST_NONE:-9002}").web.port == 9002
    with pytest.raises(ConfigError, match=r"3: web\.port: saw .*DT_TEST_NONE"):
        config.parse("# ${DT_TEST_NONE}\nweb:\n  port: ${DT_TEST_NONE}")
    with pytest.raises(ConfigError, match="write it in quotes"):
        config.parse("web: {port: ${DT_TEST_PORT}}")


def test_a_missing_file_says_where_to_name_one(tmp_path):
    with pytest.raises(ConfigError, match="--config or DT_CONFIG"):
        config.load(tmp_path / "none.yaml")


def test_the_environment_names_the_file_and_the_hardware(monkeypatch, tmp_path):
    file = tmp_path / "dt.yaml"
    file.write_text("appliance: {id: box-9}\n")
    monkeypatch.setenv("DT_CONFIG", str(file))
    monkeypatch.setenv("DT_HARDWARE", "sim")
    loaded = config.load()
    assert (loaded.appliance.id, loaded.hardware) == ("box-9", "sim")


def test_paths_start_at_the_folder_of_the_file(tmp_path):
    file = tmp_path / "dt.yaml"
    file.write_text("data: store\ntwins: [mine, /elsewhere]\n")
    loaded = config.load(file)
    assert loaded.data_dir == tmp_path / "store"
    assert loaded.twins == (str(tmp_path / "mine"), "/elsewhere")


def test_an_appliance_without_a_name_takes_that_of_the_host(monkeypatch):
    monkeypatch.delenv("DT_CONFIG", raising=False)
    assert re.fullmatch(r"[a-z0-9][a-z0-9.-]*", config.load().appliance.id)


def test_the_command_line_wins(tmp_path):
    changed = config.with_changes(config.Config(), port=1234, data=tmp_path)
    assert changed.web.port == 1234
    assert changed.data_dir == tmp_path
    assert changed.web.host == config.Config().web.host


def test_the_live_log_goes_to_memory_when_there_is_some(monkeypatch, tmp_path):
    here = config.with_changes(config.Config(), data=tmp_path)
    monkeypatch.setenv("RUNTIME_DIRECTORY", "/run/elsewhere")
    there = config.runtime_dir(here)
    assert str(there).startswith("/dev/shm/dt-") or there == tmp_path / "live"
    named = msgspec.structs.replace(here, store=config.Store(live_dir=str(tmp_path)))
    assert config.runtime_dir(named) == tmp_path


def test_a_command_of_another_user_finds_the_same_live_log(monkeypatch, tmp_path):
    here = config.with_changes(config.Config(), data=tmp_path)
    mine = config.runtime_dir(here)
    monkeypatch.setattr(os, "getuid", lambda: 4711)
    assert config.runtime_dir(here) == mine


def test_paths_are_taken_from_the_files_folder_or_where_the_command_was_typed(
    monkeypatch, tmp_path
):
    monkeypatch.delenv("DT_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    assert config.load().data == str(tmp_path / "data")
    assert config.load().twins == (str(tmp_path / "twins"),)
    (tmp_path / "etc").mkdir()
    file = tmp_path / "etc" / "dt.yaml"
    file.write_text("data: d\nstore: {live_dir: live}")
    assert config.load(file).data == str(tmp_path / "etc" / "d")
    assert config.load(file).store.live_dir == str(tmp_path / "etc" / "live")


def test_what_dt_up_writes_for_its_processes_says_the_same_from_there(
    monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    here = config.load()
    write_effective(here, here.data_dir / "effective.json")
    assert config.load(here.data_dir / "effective.json") == here


def test_a_folder_has_one_live_log_whatever_it_is_called(monkeypatch, tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (tmp_path / "link").symlink_to(folder)
    monkeypatch.chdir(folder)
    named = [folder, Path(), Path("../data"), tmp_path / "link", folder / ".." / "data"]
    configs = [config.with_changes(config.Config(), data=name) for name in named]
    if Path("/dev/shm").is_dir():
        assert len({config.runtime_dir(each) for each in configs}) == 1


def test_a_folder_of_the_system_has_its_runtime_folder_in_run(monkeypatch):
    system = config.with_changes(config.Config(), data=Path("/var/lib/dt"))
    is_dir = Path.is_dir
    monkeypatch.setattr(Path, "is_dir", lambda p: p == Path("/run/dt") or is_dir(p))
    assert config.runtime_dir(system) == Path("/run/dt")
