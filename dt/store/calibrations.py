"""How raw values become true ones, signal by signal, with all that was tried before.

Entries are never changed: to undo is to enter the one before again.
"""

from enum import StrEnum

import msgspec

from dt.clock import Clock
from dt.errors import NotFoundError, RequestError
from dt.store.database import Database, json_of

TABLE = (
    (
        "CREATE TABLE calibration(id INTEGER PRIMARY KEY, signal TEXT NOT NULL,"
        " kind TEXT NOT NULL, points TEXT NOT NULL, coefficients TEXT NOT NULL,"
        " author TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL)"
    ),
    "CREATE INDEX calibration_signal ON calibration(signal, id)",
)
_COLUMNS = "id,signal,kind,points,coefficients,author,reason,at"
_JSON = ("points", "coefficients")


class Kind(StrEnum):
    """How a calibration computes."""

    NONE = "none"
    OFFSET = "offset"
    TWO_POINT = "two-point"
    POLYNOMIAL = "polynomial"


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the history.

    Attributes:
        signal: Full name.
        kind: ``none``: twin.yaml decides again, as if nothing had been entered.
        points: (raw, true) pairs: one for an offset, two or more else.
        coefficients: Of a polynomial, constant first.
        author: Name of the user.
        at: UTC ms of the entry.
    """

    id: int
    signal: str
    kind: Kind
    points: tuple[tuple[float, float], ...] = ()
    coefficients: tuple[float, ...] = ()
    author: str = ""
    reason: str = ""
    at: int


class Calibrations:
    """The table of calibrations."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(
        self,
        signal: str,
        kind: Kind | str,
        *,
        points: tuple[tuple[float, float], ...] = (),
        coefficients: tuple[float, ...] = (),
        author: str = "",
        reason: str = "",
    ) -> Calibration:
        """Enter a calibration, which is the current one from now on.

        Raises:
            RequestError: The numbers do not fit the kind.
        """
        check(kind, points, coefficients)
        entry = self._database.insert(
            "INSERT INTO calibration(signal,kind,points,coefficients,author,reason,at)"
            " VALUES(?,?,?,?,?,?,?)",
            signal,
            Kind(kind),
            json_of(points),
            json_of(coefficients),
            author,
            reason,
            self._clock.now_ms(),
        )
        return self._where("id=?", entry)[0]

    def current(self, signal: str) -> Calibration | None:
        """Return the newest entry of a signal, or None: twin.yaml decides."""
        found = self._where("signal=? ORDER BY id DESC LIMIT 1", signal)
        return found[0] if found and found[0].kind != Kind.NONE else None

    def all_current(self) -> list[Calibration]:
        """Return what is current, for each signal where not twin.yaml decides."""
        return self._where(
            "id IN (SELECT max(id) FROM calibration GROUP BY signal) AND kind<>'none'"
        )

    def history(self, signal: str) -> list[Calibration]:
        """Return all entries of a signal, newest first."""
        return self._where("signal=? ORDER BY id DESC", signal)

    def undo(self, signal: str, author: str, reason: str = "") -> Calibration:
        """Enter what was before the current entry once more (``none`` before the first).

        Raises:
            NotFoundError: The signal has no entry.
        """
        with self._database.transaction():
            entries = self.history(signal)
            if not entries:
                raise NotFoundError(f"signal {signal!r} has no calibration to undo")
            before = entries[1] if len(entries) > 1 else None
            return self.add(
                signal,
                before.kind if before else Kind.NONE,
                points=before.points if before else (),
                coefficients=before.coefficients if before else (),
                author=author,
                reason=reason,
            )

    def version(self) -> int:
        """Return a number that grows with each entry: reload when it moved."""
        row = self._database.one("SELECT coalesce(max(id),0) FROM calibration")
        return int(row[0]) if row else 0

    def _where(self, condition: str, *values: str | int) -> list[Calibration]:
        sql = f"SELECT {_COLUMNS} FROM calibration WHERE {condition}"
        return self._database.structs(Calibration, sql, *values, json=_JSON)


def check(
    kind: Kind | str,
    points: tuple[tuple[float, float], ...],
    coefficients: tuple[float, ...],
) -> None:
    """Refuse numbers that do not make a calibration of this kind.

    Raises:
        RequestError: With what was expected.
    """
    if kind not in list(Kind):
        raise RequestError(f"kind is {str(kind)!r}: expected {', '.join(Kind)}")
    shape = (len(points), len(coefficients))
    fits = {
        Kind.NONE: shape == (0, 0),
        Kind.OFFSET: shape == (1, 0),
        Kind.TWO_POINT: shape[0] >= 2 and shape[1] == 0,
        Kind.POLYNOMIAL: shape[0] == 0 and 1 <= shape[1] <= 8,
    }
    numbers = [*coefficients, *(number for point in points for number in point)]
    if not fits[Kind(kind)] or not all(abs(number) < 1e300 for number in numbers):
        raise RequestError(
            f"calibration {kind!s} has {shape[0]} points and {shape[1]} coefficients:"
            " expected one point for an offset, two or more for two-point,"
            " 1 to 8 coefficients for a polynomial, all finite"
        )
    if len({raw for raw, _ in points}) < len(points):
        raise RequestError("calibration has two points at the same raw value")
