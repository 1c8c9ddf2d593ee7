"""From a sensor to a telephone: a rule fires, and somebody outside is told."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import msgspec
import pytest

from dt.channels import Channel, Notify
from dt.commands.up import write_effective

pytestmark = [pytest.mark.slow, pytest.mark.server]

BOX = """\
"@id": dt:Box_001
name: Box
signals: {air: {unit: Cel}}
sensors: {climate: {driver: sht31, every: 1s, reads: {temperature: air}}}
actuators: {fan: {driver: fan, pin: 24}}
rules:
  - {id: mild, when: "air < 60", message: "Air is mild: {air} Cel",
     then: [{actuator: fan, command: ON, duration: 2s}]}
"""


@pytest.fixture
def telephone():
    """A web server that keeps what it is told."""
    got = []

    class Ear(BaseHTTPRequestHandler):
        def do_POST(self):
            length = int(self.headers["Content-Length"])
            got.append(json.loads(self.rfile.read(length)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Ear)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port, got
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_rule_that_fires_is_told_outside_once(make_appliance, telephone):
    port, got = telephone
    appliance = make_appliance({"box": BOX})
    channel = Channel(url=f"json://127.0.0.1:{port}")
    told = Notify(channels={"me": channel})
    write_effective(msgspec.structs.replace(appliance.config, notify=told), appliance.file)
    appliance.start()
    appliance.wait(lambda: bool(got), "tells somebody", 60)
    assert "Air is mild" in json.dumps(got[0])
    assert "Box" in json.dumps(got[0])
    appliance.stop()
    assert len(got) == 1
