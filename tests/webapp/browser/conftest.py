"""A real browser on a real server: Debian's Chromium, an appliance with all states."""

import logging
import os
import runpy
import shutil
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest
from werkzeug.serving import make_server

from dt import passwords
from dt.channels import Channel, Notify
from dt.clock import SystemClock
from dt.config import Appliance as ApplianceConfig
from dt.config import Config, Store
from dt.rules.alerts import hardware_lost
from dt.store.events import Event, Severity
from dt.store.records import ProcessState, SensorState, SignalRow
from dt.store.twins import Twin
from dt.twin.description import DerivedSpec, SensorSpec, SignalSpec, TwinDescription
from dt.twin.quality import Quality, Reason, pack
from dt.twin.quantities import Seconds
from dt.twin.readings import Readings
from webapp.app import create_app
from webapp.context import Context
from webapp.live import Live

HANDS = runpy.run_path(str(Path(__file__).with_name("hands.py")))
PASSWORD = "wet hands and a phone"
PLANT = TwinDescription(
    id="dt:PlantBox_001",
    name="Plant box 1",
    signals={
        "air.temperature": SignalSpec(unit="Cel", title="Air temperature", limits=(18, 28)),
        "air.humidity": SignalSpec(unit="%", title="Humidity", limits=(45, 65)),
        "soil.moisture": SignalSpec(unit="%", title="Soil moisture", limits=(30, None)),
        "light": SignalSpec(unit="lx", title="Light"),
        "leaf.temperature": SignalSpec(unit="Cel", title="Leaf temperature"),
        "tank.level": SignalSpec(unit="%", title="Tank level", stale_after=Seconds(30)),
        "co2": SignalSpec(unit="[ppm]", title="Carbon dioxide"),
    },
    sensors={
        "climate": SensorSpec(
            driver="dht22",
            reads={"temperature": "air.temperature", "humidity": "air.humidity"},
        ),
        "leaf": SensorSpec(driver="mlx90614", reads={"object": "leaf.temperature"}),
    },
    derived={
        "air.vpd": DerivedSpec(unit="kPa", formula="vpd(air.temperature, air.humidity)")
    },
    actuators={"pump": {"driver": "relay"}, "lamp": {"driver": "relay"}},
    rules=(
        {
            "id": "too-dry",
            "when": "soil.moisture < 30",
            "for": "60s",
            "message": "Soil is dry: {soil.moisture} %",
            "then": [{"actuator": "pump", "command": "ON", "duration": "10s"}],
        },
        {"id": "warm", "kind": "threshold", "signal": "air.temperature", "above": 35},
    ),
    routines=(
        {"id": "dawn", "at": "06:00", "then": [{"actuator": "lamp", "command": "ON"}]},
    ),
)
PLANT = HANDS["with_hands"](PLANT)
CHANNELS = Notify(
    channels={
        "phone": Channel(
            url="ntfys://ntfy.example.org/topic",
            severity="notice",
            quiet="22:00-06:00",
            cleared=True,
        ),
        "office": Channel(url="mailtos://a:b@smtp.example.org", twins=("dt:PlantBox_*",)),
        "hall": Channel(url_file="/nowhere/hall"),
    }
)
OTHER = TwinDescription(id="dt:Site_001", name="Site")


