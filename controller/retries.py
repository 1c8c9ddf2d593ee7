"""What a rule asked for and did not get yet: asked again when the interlocks allow it.

A rule that is refused because the pump must rest would else never be carried out: it
fires once until it clears. While it is active its action waits here, without a row for
each look; when nothing forbids it any more it is asked for again, once.
"""

from collections.abc import Iterable, Mapping

import msgspec

from controller.limits import Inputs, Interlock, Order
from controller.reconcile import Reconciler
from dt.rules.alerts import key_of
from dt.rules.description import Firing, Happening
from dt.store.appliance import Appliance
from dt.store.commands import CommandRow, NewCommand, Source, State
from dt.twin import command as commands

_NAME = "retries"
_PASSES = frozenset(
    {
        Interlock.EXCLUDES,
        Interlock.BUDGET,
        Interlock.MIN_OFF,
        Interlock.DUTY,
        Interlock.REQUIRES,
        Interlock.LOCKED,
        "mode",
    }
)


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """An action that waits; `alert` is the key of its rule's alert."""

    alert: str
    twin: str
    actuator: str
    command: str
    duration_s: float | None
    by: str
    reason: str
    correlation_id: str


class Retries:
    """All that waits. One thread uses it.

    Args:
        appliance: Where it is remembered.
    """

    def __init__(self, appliance: Appliance) -> None:
        self._appliance = appliance
        kept = appliance.control.remembered(_NAME, list[Waiting])
        self._waiting: dict[tuple[str, str], Waiting] = {
            (one.alert, one.actuator): one for one in kept or ()
        }

    def __len__(self) -> int:
        return len(self._waiting)

    def note(self, row: CommandRow) -> None:
        """Note what became of a rule's command, in the caller's transaction."""
        if row.source is not Source.RULE:
            return
        alert = f"{row.twin}/rules/{row.by}"
        place = alert, row.actuator
        if row.state is State.REFUSED and row.interlock in _PASSES:
            self._waiting[place] = Waiting(
                alert=alert,
                twin=row.twin,
                actuator=row.actuator,
                command=row.command,
                duration_s=row.duration_s,
                by=row.by,
                reason=row.reason,
                correlation_id=row.correlation_id,
            )
            self._save()
        elif self._waiting.pop(place, None) is not None:
            self._save()

    def follow(self, firings: Iterable[Firing]) -> None:
        """Forget what rules wanted that have cleared, in the caller's transaction."""
        over = {
            key_of(firing) for firing in firings if firing.happening is Happening.CLEARED
        }
        kept = {p: one for p, one in self._waiting.items() if one.alert not in over}
        if len(kept) < len(self._waiting):
            self._waiting = kept
            self._save()

    def due(
        self, reconciler: Reconciler, inputs: Inputs, needs: Mapping[str, tuple[str, ...]]
    ) -> list[Waiting]:
        """Return what nothing forbids any more.

        Args:
            reconciler: Asks the interlocks.
            inputs: What is fresh and good.
            needs: Alert of a rule to the signals that it judges: while one of them is
                lost its action waits on.
        """
        return [
            one
            for one in self._waiting.values()
            if inputs.usable.issuperset(needs.get(one.alert, ("",)))
            and reconciler.may(one.twin, Source.RULE)
            and not reconciler.would_refuse(
                Order(
                    actuator=f"{one.twin}/{one.actuator}",
                    command=commands.read(one.command),
                    duration=one.duration_s,
                ),
                inputs,
            )
        ]

    def ask(self, due: Iterable[Waiting]) -> None:
        """Ask again, in the caller's transaction."""
        for one in due:
            self._appliance.commands.submit(
                NewCommand(
                    twin=one.twin,
                    actuator=one.actuator,
                    command=one.command,
                    duration_s=one.duration_s,
                    source=Source.RULE,
                    by=one.by,
                    reason=one.reason,
                    correlation_id=one.correlation_id,
                )
            )

    def _save(self) -> None:
        self._appliance.control.remember(_NAME, list(self._waiting.values()))
