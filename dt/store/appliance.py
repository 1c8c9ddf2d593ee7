"""The small, precious file: people, tokens, notes, settings, calibrations, events.

``appliance.db`` lies in the data folder. Every change is on the disk when its call
returns. Each process opens its own; one table, one module.
"""

from dt.clock import Clock, SystemClock
from dt.config import Config
from dt.store import (
    alerts,
    attempts,
    audit,
    automation,
    calibrations,
    commands,
    control,
    deliveries,
    events,
    firings,
    notes,
    properties,
    rebuild,
    second_factors,
    sessions,
    settings,
    tokens,
    twins,
    users,
)
from dt.store.database import Database
from dt.store.migrations import Schema, Step

FILE = "appliance.db"

_CONTROL = (
    *commands.TABLE,
    *properties.TABLE,
    *alerts.TABLE,
    *firings.TABLE,
    *automation.TABLE,
    *control.TABLE,
    *deliveries.TABLE,
)

SCHEMA = Schema(
    name="appliance",
    sql=(
        *users.TABLE,
        *sessions.TABLE,
        *tokens.TABLE,
        *attempts.TABLE,
        *notes.TABLE,
        *settings.TABLE,
        *calibrations.TABLE,
        *audit.TABLE,
        *twins.TABLE,
        *events.TABLE,
        *_CONTROL,
    ),
    steps=(
        Step(
            version=2,
            name="when a password was set, warnings found quickly",
            sql=(
                "ALTER TABLE user ADD COLUMN password_at INTEGER NOT NULL DEFAULT 0",
                "UPDATE user SET password_at=created_at",
                "CREATE INDEX event_severity ON event(severity, id)",
            ),
        ),
        Step(version=3, name="commands, alerts, firings, automation", sql=_CONTROL),
        Step(
            version=4,
            name="second factors",
            sql=tuple(
                f"ALTER TABLE user ADD COLUMN{column}"
                for column in second_factors.COLUMNS.split(",")
            ),
        ),
    ),
)


class Appliance:
    """Everything in ``appliance.db``; all methods may be called from any thread.

    Attributes:
        database: The open file, to make several changes one transaction:
            ``with appliance.database.transaction(): …``
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.users = users.Users(database, clock)
        self.second_factors = second_factors.SecondFactors(database, clock)
        self.sessions = sessions.Sessions(database, clock)
        self.tokens = tokens.Tokens(database, clock)
        self.attempts = attempts.Attempts(database, clock)
        self.notes = notes.Notes(database, clock)
        self.settings = settings.Settings(database, clock)
        self.calibrations = calibrations.Calibrations(database, clock)
        self.audit = audit.Audit(database, clock)
        self.twins = twins.Twins(database, clock)
        self.events = events.Events(database, clock)
        self.commands = commands.Commands(database, clock, self.twins)
        self.properties = properties.Properties(database, clock)
        self.alerts = alerts.Alerts(database, clock)
        self.firings = firings.Firings(database, clock)
        self.automation = automation.Automation(database, clock)
        self.control = control.Control(database, clock)
        self.deliveries = deliveries.Deliveries(database, clock)

    @classmethod
    def open(cls, config: Config, clock: Clock | None = None) -> "Appliance":
        """Open the file in ``config.data_dir``; made, migrated or mended if need be.

        Raises:
            SchemaError: A newer version of this program wrote it.
            StoreError: It cannot be opened.
        """
        clock = clock or SystemClock(config.clock.trust)
        return cls(rebuild.opened(config.data_dir / FILE, SCHEMA, clock), clock)

    def close(self) -> None:
        """Close the file; again does nothing."""
        self.database.close()
