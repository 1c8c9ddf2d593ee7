"""Each actuator that a twin declares gets its driver; one that is wrong stops no other."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from controller.declared import settings_of
from controller.plan import drivers_of
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
    for twin in twins:
        fresh = [
            name
            for name, declared in twin.actuators.items()
            if (known := before.get(twin.full_name(name))) is None
            or known.declared != declared
        ]
        made = drivers_of(twin, fresh, buses)
        for name, problem in made.problems.items():
            log.error("actuator not driven", extra={"actuator": name, "error": problem})
        for name, declared in twin.actuators.items():
            key = twin.full_name(name)
            if name in made.drivers:
                driver = made.drivers[name]
                found[key] = Fitted(
                    actuator=driver, verbs=frozenset(driver.VERBS), declared=declared
                )
            elif name not in fresh:
                found[key] = before[key]
    return found


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
