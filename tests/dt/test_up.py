"""What ``dt up`` becomes, apart from the supervisor itself."""

import socket
import subprocess
import sys
import threading
from contextlib import closing

import pytest

from dt.up import Orders, main

_HEAVY = {"click", "msgspec", "numpy", "ruamel.yaml", "dataclasses", "http.client", "ssl"}


@pytest.fixture
def orders(tmp_path, monkeypatch):
    """Orders without a service, given in a folder that has a lock."""
    monkeypatch.setattr("dt.up.Supervisor", Stopped)
    monkeypatch.setattr("dt.up.signal.signal", lambda *_: None)
    with (tmp_path / "up.lock").open("w") as lock:
        yield Orders(
            lock=lock.fileno(),
            role="edge",
            level="info",
            host="127.0.0.1",
            port=1,
            listener="",
            config=tmp_path / "effective.json",
            names=(),
        )


class Stopped:
    """A supervisor that runs until the announcement was made."""

    def __init__(self, names, config):
        self.names, self.config = names, config

    def run(self):
        for thread in threading.enumerate():
            if thread.daemon and thread.name.endswith("(_announce)"):
                thread.join(10)
        return 0


@pytest.fixture
def dashboard():
    """Return (port, questions) of a server that answers one question with 200."""
    questions = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        line, _ = listener.accept()
        with closing(line):
            questions.append(line.recv(1000))
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with listener:
        yield listener.getsockname()[1], questions
        thread.join(10)


def test_orders_come_through_a_command_line(orders):
    full = orders._replace(names=("collector", "web"), listener="@/x y", host="::1")
    assert Orders.of(full.words()) == full


def test_a_ready_dashboard_is_announced_with_the_first_sign_in(
    orders, dashboard, tmp_path, capsys
):
    port, questions = dashboard
    (tmp_path / "first-sign-in").write_text("abc\n")
    assert main(orders._replace(port=port).words()) == 0
    said = capsys.readouterr().out
    assert f"First sign-in: http://127.0.0.1:{port}/setup?code=abc" in said
    assert questions[0].startswith(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:")


def test_the_service_manager_is_told_when_the_dashboard_is_ready(
    orders, dashboard, tmp_path
):
    port, _ = dashboard
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        main(orders._replace(port=port, listener=address).words())
        manager.settimeout(10)
        assert manager.recv(100) == b"READY=1"


def test_it_holds_no_more_than_it_needs():
    code = "import sys, dt.up; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True
    )
    assert not _HEAVY & set(done.stdout.split())
