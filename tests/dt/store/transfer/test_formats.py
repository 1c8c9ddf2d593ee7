"""Each format gives back what it was given, bit by bit."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dt.errors import RequestError
from dt.store.records import SignalRow
from dt.store.transfer import formats
from dt.store.transfer.codes import code_of, words
from dt.store.transfer.piece import Reading
from dt.twin.quality import Quality, Reason, pack
from dt.twin.readings import Readings

AIR = SignalRow(
    id=1, name="dt:PlantBox_001/air.temperature", twin="dt:PlantBox_001", unit="Cel"
)
ODD = SignalRow(id=2, name='dt:Ödd/a,"b"', twin="dt:Ödd", unit="")

codes = st.builds(
    pack,
    st.sampled_from([Quality.GOOD, Quality.UNCERTAIN]),
    st.sampled_from(list(Reason)),
    score=st.one_of(st.none(), st.floats(0, 1)),
    unsynced=st.booleans(),
)
bad = st.builds(
    pack, st.just(Quality.BAD), st.sampled_from(list(Reason)), unsynced=st.booleans()
)
good = st.tuples(st.floats(allow_nan=False, allow_infinity=False), st.just(0) | codes)
readings = st.lists(
    st.tuples(
        st.integers(2**28 * 1000, 253_402_300_799_999),
        good | st.tuples(st.just(float("nan")), bad),
    ),
    min_size=1,
    max_size=30,
)


def columns(rows):
    return Readings(
        signal=np.ones(len(rows), np.int32),
        observed_at=np.array([t for t, _ in rows], np.int64),
        value=np.array([v for _, (v, _) in rows], np.float64),
        code=np.array([c for _, (_, c) in rows], np.uint16),
    )


def read(name, data, **how):
    refused = []
    reading = Reading(refuse=refused.append, **how)
    pieces = list(formats.named(name).read(io.BytesIO(data), reading))
    return pieces, refused


def flat(pieces):
    return [
        (p.sources[i].name, p.sources[i].unit, t, v.hex(), c)
        for p in pieces
        for i, t, v, c in zip(
            p.which.tolist(),
            p.observed_at.tolist(),
            p.value.tolist(),
            p.code.tolist(),
            strict=True,
        )
    ]


@pytest.mark.parametrize("name", formats.NAMES)
@settings(max_examples=30, deadline=None)
@given(first=readings, second=readings)
def test_what_is_written_is_read_back_bit_by_bit(name, first, second):
    given_ = [(AIR, columns(first)), (ODD, columns(second)), (AIR, columns(second))]
    data = b"".join(formats.named(name).write(given_))
    pieces, refused = read(name, data)
    assert refused == []
    assert flat(pieces) == [
        (row.name, row.unit, t, v.hex(), c)
        for row, piece in given_
        for t, v, c in zip(
            piece.observed_at.tolist(),
            piece.value.tolist(),
            piece.code.tolist(),
            strict=True,
        )
    ]


@pytest.mark.parametrize("name", formats.NAMES)
def test_no_readings_are_a_file_without_readings(name):
    data = b"".join(formats.named(name).write([]))
    assert read(name, data) == ([], [])


@pytest.mark.parametrize("name", ["csv", "jsonl", "senml"])
def test_rubbish_is_refused_and_never_a_crash(name):
    for data in (b"", b"\xff\xfe\x00\x00", b"{" * 5000, b"time,value\n\x80", b"[1,2"):
        try:
            pieces, _ = read(name, data)
        except RequestError:
            continue
        assert flat(pieces) == []


def test_a_file_that_is_no_parquet_is_told():
    with pytest.raises(RequestError, match="no Parquet"):
        read("parquet", b"PAR1 but not really PAR1")


@given(codes | bad)
def test_words_say_all_of_a_code(code):
    assert code_of(words(code)) == code


def test_the_format_is_said_or_named_by_the_file():
    assert formats.name_for(Path("a.CSV")) == "csv"
    assert formats.name_for(Path("a.csv"), "senml") == "senml"
    with pytest.raises(RequestError, match="does not say its format"):
        formats.name_for(Path("a.xlsx"))
    with pytest.raises(RequestError, match="'xml': expected csv"):
        formats.name_for(Path("a.csv"), "xml")
