"""A damaged appliance.db: life goes on, and nobody comes in who should not."""

import random
import sqlite3
from contextlib import closing

import pytest

from dt.errors import CorruptError
from dt.store import damage
from dt.store.appliance import Appliance
from dt.store.calibrations import Kind
from dt.store.control import Mode
from dt.store.events import Event, Severity
from dt.store.twins import Twin

HASH = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$" + "A" * 43


@pytest.fixture
def path(config):
    return config.data_dir / "appliance.db"


@pytest.fixture
def filled(config, clock, path):
    """An appliance with people, tokens and things to keep; returns what it held."""
    opened = Appliance.open(config, clock)
    with opened.database.transaction():
        opened.users.add_first("Ann", HASH)
        for number in range(20):
            opened.users.add(f"viewer {number}", "viewer", HASH)
            opened.tokens.add(f"token {number}", "operator", scopes=("readings:write",))
            opened.settings.set(f"setting.{number}", {"text": "x" * 60})
        for number in range(300):
            opened.audit.add("Ann", "user.role", f"viewer {number}", {"a": 1}, {"a": 2})
            opened.events.add(Event(kind="SensorLost", text=f"event {number}"))
        opened.calibrations.add("dt:A/b", Kind.OFFSET, points=((1.0, 2.0),), author="Ann")
        opened.twins.replace([Twin(file="a/twin.yaml", id="dt:A", error="broken")])
    secret = opened.sessions.start(1, 1e6)
    held = people(opened), tokens(opened), audit(opened)
    opened.close()
    return held, secret


def people(appliance):
    return {(u.id, u.name, u.role, u.password_hash) for u in appliance.users.all()}


def tokens(appliance):
    return {(t.id, t.name, t.role, t.scopes) for t in appliance.tokens.all()}


def audit(appliance):
    return {(e.id, e.target) for e in appliance.audit.newest(1000)}


def overwrite(path, chance, count, *, first=1):
    size = 4096
    pages = path.stat().st_size // size
    with path.open("r+b") as file:
        for page in chance.sample(range(first, pages), count):
            file.seek(page * size)
            file.write(chance.randbytes(size))


@pytest.mark.parametrize("seed", range(30))
def test_damaged_pages_cost_only_what_was_on_them(filled, config, clock, path, seed):
    (users, keys, entries), secret = filled
    overwrite(path, random.Random(seed), 6, first=seed % 2)
    with closing(Appliance.open(config, clock)) as opened:
        assert people(opened) <= users
        assert tokens(opened) <= keys
        assert audit(opened) <= entries
        event = opened.events.newest(1)[0]
        if event.kind != "ApplianceSetAside":  # nothing that is in use was hit
            assert people(opened) == users
            return
        assert event.severity == Severity.CRITICAL
        assert "dt restore" in event.text
        assert opened.sessions.find(secret) is None
        assert opened.users.has_admin() or "no admin is left" in event.text
        assert len(damage.names(path)) == 1
        opened.audit.add("Ann", "user.add", "new")
        assert opened.audit.newest(1)[0].target == "new"
        assert audit(opened) - entries  # its number was not given before
    with closing(Appliance.open(config, clock)):
        assert len(damage.names(path)) == 1  # it is whole now


@pytest.mark.usefixtures("filled")
def test_a_damaged_page_of_events_costs_no_user_and_no_token(config, clock, path):
    with closing(sqlite3.connect(path)) as database:
        (root,) = database.execute(
            "SELECT rootpage FROM sqlite_master WHERE name='event'"
        ).fetchone()
    data = bytearray(path.read_bytes())
    data[(root - 1) * 4096 : root * 4096] = bytes(4096)
    path.write_bytes(data)
    with closing(Appliance.open(config, clock)) as opened:
        assert len(opened.users.all()) == 21
        assert len(opened.tokens.all()) == 20
        assert opened.settings.get("setting.3", {}) == {"text": "x" * 60}
        assert opened.calibrations.current("dt:A/b").points == ((1.0, 2.0),)
        (event,) = opened.events.newest()
        assert event.id > 300  # no number is given twice
        assert "21 of user" in event.text


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("content", [b"", random.Random(1).randbytes(9000)])
def test_a_file_of_rubbish_is_a_new_appliance(config, clock, path, content):
    path.write_bytes(content)
    path.with_name("appliance.db-wal").unlink(missing_ok=True)
    with closing(Appliance.open(config, clock)) as opened:
        assert opened.users.all() == []
        assert not opened.users.has_admin()
        assert bool(content) == bool(opened.events.newest())


@pytest.mark.usefixtures("filled")
def test_a_lost_schema_is_taken_from_a_new_file(config, clock, path):
    data = bytearray(path.read_bytes())
    data[:4096] = random.Random(2).randbytes(4096)
    path.write_bytes(data)
    with closing(Appliance.open(config, clock)) as opened:
        assert len(opened.users.all()) == 21
        assert opened.users.named("ann").role == "admin"


@pytest.mark.parametrize(
    "change",
    [
        "role='adm' || char(1) || 'n'",
        "password_hash='x' || substr(password_hash, 2)",
        "name='Bob'",
        "name=CAST(x'ff41' AS TEXT)",
    ],
)
@pytest.mark.usefixtures("filled")
def test_a_doubtful_admin_is_not_saved(config, clock, path, change):
    opened = Appliance.open(config, clock)
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"UPDATE user SET {change} WHERE id=1")
        database.commit()
    overwrite_one_index(path)
    with closing(opened), closing(Appliance.open(config, clock)) as second:
        assert second.users.named("Ann") is None
        assert second.users.named("Bob") is None
        assert not second.users.has_admin()
        assert len(second.users.all()) == 20


def overwrite_one_index(path):
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (root,) = database.execute(
            "SELECT rootpage FROM sqlite_master WHERE name='audit_target'"
        ).fetchone()
    with path.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(bytes(4096))


@pytest.mark.usefixtures("filled")
def test_damage_found_while_it_runs_is_mended_for_all_processes(config, clock, path):
    ours, others = Appliance.open(config, clock), Appliance.open(config, clock)
    with closing(ours), closing(others):
        with closing(sqlite3.connect(path)) as database:
            database.execute("UPDATE token SET scopes='[' WHERE id=7")
            database.commit()
        version = others.database.version()
        with pytest.raises(CorruptError):
            ours.tokens.all()
        assert len(ours.tokens.all()) == 19
        assert len(others.tokens.all()) == 19
        assert others.database.version() != version
        others.users.set_disabled(3, disabled=True)
        assert ours.users.get(3).disabled
    assert len(damage.names(path)) == 1


@pytest.mark.usefixtures("filled")
def test_a_lost_lock_out_leaves_the_twins_to_people(config, clock, path):
    with closing(Appliance.open(config, clock)) as opened:
        opened.control.set_mode("dt:A", Mode.AUTOPILOT, "Ann")
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (root,) = database.execute(
            "SELECT rootpage FROM sqlite_master WHERE name='lockout'"
        ).fetchone()
    with path.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\x55" * 4096)
    with closing(Appliance.open(config, clock)) as opened:
        assert opened.control.mode("dt:A").mode == Mode.MANUAL
        assert "manual mode" in opened.events.newest(1)[0].text
