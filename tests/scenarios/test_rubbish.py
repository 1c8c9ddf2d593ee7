"""Rubbish from a broker and in twin files stops nothing and is no reading."""

import json
import logging
import math
import shutil
import socket
import subprocess

import paho.mqtt.client as paho
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from collector.messages import Messages, Topic
from collector.rubbish import Rubbish
from dt.clock import SystemClock

pytestmark = [pytest.mark.slow, pytest.mark.server]

CASES = 10_000
TOPICS = {
    "plain": Topic(topic="rubbish/#"),
    "value": Topic(topic="rubbish/json", value="$.value"),
    "deep": Topic(topic="rubbish/json", value="$.a[*].b", time="$.a[*].t"),
    "timed": Topic(topic="rubbish/json", value="$.value", time="$.time"),
    "seconds": Topic(topic="rubbish/json", value="$.value", time="$.time", time_format="s"),
    "pattern": Topic(
        topic="rubbish/json", value="$.value", time="$.time", time_format="%Y-%m-%d"
    ),
}
NUMBERS = st.integers() | st.floats() | st.integers(-(10**400), 10**400)
TEXTS = st.text() | NUMBERS.map(str) | st.datetimes().map(str)
LEAVES = st.none() | st.booleans() | NUMBERS | TEXTS
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["value", "time", "a", "b", "t"]), inner)
    ),
    max_leaves=8,
)
SHAPED = st.fixed_dictionaries(
    {},
    optional={
        "value": LEAVES,
        "time": LEAVES,
        "a": st.lists(st.fixed_dictionaries({}, optional={"b": LEAVES, "t": LEAVES})),
    },
)
PAYLOADS = (
    st.binary(max_size=200)
    | TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass"))
    | (TREES | SHAPED).map(lambda tree: json.dumps(tree).encode())
)


@settings(
    max_examples=CASES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(payload=PAYLOADS, topic=st.sampled_from(["rubbish/json", "rubbish/plain/a"]))
@example(payload=b"[" * 100_000, topic="rubbish/json")
@example(payload=b'{"value": 1, "time": 1e308}', topic="rubbish/json")
@example(payload=b'{"value": 1, "time": "' + b"9" * 400 + b'"}', topic="rubbish/json")
@example(payload=b'{"value": ' + b"9" * 400 + b"}", topic="rubbish/json")
@example(payload=b'{"value": 1, "time": ' + b"9" * 400 + b"}", topic="rubbish/json")
@example(payload="٣".encode(), topic="rubbish/plain")
def test_no_message_of_a_broker_breaks_the_driver(payload, topic):
    logging.disable()
    try:
        emitted = []
        rubbish = Rubbish(SystemClock("always"), "dt:T_001", "broker")
        messages = Messages(TOPICS, rubbish)
        messages.add(topic, payload)
        messages.hand_over(emitted.append)
    finally:
        logging.disable(logging.NOTSET)
    for raw in emitted:
        assert all(math.isfinite(value) for value in raw.value.tolist())
        if raw.observed_at is not None:
            assert all(0 <= at < 253_402_300_800_000 for at in raw.observed_at.tolist())


@pytest.fixture
def broker(tmp_path):
    """Return the port of a real Mosquitto."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if program is None:
        pytest.skip("mosquitto is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings_file = tmp_path / "mosquitto.conf"
    settings_file.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    with (tmp_path / "mosquitto.log").open("wb") as out:
        process = subprocess.Popen(
            [program, "-c", settings_file], stdout=out, stderr=out, stdin=subprocess.DEVNULL
        )
        yield port
        process.terminate()
        process.wait()


@pytest.fixture
def publisher(broker):
    client = paho.Client(paho.CallbackAPIVersion.VERSION2)
    while True:
        try:
            client.connect("127.0.0.1", broker)
            break
        except ConnectionRefusedError:
            continue
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


MQTT = """\
"@id": dt:Broker_001
name: Broker
signals: {number: {unit: "1"}}
sensors: {source: {driver: mqtt, port: %d, value: $.n, reads: {"some/#": number}, qos: 1}}
"""


def test_good_messages_among_rubbish_arrive(
    make_appliance, broker, publisher, newest, stored
):
    appliance = make_appliance({"broker": MQTT % broker})
    appliance.start("run", "collector")
    value = newest(appliance, "dt:Broker_001/number")

    def greeted():
        publisher.publish("some/where", b'{"n": 0}', qos=1)
        return value() == 0

    appliance.wait(greeted, "subscribes", 30)
    rubbish = [
        payload
        for payload in (b"", b"{", b"\xff\xfe", b"[" * 5000, b"nan", b'{"n": "x"}')
        for _ in range(50)
    ]
    for number, payload in enumerate(rubbish, 1):
        publisher.publish("some/where", payload, qos=1)
        publisher.publish("some/where", json.dumps({"n": number}), qos=1)
    appliance.wait(lambda: value() == len(rubbish), "reads the last message", 30)
    appliance.stop()
    numbers = [n for n in stored(appliance.config).numbers["dt:Broker_001/number"] if n]
    assert numbers == [float(n) for n in range(1, len(rubbish) + 1)]
