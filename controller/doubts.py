"""Alerts for actuators that fail, or report something else than they were told.

A welded relay goes on though it was told to stop: nobody but its feedback knows, and
somebody must come.
"""

from controller.limits import ActuatorState
from controller.reconcile import Reconciler
from controller.switch import Switch
from dt.rules.alerts import Alert
from dt.rules.description import Severity
from dt.store.appliance import Appliance
from dt.twin.command import Command

PATIENCE_S = 5.0
"""A relay, a broker or a motor may take its time."""
_MARK = "/actuators/"


class Doubts:
    """Which actuators are in doubt, as alerts. One thread uses it.

    Args:
        appliance: Where alerts are kept.
    """

    def __init__(self, appliance: Appliance) -> None:
        self._appliance = appliance
        self._since: dict[str, float] = {}
        self._raised: set[str] | None = None

    def look(self, reconciler: Reconciler, switch: Switch, now: float, now_ms: int) -> None:
        """Raise and end alerts; nothing is written while nothing changes.

        Args:
            reconciler: What actuators were told.
            switch: What they report.
            now: Monotonic s.
            now_ms: UTC ms.
        """
        if self._raised is None:
            open_ones = self._appliance.alerts.all()
            self._raised = {a.key for a in open_ones if a.holds and _MARK in a.key}
        found: dict[str, Alert] = {}
        for settings in reconciler.limits.actuators:
            key = settings.actuator
            state = reconciler.states.of(key)
            doubt = _doubt(state, switch.report(key), switch.problem(key))
            if not doubt:
                self._since.pop(key, None)
                continue
            since = self._since.setdefault(key, now)
            if now - since >= PATIENCE_S:
                alert = _alert(key, doubt, state, now_ms)
                found[alert.key] = alert
        fresh, over = found.keys() - self._raised, self._raised - found.keys()
        if not fresh and not over:
            return
        with self._appliance.database.transaction():
            for name in sorted(fresh):
                self._appliance.alerts.raise_(found[name])
            for name in sorted(over):
                self._appliance.alerts.end(name, now_ms)
        self._raised = set(found)


def _doubt(state: ActuatorState, reported: Command | None, problem: str) -> str:
    """Return what is wrong with an actuator; empty: nothing that can be told."""
    if problem:
        return problem
    if reported is None or reported.on == state.command.on:
        return ""
    return f"told {state.command}, it reports {reported}"


def _alert(key: str, doubt: str, state: ActuatorState, now_ms: int) -> Alert:
    twin, _, name = key.rpartition("/")
    return Alert(
        key=f"{twin}{_MARK}{name}",
        group=f"{twin}{_MARK}{name}",
        twin=twin,
        severity=Severity.WARNING if state.command.on else Severity.CRITICAL,
        text=f"Actuator {name} is in doubt: {doubt}",
        raised_at=now_ms,
        changed_at=now_ms,
    )
