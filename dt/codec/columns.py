"""The codes of a batch as a document tells them: only what is not as one hopes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dt.codec import checked
from dt.codec.document import Document
from dt.errors import CodecError
from dt.twin.quality import QUALITIES, UNSYNCED, Codes, Reason, pack
from dt.twin.readings import Ints

_USUAL = np.array([pack(quality) >> 8 for quality in QUALITIES], np.uint16)
"""The penalty of each quality when nothing else is said."""
_WORST = 100


def told(code: Codes) -> dict[str, Any]:
    """Return the keys of a `Document` that tell codes, those that are needed.

    Raises:
        CodecError: A code is none.
    """
    unsynced = np.flatnonzero(code & UNSYNCED)
    keys: dict[str, Any] = {"clock": "unsynced" if len(unsynced) else "synced"}
    if 0 < len(unsynced) < len(code):
        keys["u"] = unsynced.tolist()
    quality, reason, penalty = code & 0x3, code >> 2 & 0x1F, code >> 8
    if quality.max() >= len(QUALITIES) or penalty.max() > _WORST:
        raise CodecError("a code is none: expected three qualities, 0 to 100 % penalty")
    for key, column, default in (
        ("q", quality, 0),
        ("r", reason, 0),
        ("p", penalty, _USUAL[quality]),
    ):
        at = np.flatnonzero(column != default)
        if len(at):
            keys[key] = dict(zip(at.tolist(), column[at].tolist(), strict=True))
    if "q" in keys:
        keys["q"] = {at: QUALITIES[number] for at, number in keys["q"].items()}
    return keys


def codes_of(document: Document, empty: NDArray[np.bool_]) -> Codes:
    """Return the codes that a document tells.

    Args:
        document: Its indices are looked at here.
        empty: Which readings have no value: they are bad whatever is said.

    Raises:
        CodecError: An index is that of no reading, or `u` contradicts `clock`.
    """
    n = document.n
    quality = np.zeros(n, np.uint16)
    quality[_indices(document.q, n, "q")] = [
        QUALITIES.index(w) for w in document.q.values()
    ]
    silent = empty & (quality != 2)
    quality[silent] = 2
    penalty = _USUAL[quality]
    penalty[_indices(document.p, n, "p")] = list(document.p.values())
    reason = np.zeros(n, np.uint16)
    reason[_indices(document.r, n, "r")] = list(document.r.values())
    reason[silent & (reason == 0)] = Reason.NOT_A_NUMBER
    code = quality | reason << 2 | penalty << 8 | _clock(document)
    return code.astype(np.uint16)


def _clock(document: Document) -> Codes:
    flags = np.zeros(document.n, np.uint16)
    some = _indices(document.u, document.n, "u")
    if document.clock == "unsynced":
        flags[some if len(some) else slice(None)] = UNSYNCED
    elif len(some):
        raise checked.wrong("batch", "u", document.u, "nothing where clock is synced")
    return flags


def _indices(at: Mapping[int, object] | Sequence[int], n: int, key: str) -> Ints:
    indices = np.fromiter(at, np.int64, len(at))
    if len(indices) and indices.max() >= n:
        raise checked.wrong("batch", key, int(indices.max()), f"indices below {n}")
    return indices
