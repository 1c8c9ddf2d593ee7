"""Files of older versions are brought up to date, and newer ones are refused."""

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from dt.store import appliance
from dt.store.appliance import Appliance
from dt.store.migrations import Schema, Step, bring_up_to_date, version_of
from dt.store.schema import TELEMETRY

DATABASES = Path(__file__).parent / "databases"
SCHEMAS = {"appliance": appliance.SCHEMA, "telemetry": TELEMETRY}


def shape(connection):
    """Tables with their columns, and indexes and triggers with theirs."""
    found = {}
    query = "SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
    for kind, name in connection.execute(query):
        if name == "_sqlite_migrations" or name.startswith("idx__sqlite_migrations"):
            continue
        pragma = "index_info" if kind == "index" else "table_info"
        columns = connection.execute(f"PRAGMA {pragma}({name})").fetchall()
        found[kind, name] = {(c[1], *c[2:5]) if kind == "table" else c[2] for c in columns}
    return found


@pytest.mark.parametrize("path", sorted(DATABASES.glob("*.db")), ids=lambda path: path.name)
def test_an_old_file_becomes_what_a_new_one_is(path, tmp_path):
    schema = SCHEMAS[path.name.split(".")[0]]
    shutil.copy(path, tmp_path / path.name)
    old = sqlite3.connect(tmp_path / path.name, isolation_level=None)
    new = sqlite3.connect(":memory:", isolation_level=None)
    bring_up_to_date(old, schema, path)
    bring_up_to_date(new, schema, path)
    assert shape(old) == shape(new)
    assert version_of(old) == version_of(new) == schema.version
    assert old.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    names = [name for (name,) in old.execute("SELECT name FROM _sqlite_migrations")]
    assert set(names) == {step.name for step in schema.steps[-len(names) :]}
    old.close()
    new.close()


def test_each_older_version_of_each_file_is_tried():
    for name, schema in SCHEMAS.items():
        for version in range(1, schema.version):
            assert (DATABASES / f"{name}.v{version}.db").exists()


def test_the_rows_of_an_old_appliance_are_still_there(config, clock):
    config.data_dir.mkdir()
    shutil.copy(DATABASES / "appliance.v1.db", config.data_dir / "appliance.db")
    opened = Appliance.open(config, clock)
    ann = opened.users.named("ann")
    assert (ann.role, ann.password_at) == ("admin", ann.created_at)
    assert opened.notes.between(0, 2**62)[0].text == "window opened"
    assert opened.audit.newest()[0].target == "Ann"
    opened.close()


def test_a_step_that_fails_leaves_the_file_at_the_step_before(tmp_path):
    path = tmp_path / "trial.db"
    connection = sqlite3.connect(path, isolation_level=None)
    bring_up_to_date(connection, Schema(name="trial", sql=("CREATE TABLE t(x)",)), path)
    good = Step(version=2, name="y", sql=("ALTER TABLE t ADD COLUMN y",))
    bad = Step(version=3, name="z", sql=("ALTER TABLE t ADD COLUMN z", "not sql"))
    with pytest.raises(sqlite3.OperationalError):
        bring_up_to_date(connection, Schema(name="trial", sql=(), steps=(good, bad)), path)
    columns = [row[1] for row in connection.execute("PRAGMA table_info(t)")]
    assert (version_of(connection), columns) == (2, ["x", "y"])
    better = Step(version=3, name="z", sql=("ALTER TABLE t ADD COLUMN z",))
    before = bring_up_to_date(
        connection, Schema(name="trial", sql=(), steps=(good, better)), path
    )
    assert (before, version_of(connection)) == (2, 3)
    connection.close()


def test_a_new_file_needs_no_sqlite_utils(tmp_path):
    script = (
        "import sys; from dt.config import Config\n"
        "from dt.store.appliance import Appliance\n"
        "Appliance.open(Config(data=sys.argv[1])).close();"
        "assert 'sqlite_utils' not in sys.modules"
    )
    for _ in range(2):
        subprocess.run([sys.executable, "-P", "-c", script, tmp_path], check=True)
