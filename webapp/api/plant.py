"""The addresses of the older plant clients, answered from the same store.

They send JSON, or a JSON text that holds JSON. Which signal a ``data_type`` means is told
by `webapp.plants`.
"""

import re
import zlib
from typing import Annotated, Literal

import msgspec
import numpy as np
from flask import Blueprint

from dt.errors import NotFoundError
from dt.store.records import SignalRow
from dt.store.users import Role
from dt.twin.readings import Floats, Ints
from webapp import plants
from webapp.api.operation import Operation, serve
from webapp.auth.identity import Scope, known_caller
from webapp.context import Context, current

blueprint = Blueprint("plant", __name__)

MOST = 10_000
SENSORS = "plant.sensors"
_DAY_MS = 86_400_000
_LAST_MS = 253_402_300_800_000
DataType = Literal[
    "temperature", "humidity", "soil_moisture", "light_intensity", "camera_image"
]
Number = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]


class SensorDescriptor(msgspec.Struct, frozen=True, kw_only=True):
    """A sensor that a plant client runs.

    Attributes:
        name: A kind (``temperature`` …) or the full name of a signal, to read it later.
        sensor_id: As the client has it; ours is in the answer.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    sensor_id: int = 0
    pin: int = 0
    read_interval: int = 0


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """The id by which a sensor is known from now on; the same for the same name."""

    status: str
    sensor_id: int


class TimestampQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Readings of a kind in a range; the older names of the keys are known too."""

    data_type: DataType
    since: float | None = None
    until: float | None = None
    from_timestamp: float | None = None
    to_timestamp: float | None = None


class IdQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The newest readings of one sensor."""

    sensor_id: Number
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST)]


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """A value and its time, in the unit of time of the question."""

    value: float
    time: float


class SensorData(msgspec.Struct, frozen=True, kw_only=True):
    """A reading as plant clients know it; `timestamp` in s."""

    plant_id: int
    sensor_id: int
    timestamp: float
    value: float
    unit: str
    topic: str
    correlation_id: str


def _post(rule: str, summary: str, **rest: object) -> Operation:
    plain = Operation(
        method="POST", rule=rule, summary=summary, text_in_json=True, tag="plant"
    )
    return msgspec.structs.replace(plain, **rest)


@serve(
    blueprint,
    _post(
        "/bind_sensor",
        "Make a plant client's sensor known",
        body=SensorDescriptor,
        answer=Bound,
        role=Role.OPERATOR,
        scope=Scope.OPERATE,
    ),
)
def bind_sensor(body: SensorDescriptor) -> Bound:
    """Give a sensor an id; the same name gets the same id again."""
    context, who = current(), known_caller()
    known = _bound(context)
    found = {one.name: number for number, one in known.items()}
    number = found.get(body.name)
    if number is None:
        number = max([1000, *known]) + 1
        known[number] = body
        kept = {str(key): one for key, one in known.items()}
        with context.appliance.database.transaction():
            context.appliance.settings.set(SENSORS, kept, who.name)
            context.appliance.audit.add(who.name, "sensor.bind", body.name, None, body)
    return Bound(status="Sensor bound successfully", sensor_id=number)


@serve(
    blueprint,
    _post(
        "/data/timestamp",
        "Get readings of a kind in a range, times in s",
        body=TimestampQuery,
        answer=list[Point],
    ),
)
def by_seconds(body: TimestampQuery) -> list[Point]:
    """Return readings by time; times are UTC s."""
    return _points(current(), body, 1000.0)


@serve(
    blueprint,
    _post(
        "/api/data/timestamp",
        "Get readings of a kind in a range, times in ms",
        body=TimestampQuery,
        answer=list[Point],
    ),
)
def by_milliseconds(body: TimestampQuery) -> list[Point]:
    """Return readings by time; times are UTC ms."""
    return _points(current(), body, 1.0)


@serve(
    blueprint,
    _post(
        "/data/id",
        "Get the newest readings of a sensor, newest first",
        body=IdQuery,
        answer=list[SensorData],
    ),
)
def by_sensor(body: IdQuery) -> list[SensorData]:
    """Return the newest readings of a bound sensor, or of a signal by its number."""
    context = current()
    row = _row(context, body.sensor_id)
    at, value = _newest(context, row.id, body.limit)
    kind = _kind(context, row)
    return [
        SensorData(
            plant_id=plant_id(row.twin),
            sensor_id=body.sensor_id,
            timestamp=time / 1000.0,
            value=number,
            unit=row.unit,
            topic=f"dt.sensors.processed.{kind}",
            correlation_id=f"{row.id}-{time}",
        )
        for time, number in zip(at.tolist()[::-1], value.tolist()[::-1], strict=True)
    ]


def plant_id(twin: str) -> int:
    """Return the number of a plant: the digits that its twin's id ends in."""
    digits = re.search(r"(\d{1,9})$", twin)
    return int(digits[1]) if digits else zlib.crc32(twin.encode()) & 0x7FFFFFFF


