"""A batch of readings as it stands on the wire, key by key; ``docs/wire.md`` tells it."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from dt.codec.checked import LARGEST_MS, VERSION, Label, Moment, Name, Number, ShortName

MOST = 1000
"""Readings in one batch."""

_Step = Annotated[int, Meta(ge=-LARGEST_MS, le=LARGEST_MS)]
_Index = Annotated[int, Meta(ge=0, lt=MOST)]
_Reason = Annotated[int, Meta(ge=0, le=31)]
_Percent = Annotated[int, Meta(ge=0, le=100)]
_PerReading = Meta(min_length=1, max_length=MOST)


class WireSignal(msgspec.Struct, frozen=True, kw_only=True):
    """A signal that a batch speaks of.

    Attributes:
        id: Full name, ``dt:PlantBox_001/air.temperature``.
        unit: UCUM code; empty: without unit.
    """

    id: Name
    unit: Label = ""


class Document(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A batch: columns of n readings whose numbers follow each other.

    Attributes:
        v: Version of this schema.
        appliance: Who sends it.
        epoch: Life of the log that numbered the readings.
        incarnation: Random name of that epoch.
        seq: Number of the first reading.
        n: How many readings there are.
        clock: ``unsynced``: the times are provisional (of all readings, or of `u`).
        signals: What `s` counts.
        t0: UTC ms.
        dt: ms from the reading before, of the first one from `t0`; may be negative.
        s: Index into `signals` of each reading.
        x: Value of each reading in the signal's unit; null: it has none.
        q: Index of a reading to its quality, where that is not good.
        r: Index of a reading to the number of its reason, where there is one.
        p: Index of a reading to its penalty in percent, where that is not the usual one
            of its quality (good 0, uncertain 50, bad 100); the score is 1 - p / 100.
        u: Indices of the readings with a provisional time; empty: as `clock` says.
    """

    v: Annotated[int, Meta(ge=VERSION, le=VERSION)]
    appliance: ShortName
    epoch: Number
    incarnation: ShortName
    seq: Number
    n: Annotated[int, Meta(ge=1, le=MOST)]
    clock: Literal["synced", "unsynced"]
    signals: Annotated[list[WireSignal], _PerReading]
    t0: Moment
    dt: Annotated[list[_Step], _PerReading]
    s: Annotated[list[_Index], _PerReading]
    x: Annotated[list[float | None], _PerReading]
    q: dict[_Index, Literal["good", "uncertain", "bad"]] = {}
    r: dict[_Index, _Reason] = {}
    p: dict[_Index, _Percent] = {}
    u: list[_Index] = []
