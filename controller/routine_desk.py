"""All routines of this appliance: what is due becomes commands."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from controller.routines import Moment, Place, Routine, RoutineState, Slot, Sun, due
from controller.scale import Scale
from dt.config import Config
from dt.store.appliance import Appliance
from dt.store.commands import NewCommand, Source
from dt.store.control import Mode

log = logging.getLogger(__name__)

_STATES = "routines"
_NEVER_LATE_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A slot of a twin's routine that is due."""

    twin: str
    slot: Slot


class RoutineDesk:
    """The routines at work. One thread uses it.

    Args:
        config: With the time zone and the place.
        appliance: Where states and commands are.
        scale: Monotonic time and UTC.
    """

    def __init__(self, config: Config, appliance: Appliance, scale: Scale) -> None:
        self._config = config
        self._appliance = appliance
        self._scale = scale
        self._routines: Mapping[str, tuple[Routine, ...]] = {}
        kept = appliance.control.remembered(_STATES, dict[str, dict[str, RoutineState]])
        self._states: dict[str, dict[str, RoutineState]] = kept or {}
        self._next: dict[str, dict[str, RoutineState]] = {}

    @property
    def place(self) -> Place:
        """Return where the appliance is."""
        me = self._config.appliance
        zone = self._appliance.settings.get("appliance.timezone", "") or me.timezone
        return Place(
            zone=zone or "UTC", latitude=me.latitude or 0.0, longitude=me.longitude or 0.0
        )

    def load(self, routines: Mapping[str, tuple[Routine, ...]]) -> None:
        """Use these routines from now on, by twin; those with the sun need a place."""
        me = self._config.appliance
        if me.latitude is None or me.longitude is None:
            without = [
                routine.id
                for found in routines.values()
                for routine in found
                if isinstance(routine.sun, Sun)
            ]
            if without:
                facts = {"routines": ", ".join(without), "key": "appliance.latitude"}
                log.warning("routines wait for a place", extra=facts)
            routines = {
                twin: tuple(one for one in found if one.sun is None)
                for twin, found in routines.items()
            }
        self._routines = routines

    def due(self, modes: Mapping[str, Mode]) -> list[Due]:
        """Return what is due now; nothing while the clock cannot be trusted.

        The slots of a twin that is not in automatic mode pass without anything.
        """
        if not self._scale.trusted() or not self._routines:
            return []
        now = self._scale.now()
        moment = Moment(
            utc_ms=self._scale.utc(now), monotonic=now, boot_id=self._scale.boot_id
        )
        place, found = self.place, []
        for twin, routines in self._routines.items():
            before = self._states.get(twin, {})
            after, slots = due(routines, before, place, moment)
            self._next[twin] = after
            if not slots:
                self._states[twin] = after
                continue
            if modes.get(twin, Mode.AUTOMATIC) is not Mode.AUTOMATIC:
                self._states[twin] = after
                log.info("routines passed", extra={"twin": twin, "slots": len(slots)})
                continue
            found += [Due(twin=twin, slot=slot) for slot in slots]
        return found

    def follow(self, due_now: Sequence[Due]) -> None:
        """Ask for what is due, in the caller's transaction, and remember that it was."""
        for one in due_now:
            reason = "made up for a missed slot" if one.slot.late else "it is time"
            for action in one.slot.actions:
                self._appliance.commands.submit(
                    NewCommand(
                        twin=one.twin,
                        actuator=action.actuator,
                        command=str(action.command),
                        duration_s=action.duration_s,
                        source=Source.ROUTINE,
                        by=one.slot.routine,
                        reason=reason,
                        correlation_id=f"{one.slot.routine}@{one.slot.at}",
                        not_after=self._scale.utc(self._scale.now()) + _NEVER_LATE_MS,
                    )
                )
        for twin in {one.twin for one in due_now}:
            self._states[twin] = self._next[twin]
        if due_now:
            self._appliance.control.remember(_STATES, self._states)
