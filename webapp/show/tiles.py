"""What a signal's tile says: one of five states, in words and shape, not by colour only."""

from enum import StrEnum

import msgspec

from dt.store.records import Latest, SensorState
from dt.twin.quality import Quality, Reason, quality_of, reason_of
from webapp.language import _
from webapp.show import causes, numbers, times
from webapp.show.signals import Signal
from webapp.show.sparks import Spark

_ENOUGH_READS = 3

LOST = ("lost", "quarantined", "hung")


class State(StrEnum):
    """How much the number on a tile is worth."""

    GOOD = "good"
    UNCERTAIN = "uncertain"
    BAD = "bad"
    STALE = "stale"
    EMPTY = "empty"


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """One tile.

    Attributes:
        signal: What it shows.
        state: One of five.
        value: The number in words, or a dash.
        badge: A word beside the title; empty: none is needed.
        badge_kind: Its class: ``low``, ``high``, ``bad``, ``stale``, ``uncertain``.
        note: Below: limits, reason, where it comes from.
        at: UTC ms of the reading (of the loss, when the sensor is lost); None: never.
        age: That in words.
        lost: The age is that of the loss.
        spark: The small picture.
    """

    signal: Signal
    state: State
    value: str = numbers.DASH
    badge: str = ""
    badge_kind: str = ""
    note: str = ""
    at: int | None = None
    age: str = ""
    lost: bool = False
    spark: Spark = Spark()

    @property
    def outside(self) -> bool:
        """Whether the value is outside its limits."""
        return self.badge_kind in {"low", "high"}


def tile(
    signal: Signal,
    latest: Latest | None,
    sensor: SensorState | None,
    now: int,
    spark: Spark,
) -> Tile:
    """Return the tile of a signal.

    Args:
        signal: What it shows.
        latest: Its newest reading; None: there is none.
        sensor: How the sensor that reads it does; None: not known.
        now: UTC ms.
        spark: Its picture.
    """
    if sensor is not None and sensor.condition in LOST:
        return _lost(signal, sensor, now, spark)
    if latest is None:
        return Tile(
            signal=signal,
            state=State.EMPTY,
            badge=_("no data"),
            note=waiting_for(signal, sensor),
        )
    quality = quality_of(latest.code)
    age = times.ago(latest.observed_at, now)
    if quality is Quality.BAD:
        return Tile(
            signal=signal,
            state=State.BAD,
            badge=_("bad"),
            badge_kind="bad",
            note=reason_text(reason_of(latest.code)),
            at=latest.observed_at,
            age=age,
            spark=spark,
        )
    stale = now - latest.observed_at > signal.stale_ms
    state = State.STALE if stale else State(quality.value)
    badge, kind = _badge(signal, latest.value, state)
    uncertain = state is State.UNCERTAIN
    note = reason_text(reason_of(latest.code)) if uncertain else about(signal)
    return Tile(
        signal=signal,
        state=state,
        value=signal.text(latest.value),
        badge=badge,
        badge_kind=kind,
        note=note,
        at=latest.observed_at,
        age=age,
        spark=spark,
    )


def _lost(signal: Signal, sensor: SensorState, now: int, spark: Spark) -> Tile:
    span = times.span((now - sensor.since) / 1000)
    return Tile(
        signal=signal,
        state=State.BAD,
        badge=_("bad"),
        badge_kind="bad",
        note=causes.cause(sensor.code, sensor.message) or _("the sensor does not answer"),
        at=sensor.since,
        age=_("lost %(span)s ago", span=span),
        lost=True,
        spark=spark,
    )


def _badge(signal: Signal, value: float, state: State) -> tuple[str, str]:
    if state is State.STALE:
        return _("stale"), "stale"
    if state is State.UNCERTAIN:
        return _("uncertain"), "uncertain"
    if signal.low is not None and value < signal.low:
        return _("low"), "low"
    if signal.high is not None and value > signal.high:
        return _("high"), "high"
    return "", ""


def about(signal: Signal) -> str:
    """Return what stands below a good value: its limits, or where it comes from."""
    if signal.limits_text:
        return signal.limits_text
    return _("derived") if signal.derived else ""


def waiting_for(signal: Signal, sensor: SensorState | None) -> str:
    """Return a sentence that says what will bring the first reading."""
    if signal.derived:
        return _("It comes with the readings that it is computed from.")
    if not signal.sensor:
        return _("No sensor reads it; POST /api/v1/readings can bring it.")
    span = times.every(signal.every_s)
    if sensor is None:
        return _("The collector has not started %(sensor)s yet.", sensor=signal.sensor)
    if sensor.reads >= _ENOUGH_READS:
        return _("%(sensor)s answers, but does not tell this value.", sensor=signal.sensor)
    return _(
        "%(sensor)s is read every %(span)s; the first reading is on its way.",
        sensor=signal.sensor,
        span=span,
    )


def reason_text(reason: Reason) -> str:
    """Return why a reading is not good, in words."""
    return {
        Reason.NONE: "",
        Reason.NOT_A_NUMBER: _("not a number"),
        Reason.OUT_OF_RANGE: _("outside the possible range"),
        Reason.RATE_OF_CHANGE: _("changed too fast"),
        Reason.STUCK: _("has not changed for long"),
        Reason.HARDWARE_ABSENT: _("sensor does not answer"),
        Reason.HARDWARE_FAILED: _("sensor failed"),
        Reason.CHECKSUM: _("arrived damaged"),
        Reason.TIMEOUT: _("sensor too slow"),
        Reason.SOURCE_FAILED: _("source gave no data"),
        Reason.INPUT_BAD: _("an input is bad"),
        Reason.SOURCE_SAID: _("the source said so"),
        Reason.CALIBRATION: _("outside the calibration"),
        Reason.FUTURE: _("its time is in the future"),
    }.get(reason, "")