def _browser():
    return shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def chromium():
    """Debian's Chromium; installed when we may, else skipped with a reason."""
    if _browser() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=False)
    path = _browser()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("there is no Chromium: apt install chromium")
        pytest.skip("there is no Chromium: apt install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


class Site:
    """A served appliance."""

    def __init__(self, folder, *, furnished):
        clock = SystemClock("always")
        config = Config(
            appliance=ApplianceConfig(id="plantbox-1", timezone="Europe/Berlin"),
            data=str(folder / "data"),
            store=Store(live_dir=str(folder / "live")),
            notify=CHANNELS if furnished else Notify(),
        )
        self.context = Context.open(config, clock)
        if furnished:
            self.context.appliance.users.add("anna", "admin", passwords.hashed(PASSWORD))
            self.context.appliance.users.add("vera", "viewer", passwords.hashed(PASSWORD))
            furnish(self.context)
            HANDS["furnish"](self.context)
        app = create_app(config, context=self.context)
        live = Live(app, self.context, "threading")
        live.start()
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.server = make_server("127.0.0.1", 0, live.wsgi, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def say(self, name, value, code=0):
        """Append one reading of now."""
        ids = self.context.log.signals()
        now = self.context.clock.now_ms()
        self.context.log.append(_column(ids[name].id, [now], [value], code))

    def close(self):
        self.server.shutdown()


def _column(signal, times, values, code=0):
    return Readings(
        signal=np.full(len(times), signal, np.int32),
        observed_at=np.array(times, np.int64),
        value=np.array(values, np.float64),
        code=np.full(len(times), code, np.uint16),
    )


def _tell(deliveries):
    """Send a message on one channel, fail on another."""
    for step, channel in ((1, "phone"), (1, "office"), (2, "office")):
        deliveries.add(step, channel, 0)
    deliveries.succeeded(deliveries.waiting("phone")[0])
    tried = deliveries.begin(deliveries.waiting("office")[0], 0.5)
    deliveries.failed(tried, "A Connection error occurred sending e-mail")


def furnish(context):
    """Put a plant with a signal in each state, a broken file, notes and events there."""
    context.appliance.twins.replace(
        [
            Twin(file="twins/plant/twin.yaml", id=PLANT.id, description=PLANT),
            Twin(file="twins/site/twin.yaml", id=OTHER.id, description=OTHER),
            Twin(
                file="twins/odd/twin.yaml",
                id="dt:Odd_001",
                error="twins/odd/twin.yaml:4: signals.a.unit: saw 'Celsius', expected a"
                " UCUM unit (did you mean Cel?)",
            ),
        ]
    )
    _tell(context.appliance.deliveries)
    specs = {**PLANT.signals, **PLANT.derived}
    ids = context.log.register(
        [
            SignalRow(name=PLANT.full_name(key), twin=PLANT.id, unit=spec.unit)
            for key, spec in specs.items()
        ]
    )
    now = context.clock.now_ms()
    times = np.arange(now - 7_200_000, now, 20_000)
    times = times[(times < now - 4_000_000) | (times > now - 3_400_000)]
    wave = np.sin(np.arange(len(times)) / 40)
    worlds = {
        "air.temperature": 22 + 2 * wave,
        "air.humidity": 52 - 5 * wave,
        "soil.moisture": 33 - np.arange(len(times)) * 0.02,
        "light": 6000 + 2500 * wave,
        "leaf.temperature": 21 + wave,
        "air.vpd": 1 + 0.2 * wave,
    }
    for key, values in worlds.items():
        until = now - 200_000 if key == "leaf.temperature" else now
        kept = times < until
        column = _column(ids[PLANT.full_name(key)], times[kept], values[kept])
        context.log.append(column)
    uncertain = pack(Quality.UNCERTAIN, Reason.STUCK)
    context.log.append(_column(ids[PLANT.full_name("light")], [now], [6100.0], uncertain))
    tank = ids[PLANT.full_name("tank.level")]
    context.log.append(_column(tank, [now - 900_000, now - 600_000], [71.0, 70.0]))
    _happen(context, now)


def _happen(context, now):
    lost = SensorState(
        twin=PLANT.id,
        sensor="leaf",
        driver="mlx90614",
        bus="i2c-1 0x5a",
        condition="lost",
        since=now - 180_000,
        code="hardware.absent",
        message="no I2C device acknowledges address 0x5a",
    )
    context.log.set_sensor(lost)
    good = SensorState(twin=PLANT.id, sensor="climate", driver="dht22", condition="ok")
    context.log.set_sensor(good)
    beat = ProcessState(name="collector", pid=1, started_at=now - 60_000, beat_at=now)
    context.log.beat(beat)
    event = Event(
        kind="SensorLost",
        severity=Severity.WARNING,
        twin=PLANT.id,
        source="leaf",
        text="Sensor leaf lost: no answer at 0x5a",
    )
    context.appliance.events.add(event)
    _alarm(context, now)
    target = PLANT.full_name("soil.moisture")
    context.appliance.notes.add(target, now - 1_800_000, "watered by hand", "anna")


def _alarm(context, now):
    """Raise the alert of a lost sensor; that of a rule comes with the hands."""
    context.appliance.alerts.raise_(
        hardware_lost(PLANT.id, "leaf", now - 180_000, "no answer at 0x5a")
    )
    after = {"name": "anna", "role": "admin"}
    context.appliance.audit.add("anna", "user.add", "anna", None, after)


@pytest.fixture(scope="session")
def site(tmp_path_factory, chromium):
    """An appliance in use."""
    made = Site(tmp_path_factory.mktemp("site"), furnished=True)
    yield made
    made.close()


@pytest.fixture(scope="session")
def bare_site(tmp_path_factory, chromium):
    """An appliance that nobody has set up."""
    made = Site(tmp_path_factory.mktemp("bare"), furnished=False)
    yield made
    made.close()


@pytest.fixture(scope="session")
def signed_in(chromium, site):
    """What the browser keeps after signing in."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(site.url + "/sign-in")
    page.fill("#name", "anna")
    page.fill("#password", PASSWORD)
    page.click("button.main")
    page.wait_for_url(site.url + "/")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def window(chromium, signed_in):
    """Open windows of a size and theme; each page must leave the console clean."""
    opened, said = [], []

    def make(width=1280, height=860, theme="light", **options):
        options = {"storage_state": signed_in, "color_scheme": theme, **options}
        context = chromium.new_context(
            viewport={"width": width, "height": height}, **options
        )
        opened.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
        return page

    yield make
    for context in opened:
        context.close()
    noise = ("status of 4", "WebSocket", "ERR_INTERNET_DISCONNECTED")
    assert [text for text in said if not any(word in text for word in noise)] == []
