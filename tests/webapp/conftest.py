"""An app on an empty folder, a clock that stands still, and clients of each role."""

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from flask import session
from flask_wtf.csrf import generate_csrf

from dt import passwords
from dt.config import Appliance as ApplianceConfig
from dt.config import Config, Store, Web
from dt.store.records import ProcessState, SignalRow
from dt.store.twins import Twin
from dt.twin.description import DerivedSpec, SignalSpec, TwinDescription
from dt.twin.quantities import PerSecond
from dt.twin.readings import Readings
from webapp import intake
from webapp.app import create_app
from webapp.auth import first_run
from webapp.context import Context

NOW = 1_790_000_000_000
PASSWORD = "correct horse battery"
TEMPERATURE = "dt:PlantBox_001/air.temperature"
MOISTURE = "dt:PlantBox_001/soil.moisture"


@dataclass
class StillClock:
    """A clock that moves when told to."""

    ms: int = NOW
    seconds: float = 1000.0
    is_trusted: bool = True

    def now_ms(self):
        return self.ms

    def monotonic(self):
        return self.seconds

    def trusted(self):
        return self.is_trusted

    def boot_id(self):
        return "boot"

    def advance(self, seconds):
        self.ms += round(seconds * 1000)
        self.seconds += seconds


@dataclass
class House:
    """An app with its context, and ways to look at it as somebody."""

    app: object
    context: Context
    clock: StillClock
    made: dict = field(default_factory=dict)

    def client(self, role="", **headers):
        """Return a client signed in as a user of this role; empty: nobody."""
        client = self.app.test_client()
        client.environ_base["HTTP_ACCEPT"] = "application/json"
        for name, value in headers.items():
            client.environ_base[f"HTTP_{name.upper()}"] = value
        if role:
            user = self.context.appliance.users.named(role)
            secret = self.context.appliance.sessions.start(user.id, 86400)
            client.set_cookie("dt_session", secret)
            cookie, proof = proof_of(self.app)
            client.set_cookie("dt_form", cookie)
            client.environ_base["HTTP_X_CSRF_TOKEN"] = proof
        return client

    def program(self, role, *scopes):
        """Return a client with a token."""
        name = f"{role}-{len(self.context.appliance.tokens.all())}"
        _, secret = self.context.appliance.tokens.add(name, role, scopes=scopes)
        return self.client(authorization=f"Bearer {secret}")

    def log(self, name, values, *, start=NOW - 60_000, step=1000):
        """Append readings of one signal to the log."""
        signal = self.context.log.signals()[name].id
        values = np.array(values, np.float64)
        code = np.where(np.isnan(values), 2, 0).astype(np.uint16)
        return self.context.log.append(
            Readings(
                signal=np.full(len(values), signal, np.int32),
                observed_at=start + step * np.arange(len(values), dtype=np.int64),
                value=values,
                code=code,
            )
        )


def proof_of(app):
    """Return a cookie of forms and the proof that goes with it, as a page gives them."""
    with app.test_request_context():
        proof = generate_csrf()
        cookie = app.session_interface.get_signing_serializer(app).dumps(dict(session))
    return cookie, proof


PLANT = TwinDescription(
    id="dt:PlantBox_001",
    name="Plant box 1",
    signals={
        "air.temperature": SignalSpec(
            unit="Cel", range=(-40, 80), max_rate=PerSecond(1), title="Air temperature"
        ),
        "air.humidity": SignalSpec(unit="%", range=(0, 100)),
        "soil.moisture": SignalSpec(unit="%", range=(0, 100)),
        "light.intensity": SignalSpec(unit="lx", range=(0, 65535)),
    },
    derived={
        "air.vpd": DerivedSpec(unit="kPa", formula="vpd(air.temperature, air.humidity)")
    },
    models=({"id": "temp", "block": "kalman", "reads": ["air.temperature"]},),
)


@pytest.fixture(scope="session")
def password_hash():
    """What is stored of the password; hashing takes long, so once."""
    return passwords.hashed(PASSWORD)


@pytest.fixture
def clock():
    return StillClock()


@pytest.fixture(scope="session")
def memory():
    """A folder that lies in memory where there is one: each commit waits for the disk."""
    shm = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shm if shm.is_dir() else None) as folder:
        yield Path(folder)


def config_in(folder):
    return Config(
        appliance=ApplianceConfig(id="plantbox-1"),
        data=str(folder / "data"),
        store=Store(live_dir=str(folder / "live")),
        web=Web(max_body=2_000_000),
    )


@pytest.fixture
def config(memory):
    folder = Path(tempfile.mkdtemp(dir=memory))
    yield config_in(folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def shared_app(memory):
    """An app that all tests share; each gives it a context of its own."""
    folder = memory / "shared"
    context = Context.open(config_in(folder), StillClock())
    app = create_app(context.config, context=context)
    context.close()
    return app


def opened(app, context):
    """Give an app a context."""
    app.extensions["dt"] = context
    intake.install(app)
    first_run.prepare(context)
    return app


@pytest.fixture
def bare(config, clock, shared_app):
    """An app without any account."""
    context = Context.open(config, clock)
    yield House(opened(shared_app, context), context, clock)
    context.close()


@pytest.fixture
def house(config, clock, password_hash, shared_app):
    """An app with a user of each role, a plant, and a collector that lives."""
    context = Context.open(config, clock)
    settle(context, password_hash)
    yield House(opened(shared_app, context), context, clock)
    context.close()


@pytest.fixture
def own_house(config, clock, password_hash):
    """Like `house`, with an app of its own that may be changed."""
    context = Context.open(config, clock)
    settle(context, password_hash)
    yield House(create_app(config, context=context), context, clock)
    context.close()


@pytest.fixture
def house_class():
    return House


@pytest.fixture
def settled():
    return settle


def settle(context, password_hash):
    """Put people, a plant and a collector's heartbeat into a store."""
    with context.appliance.database.transaction():
        for role in ("viewer", "operator", "admin"):
            context.appliance.users.add(role, role, password_hash)
    furnish(context)


def furnish(context):
    """Put a plant into the store, and a collector's heartbeat."""
    context.appliance.twins.replace(
        [Twin(file="plant/twin.yaml", id=PLANT.id, description=PLANT)]
    )
    names = [*PLANT.signals.items(), *PLANT.derived.items()]
    context.log.register(
        [
            SignalRow(name=PLANT.full_name(name), twin=PLANT.id, unit=spec.unit)
            for name, spec in names
        ]
    )
    now = context.clock.now_ms()
    context.log.beat(ProcessState(name="collector", pid=1, started_at=now, beat_at=now))
