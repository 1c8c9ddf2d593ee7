"""What is still to be told to people outside: one row for each step and channel."""

from dt.clock import Clock
from dt.store.database import Database

TABLE = (
    (
        "CREATE TABLE delivery(id INTEGER PRIMARY KEY AUTOINCREMENT, step INTEGER NOT NULL,"
        " channel TEXT NOT NULL, made_at INTEGER NOT NULL, attempts INTEGER NOT NULL,"
        " next_at INTEGER NOT NULL, done_at INTEGER, error TEXT NOT NULL,"
        " UNIQUE(step, channel))"
    ),
    "CREATE INDEX delivery_due ON delivery(next_at) WHERE done_at IS NULL",
)
_KEPT = 5_000


class Deliveries:
    """The table of deliveries; the newest 5,000 are kept.

    `step` is the id of a `dt.store.alerts.AlertStep` that began to call somebody.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, step: int, channel: str, next_at: int) -> None:
        """Note that a step is to be told on a channel; again does nothing.

        Args:
            step: Id of the step.
            channel: Name of the channel.
            next_at: UTC ms of the first attempt: later in quiet hours.
        """
        with self._database.transaction() as database:
            database.run(
                "INSERT OR IGNORE INTO delivery(step,channel,made_at,attempts,next_at,"
                "error) VALUES(?,?,?,0,?,'')",
                step,
                channel,
                self._clock.now_ms(),
                next_at,
            )
            database.run(
                "DELETE FROM delivery WHERE id<=(SELECT max(id) FROM delivery)-?", _KEPT
            )
