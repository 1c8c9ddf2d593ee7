"""Columns of numbers as few bytes: what journal, chunks and roll-ups are made of.

``docs/store.md`` tells the format and has a decoder of 20 lines. In short: integers as
differences (of order 0, 1 or 2) from their smallest, by byte planes; decimal fractions
as integers and a power of ten, other values by their 64 bits; all of it deflated, with
a CRC-32. What comes back is the same to the last bit.
"""

import struct
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dt.errors import CorruptError
from dt.twin.readings import Floats, Ints

Whole = NDArray[np.integer[Any]]

_HEAD = struct.Struct("<BBq")
_SCALE = struct.Struct("<BI")
_BITS = 255
_MAX_SCALE = 9
_SAMPLE = 512
_EXACT = float(2**53)


def encode(ints: Sequence[Whole], floats: Sequence[Floats], level: int = 6) -> bytes:
    """Return columns of one length as bytes.

    Args:
        ints: Whole numbers, each of shape (n,).
        floats: Any numbers, NaN and infinities too, each of shape (n,).
        level: Of deflate, 1 (fast) to 9 (small).
    """
    n = len((*ints, *floats)[0])
    parts = [struct.pack("<I", n), *map(_pack_ints, ints), *map(_pack_floats, floats)]
    deflate = zlib.compressobj(level, zlib.DEFLATED, -15)
    body = deflate.compress(b"".join(parts)) + deflate.flush()
    return zlib.crc32(body).to_bytes(4, "little") + body


def decode(blob: bytes, ints: int, floats: int) -> tuple[list[Ints], list[Floats]]:
    """Return the columns in a blob.

    Args:
        blob: What `encode` gave; anything may follow it.
        ints: How many columns of whole numbers it has.
        floats: How many other columns it has.

    Raises:
        CorruptError: The bytes are damaged.
    """
    try:
        inflate = zlib.decompressobj(-15)
        data = inflate.decompress(memoryview(blob)[4:])
        end = len(blob) - len(inflate.unused_data)  # zeros may follow
        if zlib.crc32(memoryview(blob)[4:end]).to_bytes(4, "little") != blob[:4]:
            raise CorruptError(f"a blob of {len(blob)} bytes does not fit its CRC")
        (n,) = struct.unpack_from("<I", data)
        at = 4
        whole, other = [], []
        for _ in range(ints):
            column, at = _unpack_ints(data, at, n)
            whole.append(column)
        for _ in range(floats):
            values, at = _unpack_floats(data, at, n)
            other.append(values)
    except (struct.error, zlib.error, ValueError, IndexError, TypeError) as error:
        raise CorruptError(f"a blob of {len(blob)} bytes is damaged: {error}") from error
    return whole, other


def scale_of(values: Floats) -> int | None:
    """Return how many decimals nearly all values have; None: they are not decimal."""
    sample = values[:: max(1, len(values) // _SAMPLE)]
    sample = sample[np.isfinite(sample)]
    if not len(sample):
        return 0
    best, found = 0.5, None
    for scale in range(_MAX_SCALE + 1):
        share = float(_scaled(sample, scale)[1].mean())
        if share > best + 0.02:
            best, found = share, scale
            if share > 0.98:
                break
    return found


def _pack_ints(column: Whole) -> bytes:
    values: Ints = column.astype(np.int64, copy=False)
    first: list[int] = []
    for _ in range(_order(values)):
        first.append(int(values[0]))
        values = np.diff(values)
    if not len(values):
        return _HEAD.pack(len(first), 0, 0) + struct.pack(f"<{len(first)}q", *first)
    base = values.min()
    above = (values - base).astype("<u8")  # wraps round, and back when it is read
    width = (int(above.max()).bit_length() + 7) // 8
    planes = above.view(np.uint8).reshape(-1, 8)[:, :width].T
    head = _HEAD.pack(len(first), width, int(base)) + struct.pack(f"<{len(first)}q", *first)
    return bytes(head + planes.tobytes())


def _order(values: Ints) -> int:
    """Return how often to take differences so that little is left."""
    middle = max(0, (len(values) - _SAMPLE) // 2)
    some = values[middle : middle + _SAMPLE].astype(np.float64)
    best, found = np.inf, 0
    for order in range(min(3, len(values))):
        spread = float(np.abs(some - some.mean()).mean()) if len(some) else 0.0
        if spread < best * 0.9 or (order == 1 and spread < best):
            best, found = spread, order
        some = np.diff(some)
    return found


def _unpack_ints(data: bytes, at: int, n: int) -> tuple[Ints, int]:
    order, width, base = _HEAD.unpack_from(data, at)
    at += _HEAD.size
    first = struct.unpack_from(f"<{order}q", data, at)
    at += 8 * order
    m = n - order
    if width > 8 or m < 0 or at + width * m > len(data):
        raise CorruptError(f"a column of {n} numbers is cut off")
    if width:
        rows = np.zeros((m, 8), np.uint8)
        rows[:, :width] = np.frombuffer(data, np.uint8, width * m, at).reshape(width, m).T
        values: Ints = rows.view("<i8").ravel()
        values += base
    else:
        values = np.full(m, base, np.int64)
    for start in reversed(first):
        total = np.empty(len(values) + 1, np.int64)
        total[0] = start
        np.cumsum(values, out=total[1:])
        total[1:] += start
        values = total
    return values, at + width * m


def _pack_floats(values: Floats) -> bytes:
    values = values.astype(np.float64, copy=False)
    scale = scale_of(values)
    if scale is not None:
        whole, exact = _scaled(values, scale)
        odd = np.flatnonzero(~exact)
        if len(odd) * 2 <= len(values):
            if len(odd):
                seen = np.where(exact, np.arange(len(values)), -1)
                seen = np.maximum.accumulate(seen)
                whole = whole[np.where(seen < 0, np.argmax(exact), seen)]
            packed = _SCALE.pack(scale, len(odd)) + _pack_ints(whole)
            if len(odd):
                packed += _pack_ints(odd) + _pack_ints(values[odd].view(np.int64))
            return packed
    return _SCALE.pack(_BITS, 0) + _pack_ints(np.ascontiguousarray(values).view(np.int64))


def _scaled(values: Floats, scale: int) -> tuple[Ints, NDArray[np.bool_]]:
    """Return values × 10^scale as integers (else 0), and where that is exact."""
    power = 10.0**scale
    with np.errstate(invalid="ignore", over="ignore"):
        whole = np.rint(values * power)
        fits = np.abs(whole) < _EXACT
        whole = np.where(fits, whole, 0.0)
        back = (whole + 0.0) / power  # + 0.0: no negative zero
    exact = fits & (back.view(np.int64) == np.ascontiguousarray(values).view(np.int64))
    return np.where(exact, whole, 0.0).astype(np.int64), exact


def _unpack_floats(data: bytes, at: int, n: int) -> tuple[Floats, int]:
    scale, odd = _SCALE.unpack_from(data, at)
    whole, at = _unpack_ints(data, at + _SCALE.size, n)
    if scale == _BITS:
        return whole.view(np.float64), at
    values = whole / 10.0**scale
    if odd:
        where, at = _unpack_ints(data, at, odd)
        bits, at = _unpack_ints(data, at, odd)
        values[where] = bits.view(np.float64)
    return values, at
