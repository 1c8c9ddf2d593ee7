"""What is still to be told to people outside: one row for each step and channel.

A row is written before its message is sent (`begin`) and after (`succeeded`, `failed`):
a sender that dies or hangs in between sends it again after the pause, and no sooner.
"""

import msgspec

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
FIRST_PAUSE_MS = 10_000
LAST_PAUSE_MS = 3_600_000
NO_ANSWER = "no answer was noted"
"""What stands for an error from the beginning of an attempt to its end."""
_COLUMNS = "id,step,channel,made_at,attempts,next_at,done_at,error"
_FAR_MS = 90_000_000
"""Nothing waits longer than quiet hours: a time beyond is from before the clock was set."""
_KEPT = 5_000


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A message for one channel.

    Attributes:
        step: Id of the `dt.store.alerts.AlertStep` that is told.
        channel: Name of the channel.
        made_at: UTC ms.
        attempts: How often it was tried, since it last waited for quiet hours to end.
        next_at: UTC ms of the next attempt.
        done_at: UTC ms at which it was sent or given up; None: it waits.
        error: Of the last attempt; with `done_at`: it was given up. `NO_ANSWER`: whoever
            sent it ended before the attempt did.
    """

    id: int
    step: int
    channel: str
    made_at: int
    attempts: int
    next_at: int
    done_at: int | None
    error: str

    @property
    def sent(self) -> bool:
        """Tell whether it was sent."""
        return self.done_at is not None and not self.error


def pause_ms(attempts: int, jitter: float) -> int:
    """Return how long to wait after so many attempts, in ms.

    Args:
        attempts: 1 or more; each pause is twice the one before, 10 s to 1 h.
        jitter: 0–1: which of the times from three to five quarters of it.
    """
    doubled = FIRST_PAUSE_MS << min(max(attempts, 1) - 1, 20)
    return round(min(doubled, LAST_PAUSE_MS) * (0.75 + 0.5 * jitter))


class Deliveries:
    """The table of deliveries; the newest 5,000 are kept."""

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

    def any_due(self, now: int) -> bool:
        """Tell whether something is to be sent at this time (UTC ms)."""
        row = self._database.one(
            "SELECT 1 FROM delivery WHERE done_at IS NULL AND (next_at<=?1 OR next_at>?2)"
            " LIMIT 1",
            now,
            now + _FAR_MS,
        )
        return row is not None

    def due(self, now: int) -> list[Delivery]:
        """Return all that waits on the channels that have something due, oldest first.

        Older messages that wait for their next attempt go before a newer one.
        """
        return self._database.structs(
            Delivery,
            f"SELECT {_COLUMNS} FROM delivery WHERE done_at IS NULL AND channel IN"
            " (SELECT channel FROM delivery WHERE done_at IS NULL"
            " AND (next_at<=?1 OR next_at>?2)) ORDER BY id",
            now,
            now + _FAR_MS,
        )

    def begin(self, delivery: Delivery, jitter: float) -> Delivery:
        """Note that a message is about to be sent, and when it would be tried again."""
        attempts = delivery.attempts + 1
        after = msgspec.structs.replace(
            delivery,
            attempts=attempts,
            error=NO_ANSWER,
            next_at=self._clock.now_ms() + pause_ms(attempts, jitter),
        )
        self._database.run(
            "UPDATE delivery SET attempts=?, error=?, next_at=? WHERE id=?",
            after.attempts,
            after.error,
            after.next_at,
            after.id,
        )
        return after

    def succeeded(self, delivery: Delivery) -> None:
        """Note that a message was sent."""
        self._end(delivery.id, "")

    def failed(self, delivery: Delivery, error: str) -> None:
        """Note why a message was not sent; what is due behind it waits as long."""
        with self._database.transaction() as database:
            database.run("UPDATE delivery SET error=? WHERE id=?", error, delivery.id)
            database.run(
                "UPDATE delivery SET next_at=?1 WHERE channel=?2 AND done_at IS NULL"
                " AND next_at<?1",
                delivery.next_at,
                delivery.channel,
            )

    def gave_up(self, delivery: Delivery, error: str) -> None:
        """Note that a message will not be tried again."""
        self._end(delivery.id, error or "given up")

    def postpone(self, delivery: Delivery, next_at: int) -> None:
        """Let a message wait for the end of quiet hours; its attempts begin anew."""
        if (delivery.attempts, delivery.next_at) != (0, next_at):
            self._database.run(
                "UPDATE delivery SET attempts=0, next_at=? WHERE id=?", next_at, delivery.id
            )

    def waiting(self, channel: str | None = None, limit: int = 200) -> list[Delivery]:
        """Return what is not sent yet, oldest first."""
        return self._database.structs(
            Delivery,
            f"SELECT {_COLUMNS} FROM delivery WHERE done_at IS NULL"
            " AND (?1 IS NULL OR channel=?1) ORDER BY id LIMIT ?2",
            channel,
            limit,
        )

    def newest(self, channel: str | None = None, limit: int = 100) -> list[Delivery]:
        """Return what was sent or given up, newest first."""
        return self._database.structs(
            Delivery,
            f"SELECT {_COLUMNS} FROM delivery WHERE done_at IS NOT NULL"
            " AND (?1 IS NULL OR channel=?1) ORDER BY done_at DESC, id DESC LIMIT ?2",
            channel,
            limit,
        )

    def _end(self, delivery_id: int, error: str) -> None:
        self._database.run(
            "UPDATE delivery SET done_at=?, error=? WHERE id=?",
            self._clock.now_ms(),
            error,
            delivery_id,
        )
