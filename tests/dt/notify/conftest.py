"""A store with an alert to tell, and a clock that stands still."""

import pytest

from dt.channels import Channel, Notify
from dt.config import Appliance as Me
from dt.config import Config
from dt.rules.alerts import Alert
from dt.rules.description import Severity
from dt.store.appliance import Appliance

NOW = 1_790_000_000_000  # 2026-09-21 14:13:20 UTC
KEY = "dt:Box/rules/too-dry"


class Clock:
    def __init__(self):
        self.ms, self.seconds = NOW, 1000.0

    def now_ms(self):
        return self.ms

    def monotonic(self):
        return self.seconds

    def trusted(self):
        return True

    def boot_id(self):
        return "boot"

    def advance(self, seconds):
        self.ms += round(seconds * 1000)
        self.seconds += seconds


def alert(key=KEY, at=NOW, severity=Severity.WARNING, text="Soil is dry"):
    return Alert(
        key=key,
        group=key,
        twin="dt:Box",
        severity=severity,
        text=text,
        raised_at=at,
        changed_at=at,
    )


def configured(folder, **channels):
    found = {n: Channel(url="jsons://hook.example/a", **c) for n, c in channels.items()}
    return Config(
        appliance=Me(id="box", title="The box", timezone="Europe/Berlin"),
        data=str(folder),
        notify=Notify(channels=found, link="https://box.example"),
    )


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def appliance(tmp_path, clock):
    opened = Appliance.open(Config(data=str(tmp_path)), clock)
    yield opened
    opened.close()
