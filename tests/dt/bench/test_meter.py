import os
import subprocess
import sys

from dt.bench.meter import Meter, tree

WORK = """
import os, subprocess, sys, time
if sys.argv[1:]:
    subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdin=subprocess.PIPE)
print("up", flush=True)
sys.stdin.read()
"""


def test_the_tree_is_the_process_and_its_children():
    child = "import sys; sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", WORK, child],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        process.stdout.readline()
        found = tree(process.pid)
        usage = Meter(process.pid).read()
        process.stdin.close()
    assert found[0] == process.pid
    assert len(found) == 2
    assert usage.processes == 2
    assert usage.cpu_s > 0
    assert usage.pss > 1_000_000


def test_a_process_that_is_gone_has_no_tree_but_keeps_its_share():
    with subprocess.Popen(
        [sys.executable, "-c", WORK], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        meter = Meter(process.pid)
        before = meter.read()
        process.stdin.close()
    after = meter.read()
    assert tree(process.pid) == []
    assert after.cpu_s == before.cpu_s
    assert after.pss == 0


def test_bytes_written_to_a_disk_are_counted(tmp_path):
    meter = Meter(os.getpid())
    before = meter.read().written
    with (tmp_path / "file").open("wb") as file:
        file.write(b"x" * 1_000_000)
        file.flush()
        os.fsync(file.fileno())
    written = meter.read().written - before
    assert written == 0 or 1_000_000 <= written < 2_000_000  # 0: tmp_path is in memory
