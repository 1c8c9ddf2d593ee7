import pytest
from hypothesis import given
from hypothesis import strategies as st

from dt.codec import batch as batches
from dt.codec import dead_letters, envelope
from dt.codec.checked import LARGEST_MS
from dt.codec.dead_letters import Refused
from dt.codec.envelope import Envelope
from dt.codec.topics import READINGS
from dt.errors import CodecError

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
BATCH = (
    b'{"v":1,"appliance":"plantbox 1","epoch":7,"incarnation":"9f3c","seq":1200,"n":2,'
    b'"clock":"synced","signals":[{"id":"a"}],"t0":0,"dt":[0,1],"s":[0,0],"x":[1,2]}'
)
REFUSED = Refused(
    code="codec.signature",
    reason="signature does not fit",
    topic=READINGS.name,
    partition=3,
    offset=1 << 40,
    at=1_763_700_000_000,
)


@given(TEXT, TEXT, TEXT, st.none() | st.integers(0, LARGEST_MS))
def test_an_envelope_comes_back_over_kafka_and_http(id_, source, kind, at):
    made = Envelope(id=id_, source=source, type=kind, at=at)
    for prefix in (envelope.KAFKA, envelope.HTTP):
        assert envelope.read(envelope.headers_of(made, prefix), prefix) == made


def test_the_headers_are_those_of_cloudevents():
    made = Envelope(id="1", source="/centre", type="dt.acks.v1", at=1_763_700_000_005)
    assert envelope.headers_of(made) == (
        ("content-type", b"application/json"),
        ("ce_specversion", b"1.0"),
        ("ce_id", b"1"),
        ("ce_source", b"/centre"),
        ("ce_type", b"dt.acks.v1"),
        ("ce_time", b"2025-11-21T04:40:00.005Z"),
    )


def test_a_batch_that_is_sent_again_has_the_same_envelope():
    one, again = (batches.decode(BATCH) for _ in range(2))
    made = envelope.envelope_of(one, READINGS.name)
    assert made == envelope.envelope_of(again, READINGS.name)
    assert made.id == "7.9f3c.1200-1201"
    assert made.source == "/appliances/plantbox%201"
    assert made.type == "dt.readings.processed.v1"


def test_foreign_headers_and_other_minor_versions_are_passed_over():
    told = dict(envelope.headers_of(Envelope(id="1", source="s", type="t")))
    told |= {"trace": b"\xff", "ce_new": b"x", "ce_specversion": b"1.9"}
    assert envelope.read(told.items()).id == "1"
    upper = {name.upper(): value for name, value in told.items()}
    assert envelope.read(upper.items()).source == "s"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ce_id", b"", "ce_id is missing"),
        ("ce_source", None, "ce_source: saw nothing"),
        ("ce_type", b"\xff", "ce_type: saw bytes that are no UTF-8"),
        ("ce_type", b"x" * 2000, "ce_type: saw 2000 bytes"),
        ("ce_specversion", b"2.0", "ce_specversion: saw '2.0', expected 1.0"),
        ("ce_time", b"yesterday", "ce_time: saw 'yesterday', expected a time"),
        ("ce_time", b"2025-11-21T04:40:00", "ce_time: saw '2025-11-21T04:40:00'"),
    ],
)
def test_headers_that_are_wrong_are_told_by_name(name, value, said):
    told = dict(envelope.headers_of(Envelope(id="1", source="s", type="t", at=0)))
    with pytest.raises(CodecError, match=said):
        envelope.read({**told, name: value}.items())


@given(st.lists(st.tuples(st.sampled_from(["ce_id", "ce_time", "CE_TYPE"]), st.binary())))
def test_any_headers_are_an_envelope_or_a_codec_error(headers):
    with pytest.raises(CodecError):
        envelope.read(headers)


def test_a_time_of_no_year_is_not_sent():
    with pytest.raises(CodecError, match="expected UTC ms"):
        envelope.headers_of(Envelope(id="1", source="s", type="t", at=-1))


def test_a_dead_letter_tells_why_and_keeps_what_it_had():
    before = (("dt-sig", b"\xff\x00"), ("ce_id", b"1"))
    headers = dead_letters.headers_of(REFUSED, before)
    assert headers[:2] == before
    assert dead_letters.read(headers) == REFUSED
    again = dead_letters.headers_of(REFUSED, headers)
    assert sorted(again) == sorted(headers)


def test_a_long_reason_of_a_dead_letter_is_cut():
    long = Refused(code="c", reason="ä" * 5000, topic="t", partition=0, offset=0, at=0)
    assert dead_letters.read(dead_letters.headers_of(long, ())).reason == "ä" * 256


def test_headers_that_tell_no_dead_letter_are_refused():
    headers = dict(dead_letters.headers_of(REFUSED, ()))
    with pytest.raises(CodecError, match="dt-dead-offset is missing"):
        dead_letters.read({**headers, "dt-dead-offset": b""}.items())
    with pytest.raises(CodecError, match=r"dead letter.*int"):
        dead_letters.read({**headers, "dt-dead-offset": b"many"}.items())
