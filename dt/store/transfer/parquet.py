"""Parquet: columns time, signal, value, unit, quality, reason, score, clock.

Read either long like that, or wide with a column for each signal.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from dt.errors import PluginError, RequestError
from dt.store.transfer import moments
from dt.store.transfer.codes import words
from dt.store.transfer.columns import Layout, layout_of
from dt.store.transfer.piece import Exported, Piece, Reading, Reject
from dt.twin.readings import Floats, Ints

_BLOCK = 50_000
_HEADER = ("time", "signal", "value", "unit", "quality", "reason", "score", "clock")


def write(readings: Iterable[Exported]) -> Iterator[bytes]:
    """Yield a file's bytes, piece by piece."""
    arrow = _arrow()
    from pyarrow.parquet import ParquetWriter  # noqa: PLC0415 - 60 MB

    text = arrow.dictionary(arrow.int32(), arrow.string())
    kinds = [arrow.timestamp("ms", "UTC"), text, arrow.float64(), *[text] * 5]
    schema = arrow.schema(list(zip(_HEADER, kinds, strict=True)))
    sink = _Sink()
    with ParquetWriter(arrow.PythonFile(sink, "w"), schema, compression="zstd") as writer:
        for row, piece in readings:
            codes, index = np.unique(piece.code, return_inverse=True)
            said = [words(code) for code in codes.tolist()]
            zeros = np.zeros(len(piece), np.int32)
            fixed = [
                arrow.DictionaryArray.from_arrays(zeros, [name])
                for name in (row.name, row.unit)
            ]
            varied = [
                arrow.DictionaryArray.from_arrays(
                    index.astype(np.int32), arrow.array(column, arrow.string())
                )
                for column in zip(*said, strict=True)
            ]
            times = arrow.array(piece.observed_at).cast(kinds[0])
            value = arrow.array(piece.value, mask=np.isnan(piece.value))
            columns = [times, fixed[0], value, fixed[1], *varied]
            writer.write_batch(arrow.record_batch(columns, schema=schema))
            yield sink.take()
    yield sink.take()


def read(stream: BinaryIO, how: Reading) -> Iterator[Piece]:
    """Yield a file's readings in bounded pieces, in the file's order.

    Raises:
        RequestError: It is no Parquet file, or its columns say nothing.
    """
    arrow = _arrow()
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415 - 60 MB

    if not stream.seekable():
        raise RequestError("Parquet cannot be read from a pipe", hint="give a file")
    try:
        file = ParquetFile(stream)
        layout = layout_of(file.schema_arrow.names, how)
        row = 1
        for batch in file.iter_batches(_BLOCK):
            found = _taken(layout, batch, how, row)
            row += batch.num_rows
            if found is not None and len(found):
                yield found
    except arrow.ArrowException as error:
        raise RequestError(f"the file is no Parquet: {error}") from error


def _taken(layout: Layout, batch: Any, how: Reading, first: int) -> Piece | None:
    """Return a batch's readings; where a row is wrong, those of the halves around it."""
    try:
        return layout.piece(Arrow(batch))
    except ValueError as error:
        if batch.num_rows == 1:
            text = str(list(batch.to_pylist()[0].values()))[:200]
            how.refuse(Reject(line=first, reason=str(error), text=text))
            return None
    half = batch.num_rows // 2
    parts = [
        part
        for part in (
            _taken(layout, batch.slice(0, half), how, first),
            _taken(layout, batch.slice(half), how, first + half),
        )
        if part is not None
    ]
    return joined(parts) if parts else None


def joined(parts: Sequence[Piece]) -> Piece:
    """Return pieces of one file as one; the last knows the sources of all."""
    return Piece(
        sources=parts[-1].sources,
        which=np.concatenate([part.which for part in parts]),
        observed_at=np.concatenate([part.observed_at for part in parts]),
        value=np.concatenate([part.value for part in parts]),
        code=np.concatenate([part.code for part in parts]),
    )


class Arrow:
    """A block of typed columns."""

    def __init__(self, batch: Any) -> None:
        self._batch = batch

    def times(self, column: int, zone: tzinfo) -> Ints:
        """Return a column as UTC ms; ValueError if any is no time."""
        arrow = _arrow()
        array = self._batch.column(column)
        if array.null_count:
            raise ValueError("time is missing")
        if arrow.types.is_timestamp(array.type):
            naive = array.type.tz is None
            plain = array.cast(arrow.timestamp("ms", array.type.tz), safe=False)
            ms: Ints = plain.cast(arrow.int64()).to_numpy(zero_copy_only=False)
            return moments.to_utc(ms, zone) if naive else ms
        if arrow.types.is_integer(array.type) or arrow.types.is_floating(array.type):
            return moments.numbers(array.to_numpy(zero_copy_only=False))
        return moments.to_utc_ms(self.texts(column), zone)

    def numbers(self, column: int) -> Floats:
        """Return a column as numbers, NaN for nothing; ValueError if any is none."""
        arrow = _arrow()
        array = self._batch.column(column)
        try:
            plain = array.cast(arrow.float64())
        except arrow.ArrowException as error:
            raise ValueError(f"value is no number: {error}") from error
        numbers: Floats = plain.to_numpy(zero_copy_only=False).astype(np.float64)
        return numbers

    def empty(self, column: int) -> NDArray[np.bool_]:
        """Tell for each cell of a column whether nothing stands in it."""
        found: NDArray[np.bool_] = (
            self._batch.column(column).is_null().to_numpy(zero_copy_only=False)
        )
        return found

    def texts(self, column: int) -> Sequence[str]:
        """Return a column as texts."""
        return ["" if x is None else str(x) for x in self._batch.column(column).to_pylist()]


class _Sink:
    """A file that is only written to, and emptied as it grows."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._size += len(part)
        return len(part)

    def tell(self) -> int:
        return self._size

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    def writable(self) -> bool:
        return True

    def take(self) -> bytes:
        found = b"".join(self._parts)
        self._parts.clear()
        return found


def _arrow() -> Any:
    try:
        import pyarrow as pa  # noqa: PLC0415 - 60 MB
    except ImportError as error:
        raise PluginError(
            f"Parquet needs pyarrow: {error}",
            hint="pip install 'dt-appliance[edge]', or use another format",
        ) from error
    return pa
