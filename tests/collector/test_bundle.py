import json
import tarfile

import pytest

from collector import bundle
from collector.doctor import Report
from dt.config import Config
from dt.hardware.chip import VirtualTime
from dt.twin.description import SensorSpec, TwinDescription
from dt.twin.reader import TwinSet


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"password": "x"}, {"password": "(hidden)"}),
        (
            {"broker": {"api_key": "x", "port": 1}},
            {"broker": {"api_key": "(hidden)", "port": 1}},
        ),
        ([{"Token": ["a", "b"]}], [{"Token": ["(hidden)", "(hidden)"]}]),
        ({"url": "mqtt://me:pw@host:1883/x"}, {"url": "mqtt://(hidden)@host:1883/x"}),
        ({"password": ""}, {"password": ""}),
        (
            {"secure_cookies": False, "author": "me"},
            {"secure_cookies": False, "author": "(hidden)"},
        ),
        ({"title": "a token of love"}, {"title": "a token of love"}),
    ],
)
def test_what_may_be_secret_is_hidden(value, expected):
    assert bundle.redacted(value) == expected


def test_log_lines_lose_their_secrets_and_nothing_else():
    text = 'level=info mqtt_password="a b" url=amqp://u:p@h token: abc port=5\n'
    hidden = bundle.redacted_text(text)
    assert "a b" not in hidden
    assert "u:p" not in hidden
    assert "abc" not in hidden
    assert "port=5" in hidden
    assert "level=info" in hidden


def test_the_archive_holds_what_helps_and_no_secret(tmp_path):
    config = Config(data=str(tmp_path), hardware="sim")
    options = {"host": "broker", "password": "hunter2"}
    sensor = SensorSpec(driver="mqtt", options=options)
    twin = TwinDescription(id="dt:Box_001", name="Box", sensors={"m": sensor})
    known = TwinSet(twins=(twin,), broken=())
    report = Report(appliance="box", hardware="sim", well=True, checks=(), found=())
    path = tmp_path / "b.tar.gz"
    bundle.write(path, config, known, report, VirtualTime())
    with tarfile.open(path) as archive:
        parts = {
            member.name.split("/")[1]: archive.extractfile(member).read()
            for member in archive.getmembers()
        }
    assert set(parts) == {
        "config.json",
        "twins.json",
        "doctor.json",
        "versions.json",
        "health.json",
        "log.txt",
    }
    assert b"hunter2" not in b"".join(parts.values())
    assert json.loads(parts["config.json"])["store"]["durable_every"] == 1
    assert json.loads(parts["twins.json"])[0]["sensors"]["m"]["options"]["host"] == "broker"
    assert json.loads(parts["health.json"]) == {"store": "none yet"}
    assert "numpy" in json.loads(parts["versions.json"])["packages"]
