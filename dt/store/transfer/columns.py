"""What the columns of a table mean, and how a block of them becomes readings."""

import re
from collections.abc import Sequence
from datetime import tzinfo
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dt.errors import RequestError
from dt.store.transfer import moments
from dt.store.transfer.codes import Words, code_of
from dt.store.transfer.piece import Piece, Reading, Source, without_value
from dt.twin.quality import Codes, is_bad
from dt.twin.readings import Floats, Ids, Ints
from dt.twin.units import known

_ALIASES = {
    "time": ("time", "timestamp", "observed_at", "datetime", "date", "t", "ts"),
    "signal": ("signal", "name", "sensor", "sensor_id", "n"),
    "value": ("value", "v"),
    "unit": ("unit", "u"),
    "quality": ("quality",),
    "reason": ("reason",),
    "score": ("score",),
    "clock": ("clock",),
}
_WORDS = ("quality", "reason", "score", "clock")
_UNIT = re.compile(r"(.*\S)\s*\[([^\]]*)\]")


class Block(Protocol):
    """A block of rows, column by column."""

    def times(self, column: int, zone: tzinfo) -> Ints:
        """Return a column as UTC ms; ValueError if any is no time."""
        ...

    def numbers(self, column: int) -> Floats:
        """Return a column as numbers, NaN for nothing; ValueError if any is none."""
        ...

    def empty(self, column: int) -> NDArray[np.bool_]:
        """Tell for each cell of a column whether nothing stands in it."""
        ...

    def texts(self, column: int) -> Sequence[str]:
        """Return a column as texts."""
        ...


class Text:
    """A block of texts.

    Args:
        columns: Each a sequence of the same length.
        comma: A decimal comma may stand for the point.
    """

    def __init__(self, columns: list[tuple[str, ...]], comma: bool) -> None:
        self._columns = columns
        self._comma = comma

    def times(self, column: int, zone: tzinfo) -> Ints:
        """Return a column as UTC ms; ValueError if any is no time."""
        return moments.to_utc_ms(self._columns[column], zone)

    def numbers(self, column: int) -> Floats:
        """Return a column as numbers, NaN for nothing; ValueError if any is none."""
        texts: Sequence[str] = self._columns[column]
        try:
            return np.array(list(map(float, texts)), np.float64)
        except ValueError:
            return np.array([self._number(text) for text in texts], np.float64)

    def empty(self, column: int) -> NDArray[np.bool_]:
        """Tell for each cell of a column whether nothing stands in it."""
        return np.array([not text.strip() for text in self._columns[column]], np.bool_)

    def texts(self, column: int) -> Sequence[str]:
        """Return a column as texts."""
        return self._columns[column]

    def _number(self, text: str) -> float:
        text = text.strip()
        if self._comma:
            text = text.replace(",", ".", 1)
        try:
            return float(text) if text else float("nan")
        except ValueError:
            raise ValueError(f"value is {text[:40]!r}: expected a number") from None


class Layout(Protocol):
    """What the columns of one file mean."""

    width: int

    def piece(self, block: Block) -> Piece:
        """Return a block's readings; ValueError if any row is wrong."""
        ...


def layout_of(names: Sequence[str], how: Reading) -> "Long | Wide":
    """Return what a header means.

    Raises:
        RequestError: There is no column of times, or none of values.
    """
    found = {
        meaning: index
        for meaning in _ALIASES
        for index, name in reversed(list(enumerate(names)))
        if _meaning(name, how) == meaning
    }
    if "time" not in found:
        raise RequestError(
            f"the header has no column of times: saw {', '.join(names)[:200]!r}",
            hint="name it time, or say which it is: --map COLUMN=time",
        )
    if "signal" in found and "value" in found:
        return Long(found, len(names), how)
    return Wide(_signals(names, found["time"], how), found["time"], len(names), how)


def _meaning(name: str, how: Reading) -> str:
    if name in how.columns:
        return how.columns[name]
    low = name.lower()
    return next((word for word, known in _ALIASES.items() if low in known), "")


