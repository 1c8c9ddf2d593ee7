"""``/metrics``: numbers for a monitoring system, as Prometheus text or as JSON.

For tokens with the scope ``read``, signed-in people, and whoever asks from this machine.
prometheus-client is imported at the first request.
"""

import ipaddress
import math
from collections.abc import Iterator
from typing import Any

import msgspec
from flask import Blueprint, Response, request

from dt.store.users import Role
from webapp.api.operation import JSON, MARK, Operation
from webapp.auth import identity, policy
from webapp.auth.policy import Access
from webapp.context import Context, current
from webapp.overview import Overview
from webapp.overview import of as overview_of

ops = Blueprint("metrics", __name__)

_TEXT = "text/plain; version=0.0.4; charset=utf-8"


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """One number with its labels.

    Attributes:
        name: As Prometheus has it, with its unit.
        kind: ``gauge`` or ``counter``.
    """

    name: str
    kind: str
    help: str
    labels: dict[str, str]
    value: float


def metrics() -> Response:
    """Return the numbers of this appliance."""
    if not _is_here(request.remote_addr):
        policy.check(Access(role=Role.VIEWER), identity.caller())
    found = list(collected(current()))
    best = request.accept_mimetypes.best_match(["text/plain", JSON])
    if best == JSON:
        return Response(msgspec.json.encode(found), mimetype=JSON)
    return Response(text_of(found), content_type=_TEXT)


setattr(
    metrics,
    MARK,
    Operation(
        method="GET",
        rule="/metrics",
        summary="Get numbers for a monitoring system; JSON if Accept says so",
        answer=list[Metric],
        media=("text/plain", JSON),
        tag="ops",
    ),
)
ops.add_url_rule("/metrics", view_func=policy.open_to_all(metrics), methods=["GET"])


def collected(context: Context) -> Iterator[Metric]:
    """Yield every number of an appliance."""
    overview = overview_of(context)
    yield _gauge("dt_info", "Version of the program", 1, version=overview.version)
    yield _gauge("dt_well", "1: all is well", float(overview.well))
    yield _gauge("dt_clock_trusted", "1: it is", float(overview.clock.trusted))
    yield _gauge("dt_disk_free_bytes", "Of the data folder", overview.disk.free)
    yield from _of_processes(overview)
    yield from _of_sensors(overview)
    yield from _of_store(overview)
    yield from _of_signals(context, overview.clock.now)


def _of_processes(overview: Overview) -> Iterator[Metric]:
    for one in overview.processes:
        name = one.name
        age_s = (overview.clock.now - one.beat_at) / 1000
        yield _gauge("dt_process_beat_age_seconds", "Since its beat", age_s, process=name)
        memory = one.rss_bytes
        yield _gauge("dt_process_resident_bytes", "Memory", memory, process=name)
        yield _counter("dt_process_cpu_seconds", "Processor time", one.cpu_s, process=name)


def _of_sensors(overview: Overview) -> Iterator[Metric]:
    for one in overview.sensors:
        labels = {"twin": one.twin, "sensor": one.sensor, "driver": one.driver}
        ok = float(one.condition == "ok")
        yield _gauge("dt_sensor_ok", "1: it answers", ok, **labels)
        yield _counter("dt_sensor_reads", "Good reads", one.reads, **labels)
        yield _counter("dt_sensor_failures", "Failed reads", one.failures, **labels)


def _of_store(overview: Overview) -> Iterator[Metric]:
    store = overview.store
    numbers = {
        "loss_bound_seconds": ("Lost at most at a power cut", store.loss_bound_s),
        "unsaved_readings": ("In memory only", store.unsaved),
        "live_readings": ("In the live log", store.live_readings),
        "journal_readings": ("In the journal", store.journal_readings),
        "chunk_readings": ("In sealed chunks", store.chunk_readings),
        "telemetry_bytes": ("Size of telemetry.db", store.telemetry_bytes),
        "budget_bytes": ("What the databases may use", store.budget),
    }
    for name, (text, value) in numbers.items():
        yield _gauge(f"dt_store_{name}", text, value)


def _of_signals(context: Context, now: int) -> Iterator[Metric]:
    rows = {row.id: row for row in context.log.signals().values()}
    for signal, latest in sorted(context.log.latest().items()):
        row = rows.get(signal)
        if row is None:
            continue
        labels = {"signal": row.name, "unit": row.unit}
        age_s = (now - latest.observed_at) / 1000
        yield _gauge("dt_signal_age_seconds", "Since its newest reading", age_s, **labels)
        if math.isfinite(latest.value):
            yield _gauge("dt_signal_value", "Newest value", latest.value, **labels)


def text_of(found: list[Metric]) -> bytes:
    """Return numbers in the text format of Prometheus 0.0.4."""
    from prometheus_client import (  # noqa: PLC0415
        CollectorRegistry,
        core,
        generate_latest,
    )

    families: dict[str, Any] = {}
    for one in found:
        if one.name not in families:
            kind = (
                core.CounterMetricFamily
                if one.kind == "counter"
                else core.GaugeMetricFamily
            )
            families[one.name] = kind(one.name, one.help, labels=list(one.labels))
        families[one.name].add_metric(list(one.labels.values()), one.value)

    class Collected:
        """Hands the families to prometheus-client."""

        def collect(self) -> Iterator[Any]:
            """Yield every family."""
            yield from families.values()

    registry = CollectorRegistry()
    registry.register(Collected())
    text: bytes = generate_latest(registry)
    return text


def _is_here(address: str | None) -> bool:
    """Tell whether a request comes from this machine, through no proxy."""
    if not address or request.headers.get("X-Forwarded-For"):
        return False
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _gauge(name: str, text: str, value: float, **labels: str) -> Metric:
    return Metric(name=name, kind="gauge", help=text, labels=labels, value=float(value))


def _counter(name: str, text: str, value: float, **labels: str) -> Metric:
    return Metric(name=name, kind="counter", help=text, labels=labels, value=float(value))
