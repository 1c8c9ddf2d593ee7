"""What changed in ``appliance.db`` since the last look: commands, properties, alerts.

Looking costs one small query while nothing was written. What this process itself wrote
does not move the file's version for it, so a full look is due now and then.
"""

import msgspec

from dt.store.appliance import Appliance

_FULL_S = 0.5


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One change.

    Attributes:
        event: ``command``, ``property`` or ``alert``.
        data: The row as it is now; with an alert's step ``calling``: how many call.
    """

    event: str
    data: object


class Changes:
    """Tells what changed since the last look.

    Args:
        appliance: What to look at.
    """

    def __init__(self, appliance: Appliance) -> None:
        self._appliance = appliance
        self._version = -1
        self._looked_at = float("-inf")
        self._commands = self._properties = self._step = 0

    def skip(self) -> None:
        """Count everything so far as known."""
        appliance = self._appliance
        self._commands = appliance.commands.revision()
        told = appliance.properties.all()
        self._properties = max((one.revision for one in told), default=0)
        self._step = appliance.alerts.last_step()

    def new(self, now: float) -> list[Change]:
        """Return what changed since the last call; `now` in monotonic s."""
        version = self._appliance.database.version()
        if version == self._version and now - self._looked_at < _FULL_S:
            return []
        self._version, self._looked_at = version, now
        return [*self._of_commands(), *self._of_properties(), *self._of_alerts()]

    def _of_commands(self) -> list[Change]:
        rows = self._appliance.commands.changed(self._commands)
        self._commands = max((row.revision for row in rows), default=self._commands)
        return [Change(event="command", data=row) for row in rows]

    def _of_properties(self) -> list[Change]:
        rows = self._appliance.properties.changed(self._properties)
        self._properties = max((row.revision for row in rows), default=self._properties)
        return [Change(event="property", data=row) for row in rows]

    def _of_alerts(self) -> list[Change]:
        steps = self._appliance.alerts.steps_after(self._step)
        if not steps:
            return []
        self._step = steps[-1].id
        calling = {"calling": self._appliance.alerts.calling()}
        return [
            Change(event="alert", data=msgspec.to_builtins(step) | calling)
            for step in steps
        ]
