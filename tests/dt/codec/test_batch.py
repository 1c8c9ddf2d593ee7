"""What is encoded comes back; what is wrong is refused with place, seen and expected."""

import json
import random

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dt.codec import batch as batches
from dt.codec.batch import Batch
from dt.codec.checked import LARGEST_INT, LARGEST_MS, LONGEST
from dt.codec.document import MOST, WireSignal
from dt.errors import CodecError, VersionError
from dt.twin.quality import Quality, Reason, pack

EXAMPLE = {
    "v": 1,
    "appliance": "plantbox-1",
    "epoch": 7,
    "incarnation": "9f3c…",
    "seq": 1200,
    "n": 4,
    "clock": "synced",
    "signals": [
        {"id": "dt:PlantBox_001/air.temperature", "unit": "Cel"},
        {"id": "dt:PlantBox_001/soil.moisture", "unit": "%"},
    ],
    "t0": 1763700000000,
    "dt": [0, 5, 5000, 5],
    "s": [0, 1, 0, 1],
    "x": [22.31, 41.2, 22.33, 41.1],
    "q": {"3": "bad"},
}
QUALITIES = st.builds(
    pack,
    st.sampled_from(Quality),
    st.sampled_from(Reason),
    score=st.none() | st.integers(0, 100).map(lambda percent: percent / 100),
    unsynced=st.booleans(),
)
SIGNALS = tuple(WireSignal(id=f"dt:A/s{n}", unit="Cel") for n in range(3))


@st.composite
def made_batches(draw):
    n = draw(st.integers(1, 30))
    code = np.array(draw(st.lists(QUALITIES, min_size=n, max_size=n)), np.uint16)
    value = draw(arrays.arrays(np.float64, n, elements=st.floats(allow_infinity=False)))
    value = np.where((code & 3) == 2, np.nan, np.where(np.isnan(value), 0.0, value))
    return Batch(
        appliance=draw(st.sampled_from(["a", "plantbox-1", "ä b"])),
        epoch=draw(st.integers(1, LARGEST_INT)),
        incarnation="00ff00ff00ff00ff",
        first=draw(st.integers(1, LARGEST_INT - 30)),
        signals=SIGNALS,
        which=draw(arrays.arrays(np.int32, n, elements=st.integers(0, 2))),
        observed_at=draw(arrays.arrays(np.int64, n, elements=st.integers(0, LARGEST_MS))),
        value=value,
        code=code,
    )


def _same(one, other):
    for name in ("appliance", "epoch", "incarnation", "first", "signals"):
        assert getattr(one, name) == getattr(other, name)
    for name in ("which", "observed_at", "value", "code"):
        mine, others = getattr(one, name), getattr(other, name)
        assert mine.dtype == others.dtype
        assert np.array_equal(mine, others, equal_nan=name == "value"), name
    assert np.array_equal(np.signbit(one.value), np.signbit(other.value))


def _bytes(**changes):
    return msgspec.json.encode({**EXAMPLE, **changes})


@given(made_batches())
def test_a_batch_comes_back_bit_by_bit(batch):
    _same(batches.decode(batches.encode(batch)), batch)


@given(made_batches())
def test_the_columns_are_what_the_contract_says(batch):
    told = json.loads(batches.encode(batch))
    assert list(told)[:12] == list(EXAMPLE)[:12]
    assert told["t0"] == batch.observed_at[0]
    assert np.array_equal(told["t0"] + np.cumsum(told["dt"]), batch.observed_at)
    bad = [n for n, x in enumerate(told["x"]) if x is None]
    assert bad == [int(n) for n, word in told.get("q", {}).items() if word == "bad"]


def test_the_example_of_the_contract_is_read():
    made = batches.decode(_bytes())
    assert made.seq.tolist() == [1200, 1201, 1202, 1203]
    assert made.end == 1204
    assert (made.observed_at - EXAMPLE["t0"]).tolist() == [0, 5, 5005, 5010]
    assert made.value[:3].tolist() == [22.31, 41.2, 22.33]
    assert np.isnan(made.value[3])
    assert made.code.tolist() == [0, 0, 0, pack(Quality.BAD)]
    assert [made.signals[n].unit for n in made.which] == ["Cel", "%", "Cel", "%"]


def test_what_a_healthy_batch_has_no_word_for_is_not_sent():
    made = batches.decode(_bytes(q={}))
    assert batches.encode(made) == _bytes(q={}).replace(b',"q":{}', b"")


