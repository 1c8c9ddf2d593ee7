"""The thread that ends runs on time, and the process that outlives the controller."""

import subprocess
import sys
import textwrap
import threading
import time

import pytest

from controller.switch import Switch
from dt.errors import HardwareError
from dt.twin.command import OFF, ON


class Lamp:
    def __init__(self):
        self.seen = []
        self.off = threading.Event()
        self.broken = False

    def apply(self, command):
        if self.broken:
            raise HardwareError("gpio/27 is in use by another program")
        self.seen.append(command)
        if command == OFF:
            self.off.set()

    def report(self):
        return self.seen[-1] if self.seen else None

    def close(self):
        self.seen.append("closed")


def test_a_run_ends_by_itself_at_its_time():
    lamp = Lamp()
    switch = Switch(time.monotonic, {"lamp": lamp})
    switch.start()
    begin = time.monotonic()
    assert switch.drive("lamp", ON, (begin + 0.05, OFF))
    assert lamp.off.wait(5)
    assert time.monotonic() - begin >= 0.05
    assert switch.healthy(5)
    switch.stop()
    assert lamp.seen == [ON, OFF, "closed"]
    assert not switch.healthy(5)


def test_a_later_plan_takes_the_place_of_the_first():
    now = [0.0]
    lamp = Lamp()
    switch = Switch(lambda: now[0], {"lamp": lamp})
    switch.drive("lamp", ON, (10.0, OFF))
    switch.plan("lamp", (20.0, OFF))
    now[0] = 15.0
    switch.end_due()
    assert lamp.seen == [ON]
    now[0] = 20.0
    switch.end_due()
    assert lamp.seen == [ON, OFF]
    switch.drive("lamp", ON, None)
    now[0] = 1e6
    switch.end_due()
    assert lamp.seen[-1] == ON


def test_an_end_that_fails_is_tried_again_until_it_succeeds():
    now = [0.0]
    lamp = Lamp()
    switch = Switch(lambda: now[0], {"lamp": lamp})
    switch.drive("lamp", ON, (1.0, OFF))
    lamp.broken = True
    now[0] = 1.0
    switch.end_due()
    assert "in use" in switch.problem("lamp")
    lamp.broken = False
    now[0] = 2.0
    switch.end_due()
    assert (lamp.seen, switch.problem("lamp")) == ([ON, OFF], "")


def test_what_is_not_there_cannot_be_driven():
    switch = Switch(time.monotonic, {})
    assert not switch.drive("lamp", ON, None)
    assert switch.report("lamp") is None


GUARDED = textwrap.dedent(
    """
    import os, sys, time
    from pathlib import Path
    from controller.guardian import Guardian

    def save():
        Path(sys.argv[1]).write_text("safe")
        return 1

    guardian = Guardian(save, patience_s=float(sys.argv[3]))
    guardian.start()
    print(guardian.pid, flush=True)
    if sys.argv[2] == "dies":
        os._exit(9)
    if sys.argv[2] == "hangs":
        time.sleep(60)
    for _ in range(3):
        guardian.alive()
    guardian.release()
    """
)


@pytest.mark.parametrize(
    ("fate", "patience_s", "code", "saved"),
    [("dies", 60, 9, True), ("hangs", 0.1, -9, True), ("ends", 60, 0, False)],
)
def test_the_guardian_makes_all_safe_when_the_controller_is_gone(
    tmp_path, fate, patience_s, code, saved
):
    told = tmp_path / "told"
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", GUARDED, told, fate, str(patience_s)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    out, _ = process.communicate(timeout=30)  # the pipe ends with the guardian
    assert process.returncode == code
    assert told.exists() == saved
    assert int(out) > 0
