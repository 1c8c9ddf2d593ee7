"""Who changed what, and how it was before. Rows are only ever added."""

import msgspec

from dt.clock import Clock
from dt.store.database import Database, json_of

TABLE = (
    (
        "CREATE TABLE audit(id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL,"
        " who TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL,"
        " before TEXT NOT NULL DEFAULT 'null', after TEXT NOT NULL DEFAULT 'null')"
    ),
    "CREATE INDEX audit_target ON audit(target, id)",
    (
        "CREATE TRIGGER audit_stays BEFORE DELETE ON audit"
        " BEGIN SELECT raise(ABORT, 'the audit is never shortened'); END"
    ),
    (
        "CREATE TRIGGER audit_keeps BEFORE UPDATE ON audit"
        " BEGIN SELECT raise(ABORT, 'the audit is never changed'); END"
    ),
)
_COLUMNS = "id,at,who,action,target,before,after"
_SECRET = frozenset({"password_hash", "secret", "secret_hash", "password"})


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One change.

    Attributes:
        at: UTC ms.
        who: Name of the user or token, or ``command line``.
        action: ``user.add``, ``calibration.undo``, …
        target: What was changed.
        before: How it was; None: it did not exist.
        after: How it is; None: it is gone.
    """

    id: int
    at: int
    who: str
    action: str
    target: str
    before: object = None
    after: object = None


class Audit:
    """The table of changes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(
        self,
        who: str,
        action: str,
        target: str,
        before: object = None,
        after: object = None,
    ) -> None:
        """Note one change; structs are kept as JSON, passwords and secrets are not."""
        self._database.run(
            "INSERT INTO audit(at,who,action,target,before,after) VALUES(?,?,?,?,?,?)",
            self._clock.now_ms(),
            who,
            action,
            target,
            _kept(before),
            _kept(after),
        )

    def newest(
        self,
        limit: int = 100,
        *,
        before_id: int | None = None,
        target: str | None = None,
        who: str | None = None,
    ) -> list[Entry]:
        """Return entries, newest first; go on with `before_id` of the last one.

        Args:
            limit: At most so many.
            before_id: Only those with lower ids.
            target: Only those about this, or about what is below it: ``dt:Box`` is also
                about ``dt:Box/rules/too-dry``.
            who: Only those by this name.
        """
        return self._database.structs(
            Entry,
            f"SELECT {_COLUMNS} FROM audit WHERE (?1 IS NULL OR id<?1)"
            " AND (?2 IS NULL OR target=?2 OR (target>?2||'/' AND target<?2||'0'))"
            " AND (?3 IS NULL OR who=?3) ORDER BY id DESC LIMIT ?4",
            before_id,
            target,
            who,
            limit,
            json=("before", "after"),
        )

    def authors(self) -> list[str]:
        """Return everybody who changed anything, by name."""
        return [
            row[0]
            for row in self._database.all("SELECT DISTINCT who FROM audit ORDER BY who")
        ]


def _kept(value: object) -> str:
    plain = msgspec.to_builtins(value)
    if isinstance(plain, dict):
        plain = {key: plain[key] for key in plain if key not in _SECRET}
    return json_of(plain)
