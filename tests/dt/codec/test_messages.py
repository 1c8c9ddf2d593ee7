"""Messages and events come back; newer ones are understood as far as they can be."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dt.codec import events, messages
from dt.codec.events import (
    AlertStep,
    Audit,
    CommandResult,
    Decision,
    Fact,
    Firing,
    Head,
    Unknown,
)
from dt.codec.messages import (
    Ack,
    Arguments,
    ConfigPart,
    DesiredConfig,
    Heartbeat,
    Held,
    RemoteCommand,
    TwinState,
)
from dt.errors import CodecError, VersionError
from dt.twin.ranges import Ranges
from dt.twin.uuid7 import uuid7

ID = str(uuid7(1_763_700_000_000, bytes(10)))
HEAD = {
    "id": ID,
    "appliance": "plantbox-1",
    "seq": 9,
    "at": 1_763_700_000_000,
    "twin": "dt:A",
}
EVENTS = [
    AlertStep(
        **HEAD, key="k", change="raise", condition="active", severity="warning", text="a\nb"
    ),
    Firing(**HEAD, rule="dry", happening="fired", severity="info", trace={"x": [1, None]}),
    Decision(**HEAD, model="kalman", body={"x": 1.5}, commands=(ID,)),
    CommandResult(
        **HEAD, command_id=ID, actuator="pump", command="ON", state="refused", source="rule"
    ),
    Audit(**HEAD, who="ann", action="user.add", target="bob", after={"role": "viewer"}),
    Fact(**HEAD, kind="SensorLost", severity=2, source="climate", text="lost"),
]
MESSAGES = [
    RemoteCommand(
        id=ID,
        appliance="plantbox-1",
        twin="dt:A",
        actuator="pump",
        command="ON",
        arguments=Arguments(duration_s=10),
        not_after=1,
    ),
    DesiredConfig(
        appliance="a", revision=3, at=1, parts=(ConfigPart(name="dt.yaml", text="x: 1\n"),)
    ),
    Ack(
        appliance="a",
        at=1,
        held=(Held(epoch=7, incarnation="9f3c", ranges=((1, 1200), (1300, 1301))),),
        events=((1, 10),),
    ),
    Heartbeat(
        appliance="a",
        at=1,
        version="0.1.0",
        clock="synced",
        ages_s={"dt:A/x": -0.5},
    ),
    TwinState(id="dt:A", at=1, description={"name": "A", "signals": {}}),
]


def _name(value):
    return type(value).__name__


@pytest.mark.parametrize("event", EVENTS, ids=_name)
def test_an_event_comes_back(event):
    assert events.decode(events.encode(event)) == event
    told = json.loads(events.encode(event))
    assert told["v"] == 1
    assert told["id"] == ID


def test_every_kind_of_event_is_tried_here():
    assert {type(event) for event in EVENTS} == set(Head.__subclasses__()) - {Unknown}


@pytest.mark.parametrize("message", MESSAGES, ids=_name)
def test_a_message_comes_back(message):
    assert messages.decode(messages.encode(message), type(message)) == message
    assert json.loads(messages.encode(message))["v"] == 1


def test_every_kind_of_message_is_tried_here():
    assert {type(message) for message in MESSAGES} == set(messages.Message.__args__)


@pytest.mark.parametrize("message", MESSAGES, ids=_name)
def test_keys_of_a_newer_sender_are_passed_over(message):
    told = {**json.loads(messages.encode(message)), "new": [{"deep": 1}]}
    assert messages.decode(json.dumps(told).encode(), type(message)) == message


@pytest.mark.parametrize("version", [0, 2, 99])
def test_another_version_is_refused(version):
    for message in MESSAGES:
        told = {**json.loads(messages.encode(message)), "v": version}
        with pytest.raises(VersionError, match=f"version {version}: expected 1"):
            messages.decode(json.dumps(told).encode(), type(message))
    with pytest.raises(VersionError):
        events.decode(json.dumps({"v": version, "type": "alert"}).encode())


def test_an_event_of_a_newer_type_keeps_its_head():
    told = {**HEAD, "v": 1, "type": "eclipse", "moon": "full"}
    made = events.decode(json.dumps(told).encode())
    assert made == Unknown(**HEAD, type="eclipse")


def _without(message, *keys):
    told = json.loads(messages.encode(message))
    return {key: value for key, value in told.items() if key not in keys}


WRONG = [
    (0, {"id": "1"}, r"command, id: saw '1', expected str matching"),
    (0, {"id": ID + "\n"}, r"command, id: saw '.*\\n', expected str matching"),
    (0, {"not_after": -1}, r"not_after: saw -1, expected int >= 0"),
    (
        0,
        {"arguments": {"duration_s": 0}},
        r"arguments.duration_s: saw 0, expected float >",
    ),
    (0, {"reason": "a\0"}, r"reason: saw 'a\\x00', expected"),
    (1, {"revision": 0}, r"desired configuration, revision: saw 0, expected int >= 1"),
    (1, {"parts": [{"name": "a"}]}, r"parts\[0\]: object missing required field text"),
    (
        2,
        {"events": [[1]]},
        r"ack, events\[0\]: saw a list of 1, expected array of",
    ),
    (2, {"events": [[1, 2]] * 10_001}, r"events: saw a list of 10001, expected array"),
    (3, {"clock": "late"}, r"heartbeat, clock: saw 'late', expected a word"),
    (3, {"temperature": "hot"}, r"temperature: saw 'hot', expected float"),
    (4, {"description": 5}, r"twin, description: saw 5, expected object"),
]


@pytest.mark.parametrize(("which", "changes", "said"), WRONG)
def test_what_is_wrong_is_told_with_place_seen_and_expected(which, changes, said):
    message = MESSAGES[which]
    data = json.dumps({**json.loads(messages.encode(message)), **changes}).encode()
    with pytest.raises(CodecError, match=said):
        messages.decode(data, type(message))


def test_a_missing_key_is_told():
    data = json.dumps(_without(MESSAGES[0], "not_after")).encode()
    with pytest.raises(CodecError, match=r"top level: .*not_after"):
        messages.decode(data, RemoteCommand)


@given(
    st.sampled_from([*EVENTS, *MESSAGES]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner),
    ),
    st.data(),
)
def test_rubbish_in_any_key_is_a_message_or_a_codec_error(message, rubbish, draw):
    told = json.loads(msgspec.json.encode(message))
    key = draw.draw(st.sampled_from(sorted(told)))
    data = json.dumps({**told, key: rubbish}).encode()
    try:
        if isinstance(message, Head):
            made = events.decode(data)
            assert isinstance(made, Head)
        else:
            made = messages.decode(data, type(message))
            assert type(made) is type(message)
    except CodecError:
        return


@given(st.binary(max_size=60))
def test_any_bytes_are_refused(data):
    with pytest.raises(CodecError):
        events.decode(data)
    for message in MESSAGES:
        with pytest.raises(CodecError):
            messages.decode(data, type(message))


def test_ranges_of_an_ack_become_a_set_and_back():
    held = messages.ranges_of(((5, 9), (1, 3), (2, 5)))
    assert held == Ranges.of((1, 9))
    assert messages.pairs_of(held) == ((1, 9),)
    with pytest.raises(CodecError, match=r"range is \[9, 5\)"):
        messages.ranges_of(((9, 5),))