def _signals(names: Sequence[str], time: int, how: Reading) -> dict[int, Source]:
    sources = {}
    for index, name in enumerate(names):
        if index == time or not how.columns.get(name, name):
            continue
        bracket = None if name in how.columns else _UNIT.fullmatch(name)
        said, unit = (bracket[1], _unit(bracket[2])) if bracket else (name, "")
        try:
            sources[index] = Source(name=how.full_name(said), unit=unit)
        except ValueError as error:
            raise RequestError(
                f"column {index + 1}: {error}",
                hint="say its twin by --twin ID, or its signal by --map COLUMN=SIGNAL"
                " (--map COLUMN= leaves it out)",
            ) from error
    if not sources:
        raise RequestError(
            f"the header has no column of values: {', '.join(names)[:200]!r}"
        )
    return sources


def _unit(said: str) -> str:
    """Return a unit in brackets, which may be part of it: ``[degF]``."""
    return f"[{said}]" if not known(said) and known(f"[{said}]") else said


class Long:
    """A row for each reading."""

    def __init__(self, at: dict[str, int], width: int, how: Reading) -> None:
        self.width = width
        self._at = at
        self._how = how
        self._known: dict[tuple[str, str], int] = {}
        self._sources: list[Source] = []

    def piece(self, block: Block) -> Piece:
        """Return a block's readings; ValueError if any row is wrong."""
        times = block.times(self._at["time"], self._how.zone)
        value = block.numbers(self._at["value"])
        code = self._codes(block, len(value))
        nothing = np.isnan(value) & ~is_bad(code)
        if nothing.any() and (nothing & block.empty(self._at["value"])).any():
            raise ValueError("value is missing: expected a number, or quality bad")
        return Piece(
            which=self._which(block),
            sources=tuple(self._sources),
            observed_at=times,
            value=value,
            code=without_value(value, code),
        )

    def _which(self, block: Block) -> Ids:
        names = block.texts(self._at["signal"])
        unit = self._at.get("unit")
        units = block.texts(unit) if unit is not None else [""] * len(names)
        pairs = list(zip(names, units, strict=True))
        for pair in dict.fromkeys(pairs):
            if pair in self._known:
                continue
            source = Source(name=self._how.full_name(pair[0]), unit=pair[1].strip())
            self._known[pair] = len(self._sources)
            self._sources.append(source)
        return np.array([self._known[pair] for pair in pairs], np.int32)

    def _codes(self, block: Block, n: int) -> Codes:
        if "quality" not in self._at:
            return np.zeros(n, np.uint16)
        columns = [
            block.texts(self._at[word]) if word in self._at else [""] * n for word in _WORDS
        ]
        said = list(zip(*columns, strict=True))
        codes = {each: code_of(Words(*each)) for each in set(said)}
        if not any(codes.values()):
            return np.zeros(n, np.uint16)
        return np.array([codes[each] for each in said], np.uint16)


class Wide:
    """A column for each signal; an empty cell is no reading."""

    def __init__(
        self, sources: dict[int, Source], time: int, width: int, how: Reading
    ) -> None:
        self.width = width
        self._sources = sources
        self._time = time
        self._how = how

    def piece(self, block: Block) -> Piece:
        """Return a block's readings; ValueError if any row is wrong."""
        times = block.times(self._time, self._how.zone)
        parts: list[tuple[Ints, Floats]] = []
        for column in self._sources:
            value, at = block.numbers(column), times
            if np.isnan(value).any():
                said = ~block.empty(column)
                value, at = value[said], at[said]
            parts.append((at, value))
        value = np.concatenate([value for _, value in parts])
        sizes = [len(value) for _, value in parts]
        return Piece(
            sources=tuple(self._sources.values()),
            which=np.repeat(np.arange(len(sizes), dtype=np.int32), sizes),
            observed_at=np.concatenate([at for at, _ in parts]),
            value=value,
            code=without_value(value, np.zeros(len(value), np.uint16)),
        )
