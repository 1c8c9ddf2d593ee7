"""Alerts for hardware that is lost: every twin has them without saying so."""

from dt.rules.alerts import hardware_lost
from dt.store.appliance import Appliance
from dt.store.records import SensorState

_LOST = frozenset({"quarantined", "hung"})


class Lost:
    """Which sensors are lost, as alerts. One thread uses it.

    Args:
        appliance: Where alerts are kept.
    """

    def __init__(self, appliance: Appliance) -> None:
        self._appliance = appliance
        self._known: set[str] | None = None

    def look(self, states: list[SensorState], now_ms: int) -> bool:
        """Raise and end alerts after what sensors tell; tell whether any changed.

        Args:
            states: Of all sensors.
            now_ms: UTC ms.
        """
        lost = {f"{s.twin}/sensors/{s.sensor}": s for s in states if s.condition in _LOST}
        well = {f"{s.twin}/sensors/{s.sensor}" for s in states if s.condition == "ok"}
        if self._known is None:
            open_ones = self._appliance.alerts.all()
            self._known = {a.key for a in open_ones if a.holds and "/sensors/" in a.key}
        fresh, over = lost.keys() - self._known, self._known & well
        if not fresh and not over:
            return False
        with self._appliance.database.transaction():
            for key in sorted(fresh):
                state = lost[key]
                self._appliance.alerts.raise_(
                    hardware_lost(state.twin, state.sensor, state.since, state.message)
                )
            for key in sorted(over):
                self._appliance.alerts.end(key, now_ms)
        self._known = (self._known | fresh) - over
        return True
