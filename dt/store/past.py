"""What a rule would have seen: the history of its inputs, bounded in memory.

Single readings where there are few enough of them; else the means of equal parts of the
time, which show no peak that is shorter than a part.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from dt.rules.dry_run import Column
from dt.rules.rule import Rule
from dt.store.log import Log
from dt.twin.readings import Series

MOST = 400_000
"""Readings of all inputs together that are taken as they are."""
_SHARE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The history of a rule's inputs.

    Attributes:
        columns: Of those inputs that have any history, in the order of the rule.
        bucket_ms: Length of the parts whose means these are; 0: single readings.
        rows: How many values there are.
    """

    columns: tuple[Column, ...]
    bucket_ms: int
    rows: int


def past_of(log: Log, rule: Rule, start: int, end: int, most: int = MOST) -> Past:
    """Return the history of a rule's inputs in [start, end) UTC ms.

    Args:
        log: Where it is.
        rule: Whose inputs.
        start: UTC ms.
        end: UTC ms, excluded.
        most: More readings than this become means, of a twentieth as many parts each.
    """
    known = log.signals()
    names = [one.full_name for one in rule.inputs if one.full_name in known]
    single = _single(log, [(name, known[name].id) for name in names], (start, end), most)
    if single is not None:
        return Past(columns=single, bucket_ms=0, rows=sum(len(c.at) for c in single))
    found = log.series([known[name].id for name in names], start, end, most // _SHARE)
    columns = tuple(_of_means(one) for one in found)
    return Past(
        columns=columns,
        bucket_ms=max((one.bucket_ms for one in found), default=0),
        rows=sum(len(column.at) for column in columns),
    )


def _single(
    log: Log, signals: Sequence[tuple[str, int]], span: tuple[int, int], most: int
) -> tuple[Column, ...] | None:
    """Return the readings themselves; None: there are too many, or they are gone."""
    columns: list[Column] = []
    left = most
    for name, number in signals:
        column = _read(log, (name, number), span, left)
        if column is None:
            return None
        left -= len(column.at)
        columns.append(column)
    return tuple(columns)


def _read(
    log: Log, signal: tuple[str, int], span: tuple[int, int], left: int
) -> Column | None:
    times, values, codes = [], [], []
    for _, readings, _ in log.readings([signal[1]], *span):
        left -= len(readings)
        if left < 0:
            return None
        times.append(readings.observed_at)
        values.append(readings.value)
        codes.append(readings.code)
    if not times:
        oldest = log.series([signal[1]], *span, 1)
        if any(len(one) for one in oldest):
            return None  # only roll-ups are left
    return Column(
        signal=signal[0],
        at=np.concatenate([np.empty(0, np.int64), *times]),
        value=np.concatenate([np.empty(0), *values]),
        code=np.concatenate([np.empty(0, np.uint16), *codes]),
    )


def _of_means(series: Series) -> Column:
    bad = ~np.isfinite(series.mean)
    return Column(
        signal=series.signal,
        at=series.t,
        value=series.mean,
        code=np.where(bad, 2, 0).astype(np.uint16),
    )


def coarse(rule: Rule, bucket_ms: int) -> Rule:
    """Return the rule as it can judge means: what is a part apart is without a break.

    Args:
        rule: As it judges readings.
        bucket_ms: Of a `Past`; 0: the very same rule is returned.
    """
    if not bucket_ms:
        return rule
    least = 2 * bucket_ms
    silent = rule.conditions.silent_ms
    return replace(
        rule,
        timing=msgspec.structs.replace(rule.timing, gap=max(rule.timing.gap, least)),
        inputs=tuple(
            replace(one, max_age_ms=max(one.max_age_ms, least)) for one in rule.inputs
        ),
        conditions=replace(
            rule.conditions, silent_ms=None if silent is None else max(silent, least)
        ),
    )
