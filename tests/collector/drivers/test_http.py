import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest

from collector.drivers.http import Http, HttpOptions
from collector.seam import Context, Sensor, Source
from collector.simulators.http import Http as Logger


class Appliance(BaseHTTPRequestHandler):
    """Answers a push with the next status, and keeps what it got."""

    statuses: ClassVar[list] = []
    batches: ClassVar[list] = []
    tokens: ClassVar[list] = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.batches.append(json.loads(body))
        self.tokens.append(self.headers["Authorization"])
        self.send_response(self.statuses.pop(0) if self.statuses else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Keep quiet."""


@pytest.fixture
def appliance():
    Appliance.statuses, Appliance.batches, Appliance.tokens = [], [], []
    server = HTTPServer(("127.0.0.1", 0), Appliance)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def logger(url, count, **more):
    made = Logger(url=url, token="t0", signal="dt:T/a", unit="Cel", **more)
    for n in range(count):
        made.measure(1000 + n * 10, float(n))
    return made


def test_the_driver_declares_its_signals_and_neither_asks_nor_tells(clock):
    context = Context(twin="dt:T", sensor="s", reads={"a": "x"}, media_dir="", twin_dir="")
    driver = Http(HttpOptions(), None, clock, context)
    assert driver.signals == ("dt:T/x",)
    assert not isinstance(driver, Sensor)
    assert not isinstance(driver, Source)


def test_a_client_sends_columns_in_batches(appliance):
    client = logger(appliance, 5, most=2)
    assert client.push()
    assert client.stored == 5
    first = Appliance.batches[0]
    assert first["signals"] == [{"id": "dt:T/a", "unit": "Cel"}]
    assert (first["t0"], first["dt"], first["x"]) == (1000, [0, 10], [0.0, 1.0])
    assert [b["n"] for b in Appliance.batches] == [2, 2, 1]
    assert Appliance.tokens[0] == "Bearer t0"


@pytest.mark.parametrize("status", [429, 500, 503, 507])
def test_what_is_refused_for_now_is_sent_again(appliance, status):
    Appliance.statuses = [status]
    client = logger(appliance, 3)
    assert not client.push()
    assert client.push()
    assert (client.stored, client.refused) == (3, 0)


@pytest.mark.parametrize("status", [401, 403, 404, 422])
def test_what_is_refused_for_good_is_dropped_and_counted(appliance, status):
    Appliance.statuses = [status]
    client = logger(appliance, 3)
    assert client.push()
    assert (client.stored, client.refused) == (0, 3)


def test_an_appliance_that_is_not_there_loses_nothing(appliance):
    client = logger("http://127.0.0.1:1", 3)
    assert not client.push()
    client.url = appliance
    assert client.push()
    assert client.stored == 3
