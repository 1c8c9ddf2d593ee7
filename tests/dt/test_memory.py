"""Freed memory goes back to the system: tried in a process of its own."""

import subprocess
import sys

import pytest

PROBE = """
import sys
from argon2.low_level import Type, hash_secret_raw
from dt import memory

def resident_kb():
    for line in open("/proc/self/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1])

told = memory.give_back() if sys.argv[1] == "yes" else True
before = resident_kb()
for _ in range(3):
    hash_secret_raw(b"x" * 12, b"s" * 16, 1, 20 * 1024, 1, 32, Type.ID)
print(told, resident_kb() - before)
"""


def _kept_kb(how):
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROBE, how], capture_output=True, text=True, check=True
    )
    told, kept = done.stdout.split()
    return told == "True", int(kept)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_password_hash_leaves_no_memory_behind():
    told, kept = _kept_kb("yes")
    if told:
        assert kept < 8 * 1024
