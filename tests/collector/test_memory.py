import pytest

from collector.memory import Memory
from dt.config import Config, Store


@pytest.fixture
def config(tmp_path):
    return Config(data=str(tmp_path / "data"), store=Store(live_dir=str(tmp_path / "live")))


def test_what_was_saved_is_loaded(config):
    Memory(config).save({"dt:T": b'{"x":1}'}, durable=False)
    assert Memory(config).load() == {"dt:T": b'{"x":1}'}


def test_after_a_reboot_the_copy_on_the_disk_is_loaded(config, tmp_path):
    memory = Memory(config)
    memory.save({"dt:T": b"1"}, durable=True)
    memory.save({"dt:T": b"2"}, durable=False)
    assert memory.load() == {"dt:T": b"2"}
    (tmp_path / "live" / "processing.json").unlink()
    assert memory.load() == {"dt:T": b"1"}


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff"])
def test_a_damaged_copy_is_skipped(config, tmp_path, text):
    memory = Memory(config)
    memory.save({"dt:T": b"1"}, durable=True)
    (tmp_path / "live" / "processing.json").write_bytes(text)
    assert memory.load() == {"dt:T": b"1"}
    (tmp_path / "data" / "processing.json").write_bytes(text)
    assert memory.load() == {}


def test_a_folder_that_cannot_be_written_stops_nothing(config, tmp_path, caplog):
    (tmp_path / "live").write_text("in the way")
    Memory(config).save({"dt:T": b"1"}, durable=True)
    assert "not written" in caplog.text
    assert Memory(config).load() == {"dt:T": b"1"}
