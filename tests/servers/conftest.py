import os
import shutil
import socket
import subprocess
import time

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion


def program(name: str) -> str:
    """Return the path of a program; without it skip here, but fail where CI runs."""
    found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail(f"{name} is not installed: expected scripts/test-servers to do it")
    if found is None:
        pytest.skip(f"{name} is not installed; sh scripts/test-servers installs it")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Mosquitto:
    """A broker of its own on a free port, that can be killed and started again."""

    def __init__(self, folder, tls=False, password=""):
        self.program = program("mosquitto")
        self.folder = folder
        self.port = free_port()
        self.tls = tls
        lines = [
            f"listener {self.port} 127.0.0.1",
            "persistence true",
            f"persistence_location {folder}/",
            "autosave_interval 1",
            "autosave_on_changes true",
            "user root",
        ]
        if tls:
            self.make_certificates()
            lines += [
                f"cafile {folder}/ca.crt",
                f"certfile {folder}/server.crt",
                f"keyfile {folder}/server.key",
            ]
        if password:
            subprocess.run(
                [
                    program("mosquitto_passwd"),
                    "-b",
                    "-c",
                    str(folder / "passwd"),
                    "me",
                    password,
                ],
                check=True,
                capture_output=True,
            )
            (folder / "passwd").chmod(0o600)
            lines += ["allow_anonymous false", f"password_file {folder}/passwd"]
        else:
            lines.append("allow_anonymous true")
        (folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")
        self.process = None
        self.start()

    def make_certificates(self):
        openssl = program("openssl")

        def run(*arguments):
            subprocess.run(
                [openssl, *arguments], cwd=self.folder, check=True, capture_output=True
            )

        new = ("req", "-newkey", "rsa:2048", "-nodes", "-days", "2")
        run(*new, "-x509", "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=test CA")
        run(*new, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=127.0.0.1")
        (self.folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
        sign = ("x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key")
        run(
            *sign,
            "-CAcreateserial",
            "-days",
            "2",
            "-extfile",
            "names",
            "-out",
            "server.crt",
        )

    def start(self):
        self.process = subprocess.Popen(
            [self.program, "-c", str(self.folder / "mosquitto.conf")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + 10
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.02)
            else:
                return
        raise AssertionError("mosquitto did not start")

    def kill(self):
        self.process.kill()
        self.process.wait(10)

    def publish(self, *messages, qos=1, retain=False):
        """Publish (topic, payload) pairs and wait until the broker has them."""
        client = paho.Client(CallbackAPIVersion.VERSION2)
        if self.tls:
            client.tls_set(ca_certs=str(self.folder / "ca.crt"))
        if (self.folder / "passwd").exists():
            client.username_pw_set("me", "secret")
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        for sent in [client.publish(*message, qos, retain) for message in messages]:
            sent.wait_for_publish(20)
        client.disconnect()
        client.loop_stop()


@pytest.fixture
def mosquitto(tmp_path):
    made = []

    def make(**options):
        folder = tmp_path / f"broker{len(made)}"
        folder.mkdir()
        made.append(Mosquitto(folder, **options))
        return made[-1]

    yield make
    for broker in made:
        broker.kill()
