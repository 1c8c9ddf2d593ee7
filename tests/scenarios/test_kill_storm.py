"""kill -9 of any process at any moment loses and repeats nothing."""

import os
import random
import threading
import time

import msgspec
import pytest

from dt.bench.client import Client
from dt.bench.running import kill

pytestmark = [pytest.mark.slow, pytest.mark.server, pytest.mark.timeout(1200)]

SEED = 20_251_121
KILLS = 200 if os.environ.get("CI") else 40


class Pushes:
    """A program that pushes numbered readings over HTTP, and never one twice."""

    def __init__(self, appliance, signal):
        self.signal = signal
        self._url, self._token = appliance.url, appliance.token("admin")
        self._meant = 0
        self._taken = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def meant(self):
        return self._meant

    def taken(self):
        return self._taken

    def _run(self):
        with Client(self._url, self._token) as client:
            while not self._stop.wait(0.02):
                first, self._meant = self._meant + 1, self._meant + 3
                numbers = list(range(first, self._meant + 1))
                try:
                    status, _ = client.call("POST", "/api/v1/readings", self._body(numbers))
                except OSError:
                    continue  # killed before it answered: nobody knows, so never again
                if status // 100 == 2:
                    self._taken += numbers

    def _body(self, numbers):
        now = round(time.time() * 1000)
        return msgspec.json.encode(
            {
                "v": 1,
                "signals": [{"id": self.signal, "unit": "1"}],
                "t0": now,
                "dt": [0] * len(numbers),
                "s": [0] * len(numbers),
                "x": numbers,
            }
        )


PUSHED = "dt:Pushed_001/number"
PUSHED_TWIN = "'@id': dt:Pushed_001\nname: Pushed\nsignals:\n  number: {unit: '1'}\n"


def test_a_storm_of_kills_loses_and_repeats_nothing(
    make_appliance, numbered, stored, check_files
):
    chance = random.Random(SEED)
    first, second = numbered("a", batch=5), numbered("b", batch=1, pause_s=0.003)
    twins = {"a": first.twin, "b": second.twin, "pushed": PUSHED_TWIN}
    appliance = make_appliance(twins, seal_every=2, live_keep=5, live_max=2_000)
    running = {name: appliance.start("run", name) for name in ("collector", "web")}
    appliance.wait_ready()
    with Pushes(appliance, PUSHED) as pushes:
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.05, 1.5))
            name = chance.choice(("collector", "collector", "web"))
            kill([running[name].pid])
            running[name].wait()
            running[name] = appliance.start("run", name)
        appliance.wait_ready()
        time.sleep(2)
    appliance.stop()
    check_files(appliance.config)
    found = stored(appliance.config)
    for source in (first, second, pushes):
        assert len(source.taken()) > 5 * KILLS
        found.holds_each_once(source)
    found.has_no_gap()
    assert len(found.epochs) == 1


def test_dt_up_brings_back_what_was_killed(make_appliance, numbered, stored, check_files):
    chance = random.Random(SEED + 1)
    source = numbered("a")
    appliance = make_appliance({"a": source.twin}, seal_every=2)
    appliance.start()
    appliance.wait_ready()
    for name in ("collector", "web", "collector"):
        before = appliance.pids_of(name)
        kill(before)
        appliance.wait(
            lambda name=name, before=before: set(appliance.pids_of(name)) - set(before),
            f"starts {name} again",
            20,
        )
        time.sleep(chance.uniform(0, 1))
    appliance.wait_ready()
    taken = len(source.taken())
    appliance.wait(lambda: len(source.taken()) > taken, "goes on sensing", 20)
    assert appliance.stop() < 5
    check_files(appliance.config)
    found = stored(appliance.config)
    found.holds_each_once(source)
    found.has_no_gap()


def test_a_killed_supervisor_leaves_nobody_in_the_way_of_the_next(
    make_appliance, numbered, stored, check_files
):
    source = numbered("a")
    appliance = make_appliance({"a": source.twin}, seal_every=2)
    for _ in range(5):
        supervisor = appliance.start()
        appliance.wait_ready()
        taken = len(source.taken())
        appliance.wait(lambda taken=taken: len(source.taken()) > taken, "senses", 20)
        kill([supervisor.pid])
        supervisor.wait()
    appliance.start()
    appliance.wait_ready()
    appliance.stop()
    check_files(appliance.config)
    found = stored(appliance.config)
    found.holds_each_once(source)
    found.has_no_gap()
