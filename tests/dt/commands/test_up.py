"""dt up, as far as it goes before it starts anything."""

import socket

import pytest
from click.testing import CliRunner

from dt.cli import dt
from dt.errors import ServiceError


@pytest.fixture
def taken():
    """Return a port that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def test_a_port_that_another_program_has_is_told_before_anything_starts(
    taken, tmp_path, monkeypatch
):
    monkeypatch.setattr("time.sleep", lambda _: None)
    words = ["--data", str(tmp_path / "d"), "up", "--port", str(taken)]
    result = CliRunner().invoke(dt, words)
    assert isinstance(result.exception, ServiceError)
    assert f"port {taken}" in result.exception.message
    assert "--port" in result.exception.hint
    assert not (tmp_path / "d" / "effective.json").exists()


def test_an_address_of_another_computer_is_told_before_anything_starts(tmp_path):
    words = ["--data", str(tmp_path), "up", "--host", "192.0.2.1", "--port", "0"]
    result = CliRunner().invoke(dt, words)
    assert isinstance(result.exception, ServiceError)
    assert "192.0.2.1" in result.exception.message
