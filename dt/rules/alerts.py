"""The life of an alert after ISA-18.2: active, acknowledged, latched, shelved, cleared.

Pure: an alert and what happened go in, the alert after it comes out. An alert that comes
back soon after it cleared is the same one and calls nobody again.
Source: ANSI/ISA-18.2-2016, alarm state transition diagram, with shelving by time.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import msgspec

from dt.errors import AlertError
from dt.rules.description import Firing, Happening, Severity

QUIET_MS = 600_000
"""An alert that comes back within this time after it cleared is the same alert."""


class Condition(StrEnum):
    """Where an alert is in its life."""

    ACTIVE = "active"
    ACKNOWLEDGED = "acknowledged"
    LATCHED = "latched"
    SHELVED = "shelved"
    CLEARED = "cleared"


class Change(StrEnum):
    """What may happen to an alert."""

    RAISE = "raise"
    END = "end"
    ACKNOWLEDGE = "acknowledge"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """Something that wants a person.

    Attributes:
        key: What it is about: the same key, the same alert.
        group: Alerts of one group are shown as one.
        twin: Whose it is.
        severity: How much it matters.
        text: For people.
        condition: Where it is in its life.
        holds: What it is about is so, now.
        latch: It waits for a person although it is over.
        seen: Somebody acknowledged it since it began.
        raised_at: UTC ms at which it began.
        changed_at: UTC ms of the last change.
        cleared_at: UTC ms at which it ended last; None: never.
        count: How often it came since it began.
        by: Who changed it last; empty: the appliance.
        why: What that person wrote.
        shelved_until: UTC ms at which it comes back by itself.
    """

    key: str
    group: str
    twin: str
    severity: Severity
    text: str
    condition: Condition = Condition.ACTIVE
    holds: bool = True
    latch: bool = False
    seen: bool = False
    raised_at: int
    changed_at: int
    cleared_at: int | None = None
    count: int = 1
    by: str = ""
    why: str = ""
    shelved_until: int | None = None

    @property
    def calls(self) -> bool:
        """Tell whether it wants somebody now."""
        return self.condition in {Condition.ACTIVE, Condition.LATCHED}


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """Who changes an alert, when and why.

    Attributes:
        at: UTC ms.
        by: A person; empty: the appliance.
        why: In the person's words.
        until: Of a shelf: UTC ms at which the alert comes back.
    """

    at: int
    by: str = ""
    why: str = ""
    until: int | None = None


_A, _K, _L, _S, _C = (
    Condition.ACTIVE,
    Condition.ACKNOWLEDGED,
    Condition.LATCHED,
    Condition.SHELVED,
    Condition.CLEARED,
)
TRANSITIONS: Mapping[tuple[Condition, Change], Condition] = MappingProxyType(
    {
        (_A, Change.RAISE): _A,
        (_A, Change.END): _C,
        (_A, Change.ACKNOWLEDGE): _K,
        (_A, Change.SHELVE): _S,
        (_K, Change.RAISE): _K,
        (_K, Change.END): _C,
        (_K, Change.SHELVE): _S,
        (_L, Change.RAISE): _A,
        (_L, Change.END): _L,
        (_L, Change.ACKNOWLEDGE): _C,
        (_S, Change.RAISE): _S,
        (_S, Change.END): _S,
        (_S, Change.SHELVE): _S,
        (_S, Change.UNSHELVE): _A,
        (_C, Change.RAISE): _A,
        (_C, Change.END): _C,
    }
)
"""Where each change leads; a pair that is missing is refused. Latching turns `cleared`
after END into `latched`; UNSHELVE leads to where the alert would be without the shelf."""


def raised(alert: Alert | None, fresh: Alert, quiet_ms: int = QUIET_MS) -> Alert:
    """Return the alert after what it is about happened (again).

    Args:
        alert: Of the same key, if there is one.
        fresh: As it would begin now.
        quiet_ms: Within which after it cleared it is the same alert.
    """
    if alert is None:
        return fresh
    at = fresh.raised_at
    after = TRANSITIONS[alert.condition, Change.RAISE]
    if alert.condition is Condition.CLEARED:
        if alert.cleared_at is None or at - alert.cleared_at > quiet_ms:
            return fresh
        after = Condition.ACKNOWLEDGED if alert.seen else Condition.ACTIVE
    return msgspec.structs.replace(
        alert,
        condition=after,
        holds=True,
        severity=fresh.severity,
        text=fresh.text,
        latch=fresh.latch,
        changed_at=at,
        count=alert.count + (not alert.holds),
    )


def changed(alert: Alert, change: Change, note: Note) -> Alert:
    """Return the alert after a change other than RAISE.

    Args:
        alert: Before.
        change: What happens to it.
        note: Who, when, why; to shelve also until when.

    Raises:
        AlertError: The alert is not in a condition for this, nobody does it, or a shelf
            has no end after now.
    """
    after = TRANSITIONS.get((alert.condition, change))
    if after is None or change is Change.RAISE:
        raise AlertError(
            f"cannot {change} alert {alert.key}: saw it {alert.condition}, "
            f"expected {_expected(change)}",
            hint="look at the list of alerts again",
        )
    if change in {Change.ACKNOWLEDGE, Change.SHELVE} and not note.by:
        raise AlertError(f"cannot {change} alert {alert.key}: saw nobody, expected a name")
    if change is Change.END:
        return _ended(alert, note, after)
    if change is Change.SHELVE:
        if note.until is None or note.until <= note.at:
            raise AlertError(
                f"cannot shelve alert {alert.key}: saw the end {note.until}, "
                f"expected a time after {note.at}"
            )
        return _noted(alert, note, after)
    if change is Change.UNSHELVE:
        return _noted(alert, note, _without_shelf(alert))
    return msgspec.structs.replace(_noted(alert, note, after), seen=True)


def expired(alert: Alert, now: int) -> Alert:
    """Return the alert once its shelf is over; else the very same."""
    until = alert.shelved_until
    if alert.condition is not Condition.SHELVED or until is None or now < until:
        return alert
    return changed(alert, Change.UNSHELVE, Note(at=now))


def after_firing(alert: Alert | None, firing: Firing) -> Alert | None:
    """Return the alert of a rule after one of its firings; None: there is still none.

    Args:
        alert: Of the rule (`key_of`), if there is one.
        firing: Of the rule.
    """
    if firing.happening is Happening.CLEARED:
        return None if alert is None else changed(alert, Change.END, Note(at=firing.at))
    if firing.happening is Happening.REPEATED and alert is not None:
        return alert
    return raised(alert, _of_firing(firing))


def key_of(firing: Firing) -> str:
    """Return the key of a rule's alert."""
    return f"{firing.twin}/rules/{firing.rule}"


