import logging
import threading

import pytest

from collector.drivers.mqtt import Mqtt, MqttOptions
from collector.seam import Context
from collector.sources import Desk, Sources, Stand
from dt.clock import SystemClock
from dt.config import Collector
from dt.errors import SourceError
from dt.twin.quantities import Seconds

pytestmark = pytest.mark.server

RULES = Collector(retry_first=Seconds(0.2), retry_last=Seconds(0.4))


class Listener:
    """The MQTT source as the collector runs it."""

    def __init__(self, port, folder="", **options):
        self.values, self.states = [], []
        self.changed = threading.Condition()
        self.clock = SystemClock("always")
        desk = Desk(self.emit, lambda *_: None, self.told)
        self.sources = Sources(RULES, self.clock, desk)
        context = Context(
            twin="t", sensor="s", reads={"a/+": "x"}, media_dir="", twin_dir=str(folder)
        )
        made = MqttOptions(host="127.0.0.1", port=port, **options)
        self.sources.start(
            Stand(
                twin="t",
                sensor="s",
                driver="mqtt",
                make=lambda: Mqtt(made, None, self.clock, context),
            )
        )

    def emit(self, name, raw):
        with self.changed:
            self.values += raw.value.tolist()
            self.changed.notify_all()

    def told(self, state):
        with self.changed:
            self.states.append(state)
            self.changed.notify_all()

    def wait(self, condition):
        with self.changed:
            assert self.changed.wait_for(condition, 20), (self.values, self.states[-3:])

    def wait_condition(self, name):
        self.wait(lambda: self.states and self.states[-1].condition == name)


@pytest.fixture
def listen():
    made = []

    def make(*arguments, **options):
        made.append(Listener(*arguments, **options))
        return made[-1]

    yield make
    for listener in made:
        listener.sources.stop(5.0)


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_messages_of_any_qos_arrive_in_order(mosquitto, listen, qos):
    broker = mosquitto()
    listener = listen(broker.port, qos=qos)
    listener.wait_condition("ok")
    broker.publish(*((f"a/{n}", str(n)) for n in range(200)), qos=qos)
    listener.wait(lambda: len(listener.values) >= 200)
    assert listener.values == list(range(200))


def test_a_broker_that_is_killed_and_started_again_is_joined_again(
    mosquitto, listen, caplog
):
    caplog.set_level(logging.INFO)
    broker = mosquitto()
    listener = listen(broker.port)
    listener.wait_condition("ok")
    broker.publish(("a/b", "1"))
    listener.wait(lambda: listener.values == [1])
    broker.kill()
    listener.wait_condition("quarantined")
    broker.start()
    listener.wait_condition("ok")
    broker.publish(("a/b", "2"))
    listener.wait(lambda: listener.values == [1, 2])
    said = [r.message for r in caplog.records if r.name == "collector.states"]
    assert said == ["sensor lost", "sensor back"]


def test_a_broker_that_is_not_up_at_the_start_is_joined_later(mosquitto, listen):
    broker = mosquitto()
    broker.kill()
    listener = listen(broker.port)
    listener.wait_condition("quarantined")
    assert "cannot reach the MQTT broker" in listener.states[-1].message
    broker.start()
    listener.wait_condition("ok")


def test_a_persistent_session_misses_nothing_while_the_collector_is_away(mosquitto, listen):
    broker = mosquitto()
    options = {"qos": 1, "persistent": True, "client_id": "pi"}
    first = listen(broker.port, **options)
    first.wait_condition("ok")
    first.sources.stop(5.0)
    broker.publish(*(("a/b", str(n)) for n in range(50)))
    second = listen(broker.port, **options)
    second.wait(lambda: len(second.values) >= 50)
    assert second.values == list(range(50))


def test_a_message_whose_readings_were_not_stored_comes_again(mosquitto, listen):
    broker = mosquitto()
    options = {"qos": 1, "persistent": True, "client_id": "pi"}
    first = listen(broker.port, **options)
    first.wait_condition("ok")

    def refuse(name, raw):
        raise SourceError("not stored")

    first.sources._desk.emit = refuse
    broker.publish(("a/b", "7"))
    first.wait_condition("lost")
    first.sources.stop(5.0)
    second = listen(broker.port, **options)
    second.wait(lambda: second.values == [7])


def test_rubbish_in_thousands_stops_nothing(mosquitto, listen, caplog):
    broker = mosquitto()
    listener = listen(broker.port, value="$.v")
    listener.wait_condition("ok")
    rubbish = [b"", b"{", b"\xff\xfe", b'{"v":"x"}', b"[" * 5000, b'{"v":1e999}', b"null"]
    broker.publish(
        *(("a/b", rubbish[n % 7]) for n in range(2100)), ("a/b", b'{"v":5}'), qos=0
    )
    listener.wait(lambda: listener.values == [5])
    assert len([r for r in caplog.records if "rubbish" in r.message]) == 1


def test_an_old_retained_message_is_taken_only_where_it_is_wanted(mosquitto, listen):
    broker = mosquitto()
    broker.publish(("a/b", "9"), retain=True)
    wanting = listen(broker.port, retained=True)
    wanting.wait(lambda: wanting.values == [9])
    plain = listen(broker.port)
    plain.wait_condition("ok")
    broker.publish(("a/c", "1"))
    plain.wait(lambda: plain.values == [1])


def test_tls_works_with_the_right_authority_and_a_password(mosquitto, listen, tmp_path):
    broker = mosquitto(tls=True, password="secret")
    (tmp_path / "password.txt").write_text("secret\n")
    listener = listen(
        broker.port,
        folder=tmp_path,
        tls=True,
        ca=str(broker.folder / "ca.crt"),
        username="me",
        password_file="password.txt",
    )
    listener.wait_condition("ok")
    broker.publish(("a/b", "3"))
    listener.wait(lambda: listener.values == [3])


# paho-mqtt leaves a socket whose handshake failed to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("wrong", "message"),
    [("ca", "cannot reach the MQTT broker"), ("password", "Not authorized")],
)
def test_a_wrong_authority_or_password_is_told_not_crashed(
    mosquitto, listen, tmp_path, wrong, message
):
    broker = mosquitto(tls=True, password="secret")
    other = mosquitto(tls=True)
    authority = other if wrong == "ca" else broker
    (tmp_path / "password.txt").write_text("wrong")
    listener = listen(
        broker.port,
        folder=tmp_path,
        tls=True,
        ca=str(authority.folder / "ca.crt"),
        username="me",
        password_file="password.txt",
    )
    listener.wait_condition("lost")
    assert message in listener.states[-1].message
