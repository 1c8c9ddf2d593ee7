"""scripts/run, with a virtual environment that only writes down what it is asked."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FAKE = """#!/bin/sh
{ printf '%s|' "$(basename "$0")" "$@"; echo; } >>"$(dirname "$0")/asked"
"""


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    """Return the folder of a virtual environment without Python."""
    folder = tmp_path / "venv"
    (folder / "bin").mkdir(parents=True)
    for name in ("python", "dt"):
        (folder / "bin" / name).write_text(FAKE)
        (folder / "bin" / name).chmod(0o755)
    return folder


def run(
    venv: Path, *words: str, cwd: Path = ROOT, script: Path = ROOT / "scripts/run"
) -> str:
    """Run the script and return what the virtual environment was asked."""
    shell = shutil.which("dash") or "/bin/sh"
    subprocess.run(
        [shell, str(script), *words],
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", "DT_VENV": str(venv)},
        check=True,
        capture_output=True,
        timeout=30,
    )
    asked = (venv / "bin" / "asked").read_text()
    (venv / "bin" / "asked").unlink()
    return asked


def test_the_first_start_installs_what_the_simulated_plants_drivers_need(
    venv: Path,
) -> None:
    assert f"{ROOT}[edge,rpi]|" in run(venv, cwd=venv)


def test_the_second_start_installs_nothing(venv: Path) -> None:
    run(venv, cwd=venv)
    assert "install|" not in run(venv, cwd=venv)


def test_without_a_dt_yaml_the_demo_runs_with_the_words_given(venv: Path) -> None:
    assert "dt|up|--demo|--port|8300|" in run(venv, "--port", "8300", cwd=venv)


def test_a_dt_yaml_in_the_folder_is_run_instead(venv: Path) -> None:
    (venv / "dt.yaml").write_text("")
    assert "dt|up|--config|dt.yaml|" in run(venv, cwd=venv)


def test_folders_may_have_blanks_and_umlauts_in_their_names(
    venv: Path, tmp_path: Path
) -> None:
    checkout = tmp_path / "Gewächs haus"
    shutil.copytree(ROOT / "scripts", checkout / "scripts")
    shutil.copy(ROOT / "pyproject.toml", checkout)
    asked = run(venv, cwd=venv, script=checkout / "scripts" / "run")
    assert f"|{checkout}[edge,rpi]|" in asked


def test_a_folder_that_cannot_be_made_is_told_with_what_to_do() -> None:
    shell = shutil.which("dash") or "/bin/sh"
    ended = subprocess.run(
        [shell, str(ROOT / "scripts/run")],
        env={"PATH": os.environ["PATH"], "DT_VENV": "/proc/nowhere/venv"},
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert ended.returncode == 1
    assert "DT_VENV=FOLDER" in ended.stderr
