"""How a process lives, with real locks and real processes."""

import os
import select
import signal
import subprocess
import sys

import pytest

from dt import service
from dt.errors import ServiceError

ENDING_WITH = """
import os, subprocess, sys
child = subprocess.Popen(
    [sys.executable, "-c",
     "import sys, time; from dt import service; service.end_with(int(sys.argv[1])); "
     "print('held', flush=True); time.sleep(60)", str(os.getpid())],
    stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
sys.stdin.read()
"""


def test_a_second_process_of_the_same_name_is_refused_on_one_data_folder(tmp_path):
    with service.only_one(tmp_path, "collector"):
        with pytest.raises(ServiceError, match="another dt collector runs"):
            service.only_one(tmp_path, "collector")
        service.only_one(tmp_path, "web").close()
    service.only_one(tmp_path, "collector").close()


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_a_data_folder_that_cannot_be_is_an_error_with_a_hint(tmp_path, name):
    (tmp_path / "file").write_text("")
    with pytest.raises(ServiceError, match="cannot write in the data folder") as caught:
        service.only_one(tmp_path / name, "up")
    assert "--data" in caught.value.hint


def test_a_process_ends_with_its_supervisor_even_if_that_is_killed():
    supervisor = subprocess.Popen(
        [sys.executable, "-c", ENDING_WITH],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with supervisor:
        child = os.pidfd_open(int(supervisor.stdout.readline()))
        supervisor.send_signal(signal.SIGKILL)
        supervisor.wait(10)
    ready, _, _ = select.select([child], [], [], 10)
    os.close(child)
    assert ready, "the child lives on without its supervisor"


def test_a_process_whose_supervisor_is_gone_does_not_start():
    code = "from dt import service; service.end_with(1 << 21)"
    ended = subprocess.run([sys.executable, "-c", code], check=False, stderr=-1, text=True)
    assert "ServiceError" in ended.stderr