def test_numbers_are_told_in_the_fewest_digits():
    made = batches.decode(_bytes(x=[0.1 + 0.2, 22.0, -0.0, 1e300], q={}))
    text = batches.encode(made)
    assert b'"x":[0.30000000000000004,22,-0.0,1e300]' in text
    assert batches.decode(text).value.tolist() == [0.1 + 0.2, 22.0, -0.0, 1e300]


def test_a_reading_without_value_is_bad_also_where_nobody_says_so():
    made = batches.decode(_bytes(x=[22.31, None, None, 41.1], q={"2": "bad"}, r={"2": 7}))
    not_a_number = pack(Quality.BAD, Reason.NOT_A_NUMBER)
    assert made.code.tolist() == [0, not_a_number, pack(Quality.BAD, Reason.CHECKSUM), 0]


def test_an_infinite_value_arrives_as_a_bad_reading():
    made = batches.decode(_bytes(q={}))
    made.value[1] = np.inf
    back = batches.decode(batches.encode(made))
    assert back.code.tolist() == [0, pack(Quality.BAD, Reason.NOT_A_NUMBER), 0, 0]


def test_a_provisional_clock_may_be_that_of_all_or_of_some():
    unsynced = pack(Quality.GOOD, unsynced=True)
    assert set(batches.decode(_bytes(clock="unsynced", q={})).code.tolist()) == {unsynced}
    some = batches.decode(_bytes(clock="unsynced", u=[1], q={}))
    assert some.code.tolist() == [0, unsynced, 0, 0]


def test_keys_of_a_newer_sender_are_passed_over():
    newer = _bytes(
        codec="x", extra=[[{"deep": [1, 2]}]], signals=[{"id": "a", "new": 1}] * 1
    )
    assert len(batches.decode(newer.replace(b'"s":[0,1,0,1]', b'"s":[0,0,0,0]'))) == 4


@pytest.mark.parametrize("version", [0, 2, -1, 10**30])
def test_another_version_is_refused_with_a_code_of_its_own(version):
    data = json.dumps({"v": version, "columns": "of tomorrow"}).encode()
    with pytest.raises(VersionError, match=r"is of version .*: expected 1") as caught:
        batches.decode(data)
    assert caught.value.code == "codec.version"
    assert caught.value.hint


WRONG = {
    "n above the limit": ({"n": MOST + 1}, r"batch, n: saw 1001, expected int <= 1000"),
    "no reading": ({"n": 0}, r"n: saw 0, expected int >= 1"),
    "short column": ({"x": [1.0]}, r"length of x: saw 1, expected 4, as n says"),
    "long column": ({"dt": [0] * 5}, r"length of dt: saw 5, expected 4"),
    "empty column": ({"s": []}, r"s: saw a list of 0, expected array of length >= 1"),
    "huge column": (
        {"s": [0] * 1001},
        r"s: saw a list of 1001, expected array",
    ),
    "signal of none": ({"s": [0, 1, 2, 1]}, r"s\[2\]: saw 2, expected below 2"),
    "negative signal": ({"s": [0, -1, 0, 0]}, r"s\[1\]: saw -1, expected int >= 0"),
    "signal twice": (
        {"signals": [{"id": "a"}] * 2},
        r"signals: saw 'a', expected each on",
    ),
    "no name": ({"signals": [{"id": ""}]}, r"signals\[0\]\.id: saw '', expected"),
    "a NUL": ({"signals": [{"id": "a\0"}]}, r"signals\[0\]\.id: saw 'a\\x00', expected"),
    "a line feed": ({"appliance": "a\n"}, r"appliance: saw 'a\\n', expected"),
    "word for number": ({"x": ["1", 2, 3, 4]}, r"x\[0\]: saw '1', expected float"),
    "true for number": ({"x": [True, 2, 3, 4]}, r"x\[0\]: saw True, expected float"),
    "fraction of a ms": ({"dt": [0, 0.5, 1, 1]}, r"dt\[1\]: saw 0.5, expected int"),
    "seq 0": ({"seq": 0}, r"seq: saw 0, expected int >= 1"),
    "negative seq": ({"seq": -5}, r"seq: saw -5, expected int >= 1"),
    "huge seq": ({"seq": 2**53}, r"seq: saw a huge number, expected int <="),
    "seq that grows huge": ({"seq": LARGEST_INT}, r"seq: saw \d+, expected \d+ at most"),
    "epoch 0": ({"epoch": 0}, r"epoch: saw 0, expected int >= 1"),
    "time before 1970": ({"t0": 1, "dt": [0, -2, 0, 0]}, r"time of reading\[1\]: saw -1"),
    "time after 9999": ({"t0": LARGEST_MS}, r"time of reading\[1\]: saw \d+, expected UTC"),
    "unknown clock": ({"clock": "sundial"}, r"clock: saw 'sundial', expected a word"),
    "unknown quality": ({"q": {"3": "sour"}}, r"q: saw 'sour', expected a word"),
    "quality of none": ({"q": {"4": "bad"}}, r"q: saw 4, expected indices below 4"),
    "reason of none": ({"r": {"9": 1}}, r"r: saw 9, expected indices below 4"),
    "penalty of none": ({"p": {"5": 1}}, r"p: saw 5, expected indices below 4"),
    "clock of none": ({"u": [4], "clock": "unsynced"}, r"u: saw 4, expected indices below"),
    "contradiction": ({"u": [1]}, r"u: saw a list of 1, expected nothing where clock"),
    "index as a word": ({"q": {"three": "bad"}}, r"q: .*expected int"),
    "penalty above 100": ({"p": {"1": 101}}, r"p.*expected int <= 100"),
    "reason above 31": ({"r": {"1": 32}}, r"r.*expected int <= 31"),
    "list for object": ({"q": [1]}, r"q: saw a list of 1, expected object"),
}


