"""A switch behind a real broker: told, read back, sent again after an outage."""

import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from controller.drivers.mqtt_switch import MqttSwitch, MqttSwitchOptions
from controller.simulators import mqtt_switch as simulated
from dt.errors import SourceError
from dt.hardware.mqtt_link import Connection, Link
from dt.hardware.mqtt_state import word_of
from dt.twin.command import OFF, ON

pytestmark = pytest.mark.server


class Far:
    """The simulated switch, connected to the broker as the real one is."""

    def __init__(self, port, *, mute=False):
        self.shares = []
        self._mute = mute
        self.switch = simulated.MqttSwitch(self.shares.append)
        self._stop = threading.Event()
        link = Link(port=port, qos=1)
        self._link = Connection(link, Path(), ["lamp/set"], self._heard)
        self._link.open(self._stop)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        with suppress(SourceError):  # the broker is killed
            while not self._stop.is_set():
                self._link.step(0.05)

    def _heard(self, message):
        self._link.ack(message.mid, message.qos)
        told = self.switch.hear(message.payload.decode())
        if not self._mute:
            self._link.publish("lamp", told.encode(), 1)

    def say(self, topic, word):
        self._link.publish(topic, word, 1)

    def end(self):
        self._stop.set()
        self._thread.join()
        self._link.close()


def until(true, within_s=10.0):
    end = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def broker(mosquitto):
    return mosquitto()


@pytest.fixture
def near(broker):
    made = []

    def make(**options):
        given = {"port": broker.port, "command": "lamp/set", "state": "lamp"}
        given |= {"path": "state", "availability": "lamp/availability"}
        switch = MqttSwitch(MqttSwitchOptions(**(given | options)), None, "lamp")
        made.append(switch)
        return switch

    yield make
    for switch in made:
        switch.close()


def test_a_switch_does_what_it_is_told_and_says_so(broker, near):
    far, lamp = Far(broker.port), near()
    assert lamp.report() is None
    lamp.apply(ON)
    until(lambda: lamp.report() == ON)
    lamp.apply(OFF)
    until(lambda: lamp.report() == OFF)
    assert far.shares == [1.0, 0.0]
    far.say("lamp/availability", b"offline")
    until(lambda: lamp.report() is None)
    with pytest.raises(SourceError, match="it says that it is offline"):
        lamp.apply(ON)
    far.say("lamp/availability", b'{"state": "online"}')
    until(lambda: lamp.report() is not None)
    far.end()


def test_what_is_wanted_is_sent_again_after_an_outage(broker, near):
    far, lamp = Far(broker.port), near()
    lamp.apply(ON)
    until(lambda: far.shares == [1.0])
    far.end()
    broker.kill()
    until(lambda: lamp.report() is None)
    lamp.apply(OFF)
    broker.start()
    far = Far(broker.port)
    until(lambda: far.shares == [0.0], within_s=20)
    far.end()


def test_what_a_switch_said_before_an_outage_is_not_told_after_it(broker, near):
    far, lamp = Far(broker.port), near()
    lamp.apply(ON)
    until(lambda: lamp.report() == ON)
    far.end()
    broker.kill()
    until(lambda: lamp.report() is None)
    broker.start()
    far = Far(broker.port, mute=True)
    until(lambda: far.shares == [1.0], within_s=20)
    assert lamp.report() is None
    far.say("lamp", b'{"state": "OFF"}')
    until(lambda: lamp.report() == OFF)
    far.end()


def test_a_switch_without_a_state_topic_reports_what_was_sent(near):
    lamp = near(state="")
    lamp.apply(ON)
    until(lambda: lamp.report() == ON)


@pytest.mark.parametrize(
    ("payload", "path", "word"),
    [
        (b"ON", "", "ON"),
        (b" on\n", "state", "on"),
        (b'{"state": "OFF"}', "state", "OFF"),
        (b'{"a": {"b": true}}', "a.b", "true"),
        (b'{"a": 1}', "a.b", ""),
        (b"{broken", "a", ""),
        (b"\xff", "", "\ufffd"),
    ],
)
def test_a_state_is_read_from_words_and_json(payload, path, word):
    assert word_of(payload, path) == word
