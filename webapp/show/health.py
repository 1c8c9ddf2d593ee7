"""How the appliance does, in rows and sentences for the health page."""

import msgspec

from dt.store.records import ProcessState, SensorState, StoreHealth
from dt.twin.description import TwinDescription
from webapp.language import _
from webapp.show import causes, numbers, times
from webapp.show.twins import condition_pill, condition_word

_SILENT_MS = 30_000


class ProcessRow(msgspec.Struct, frozen=True, kw_only=True):
    """One process: how it does, what it uses, what it tells."""

    name: str
    pill: str
    word: str
    beat_at: int
    started_at: int
    memory: str
    cpu: str
    detail: str


class SensorRow(msgspec.Struct, frozen=True, kw_only=True):
    """One sensor with its twin's name and its condition in words."""

    state: SensorState
    twin_name: str
    pill: str
    word: str
    share: str
    took: str


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a list of facts."""

    name: str
    text: str


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """How full the store is. `share` is 0–100; `kind`: ``part``, ``near``, ``over``."""

    used: int
    whole: int
    share: float
    kind: str
    sentence: str


def troubles(
    processes: list[ProcessRow],
    sensors: list[SensorRow],
    store: StoreHealth,
    broken: list[str],
) -> list[str]:
    """Return what is not well, one sentence each; empty: all is well."""
    found = [
        _("The process %(name)s is silent.", name=row.name)
        for row in processes
        if row.pill == "crit"
    ]
    if all(row.name != "collector" for row in processes):
        found.append(_("The collector does not run: nothing is measured."))
    found += [
        _(
            "Sensor %(name)s of %(twin)s is lost since %(since)s: %(why)s.",
            name=row.state.sensor,
            twin=row.twin_name,
            since=times.clock(row.state.since),
            why=causes.cause(row.state.code, row.state.message) or _("it does not answer"),
        )
        for row in sensors
        if row.pill == "crit"
    ]
    found += [_("The twin file %(file)s is broken.", file=file) for file in broken]
    if store.keeper.error:
        found.append(
            _(
                "The store cannot write: %(why)s.",
                why=causes.cause(store.keeper.error_code, store.keeper.error),
            )
        )
    return found


def process_rows(processes: list[ProcessState], now: int) -> list[ProcessRow]:
    """Return the processes, those that are silent first."""
    rows = [_process(process, now) for process in processes]
    return sorted(rows, key=lambda row: (row.pill == "good", row.name))


def _process(process: ProcessState, now: int) -> ProcessRow:
    silent = now - process.beat_at >= _SILENT_MS
    alive_s = max(1.0, (process.beat_at - process.started_at) / 1000)
    share = 100 * process.cpu_s / alive_s
    detail = " · ".join(
        f"{key.replace('_', ' ')} {value}" for key, value in process.detail.items()
    )
    return ProcessRow(
        name=process.name,
        pill="crit" if silent else "good",
        word=_("silent") if silent else _("runs"),
        beat_at=process.beat_at,
        started_at=process.started_at,
        memory=numbers.size(process.rss_bytes),
        cpu=numbers.with_unit(share, 1, "%"),
        detail=detail,
    )


def sensor_rows(
    sensors: list[SensorState], twins: dict[str, TwinDescription]
) -> list[SensorRow]:
    """Return the sensors, those that are lost first."""
    rows = [_sensor(state, twins) for state in sensors]
    order = {"crit": 0, "off": 1, "good": 2}
    return sorted(rows, key=lambda r: (order[r.pill], r.twin_name, r.state.sensor))


def _sensor(state: SensorState, twins: dict[str, TwinDescription]) -> SensorRow:
    twin = twins.get(state.twin)
    tried = state.reads + state.failures
    return SensorRow(
        state=state,
        twin_name=twin.name if twin else state.twin,
        pill=condition_pill(state.condition),
        word=condition_word(state.condition),
        share=numbers.with_unit(100 * state.failures / tried if tried else None, 1, "%"),
        took=numbers.with_unit(state.last_ms, 0 if state.last_ms >= 10 else 1, "ms"),
    )


def store_facts(store: StoreHealth, collector_s: float) -> list[Fact]:
    """Return what the store holds and where, from memory down to the disk.

    Args:
        store: Its health.
        collector_s: For how long the collector has run; 0: it does not.
    """
    facts = [
        Fact(name=_("In memory"), text=_layer(store.live_readings, store.live_bytes)),
        Fact(name=_("Not yet on the disk"), text=_unsaved(store)),
        Fact(name=_("Journal"), text=_readings(store.journal_readings)),
        Fact(
            name=_("Sealed chunks"),
            text=_(
                "%(readings)s in %(chunks)s chunks",
                readings=_readings(store.chunk_readings),
                chunks=numbers.text(store.chunks, 0),
            ),
        ),
        Fact(
            name=_("Roll-ups"),
            text=_(
                "%(buckets)s buckets in %(blocks)s blocks",
                buckets=numbers.text(store.rollup_buckets, 0),
                blocks=numbers.text(store.rollups, 0),
            ),
        ),
        Fact(
            name=_("Files"),
            text=_(
                "%(file)s, write-ahead log %(wal)s",
                file=numbers.size(store.telemetry_bytes),
                wal=numbers.size(store.wal_bytes),
            ),
        ),
    ]
    if store.bytes_per_reading:
        each = numbers.text(store.bytes_per_reading, 2)
        facts.append(Fact(name=_("Bytes a reading"), text=_("%(each)s at rest", each=each)))
    daily = _daily(store, collector_s)
    if daily:
        facts.append(Fact(name=_("Bytes a day"), text=daily))
    written = _written(store)
    if written:
        facts.append(Fact(name=_("Written to disk"), text=written))
    return facts


def _unsaved(store: StoreHealth) -> str:
    if not store.unsaved:
        return _("nothing")
    span = numbers.text(store.unsaved_s, 1)
    return _("%(readings)s, %(span)s s", readings=_readings(store.unsaved), span=span)


def _layer(readings: int, size: int) -> str:
    return f"{_readings(readings)} · {numbers.size(size)}"


def _readings(count: int) -> str:
    return numbers.count(count, _("reading"), _("readings"))


def _daily(store: StoreHealth, collector_s: float) -> str:
    if collector_s < 60 or not store.keeper.bytes_written:
        return ""
    return numbers.size(store.keeper.bytes_written / collector_s * 86_400)


def collector_seconds(processes: list[ProcessState]) -> float:
    """Return for how long the collector has run; 0: it does not."""
    ran = [p.beat_at - p.started_at for p in processes if p.name == "collector"]
    return max(ran, default=0) / 1000


def _written(store: StoreHealth) -> str:
    keeper = store.keeper
    if not keeper.readings_journalled:
        return ""
    each = keeper.bytes_written / keeper.readings_journalled
    return _(
        "%(each)s bytes for each reading, %(size)s since the start",
        each=numbers.text(each, 0),
        size=numbers.size(keeper.bytes_written),
    )


def loss_sentence(store: StoreHealth) -> str:
    """Return what a power cut may cost, as a sentence."""
    bound = numbers.text(store.loss_bound_s, 1)
    return _("At a power cut at most %(bound)s s of readings.", bound=bound)


def life_text(store: StoreHealth) -> str:
    """Return how long the flash card lasts at the present rate."""
    years = store.sd_life_years
    if years is None:
        return _("not known yet")
    if years > 50:
        return _("more than 50 years")
    return _("about %(years)s years", years=numbers.text(years, 0 if years >= 10 else 1))


def budget(store: StoreHealth) -> Budget:
    """Return how much of its budget the store uses."""
    used = store.telemetry_bytes + store.wal_bytes
    share = 100 * used / store.budget if store.budget else 0.0
    kind = "over" if share >= 100 else "near" if share >= 85 else "part"
    sentence = _(
        "%(used)s of %(whole)s; when it is full, what is finest and oldest goes first.",
        used=numbers.size(used),
        whole=numbers.size(store.budget),
    )
    return Budget(
        used=used,
        whole=store.budget,
        share=round(min(share, 100), 1),
        kind=kind,
        sentence=sentence,
    )


def clock_word(trusted: bool) -> str:
    """Return whether the clock is believed, in a word."""
    return _("trusted") if trusted else _("not yet trusted")


def clock_hint(trusted: bool) -> str:
    """Return what that means for the readings."""
    if trusted:
        return _("times are as the network or a clock chip says")
    return _("times are marked and put right once the clock is")
