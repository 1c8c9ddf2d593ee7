"""The live feed over real sockets, with both kinds of server."""

import os
import queue
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import msgspec
import pytest
import socketio

from dt.clock import SystemClock
from dt.commands.up import write_effective
from webapp.context import Context

pytestmark = [pytest.mark.server, pytest.mark.slow]

A = "dt:PlantBox_001/air.temperature"
WAIT_S = 10


class Served:
    """A web process of its own, and a context beside it, as the collector has one."""

    def __init__(self, house, process, url, token, session):
        self.house = house
        self.context = house.context
        self.process = process
        self.url = url
        self.token = token
        self.session = session
        self.clients = []

    def client(self, space, *events, auth=None, **how):
        """Return a connected client and the queue of (event, data) that it gets."""
        got = queue.Queue()
        client = socketio.Client(reconnection=False)
        self.clients.append(client)
        for event in (*events, "connect", "disconnect"):
            client.on(event, _put(got, event), namespace=space)
        headers = how.pop("headers", {})
        client.connect(
            self.url,
            headers=headers,
            auth=auth,
            namespaces=[space],
            transports=how.get("transports", ["websocket"]),
        )
        assert next_of(got, "connect") is not None
        return client, got

    def member(self, space="/live", *events, **how):
        return self.client(space, *events, auth={"token": self.token}, **how)


def _put(got, event):
    def handler(*data):
        got.put((event, data[0] if data else ()))

    return handler


def next_of(got, event):
    """Return the data of the next such event; others are skipped."""
    end = time.monotonic() + WAIT_S
    while True:
        found, data = got.get(timeout=max(0.01, end - time.monotonic()))
        if found == event:
            return data


@pytest.fixture(params=["eventlet", "threading"])
def served(request, config, password_hash, house_class, settled, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    web = msgspec.structs.replace(config.web, port=port, server=request.param)
    config = msgspec.structs.replace(config, web=web)
    clock = SystemClock("always")
    context = Context.open(config, clock)
    settled(context, password_hash)
    _, token = context.appliance.tokens.add("viewer", "viewer", scopes=("read",))
    user = context.appliance.users.named("viewer")
    session = context.appliance.sessions.start(user.id, 86_400)
    path = tmp_path / "effective.json"
    write_effective(config, path)
    process = subprocess.Popen(
        [sys.executable, "-m", "dt", "run", "web"],
        env=os.environ | {"DT_CONFIG": str(path)},
    )
    url = f"http://127.0.0.1:{port}"
    served = Served(house_class(None, context, clock), process, url, token, session)
    try:
        _wait(f"{url}/healthz", process)
        yield served
    finally:
        for client in served.clients:
            client.disconnect()
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=10)
        context.close()
    assert code == 0


def _wait(url, process):
    for _ in range(200):
        assert process.poll() is None, "the web process ended"
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.05)  # a real process starts: there is no clock to turn
    raise AssertionError("the web process does not answer")


def test_a_reading_of_another_process_arrives_and_what_was_missed_too(served):
    client, got = served.member("/live", "readings", "health")
    told = client.call("subscribe", {"signals": [A, "dt:X/y"]}, namespace="/live")
    assert (told["signals"], told["unknown"]) == ([A], ["dt:X/y"])
    now = served.context.clock.now_ms()
    served.house.log(A, [21.5, float("nan")], start=now)
    batch = next_of(got, "readings")
    assert batch["signals"] == [A]
    assert (batch["s"], batch["t"], batch["x"]) == ([0, 0], [now, now + 1000], [21.5, None])
    assert batch["q"] == {"1": "bad"}
    assert next_of(got, "health")["appliance"] == "plantbox-1"
    client.disconnect()
    served.house.log(A, [22.5], start=now + 2000)
    client, got = served.member("/live", "readings", transports=["polling", "websocket"])
    told = {"signals": [A], "since": batch["cursor"]}
    client.call("subscribe", told, namespace="/live")
    missed = next_of(got, "readings")
    assert (missed["x"], missed["catch_up"]) == ([22.5], True)


def test_who_is_nobody_is_refused_and_a_session_cookie_will_do(served):
    for auth in (None, {"token": "dt_wrong"}, {"token": 5}):
        with pytest.raises(socketio.exceptions.ConnectionError):
            served.client("/live", auth=auth)
    cookie = {"Cookie": f"dt_session={served.session}"}
    client, got = served.client("/live", "readings", headers=cookie)
    wrong = client.call("subscribe", {"signals": A}, namespace="/live")
    assert (wrong["status"], wrong["code"]) == (422, "request.invalid")
    served.context.appliance.sessions.end_all(
        served.context.appliance.users.named("viewer").id
    )
    assert next_of(got, "disconnect") is not None


def test_a_page_of_another_origin_is_refused(served):
    with pytest.raises(socketio.exceptions.ConnectionError):
        served.member(headers={"Origin": "https://evil.example"})


def test_plant_clients_get_their_events(served):
    _, got = served.member("/", "connection_status", "temperature")
    assert next_of(got, "connection_status") == {"connected": True}
    now = served.context.clock.now_ms()
    served.house.log(A, [21.5], start=now)
    assert next_of(got, "temperature") == {"value": 21.5, "time": now}


def test_what_happens_is_told(served):
    from dt.store.events import Event

    _, got = served.member("/live", "event")
    time.sleep(1.2)  # the server has to look once to know what is old
    served.context.appliance.events.add(Event(kind="SensorLost", text="no answer"))
    assert next_of(got, "event")["text"] == "no answer"


def test_what_hands_do_is_told(served):
    from dt.store.properties import Property

    _, got = served.member("/live", "property", "health")
    assert next_of(got, "health")  # the server has looked at what is old
    told = Property(twin="dt:PlantBox_001", name="pump", reported="ON")
    served.context.appliance.properties.put(told)
    assert next_of(got, "property")["reported"] == "ON"


def test_what_becomes_of_alerts_is_told_with_how_many_want_somebody(served):
    from dt.rules.alerts import Change, Note, hardware_lost

    _, got = served.member("/live", "alert", "health")
    assert next_of(got, "health")  # the server has looked at what is old
    alerts = served.context.appliance.alerts
    lost = hardware_lost("dt:PlantBox_001", "leaf", 1000, "no answer")
    alerts.raise_(lost)
    told = next_of(got, "alert")
    assert (told["key"], told["calls"], told["calling"]) == (lost.key, 1, 1)
    alerts.change(lost.key, Change.ACKNOWLEDGE, Note(at=2000, by="ada"))
    told = next_of(got, "alert")
    assert (told["change"], told["by"], told["calling"]) == ("acknowledge", "ada", 0)


def test_rubbish_ends_no_server(served):
    for path in ("/socket.io/", "/socket.io/?EIO=4&transport=x", "/socket.io/?EIO=4&sid=1"):
        with pytest.raises(urllib.error.HTTPError) as error:
            urllib.request.urlopen(served.url + path, timeout=5)
        error.value.close()
        assert error.value.code == 400
    client, _ = served.member()
    for data in (None, 5, [], {"signals": [5]}, {"signals": ["*"] * 5000, "since": {}}):
        assert client.call("subscribe", data, namespace="/live")["status"] == 422
    assert client.call("subscribe", {"signals": ["*"], "since": "1:9"}, namespace="/live")
