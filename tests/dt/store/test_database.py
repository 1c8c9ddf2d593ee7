"""One SQLite file, opened carefully."""

import sqlite3
import stat
import threading

import pytest

from dt.errors import CorruptError, SchemaError, StoreBusyError, StoreError
from dt.store import database as module
from dt.store.database import Database
from dt.store.migrations import Schema

SCHEMA = Schema(name="trial", sql=("CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT)",))


@pytest.fixture
def database(tmp_path):
    opened = Database(tmp_path / "trial.db", SCHEMA)
    yield opened
    opened.close()


def test_only_owner_and_group_may_read_the_file(database):
    mode = stat.S_IMODE(database.path.stat().st_mode)
    assert mode & 0o007 == 0
    assert mode & 0o600 == 0o600


def test_what_is_committed_is_there_for_another_process(database):
    database.insert("INSERT INTO t(x) VALUES(?)", "a")
    other = Database(database.path, SCHEMA)
    before = other.version()
    assert other.all("SELECT x FROM t") == [("a",)]
    database.insert("INSERT INTO t(x) VALUES(?)", "b")
    assert other.version() != before
    other.close()


def test_a_transaction_that_fails_leaves_nothing(database):
    def attempt():
        with database.transaction():
            database.insert("INSERT INTO t(x) VALUES('a')")
            with database.transaction():
                database.insert("INSERT INTO t(x) VALUES('b')")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        attempt()
    assert database.all("SELECT * FROM t") == []


def test_many_threads_write_at_once(database):
    def write():
        for _ in range(20):
            with database.transaction():
                row = database.one("SELECT count(*) FROM t")
                database.insert("INSERT INTO t(x) VALUES(?)", str(row[0]))

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [int(x) for (x,) in database.all("SELECT x FROM t ORDER BY id")]
    assert found == list(range(80))


def test_a_held_lock_is_told_as_busy(database, monkeypatch):
    holder = sqlite3.connect(database.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    database.run("PRAGMA busy_timeout=1")
    with pytest.raises(StoreBusyError, match=r"trial\.db is held"):
        database.insert("INSERT INTO t(x) VALUES('a')")
    holder.close()


def test_a_wrong_statement_is_an_error_of_the_store(database):
    with pytest.raises(StoreError, match="no such table"):
        database.all("SELECT * FROM absent")


def test_a_file_that_is_no_database_is_told_as_damaged(tmp_path):
    path = tmp_path / "trial.db"
    path.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(CorruptError, match=r"trial\.db is damaged"):
        Database(path, SCHEMA)


def test_a_file_of_a_newer_program_is_left_alone(tmp_path):
    path = tmp_path / "trial.db"
    with sqlite3.connect(path) as newer:
        newer.execute("PRAGMA user_version=9")
    newer.close()
    with pytest.raises(SchemaError, match="version 9; this program knows 1"):
        Database(path, SCHEMA)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot use"):
        Database(tmp_path / "file" / "trial.db", SCHEMA)


def test_json_of_equal_values_is_equal():
    assert module.json_of({"b": 1, "a": (2,)}) == module.json_of({"a": [2], "b": 1})
