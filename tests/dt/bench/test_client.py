import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from dt.bench.client import Client


class Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        said = f"{self.headers['Authorization']} {self.path} {body.decode()}".encode()
        self.send_response(201)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with HTTPServer(("127.0.0.1", 0), Echo) as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def test_a_client_is_signed_in_and_keeps_its_connection(server):
    with Client(f"http://127.0.0.1:{server.server_port}", "secret") as client:
        for _ in range(2):
            assert client.call("POST", "/a", b"x") == (201, b"Bearer secret /a x")


def test_nobody_at_the_address_is_an_error_of_the_connection(server):
    with (
        Client("http://127.0.0.1:1", "secret") as client,
        pytest.raises(ConnectionRefusedError),
    ):
        client.call("GET", "/")
