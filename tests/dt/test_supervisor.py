"""The supervisor with real processes of a stand-in program."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from dt.supervisor import FIRST_PAUSE_S, Supervisor


@pytest.fixture
def program(tmp_path, monkeypatch):
    """A dt that notes its start and then does what the file of its service says."""
    package = tmp_path / "dt"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text(
        "import pathlib, sys, time\n"
        f"folder = pathlib.Path({str(tmp_path)!r})\n"
        "name = sys.argv[-1]\n"
        "with (folder / f'{name}.starts').open('a') as f: f.write('x')\n"
        "what = (folder / name).read_text()\n"
        "sys.exit(int(what)) if what else time.sleep(60)\n"
    )
    monkeypatch.setattr(sys, "executable", str(_python_in(tmp_path)))
    return tmp_path


def _python_in(folder: Path) -> Path:
    script = folder / "python"
    script.write_text(f'#!/bin/sh\nshift\ncd {folder} && exec {sys.executable} "$@"\n')
    script.chmod(0o755)
    return script


def _starts(folder: Path, name: str) -> int:
    path = folder / f"{name}.starts"
    return len(path.read_text()) if path.exists() else 0


def _until(condition, supervisor, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        supervisor.step()
        os.sched_yield()


class Hands:
    """A clock that the test moves."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def test_a_process_that_ends_is_started_again_after_a_growing_pause(program):
    (program / "a").write_text("1")
    clock = Hands()
    supervisor = Supervisor(["a"], program / "c.yaml", clock)
    _until(lambda: _starts(program, "a") == 1, supervisor)
    child = supervisor._children[0]
    _until(lambda: child.process is None, supervisor)
    assert child.start_at == pytest.approx(100.0 + FIRST_PAUSE_S)
    clock.now += FIRST_PAUSE_S
    _until(lambda: _starts(program, "a") == 2, supervisor)
    _until(lambda: child.process is None, supervisor)
    assert child.start_at == pytest.approx(clock.now + 2 * FIRST_PAUSE_S)


def test_a_refused_configuration_ends_all_with_code_2(program):
    (program / "a").write_text("2")
    (program / "b").write_text("")
    assert Supervisor(["b", "a"], program / "c.yaml").run() == 2


def test_stop_ends_every_process(program):
    (program / "a").write_text("")
    supervisor = Supervisor(["a"], program / "c.yaml")
    _until(lambda: _starts(program, "a") == 1, supervisor)
    process = supervisor._children[0].process
    supervisor.stop()
    assert supervisor.run() == 0
    assert process.returncode == -signal.SIGTERM
