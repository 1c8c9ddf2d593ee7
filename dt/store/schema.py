"""The tables of ``telemetry.db`` (durable) and of ``live.db`` (in memory)."""

from dt.store import sheds
from dt.store.migrations import Schema

TELEMETRY = Schema(
    name="telemetry",
    sql=(
        """CREATE TABLE epoch (
            epoch INTEGER PRIMARY KEY AUTOINCREMENT,
            incarnation TEXT NOT NULL,
            kind TEXT NOT NULL,
            boot TEXT NOT NULL,
            created INTEGER NOT NULL,
            offset_ms INTEGER NOT NULL,
            sealed INTEGER NOT NULL DEFAULT 0,
            shift_ms INTEGER
        )""",
        """CREATE TABLE signal (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            twin TEXT NOT NULL,
            unit TEXT NOT NULL,
            title TEXT NOT NULL
        )""",
        # no AUTOINCREMENT: it would write one more page each second
        """CREATE TABLE journal (
            id INTEGER PRIMARY KEY,
            epoch INTEGER NOT NULL,
            seq0 INTEGER NOT NULL,
            n INTEGER NOT NULL,
            blob BLOB NOT NULL
        )""",
        """CREATE TABLE chunk (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            signal INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            unsynced INTEGER NOT NULL,
            rolled INTEGER NOT NULL,
            seq_min INTEGER NOT NULL,
            seq_max INTEGER NOT NULL,
            t_min INTEGER NOT NULL,
            t_max INTEGER NOT NULL,
            n INTEGER NOT NULL,
            blob BLOB NOT NULL
        )""",
        "CREATE INDEX chunk_time ON chunk(signal, unsynced, rolled, t_max, t_min, n)",
        "CREATE INDEX chunk_seq ON chunk(epoch, seq_max, seq_min)",
        """CREATE INDEX chunk_small ON chunk(epoch, rolled, signal, n, unsynced)
            WHERE n < 4096 AND unsynced = 0""",
        "CREATE INDEX chunk_unsynced ON chunk(epoch, signal) WHERE unsynced = 1",
        """CREATE TABLE rollup (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            signal INTEGER NOT NULL,
            level INTEGER NOT NULL,
            tier INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            t_min INTEGER NOT NULL,
            t_max INTEGER NOT NULL,
            n INTEGER NOT NULL,
            blob BLOB NOT NULL
        )""",
        "CREATE INDEX rollup_time ON rollup(tier, level, signal, t_max, t_min)",
        """CREATE TABLE damaged (
            id INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            what TEXT NOT NULL,
            blob BLOB NOT NULL
        )""",
        "CREATE INDEX rollup_import ON rollup(epoch) WHERE epoch > 0",
        "CREATE INDEX epoch_unfinished ON epoch(epoch) WHERE kind = 'importing'",
        "CREATE INDEX epoch_import ON epoch(epoch, sealed) WHERE kind = 'import'",
        *sheds.TABLE,
    ),
    steps=(sheds.STEP,),
)

LIVE = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID",
    # seq is the number of the last reading in the batch; body: see dt.store.live
    """CREATE TABLE log (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        n INTEGER NOT NULL,
        at INTEGER NOT NULL,
        body BLOB NOT NULL
    )""",
    "INSERT INTO sqlite_sequence (name, seq) VALUES ('log', 0)",
    """CREATE TABLE signal (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        twin TEXT NOT NULL,
        unit TEXT NOT NULL,
        title TEXT NOT NULL,
        revision INTEGER NOT NULL
    )""",
    "CREATE TABLE process (name TEXT PRIMARY KEY, state BLOB NOT NULL) WITHOUT ROWID",
    """CREATE TABLE sensor (
        twin TEXT, sensor TEXT, state BLOB NOT NULL, PRIMARY KEY (twin, sensor)
    ) WITHOUT ROWID""",
)
