"""How the appliance does, in one struct: for the health page, the API and the live feed."""

import shutil

import msgspec

from dt import __version__
from dt.store.records import ProcessState, SensorState, StoreHealth
from webapp.context import Context

SILENT_AFTER_MS = 30_000


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """The clock of the appliance: UTC ms now, whether it is believed, its time zone."""

    now: int
    trusted: bool
    timezone: str


class Disk(msgspec.Struct, frozen=True, kw_only=True):
    """The file system of the data folder, in bytes."""

    free: int
    total: int


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """How everything does.

    Attributes:
        appliance: Its slug.
        title: What people call it.
        version: Of the program.
        well: No process is silent, no sensor lost, no twin file broken, nothing unwritable.
        troubles: Otherwise, what is not well: one sentence each.
        processes: Last heartbeat of each.
        sensors: Condition of each.
        store: Sizes, bounds and faults.
    """

    appliance: str
    title: str
    version: str
    well: bool
    troubles: list[str]
    clock: Clock
    disk: Disk
    processes: list[ProcessState]
    sensors: list[SensorState]
    store: StoreHealth


def of(context: Context) -> Overview:
    """Return how the appliance of this context does now."""
    now = context.clock.now_ms()
    processes, sensors = context.log.processes(), context.log.sensors()
    store = context.log.health()
    usage = shutil.disk_usage(context.config.data_dir)
    troubles = [
        *(
            f"{process.name} has been silent for {(now - process.beat_at) // 1000} s"
            for process in processes
            if now - process.beat_at >= SILENT_AFTER_MS
        ),
        *(
            f"{sensor.twin}/{sensor.sensor} is {sensor.condition}: {sensor.message}"
            for sensor in sensors
            if sensor.condition not in {"ok", "starting"}
        ),
        *(f"{twin.file} is wrong" for twin in context.twin_files() if twin.error),
    ]
    if not any(process.name == "collector" for process in processes):
        troubles.append("the collector does not run")
    if store.keeper.error:
        troubles.append(f"the store cannot write: {store.keeper.error}")
    return Overview(
        appliance=context.log.appliance,
        title=context.title(),
        version=__version__,
        well=not troubles,
        troubles=troubles,
        clock=Clock(now=now, trusted=context.clock.trusted(), timezone=context.timezone()),
        disk=Disk(free=usage.free, total=usage.total),
        processes=processes,
        sensors=sensors,
        store=store,
    )
