import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dt.codec import batch as batches
from dt.codec import logged as cut
from dt.errors import CodecError
from dt.store.records import SignalRow
from dt.twin.readings import Logged, Readings

ROWS = {
    5: SignalRow(name="dt:A/x", twin="dt:A", unit="Cel"),
    9: SignalRow(name="dt:A/y", twin="dt:A"),
}


def _logged(seq, signal=(5, 9)):
    n = len(seq)
    return Logged(
        epoch=3,
        seq=np.array(seq, np.int64),
        readings=Readings(
            signal=np.resize(np.array(signal, np.int32), n),
            observed_at=np.arange(n, dtype=np.int64) + 1_763_700_000_000,
            value=np.arange(n) / 10,
            code=np.zeros(n, np.uint16),
        ),
    )


def _batch_of(logged):
    return cut.batch_of(logged, ROWS, appliance="a", incarnation="0f")


def test_logged_readings_become_a_batch_with_their_names():
    made = batches.decode(batches.encode(_batch_of(_logged([7, 8, 9]))))
    assert (made.epoch, made.first, made.appliance, made.incarnation) == (3, 7, "a", "0f")
    assert [made.signals[n].id for n in made.which] == ["dt:A/x", "dt:A/y", "dt:A/x"]


def test_only_readings_without_a_hole_and_with_names_are_a_batch():
    for seq in ([], [7, 9], [7, 9, 9], [9, 8]):
        with pytest.raises(CodecError, match="hole"):
            _batch_of(_logged(seq))
    with pytest.raises(CodecError, match="signal 6 has no name"):
        _batch_of(_logged([1, 2], signal=(5, 6)))


@given(st.sets(st.integers(1, 60), max_size=60), st.integers(1, 9))
def test_pieces_are_all_readings_without_holes_and_small(numbers, most):
    logged = _logged(sorted(numbers))
    found = list(cut.pieces(logged, most))
    assert [n for piece in found for n in piece.seq.tolist()] == sorted(numbers)
    for piece in found:
        assert 1 <= len(piece) <= most
        assert piece.seq[-1] - piece.seq[0] + 1 == len(piece) == len(piece.readings)