def hardware_lost(twin: str, sensor: str, at: int, message: str) -> Alert:
    """Return the alert that every twin has for a sensor that is lost.

    Args:
        twin: Its id.
        sensor: Its name there.
        at: UTC ms at which it was lost.
        message: What the driver said.
    """
    return Alert(
        key=f"{twin}/sensors/{sensor}",
        group=f"{twin}/sensors/{sensor}",
        twin=twin,
        severity=Severity.WARNING,
        text=f"Sensor {sensor} is lost: {message}",
        raised_at=at,
        changed_at=at,
    )


def no_data_entries(
    signals: Mapping[str, float], covered: frozenset[str]
) -> tuple[dict[str, object], ...]:
    """Return the entries under ``rules:`` that a twin has without saying so.

    Args:
        signals: Name of each signal that a sensor reads to seconds after which it is
            stale; the rule waits twice as long.
        covered: Signals that have a rule of this kind already.
    """
    return tuple(
        {
            "id": f"no-data.{name}",
            "kind": "no_data",
            "signal": name,
            "after": 2.0 * stale_s,
            "message": f"No data from {name}",
        }
        for name, stale_s in signals.items()
        if name not in covered
    )


def _of_firing(firing: Firing) -> Alert:
    return Alert(
        key=key_of(firing),
        group=key_of(firing),
        twin=firing.twin,
        severity=firing.severity,
        text=firing.message,
        latch=firing.latch,
        raised_at=firing.at,
        changed_at=firing.at,
    )


def _ended(alert: Alert, note: Note, after: Condition) -> Alert:
    waits = alert.latch and alert.condition is Condition.ACTIVE
    return msgspec.structs.replace(
        alert,
        condition=Condition.LATCHED if waits else after,
        holds=False,
        changed_at=note.at if alert.holds else alert.changed_at,
        cleared_at=note.at if alert.holds else alert.cleared_at,
    )


def _without_shelf(alert: Alert) -> Condition:
    if alert.holds:
        return Condition.ACTIVE
    return Condition.LATCHED if alert.latch and not alert.seen else Condition.CLEARED


def _noted(alert: Alert, note: Note, after: Condition) -> Alert:
    return msgspec.structs.replace(
        alert,
        condition=after,
        changed_at=note.at,
        by=note.by,
        why=note.why,
        shelved_until=note.until if after is Condition.SHELVED else None,
    )


def _expected(change: Change) -> str:
    known = [before for before, what in TRANSITIONS if what is change]
    return " or ".join(known)
