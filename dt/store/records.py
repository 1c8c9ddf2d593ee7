"""What the store tells about signals, processes, sensors and itself."""

import msgspec


class SignalRow(msgspec.Struct, frozen=True, kw_only=True):
    """A signal as the store knows it.

    Attributes:
        name: Full name, ``dt:PlantBox_001/air.temperature``.
        twin: Id of its twin, ``dt:PlantBox_001``.
        unit: UCUM code; empty: without unit.
        title: For people; empty: use the name.
        id: Number in the log; given by `Log.register`, ignored when handed to it.
    """

    name: str
    twin: str
    unit: str = ""
    title: str = ""
    id: int = 0


class Latest(msgspec.Struct, frozen=True, kw_only=True):
    """The newest reading of a signal: the greatest time, then the last to arrive.

    Attributes:
        seq: Its number in the epoch.
        epoch: The life of the live log that numbered it.
        observed_at: UTC ms.
        value: In the signal's unit; NaN when it is bad.
        code: Quality, reason, score and clock (see `dt.twin.quality`).
    """

    seq: int
    epoch: int
    observed_at: int
    value: float
    code: int


class ProcessState(msgspec.Struct, frozen=True, kw_only=True):
    """A heartbeat of one process.

    Attributes:
        name: Of the service, ``collector``.
        pid: Process id.
        started_at: UTC ms.
        beat_at: UTC ms of this heartbeat.
        rss_bytes: Resident memory.
        cpu_s: Processor time used since its start, in s.
        detail: Anything short that the health page should tell.
    """

    name: str
    pid: int
    started_at: int
    beat_at: int
    rss_bytes: int = 0
    cpu_s: float = 0.0
    detail: dict[str, str] = {}


class SensorState(msgspec.Struct, frozen=True, kw_only=True):
    """How one sensor does.

    Attributes:
        twin: Id of its twin.
        sensor: Its name in the twin.
        driver: Name of the driver.
        bus: Bus it is on; empty: none.
        condition: ``starting``, ``ok``, ``lost``, ``quarantined`` or ``hung``.
        since: UTC ms when this condition began.
        code: Of the last error; empty: none.
        message: Of the last error.
        next_try: UTC ms of the next attempt; None: by its schedule.
        reads: Good reads since the process started.
        failures: Failed reads since the process started.
        last_ms: How long the last read took, in ms.
    """

    twin: str
    sensor: str
    driver: str
    bus: str = ""
    condition: str = "starting"
    since: int = 0
    code: str = ""
    message: str = ""
    next_try: int | None = None
    reads: int = 0
    failures: int = 0
    last_ms: float = 0.0


class EpochRow(msgspec.Struct, frozen=True, kw_only=True):
    """One life of the live log, or one bulk import.

    Attributes:
        epoch: Its number; increasing.
        incarnation: Random 64 bits in hex: two cards with one epoch are two clones.
        kind: ``live`` or ``import``.
        created: UTC ms, as the clock said then.
        sealed: Readings up to this seq are in chunks.
        shift_ms: What to add to times taken before the clock was trusted; None: not
            known yet.
    """

    epoch: int
    incarnation: str
    kind: str
    created: int
    sealed: int = 0
    shift_ms: int | None = None


class KeeperState(msgspec.Struct, frozen=True, kw_only=True):
    """How the keeper does; it lives in the collector and is told through the live log.

    Attributes:
        at: UTC ms of its last step; 0: no keeper has run in this epoch.
        error_code: Why it cannot write now; empty: it can.
        error: The message of that error.
        since: UTC ms since when it cannot; None: it can.
        running_s: Since its start, in s.
        bytes_written: To disks, by its whole process since its start.
        readings_journalled: Since its start.
        chores: What the chores have to tell, by their names (JSON texts).
    """

    at: int = 0
    error_code: str = ""
    error: str = ""
    since: int | None = None
    running_s: float = 0.0
    bytes_written: int = 0
    readings_journalled: int = 0
    chores: dict[str, str] = {}


class StoreHealth(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes, bounds and faults of the store.

    Attributes:
        epoch: The life of the live log that is open.
        incarnation: Its random number in hex.
        loss_bound_s: At most this much is lost at a power cut, in s.
        unsaved: Readings in memory only: not in the journal yet.
        unsaved_s: How long the oldest of them has waited, in s.
        live_readings: Readings in the live log.
        live_bytes: Size of the live log in memory.
        journal_readings: Readings in the journal, not sealed yet.
        chunks: Number of sealed chunks.
        chunk_readings: Readings in them.
        rollups: Number of roll-up blocks.
        rollup_buckets: Buckets in them.
        telemetry_bytes: Size of telemetry.db.
        wal_bytes: Size of its write-ahead log.
        bytes_per_reading: At rest, all told; 0.0: nothing is sealed yet.
        oldest: UTC ms of the oldest reading; None: there is none.
        newest: UTC ms of the newest reading; None: there is none.
        disk_free: Bytes free where telemetry.db is.
        disk_total: Bytes of that file system.
        budget: Bytes that the databases may use.
        sheds: Ranges that were given up before their time, for people.
        set_aside: Names of damaged files that were set aside.
        sd_life_years: Estimate at the present rate, see `dt.store.health`; None: too early.
        keeper: How the keeper does.
    """

    epoch: int
    incarnation: str
    loss_bound_s: float
    unsaved: int = 0
    unsaved_s: float = 0.0
    live_readings: int = 0
    live_bytes: int = 0
    journal_readings: int = 0
    chunks: int = 0
    chunk_readings: int = 0
    rollups: int = 0
    rollup_buckets: int = 0
    telemetry_bytes: int = 0
    wal_bytes: int = 0
    bytes_per_reading: float = 0.0
    oldest: int | None = None
    newest: int | None = None
    disk_free: int = 0
    disk_total: int = 0
    budget: int = 0
    sheds: tuple[str, ...] = ()
    set_aside: tuple[str, ...] = ()
    sd_life_years: float | None = None
    keeper: KeeperState = KeeperState()
