"""What people do to alerts, for the pages and the API: each change is in the audit."""

import msgspec

from dt.errors import AlertError, NotFoundError
from dt.rules.alerts import Alert, Change, Note
from dt.store.firings import FiringRow
from webapp.auth.identity import known_caller
from webapp.context import Context

LONGEST_SHELF_MS = 90 * 86_400_000
RULES = "/rules/"
SENSORS = "/sensors/"


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody does to an alert.

    Attributes:
        why: In the person's words.
        until: Of a shelf: UTC ms at which the alert comes back.
    """

    change: Change
    why: str = ""
    until: int | None = None


def change(context: Context, key: str, wish: Wish) -> Alert:
    """Acknowledge, shelve or unshelve an alert, as whoever makes this request.

    Raises:
        NotFoundError: There is no such alert.
        AlertError: It is not in a condition for this, or the shelf is too long.
    """
    now, who = context.clock.now_ms(), known_caller().name
    if wish.until is not None and wish.until - now > LONGEST_SHELF_MS:
        days = LONGEST_SHELF_MS // 86_400_000
        raise AlertError(
            f"cannot shelve alert {key}: saw {(wish.until - now) // 86_400_000} days, "
            f"expected {days} at most",
            hint="disable the rule if nobody wants its alerts",
        )
    note = Note(at=now, by=who, why=wish.why.strip()[:400], until=wish.until)
    with context.appliance.database.transaction():
        before = context.appliance.alerts.get(key)
        after = context.appliance.alerts.change(key, wish.change, note)
        context.appliance.audit.add(
            who, f"alert.{wish.change}", key, _told(before), _told(after)
        )
    return after


def rule_of(key: str) -> tuple[str, str]:
    """Return the twin and the rule that an alert is about; empty: it is about no rule."""
    twin, mark, rule = key.partition(RULES)
    return (twin, rule) if mark else ("", "")


def sensor_of(key: str) -> tuple[str, str]:
    """Return the twin and the sensor that an alert is about; empty: about none."""
    twin, mark, sensor = key.partition(SENSORS)
    return (twin, sensor) if mark else ("", "")


def firings_of(context: Context, key: str, limit: int = 20) -> list[FiringRow]:
    """Return the firings of the rule that an alert is about, newest first."""
    twin, rule = rule_of(key)
    if not rule:
        return []
    return context.appliance.firings.newest(limit, twin=twin, rule=rule)


def find(context: Context, key: str) -> Alert:
    """Return an alert.

    Raises:
        NotFoundError: There is none of this key.
    """
    found = context.appliance.alerts.find(key)
    if found is None:
        raise NotFoundError(
            f"there is no alert {key!r}"[:300], hint="see the list of alerts"
        )
    return found


def _told(alert: Alert) -> dict[str, object]:
    """Return what of an alert the audit keeps."""
    plain = {"condition": str(alert.condition), "text": alert.text}
    if alert.why:
        plain["why"] = alert.why
    if alert.shelved_until is not None:
        return plain | {"shelved_until": alert.shelved_until}
    return dict(plain)
