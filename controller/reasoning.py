"""Rules at work: the tail of the log goes in, alerts, firings and commands come out.

The cursor, the state of the rules and all that followed are committed together, so a
killed controller neither forgets a firing nor acts on it twice. While nothing follows,
nothing is written but once in ten minutes: the readings in between are judged again.
"""

from collections.abc import Mapping, Sequence

from dt.errors import RequestError
from dt.rules.description import Firing
from dt.rules.engine import Engine, State, shifted
from dt.rules.rule import Rule
from dt.store.appliance import Appliance
from dt.store.commands import NewCommand, Source
from dt.twin.readings import Cursor, Logged

SAVE_EVERY_S = 600.0
LATE_MS = 60_000
"""A command of a firing that is older than this when it is judged is not carried out."""
_STATE, _CURSOR = "rules", "cursor"


class Reasoner:
    """The rules of this appliance, and how far they have read. One thread uses it.

    Args:
        appliance: Where what follows is kept.
        end: The last reading in the log: a new controller begins there.
        now_ms: UTC ms on the scale of the readings.
        now: Monotonic s.
    """

    def __init__(self, appliance: Appliance, end: Cursor, now_ms: int, now: float) -> None:
        self._appliance = appliance
        self._engine = Engine((), {})
        kept = appliance.control.remembered(_CURSOR, Cursor)
        state = appliance.control.remembered(_STATE, State)
        self._fresh = kept is None
        self.cursor = end if kept is None else kept
        self._state = self._engine.start(now_ms) if state is None else state
        self._before = self._state, self.cursor
        self._saved_at = now
        self._dirty = False

    def load(self, rules: Sequence[Rule], ids: Mapping[str, int], now_ms: int) -> None:
        """Use other rules from now on; the alerts of rules that are gone end."""
        self._engine = Engine(rules, ids)
        if self._fresh:
            with self._appliance.database.transaction():
                self.save(self._saved_at)
            self._fresh = False
        known = frozenset(f"{rule.twin}/rules/{rule.spec.id}" for rule in rules)
        with self._appliance.database.transaction():
            for alert in self._appliance.alerts.all():
                if alert.holds and "/rules/" in alert.key and alert.key not in known:
                    self._appliance.alerts.end(alert.key, now_ms)

    def skip_to(self, cursor: Cursor) -> None:
        """Leave readings out: there are too many of them to be news."""
        self.cursor = cursor
        self._dirty = True

    def step(self, logged: Sequence[Logged], now_ms: int) -> tuple[Firing, ...]:
        """Judge readings and the time that passed; return what they led to."""
        before = self._state
        self._before = before, self.cursor
        self._state, firings = self._engine.step(before, logged, now_ms)
        if logged:
            last = logged[-1]
            self.cursor = Cursor(last.epoch, int(last.seq[-1]))
        self._dirty = self._dirty or bool(logged) or self._state is not before
        return firings

    def back(self) -> None:
        """Forget the last step, since what follows from it could not be written down."""
        self._state, self.cursor = self._before

    def shift(self, offset_ms: int) -> None:
        """Note that the clock was set."""
        self._state = shifted(self._state, offset_ms)
        self._dirty = True

    def follow(self, firings: Sequence[Firing]) -> None:
        """Write down what firings lead to, in the caller's transaction."""
        for firing in firings:
            self._appliance.alerts.follow(firing)
            self._appliance.firings.add(firing, self._ask(firing))

    def save(self, now: float) -> None:
        """Write down how far the rules have come, in the caller's transaction."""
        self._appliance.control.remember(_CURSOR, self.cursor)
        self._appliance.control.remember(_STATE, self._state)
        self._saved_at, self._dirty = now, False

    def to_be_saved(self, now: float) -> bool:
        """Tell whether it is time to save although nothing followed."""
        return self._dirty and now - self._saved_at >= SAVE_EVERY_S

    def _ask(self, firing: Firing) -> list[str]:
        asked = []
        trace = firing.trace
        for action in firing.actions:
            new = NewCommand(
                twin=firing.twin,
                actuator=action.actuator,
                command=str(action.command),
                duration_s=action.duration_s,
                source=Source.RULE,
                by=firing.rule,
                reason=firing.message[:400],
                correlation_id=f"{trace.epoch}:{trace.seq}" if trace.seq else "",
                not_after=firing.at + LATE_MS,
            )
            try:
                asked.append(self._appliance.commands.submit(new).id)
            except RequestError:
                continue  # an actuator that is not there: told when the twin was read
        return asked
