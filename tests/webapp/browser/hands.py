"""An appliance whose hands have done something: every look of an actuator, a dry soil."""

import msgspec
import numpy as np

from dt.rules.alerts import Alert
from dt.rules.description import Clause, Firing, Happening, Seen, Severity, Trace
from dt.store.commands import NewCommand, Source, State
from dt.store.control import LoopWish
from dt.store.events import Event
from dt.store.properties import Limit, Property
from dt.store.records import SignalRow
from dt.twin.readings import Readings

TWIN = "dt:PlantBox_001"
MINUTE = 60_000
PUMP = Limit(
    max_on=30.0, min_off=600.0, duty_on=120.0, duty_window=3600.0, excludes=("heater",)
)


def with_hands(twin):
    """Return a twin with actuators, a loop and routines."""
    return msgspec.structs.replace(
        twin,
        metadata={"domain": ["Plant"]},
        actuators={
            "pump": {"driver": "relay", "max_on": "30s"},
            "light": {"driver": "relay", "title": "Grow light"},
            "heater": {"driver": "relay"},
            "fan": {"driver": "pwm"},
            "mister": {"driver": "relay"},
        },
        loops={
            "warmth": {
                "kind": "pid",
                "input": "air.temperature",
                "output": "heater",
                "setpoint": 22,
            }
        },
        routines=(
            {
                "id": "night",
                "at": "22:00",
                "then": [{"actuator": "light", "command": "OFF"}],
            },
            {
                "id": "dawn",
                "sun": "sunrise",
                "offset": "-30min",
                "then": [{"actuator": "light", "command": "ON", "duration": "1h"}],
            },
        ),
    )


def furnish(context):
    """Put properties, commands, an alert and a loop's history into a store."""
    appliance, now = context.appliance, context.clock.now_ms()
    for one in _properties(now):
        appliance.properties.put(one)
    appliance.control.lock(TWIN, "mister", "anna", "nozzle is blocked")
    _commands(context, now)
    _loop(context, now)


def _properties(now):
    return (
        Property(
            twin=TWIN,
            name="pump",
            desired="OFF",
            desired_by="rule too-dry",
            reported="OFF",
            off_since=now - 2 * MINUTE,
            runs=((now - 2 * MINUTE - 20_000, now - 2 * MINUTE),),
            limit=PUMP,
        ),
        Property(
            twin=TWIN,
            name="light",
            desired="ON",
            desired_by="routine morning",
            reported="ON",
            since=now - 300 * MINUTE,
            until=now + 300 * MINUTE,
            limit=Limit(max_on=57_600.0),
        ),
        Property(
            twin=TWIN,
            name="heater",
            desired="OFF",
            reported="OFF",
            held="leaf temperature is lost",
            loop="warmth",
            limit=Limit(max_on=900.0, requires=("leaf.temperature",)),
        ),
        Property(
            twin=TWIN,
            name="fan",
            desired="SET_PWM:0.4",
            desired_by="anna",
            reported="SET_PWM:0.4",
            since=now - MINUTE,
            until=now + 4 * MINUTE,
        ),
    )


def _commands(context, now):
    commands = context.appliance.commands
    ran = commands.submit(
        NewCommand(
            twin=TWIN,
            actuator="pump",
            command="ON",
            duration_s=10.0,
            source=Source.RULE,
            by="too-dry",
            reason="Soil is dry: 29.8 %",
        )
    )
    commands.move(ran.id, State.RUNNING)
    commands.move(ran.id, State.DONE)
    back = 25 * MINUTE  # as if it had been so long ago
    context.appliance.database.run(
        "UPDATE command SET asked_at=?1, started_at=?1, ended_at=?2 WHERE id=?3",
        now - back,
        now - back + 10_000,
        ran.id,
    )
    refused = commands.submit(
        NewCommand(
            twin=TWIN,
            actuator="pump",
            command="ON",
            duration_s=10.0,
            source=Source.RULE,
            by="too-dry",
            reason="Soil is dry: 29.6 %",
        )
    )
    commands.move(
        refused.id,
        State.REFUSED,
        "pump must rest 10 min between runs, 8 min left",
        interlock="min_off",
        allowed_at=now + 8 * MINUTE,
    )
    _alert(context, now, [refused.id])


def _alert(context, now, commands):
    at = now - 2 * MINUTE
    seen = Seen(signal="soil.moisture", value=29.6, observed_at=at, code=0)
    trace = Trace(
        text="soil.moisture < 30",
        why="soil.moisture < 30 held for 60 s in 24 readings",
        since=now - 3 * MINUTE,
        count=24,
        clauses=(Clause(text="soil.moisture < 30", held=True),),
        inputs=(seen,),
    )
    firing = Firing(
        rule="too-dry",
        twin=TWIN,
        happening=Happening.FIRED,
        at=now - 2 * MINUTE,
        severity=Severity.WARNING,
        latch=False,
        message="Soil is dry: 29.6 %",
        actions=(),
        trace=trace,
    )
    context.appliance.firings.add(firing, commands)
    context.appliance.alerts.raise_(
        Alert(
            key=f"{TWIN}/rules/too-dry",
            group=f"{TWIN}/rules/too-dry",
            twin=TWIN,
            severity=Severity.WARNING,
            text="Soil is dry: 29.6 %",
            raised_at=now - 2 * MINUTE,
            changed_at=now - 2 * MINUTE,
        )
    )


def _loop(context, now):
    names = {"loop.warmth.setpoint": "Cel", "loop.warmth.output": "1", "actuator.pump": "1"}
    ids = context.log.register(
        [SignalRow(name=f"{TWIN}/{key}", twin=TWIN, unit=u) for key, u in names.items()]
    )
    times = np.arange(now - 60 * MINUTE, now, 20_000)
    steps = np.arange(len(times))
    worlds = {
        "loop.warmth.setpoint": np.where(steps > 60, 22.0, 20.0),
        "loop.warmth.output": 0.3 + 0.2 * np.sin(steps / 30),
        "actuator.pump": np.where((steps % 60) < 2, 1.0, 0.0),
    }
    for key, values in worlds.items():
        context.log.append(
            Readings(
                signal=np.full(len(times), ids[f"{TWIN}/{key}"], np.int32),
                observed_at=times.astype(np.int64),
                value=values.astype(np.float64),
                code=np.zeros(len(times), np.uint16),
            )
        )
    context.appliance.control.set_wish(
        LoopWish(twin=TWIN, loop="warmth", setpoint=22.5, by="anna")
    )
    body = {
        "loop": "warmth",
        "gain": 0.31,
        "integral_s": 420.0,
        "derivative_s": 60.0,
        "period_s": 300.0,
        "amplitude": 0.4,
    }
    context.appliance.events.add(
        Event(kind="LoopTuned", twin=TWIN, source="warmth", text="Loop tuned", body=body)
    )
