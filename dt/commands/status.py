"""``dt status``: how the appliance on this machine does."""

import os
import sys
from contextlib import closing
from datetime import UTC, datetime

import click
import msgspec

from dt.cli import Settings
from dt.clock import SystemClock
from dt.config import Config
from dt.errors import ServiceError
from dt.store.appliance import Appliance
from dt.store.log import Log
from dt.store.records import ProcessState, SensorState, StoreHealth

SILENT_AFTER_MS = 30_000


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """What `dt status --json` prints."""

    appliance: str
    well: bool
    at: int
    clock_trusted: bool
    processes: tuple[ProcessState, ...]
    sensors: tuple[SensorState, ...]
    broken_twins: tuple[str, ...] = ()
    store: StoreHealth


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@click.pass_obj
def status(settings: Settings, /, *, as_json: bool) -> None:
    """Say how processes, sensors and store do; exit code 1 if something is wrong."""
    config = settings.load()
    if not (config.data_dir / "telemetry.db").exists():
        raise ServiceError(
            f"no appliance has run on {str(config.data_dir)!r} yet",
            hint="name its folder by --data or --config, or start it: dt up",
        )
    clock = SystemClock(config.clock.trust)
    broken = _broken_twins(config)
    log = Log.open(config, clock)
    try:
        now = clock.now_ms()
        processes = tuple(p for p in log.processes() if _lives(p.pid))
        sensors = tuple(log.sensors())
        found = Status(
            appliance=log.appliance,
            well=bool(processes)
            and all(now - p.beat_at < SILENT_AFTER_MS for p in processes)
            and all(s.condition in {"ok", "starting"} for s in sensors)
            and not broken,
            at=now,
            clock_trusted=clock.trusted(),
            processes=processes,
            sensors=sensors,
            broken_twins=broken,
            store=log.health(),
        )
    finally:
        log.close()
    click.echo(msgspec.json.encode(found).decode() if as_json else _text(found))
    sys.exit(0 if found.well else 1)


def _broken_twins(config: Config) -> tuple[str, ...]:
    """Return what is wrong with twin files, as the collector last saw them."""
    with closing(Appliance.open(config)) as appliance:
        return tuple(twin.error for twin in appliance.twins.all() if twin.error)


def _lives(pid: int) -> bool:
    """Tell whether a process is there: one that was stopped left its last heartbeat."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's
    return True


def _text(found: Status) -> str:
    lines = [f"{found.appliance}: {'all is well' if found.well else 'something is wrong'}"]
    if not found.processes:
        lines.append(
            "no process runs: start it with dt up, or systemctl start dt-collector"
        )
    for process in found.processes:
        silent = found.at - process.beat_at
        state = f"silent for {silent // 1000} s" if silent >= SILENT_AFTER_MS else "runs"
        size = f"{process.rss_bytes / 1e6:.0f} MB"
        lines.append(f"  {process.name:<12} {state:<10} pid {process.pid}, {size}")
    for sensor in found.sensors:
        name = f"{sensor.twin}/{sensor.sensor}"
        since = datetime.fromtimestamp(sensor.since / 1000, UTC).strftime(
            "%Y-%m-%d %H:%M:%SZ"
        )
        said = "" if sensor.condition == "ok" else f" since {since}: {sensor.message}"
        lines.append(f"  {name:<32} {sensor.condition}{said}")
    lines.extend(f"  broken twin: {error}" for error in found.broken_twins)
    store = found.store
    newest = "no readings yet" if store.newest is None else "newest reading "
    if store.newest is not None:
        newest += f"{max(found.at - store.newest, 0) / 1000:.1f} s ago"
    lines.append(
        f"  store: {newest}; at a power cut at most {store.loss_bound_s:g} s are lost; "
        f"{store.telemetry_bytes / 1e6:.1f} MB, {store.disk_free / 1e9:.1f} GB free"
    )
    if store.keeper.error:
        lines.append(f"  store cannot write: {store.keeper.error}")
    if not found.clock_trusted:
        lines.append("  the clock is not trusted yet: new readings get provisional times")
    return "\n".join(lines)
