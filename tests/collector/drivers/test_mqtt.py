import threading

import pytest

from collector.drivers.mqtt import Mqtt, MqttOptions
from collector.messages import Topic
from collector.seam import Context, Source
from collector.simulators.mqtt import Mqtt as Broker
from dt.errors import SourceError


@pytest.fixture
def broker():
    made = Broker()
    yield made
    made.close()


class Running:
    """The driver in a thread, with what it emits and how it ends."""

    def __init__(self, clock, port, reads=None, folder="", **options):
        reads = reads or {"plant/temperature": "air.temperature"}
        context = Context(twin="t", sensor="s", reads=reads, media_dir="", twin_dir=folder)
        self.driver = Mqtt(MqttOptions(port=port, **options), None, clock, context)
        assert isinstance(self.driver, Source)
        self.values = []
        self.alive = threading.Event()
        self.error = None
        self.hold = threading.Event()
        self.hold.set()
        self._got = threading.Condition()
        self.start()

    def start(self):
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        try:
            self.driver.run(self.emit, self.stop)
        except SourceError as error:
            self.error = error

    def emit(self, raw):
        self.alive.set()
        self.hold.wait(5)
        with self._got:
            self.values += raw.value.tolist()
            self._got.notify_all()

    def wait(self, count):
        with self._got:
            assert self._got.wait_for(lambda: len(self.values) >= count, 5)
        return self.values

    def end(self):
        self.stop.set()
        self.thread.join(5)
        assert not self.thread.is_alive()


@pytest.fixture
def run(clock, broker):
    made = []

    def make(**options):
        running = Running(clock, broker.port, **options)
        made.append(running)
        assert broker.connected.wait(5)
        assert running.alive.wait(5)
        return running

    yield make
    for running in made:
        running.stop.set()
        broker.hang_up()
        running.end()


def test_it_subscribes_to_what_it_reads_and_emits_what_comes(run, broker):
    running = run()
    assert broker.subscriptions == ["plant/temperature"]
    broker.publish("plant/temperature", b"21.5")
    assert running.wait(1) == [21.5]


def test_rubbish_does_not_end_it(run, broker):
    running = run()
    for payload in (b"", b"\xff", b"warm", b"{}"):
        broker.publish("plant/temperature", payload)
    broker.publish("plant/temperature", b"1")
    assert running.wait(1) == [1]
    assert running.driver._messages._rubbish.count == 3


@pytest.mark.parametrize("qos", [1, 2])
def test_a_message_is_acknowledged_when_its_reading_is_in_the_log(run, broker, qos):
    running = run(qos=qos)
    running.hold.clear()
    number = broker.publish("plant/temperature", b"1", qos)
    assert not broker.wait_acknowledged(1, 0.05)
    running.hold.set()
    assert broker.wait_acknowledged(1)
    assert broker.acknowledged == [number]


def test_what_comes_together_goes_in_together(run, broker):
    running = run(qos=1)
    running.hold.clear()
    for n in range(100):
        broker.publish("plant/temperature", str(n).encode(), 1)
    running.hold.set()
    assert running.wait(100) == list(range(100))
    assert broker.wait_acknowledged(100)


def test_an_old_retained_message_is_no_reading_of_now(run, broker):
    running = run()
    broker.publish("plant/temperature", b"99", retain=True)
    broker.publish("plant/temperature", b"1")
    assert running.wait(1) == [1]


def test_values_of_one_json_message_go_to_their_signals(run, broker):
    running = run(
        reads={"t": "air.temperature", "h": "air.humidity"},
        topics={
            "t": Topic(topic="plant/climate", value="$.t"),
            "h": Topic(topic="plant/climate", value="$.h"),
        },
    )
    broker.publish("plant/climate", b'{"t":21,"h":55}')
    assert sorted(running.wait(2)) == [21, 55]
    assert broker.subscriptions == ["plant/climate"]


def test_a_broker_that_goes_away_is_an_error_and_can_be_joined_again(run, broker):
    running = run()
    broker.hang_up()
    running.thread.join(5)
    assert "lost the MQTT broker" in running.error.message
    running.start()
    assert broker.connected.wait(5)
    broker.publish("plant/temperature", b"2")
    assert running.wait(1) == [2]


def test_a_broker_that_talks_rubbish_is_an_error_not_a_crash(run, broker):
    running = run()
    broker.send(b"\x30\xff\xff\xff\xff\xff\xff\xff")
    running.thread.join(5)
    assert isinstance(running.error, SourceError)


def test_a_broker_that_is_not_there_or_refuses_says_so(clock, broker):
    broker.refuse = 5
    refused = Running(clock, broker.port)
    refused.thread.join(5)
    assert "Not authorized" in refused.error.message
    broker.close()
    absent = Running(clock, broker.port)
    absent.thread.join(5)
    assert "cannot reach the MQTT broker 127.0.0.1" in absent.error.message


def test_a_missing_password_file_is_an_error_that_names_it(clock, tmp_path):
    running = Running(
        clock, 1, username="me", password_file="secret.txt", folder=str(tmp_path)
    )
    running.thread.join(5)
    assert "secret.txt" in running.error.message


def test_a_persistent_session_wants_a_name(clock):
    running = Running(clock, 1, persistent=True)
    running.thread.join(5)
    assert "expected a client_id" in running.error.message
