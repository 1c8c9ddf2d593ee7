"""What pages ask the store about actuators, commands, alerts and loops."""

from dt import plugins
from dt.errors import NotFoundError
from dt.rules.alerts import Alert
from dt.store.automation import effective
from dt.store.commands import CommandRow, Source
from dt.store.firings import FiringRow
from dt.twin.description import TwinDescription
from webapp.context import current
from webapp.show import banner as banners
from webapp.show import commands, feed, loops, modes, times
from webapp.show.banner import Banner
from webapp.show.charts import Mark
from webapp.show.commands import Thing
from webapp.show.hands import Hand, Known, hand, thing
from webapp.show.loops import LoopCard, Tuning

_RUNS = 200
_STEPS = 40
_FIRINGS = 5
_TUNINGS = 200
_WEEK_MS = 7 * 86_400_000


def running(twin: TwinDescription) -> TwinDescription:
    """Return a twin with what people wrote in place of what its file says."""
    return effective(twin, current().appliance.automation.current(twin.id))


def things(twin: TwinDescription) -> dict[str, Thing]:
    """Return what sentences need to know of each actuator of a twin, by name."""
    told = {one.name: one.limit for one in current().appliance.properties.all(twin.id)}
    return {name: thing(twin, name, told.get(name)) for name in twin.actuators}


def hands_of(twin: TwinDescription) -> list[Hand]:
    """Return the actuators of a twin as its file orders them."""
    appliance, now = current().appliance, current().clock.now_ms()
    told = {one.name: one for one in appliance.properties.all(twin.id)}
    locked = {o.actuator: o for o in appliance.control.lockouts() if o.twin == twin.id}
    return [
        hand(
            twin,
            name,
            Known(
                state=told.get(name),
                lockout=locked.get(name),
                newest=next(
                    iter(appliance.commands.newest(1, twin=twin.id, actuator=name)), None
                ),
            ),
            now,
        )
        for name in twin.actuators
    ]


def sentences(twin: TwinDescription, limit: int) -> list[feed.Happening]:
    """Return the newest commands of a twin as sentences; those of loops are too many."""
    now, known = current().clock.now_ms(), things(twin)
    return [
        feed.Happening(
            at=row.started_at or row.asked_at,
            lead="",
            text=commands.sentence(row, known.get(row.actuator, Thing(title="–")), now),
        )
        for row in current().appliance.commands.newest(4 * limit, twin=twin.id)
        if row.source is not Source.LOOP
    ]


def steps(twin: TwinDescription) -> list[feed.Happening]:
    """Return the newest steps of a twin's alerts."""
    return feed.of_steps(current().appliance.alerts.steps(_STEPS, twin=twin.id))


def runs(twin: TwinDescription, start: int, end: int) -> list[Mark]:
    """Return the runs of a twin's actuators between two times, as marks of a chart."""
    now, known = current().clock.now_ms(), things(twin)
    found = current().appliance.commands.between(twin.id, start, end, _RUNS)
    return [
        Mark(
            at=row.started_at,
            text=commands.mark(row, known.get(row.actuator, Thing(title="–")), now),
            kind="run",
        )
        for row in found
        if row.started_at is not None and row.source is not Source.LOOP and _is_on(row)
    ]


def _is_on(row: CommandRow) -> bool:
    what = commands.read(row.command)
    return what is not None and what.on


def headline(twin: TwinDescription) -> list[str]:
    """Return in words who owns a twin's actuators, and what ran last."""
    if not twin.actuators:
        return []
    appliance, now = current().appliance, current().clock.now_ms()
    said = [modes.word(appliance.control.mode(twin.id).mode)]
    newest = appliance.commands.newest(_RUNS, twin=twin.id)
    for row in newest:
        about = thing(twin, row.actuator)
        if about.waters and row.started_at is not None and _is_on(row):
            span = times.span(round(commands.ran_s(row, now)))
            at = times.moment(row.started_at, now)
            said.append(commands.last_watering(at, span))
            break
    return said


def open_alerts() -> list[Alert]:
    """Return every alert that is not over."""
    return current().appliance.alerts.all()


def banner(twin: TwinDescription) -> Banner | None:
    """Return the alert that matters most; None: nothing wants somebody."""
    alerts = open_alerts()
    worst = banners.worst(alerts, twin.id)
    if worst is None:
        return None
    others = sum(alert.calls for alert in alerts) - 1
    return banners.banner(worst, _doing(worst), others)


def _doing(alert: Alert) -> str:
    owner = current().twins().get(alert.twin)
    rule = alert.key.removeprefix(f"{alert.twin}/rules/")
    if owner is None or rule == alert.key:
        return ""
    firings = current().appliance.firings.newest(_FIRINGS, twin=alert.twin, rule=rule)
    row = _followed(firings)
    if row is None:
        return ""
    about = things(owner).get(row.actuator, Thing(title=row.actuator))
    return banners.doing(row, about, current().clock.now_ms())


def _followed(firings: list[FiringRow]) -> CommandRow | None:
    for firing in firings:
        for command_id in reversed(firing.commands):
            try:
                return current().appliance.commands.get(command_id)
            except NotFoundError:  # only the newest commands are kept
                continue
    return None


def told_signals(twin: TwinDescription) -> set[str]:
    """Return the signals of a twin that an alert tells of already, by full name."""
    found = set()
    for alert in open_alerts():
        rule = alert.key.removeprefix(f"{twin.id}/rules/")
        if alert.twin == twin.id and rule != alert.key:
            for firing in current().appliance.firings.newest(1, twin=twin.id, rule=rule):
                found |= {twin.full_name(seen.signal) for seen in firing.trace.inputs}
                found |= {seen.signal for seen in firing.trace.inputs}
    return found


def told_sensors(twin: TwinDescription) -> set[str]:
    """Return the sensors of a twin that an alert tells of already."""
    mark = f"{twin.id}/sensors/"
    keys = [alert.key for alert in open_alerts()]
    return {key.removeprefix(mark) for key in keys if key.startswith(mark)}


def slots(twin: TwinDescription) -> dict[str, int]:
    """Return the UTC ms of the next slot of each routine that has one within a week.

    The organ that knows is found by its entry point; without it nothing is known.
    """
    if "routines" not in plugins.names("dt.previews"):
        return {}
    upcoming = plugins.load("dt.previews", "routines")
    context = current()
    where, now = context.config.appliance, context.clock.now_ms()
    place = (context.timezone(), where.latitude, where.longitude)
    names = [str(entry.get("id", "")) for entry in twin.routines]
    found = {name: upcoming(twin, name, place, (now, now + _WEEK_MS)) for name in names}
    return {name: found_at[0] for name, found_at in found.items() if found_at}


def loops_of(twin: TwinDescription) -> list[LoopCard]:
    """Return the loops of a twin (as it runs)."""
    wishes = current().appliance.control
    return [
        loops.card(twin, name, wishes.wish(twin.id, name), tuning(twin, name))
        for name in twin.loops
    ]


def tuning(twin: TwinDescription, loop: str) -> Tuning | None:
    """Return the newest result of an autotune of a loop, or None."""
    for event in current().appliance.events.newest(_TUNINGS, twin=twin.id):
        mine = event.kind in {loops.TUNED, loops.FAILED} and event.body.get("loop") == loop
        if mine:
            return loops.tuning(event, twin.loops[loop])
    return None
