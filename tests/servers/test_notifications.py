"""Alerts reach real servers through the real process: webhook, ntfy, e-mail, MQTT."""

import email
import json
import os
import queue
import socketserver
import subprocess
import sys
import threading
from contextlib import closing, suppress
from email import policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from dt.channels import Channel, Notify
from dt.clock import SystemClock
from dt.config import Appliance as Me
from dt.config import Config
from dt.notify.notifier import Notifier
from dt.rules.alerts import Alert
from dt.rules.description import Severity
from dt.store.appliance import Appliance
from tests.servers.conftest import free_port

pytestmark = pytest.mark.server
WAIT_S = 30
SECRET = "s3cret-word-that-nobody-may-see"


class Hook(BaseHTTPRequestHandler):
    """A web server that keeps what it is sent."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.put((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


class Tar(Hook):
    """A web server that begins an answer and never ends it."""

    def do_POST(self):
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        with suppress(OSError):
            while not self.server.over.wait(0.5):
                self.wfile.write(b"x")


class Slow(Hook):
    """A web server that thinks before it answers."""

    def do_POST(self):
        self.server.got.put(None)
        self.server.over.wait(WAIT_S)
        super().do_POST()


class Mail(socketserver.StreamRequestHandler):
    """A mail server that takes every letter (RFC 5321, the least of it)."""

    def handle(self):
        self.say("220 sink")
        letter = []
        while line := self.rfile.readline():
            word = line[:4].upper().strip()
            if word == b"DATA":
                self.say("354 go on")
                while (part := self.rfile.readline()) != b".\r\n":
                    letter.append(part)
                self.server.got.put(b"".join(letter))
            if word == b"QUIT":
                self.say("221 bye")
                return
            strange = word == b"RCPT" and b"stranger" in line
            self.say("550 no such user" if strange else "250 sink")

    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())


@pytest.fixture
def serve():
    """Start servers on ports of their own; each keeps what it got in `got`."""
    made = []

    def start(kind, handler, port=0):
        server = kind(("127.0.0.1", port), handler)
        server.got, server.status, server.port = queue.Queue(), 200, server.server_port
        server.over = threading.Event()
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        made.append((server, thread))
        return server

    yield start
    for server, thread in made:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join(10)


class MailServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    @property
    def server_port(self):
        return self.server_address[1]


class Box:
    """An appliance whose controller notices alerts."""

    def __init__(self, folder, **urls):
        channels = {
            name: url if isinstance(url, Channel) else Channel(url=url)
            for name, url in urls.items()
        }
        self.config = Config(
            appliance=Me(id="box", title="Box 7"),
            data=str(folder),
            notify=Notify(channels=channels, language="de", link="https://box.example"),
        )
        self.clock = SystemClock("always")
        self.appliance = Appliance.open(self.config, self.clock)
        self.notifier = Notifier(self.config, self.appliance, self.clock)
        self.notifier.step()

    def raises(self, name="dry", severity=Severity.CRITICAL):
        now, key = self.clock.now_ms(), f"dt:Box/rules/{name}"
        self.appliance.alerts.raise_(
            Alert(
                key=key,
                group=key,
                twin="dt:Box",
                severity=severity,
                text=f"Soil is {name}",
                raised_at=now,
                changed_at=now,
            )
        )

    def send(self):
        """Let the process run to its end."""
        self.notifier.step()
        assert self.notifier._process.wait(WAIT_S) == 0
        self.notifier._look_after()

    def close(self):
        self.notifier.end()
        self.appliance.close()


@pytest.fixture
def box(tmp_path):
    made = []

    def make(**urls):
        made.append(Box(tmp_path, **urls))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_a_webhook_gets_json(serve, box):
    server = serve(ThreadingHTTPServer, Hook)
    house = box(hook=f"json://me:{SECRET}@127.0.0.1:{server.port}/alerts")
    house.raises()
    house.send()
    path, headers, body = server.got.get(timeout=WAIT_S)
    assert path.rstrip("/") == "/alerts"
    assert headers["Authorization"].startswith("Basic ")
    said = json.loads(body)
    assert said["title"] == "Kritisch: dt:Box: Soil is dry"
    assert said["type"] == "failure"
    assert "https://box.example" in said["message"]
    assert "Seit " in said["message"]


def test_ntfy_gets_topic_priority_and_text(serve, box):
    server = serve(ThreadingHTTPServer, Hook)
    house = box(phone=f"ntfy://127.0.0.1:{server.port}/{SECRET}")
    house.raises()
    house.send()
    _, headers, body = server.got.get(timeout=WAIT_S)
    said = json.loads(body)
    assert (said["topic"], said["title"]) == (SECRET, "Kritisch: dt:Box: Soil is dry")
    assert headers["X-Priority"] == "max"
    assert "X-Icon" not in headers


def test_an_e_mail_is_a_letter_from_the_box(serve, box):
    server = serve(MailServer, Mail)
    there = f"127.0.0.1:{server.port}?from=box@example.org&to=grower@example.org"
    house = box(mail=f"mailto://{there}")
    house.raises(severity=Severity.WARNING)
    house.send()
    letter = email.message_from_bytes(server.got.get(timeout=WAIT_S), policy=policy.default)
    assert letter["Subject"] == "Warnung: dt:Box: Soil is dry"
    assert letter["To"].addresses[0].addr_spec == "grower@example.org"
    assert letter["From"].addresses[0].addr_spec == "box@example.org"
    assert "Soil is dry" in letter.get_body(("plain", "html")).get_content()


def test_a_wrong_recipient_of_two_has_no_letters_sent_to_the_other_for_days(serve, box):
    server = serve(MailServer, Mail)
    two = "grower@example.org,stranger@example.org"
    there = f"127.0.0.1:{server.port}?from=box@example.org&to={two}"
    house = box(mail=f"mailto://{there}")
    house.raises()
    house.send()
    for _ in range(3):
        house.appliance.database.run("UPDATE delivery SET next_at=0 WHERE done_at IS NULL")
        house.notifier.step()
        if house.notifier._process is not None:
            assert house.notifier._process.wait(WAIT_S) == 0
    assert server.got.qsize() == 3
    (row,) = house.appliance.deliveries.newest()
    assert row.error.startswith("only some of the recipients have it")


def test_a_server_that_never_ends_its_answer_keeps_no_process(serve, box, tmp_path):
    tar, hook = serve(ThreadingHTTPServer, Tar), serve(ThreadingHTTPServer, Hook)
    house = box(
        a=f"json://127.0.0.1:{tar.port}/{SECRET}", b=f"json://127.0.0.1:{hook.port}/b"
    )
    house.raises()
    house.send()
    rows = house.appliance.deliveries.waiting()
    assert [(row.channel, row.attempts) for row in rows] == [("a", 1)]
    assert "did not finish" in rows[0].error
    assert hook.got.qsize() == 1


def test_who_sends_goes_behind_who_controls(serve, box):
    server = serve(ThreadingHTTPServer, Slow)
    house = box(hook=f"json://127.0.0.1:{server.port}/a")
    house.raises()
    house.notifier.step()
    server.got.get(timeout=WAIT_S)
    pid = house.notifier._process.pid
    assert os.getpriority(os.PRIO_PROCESS, pid) == os.getpriority(os.PRIO_PROCESS, 0) + 10
    assert Path(f"/proc/{pid}/oom_score_adj").read_text() == "500\n"
    server.over.set()
    assert house.notifier._process.wait(WAIT_S) == 0


def test_mqtt_gets_title_and_text(mosquitto, box):
    broker = mosquitto(password="secret")
    got, ready = queue.Queue(), threading.Event()
    listener = paho.Client(CallbackAPIVersion.VERSION2)
    listener.username_pw_set("me", "secret")
    listener.on_message = lambda *args: got.put(args[-1].payload.decode())
    listener.on_subscribe = lambda *_: ready.set()
    listener.connect("127.0.0.1", broker.port)
    listener.subscribe("house/alerts", 1)
    listener.loop_start()
    assert ready.wait(WAIT_S)
    house = box(broker=f"mqtt://me:secret@127.0.0.1:{broker.port}/house/alerts")
    house.raises()
    house.send()
    said = got.get(timeout=WAIT_S)
    listener.disconnect()
    listener.loop_stop()
    assert "Kritisch: dt:Box: Soil is dry" in said
    assert "https://box.example" in said
    assert got.empty()


def test_a_broker_that_refuses_the_password_is_no_success(mosquitto, box):
    broker = mosquitto(password="secret")
    house = box(broker=f"mqtt://me:wrong-one@127.0.0.1:{broker.port}/house/alerts?rto=1")
    house.raises()
    house.send()
    (row,) = house.appliance.deliveries.waiting()
    assert row.attempts == 1
    assert row.error
    assert "wrong-one" not in row.error


def test_what_waits_while_nobody_listens_comes_when_somebody_does(serve, box):
    port = free_port()
    house = box(hook=f"json://127.0.0.1:{port}/{SECRET}")
    for name in ("dry", "cold"):
        house.raises(name)
        house.send()
    rows = house.appliance.deliveries.waiting()
    assert [row.attempts for row in rows] == [2, 0]
    assert SECRET not in rows[0].error
    server = serve(ThreadingHTTPServer, Hook, port)
    house.raises("hot")
    house.send()
    titles = [json.loads(server.got.get(timeout=WAIT_S)[2])["title"] for _ in range(3)]
    assert [title.rpartition(" ")[2] for title in titles] == ["dry", "cold", "hot"]
    assert server.got.empty()
    assert house.appliance.deliveries.waiting() == []


def test_an_answer_that_is_an_error_is_a_failure_without_secrets(serve, box, capfd):
    server = serve(ThreadingHTTPServer, Hook)
    server.status = 500
    house = box(
        hook=f"json://{SECRET}:{SECRET}@127.0.0.1:{server.port}/{SECRET}?x={SECRET}"
    )
    house.raises()
    house.send()
    (row,) = house.appliance.deliveries.waiting()
    out, err = capfd.readouterr()
    assert "500" in row.error
    assert "message not sent, will try again" in err
    assert SECRET not in row.error + out + err


def run(*command):
    return subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=WAIT_S * 2
    )


@pytest.mark.parametrize("status", [200, 403])
def test_a_test_by_hand_says_how_it_went(serve, tmp_path, status):
    server = serve(ThreadingHTTPServer, Hook)
    server.status = status
    (tmp_path / "phone").write_text(f"ntfy://127.0.0.1:{server.port}/{SECRET}\n")
    (tmp_path / "dt.yaml").write_text("notify: {channels: {phone: {url_file: phone}}}\n")
    command = [sys.executable, "-P", "-m", "dt", "--config", str(tmp_path / "dt.yaml")]
    done = subprocess.run(
        [*command, "notify", "test", "phone"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == (0 if status == 200 else 1)
    assert ("sent in" in done.stdout) is (status == 200)
    assert SECRET not in done.stdout + done.stderr
    listed = subprocess.run(
        [*command, "notify", "list"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert listed.stdout.startswith("phone            ntfy 127.0.0.1, from warning")
    assert SECRET not in listed.stdout + listed.stderr


def test_a_second_sender_does_not_send_the_same(serve, box):
    server = serve(ThreadingHTTPServer, Hook)
    house = box(hook=f"json://127.0.0.1:{server.port}/a")
    with closing(Appliance.open(house.config, house.clock)) as other:
        twin = Notifier(house.config, other, house.clock)
        twin.step()
        house.raises()
        house.notifier.step()
        twin.step()
        for one in (house.notifier, twin):
            if one._process is not None:
                one._process.wait(WAIT_S)
        twin.end()
    assert server.got.qsize() == 1
