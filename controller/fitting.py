"""Each actuator that a twin declares gets its driver; one that is wrong stops no other."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from controller.declared import settings_of
from controller.plan import Made, drivers_of, places_of
from controller.switch import Actuator
from dt.config import Config
from dt.errors import DtError
from dt.hardware.bus import Buses
from dt.hardware.buses import open_buses, wire
from dt.twin.command import Verb
from dt.twin.description import TwinDescription
from dt.twin.document import Reader
from dt.twins import load_all

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """An actuator with its driver.

    Attributes:
        actuator: The driver.
        verbs: What it can do.
        declared: As the twin declares it: equal declarations need no new driver.
    """

    actuator: Actuator
    verbs: frozenset[Verb]
    declared: Mapping[str, object]


def fit(
    twins: Iterable[TwinDescription],
    buses: Buses,
    before: Mapping[str, Fitted],
) -> dict[str, Fitted]:
    """Return the actuators of all twins by ``<twin>/<name>``; nothing is switched.

    Args:
        twins: As their files declare them.
        buses: Where pins are.
        before: What was fitted: a driver whose declaration is the same is kept.
    """
    found: dict[str, Fitted] = {}
    users: dict[str, str] = {}
    for twin in twins:
        made = drivers_of(twin, list(twin.actuators), buses)
        _leave_out_used(twin, made, users)
        for name, problem in made.problems.items():
            facts = {"twin": twin.id, "actuator": name, "error": problem}
            log.error("actuator not driven", extra=facts)
        for name, driver in made.drivers.items():
            key, declared = twin.full_name(name), twin.actuators[name]
            known = before.get(key)
            if known is not None and known.declared == declared:
                found[key] = known
                continue
            found[key] = Fitted(
                actuator=driver, verbs=frozenset(driver.VERBS), declared=declared
            )
    return found


def _leave_out_used(twin: TwinDescription, made: Made, users: dict[str, str]) -> None:
    """Leave out what is on a place that another twin's actuator has.

    Args:
        twin: Its actuators are looked at.
        made: Its drivers; what is left out becomes a problem.
        users: Place to the actuator on it, of all twins before; gains those of this one.
    """
    for name in list(made.drivers):
        wanted = places_of(twin.actuators[name])
        used = next((place for place in wanted if place in users), None)
        if used is not None:
            del made.drivers[name]
            where = twin.where(f"actuators.{name}")
            made.problems[name] = f"{where}: {used} is used by {users[used]} already"
            continue
        users.update(dict.fromkeys(wanted, twin.full_name(name)))


def make_safe(config: Config) -> int:
    """Drive every actuator of this appliance into its safe state, now.

    Another process than the controller may call it, once the controller is gone.

    Returns:
        How many actuators are in their safe state.

    Raises:
        HardwareError: Some could not be driven; all others were.
    """
    twins = load_all(config.twins).twins
    buses = open_buses(config)
    wire(buses, twins, config)
    fitted = fit(twins, buses, {})
    safe = {
        twin.full_name(one.actuator): one.safe
        for twin in twins
        for one in settings_of(twin, Reader(twin.source))
    }
    failed: list[DtError] = []
    done = 0
    for key, one in fitted.items():
        if key not in safe:
            continue
        try:
            one.actuator.apply(safe[key])
            done += 1
        except DtError as error:
            failed.append(error)
    buses.close()
    if failed:
        raise failed[0]
    return done
