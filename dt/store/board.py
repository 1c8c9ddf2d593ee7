"""What processes and sensors tell of themselves: in memory only, no flash is written."""

import msgspec

from dt.store.live import Live
from dt.store.records import ProcessState, SensorState

_encode = msgspec.json.encode


def beat(live: Live, process: ProcessState) -> None:
    """Remember a process's heartbeat in the place of its last one."""
    live.write(
        "INSERT OR REPLACE INTO process VALUES (?, ?)", [(process.name, _encode(process))]
    )


def processes(live: Live) -> list[ProcessState]:
    """Return the last heartbeat of each process, by name."""
    rows = live.read("SELECT state FROM process ORDER BY name")
    return [msgspec.json.decode(_bytes(row[0]), type=ProcessState) for row in rows]


def set_sensor(live: Live, state: SensorState) -> None:
    """Remember how a sensor does, in the place of what was known."""
    row = (state.twin, state.sensor, _encode(state))
    live.write("INSERT OR REPLACE INTO sensor VALUES (?, ?, ?)", [row])


def sensors(live: Live) -> list[SensorState]:
    """Return how each sensor does, by twin and name."""
    rows = live.read("SELECT state FROM sensor ORDER BY twin, sensor")
    return [msgspec.json.decode(_bytes(row[0]), type=SensorState) for row in rows]


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""