@pytest.mark.parametrize(("changes", "said"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_told_with_place_seen_and_expected(changes, said):
    with pytest.raises(CodecError, match=said) as caught:
        batches.decode(_bytes(**changes))
    assert caught.value.code == "codec.invalid"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b'"v"',
        b"{}",
        b'{"v":true}',
        b'{"v":1}',
        b"\xff\xfe",
        _bytes().replace(b"22.31", b"NaN"),
        _bytes().replace(b"22.31", b"1e999"),
        _bytes().replace(b"22.31", b"9" * 500),
        _bytes().replace(b'"t0"', b'"z":' + b"[" * 100_000),
        _bytes().replace(b'"t0":1', b'"z":' + b'{"a":' * 50_000),
        _bytes().replace(b"plantbox", b"\xff\xff"),
        _bytes()[:-1],
        _bytes() + b"x",
        b" " * (LONGEST + 1),
    ],
    ids=lambda data: repr(data[:12]),
)
def test_what_is_no_batch_at_all_is_refused(data):
    with pytest.raises(CodecError):
        batches.decode(data)


MUTANTS = 12_000
PIECES = (
    b"[",
    b"{",
    b'"',
    b"]",
    b"}",
    b":",
    b",",
    b"-",
    b"9" * 30,
    b"null",
    b"1e400",
    b"\xff",
)


def _mutant(data, chance):
    data = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 5, 20))):
        at = chance.randrange(len(data))
        kind = chance.randrange(5)
        if kind == 0:
            data[at] = chance.randrange(256)
        elif kind == 1:
            del data[at : at + chance.choice((1, 2, 10))]
        elif kind == 2:
            data[at:at] = chance.choice(PIECES)
        elif kind == 3:
            other = chance.randrange(len(data))
            data[at : at + 5] = data[other : other + 5]
        else:
            data[at : at + 1] = str(chance.randrange(-(10**20), 10**20)).encode()
        data = data or bytearray(b"0")
    return bytes(data)


def test_damaged_bytes_are_a_batch_or_a_codec_error():
    chance = random.Random(7)
    seeds = [_bytes(), _bytes(r={"1": 3}, p={"2": 40}, u=[0, 3], clock="unsynced")]
    read, longest = 0, 0
    for _ in range(MUTANTS):
        try:
            made = batches.decode(_mutant(chance.choice(seeds), chance))
        except CodecError as error:
            longest = max(longest, len(str(error)))
        else:
            read += 1
            _same(batches.decode(batches.encode(made)), made)
    assert longest < 600
    assert MUTANTS / 100 < read < MUTANTS / 2


@settings(max_examples=500)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner),
    ),
    st.sampled_from(list(EXAMPLE)),
)
def test_rubbish_in_any_key_is_a_batch_or_a_codec_error(rubbish, key):
    data = json.dumps({**EXAMPLE, key: rubbish}).encode()
    try:
        made = batches.decode(data)
    except CodecError:
        return
    assert 1 <= len(made) <= MOST


@settings(max_examples=500)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_batch_or_a_codec_error(data):
    with pytest.raises(CodecError):
        batches.decode(data)


@pytest.mark.parametrize("code", [3, 101 << 8])
def test_a_code_that_is_none_is_not_sent(code):
    made = batches.decode(_bytes())
    made.code[0] = code
    with pytest.raises(CodecError, match="a code is none"):
        batches.encode(made)


def test_columns_that_do_not_fit_are_not_sent():
    made = batches.decode(_bytes())
    made.which[2] = 9
    with pytest.raises(CodecError, match=r"s\[2\]: saw 9"):
        batches.encode(made)