def _points(context: Context, asked: TimestampQuery, scale: float) -> list[Point]:
    row = _mapping(context).get(asked.data_type)
    if row is None:
        raise NotFoundError(
            f"no signal is a {asked.data_type}",
            hint=f"name one in the setting {plants.SETTING}",
        )
    now = context.clock.now_ms()
    since = asked.since if asked.since is not None else asked.from_timestamp
    until = asked.until if asked.until is not None else asked.to_timestamp
    end = now + 1 if until is None else _millis(until, scale) + 1
    start = end - _DAY_MS if since is None else _millis(since, scale)
    at, value = _values(context, row.id, start, end)
    return [
        Point(value=number, time=time / scale)
        for time, number in zip(at.tolist(), value.tolist(), strict=True)
    ]


def _millis(time: float, scale: float) -> int:
    return round(min(max(time * scale, 0.0), float(_LAST_MS)))


def _values(context: Context, signal: int, start: int, end: int) -> tuple[Ints, Floats]:
    """Return times and values; of more than 10,000 readings, the means of buckets."""
    series = context.log.series([signal], start, max(end, start + 1), MOST)[0]
    good = ~np.isnan(series.mean)
    return series.t[good], series.mean[good]


def _newest(context: Context, signal: int, limit: int) -> tuple[Ints, Floats]:
    """Return the newest readings that have a value, looking back step by step."""
    at, value = np.empty(0, np.int64), np.empty(0, np.float64)
    latest = context.log.latest([signal]).get(signal)
    if latest is None:
        return at, value
    end, span = latest.observed_at + 1, 3_600_000
    while len(at) < limit and end > 0 and span < 20 * 366 * _DAY_MS:
        pieces = [r for _, r, _ in context.log.readings([signal], max(end - span, 0), end)]
        found_at = np.concatenate([*(r.observed_at for r in pieces), at])
        found = np.concatenate([*(r.value for r in pieces), value])
        good = np.isfinite(found)
        at, value = found_at[good][-limit:], found[good][-limit:]
        end, span = max(end - span, 0), span * 8
    return at, value


def _mapping(context: Context) -> dict[str, SignalRow]:
    settled = context.appliance.settings.struct(plants.SETTING, dict[str, str]) or {}
    return plants.mapping(context.log.signals().values(), settled)


def _bound(context: Context) -> dict[int, SensorDescriptor]:
    kept = context.appliance.settings.struct(SENSORS, dict[str, SensorDescriptor]) or {}
    return {int(number): one for number, one in kept.items()}


def _row(context: Context, sensor_id: int) -> SignalRow:
    rows = context.log.signals()
    bound = _bound(context).get(sensor_id)
    if bound is not None:
        row = rows.get(bound.name) or _mapping(context).get(bound.name)
    else:
        row = next((row for row in rows.values() if row.id == sensor_id), None)
    if row is None:
        raise NotFoundError(f"there is no sensor {sensor_id}", hint="bind it first")
    return row


def _kind(context: Context, row: SignalRow) -> str:
    for kind, found in _mapping(context).items():
        if found.id == row.id:
            return kind
    return row.name.partition("/")[2].replace(".", "_")
