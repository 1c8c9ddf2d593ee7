import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.jsonpath import find, steps_of
from collector.messages import Messages, Topic, number
from collector.rubbish import Rubbish
from dt.clock import SystemClock
from dt.errors import SourceError


class Heard:
    def __init__(self, **topics):
        self.rubbish = Rubbish(SystemClock(), "t", "s")
        self.names = tuple(topics)
        self.messages = Messages(topics, self.rubbish)

    def __call__(self, topic, payload):
        raws = []
        self.messages.add(topic, payload)
        self.messages.hand_over(raws.append)
        return [
            (raw.quantities[w], v, None if raw.observed_at is None else raw.observed_at[i])
            for raw in raws
            for i, (w, v) in enumerate(
                zip(raw.which.tolist(), raw.value.tolist(), strict=True)
            )
        ]


def test_a_plain_number_is_a_value_of_now():
    heard = Heard(a=Topic(topic="plant/temperature"))
    assert heard("plant/temperature", b" 21.5\n") == [("a", 21.5, None)]
    assert heard("plant/humidity", b"50") == []


def test_topics_may_have_wildcards():
    heard = Heard(a=Topic(topic="+/temperature"), b=Topic(topic="#"))
    assert [name for name, *_ in heard("x/temperature", b"1")] == ["a", "b"]
    assert [name for name, *_ in heard("x/y/z", b"1")] == ["b"]


def test_several_values_come_from_one_message_with_its_time():
    heard = Heard(
        a=Topic(topic="t", value="$.dht.t", time="$.ts"),
        b=Topic(topic="t", value="$.dht.h[1]", time="$.ts", time_format="ms"),
    )
    message = json.dumps({"ts": 1_770_000_000_000, "dht": {"t": 21, "h": [1, 55]}})
    assert heard("t", message.encode()) == [
        ("a", 21, 1_770_000_000_000),
        ("b", 55, 1_770_000_000_000),
    ]


def test_a_list_gives_each_value_with_its_own_time():
    heard = Heard(a=Topic(topic="t", value="$[*].v", time="$[*].t", time_format="s"))
    message = b'[{"t":1770000000,"v":1},{"t":1770000001,"v":null},{"t":1770000002,"v":3}]'
    assert heard("t", message) == [
        ("a", 1, 1_770_000_000_000),
        ("a", 3, 1_770_000_002_000),
    ]
    assert heard.rubbish.count == 0


@pytest.mark.parametrize("payload", [b'{"v":null}', b"{}", b'{"v":""}', b'{"w":5}', b"[]"])
def test_a_missing_value_is_missing_and_never_zero(payload):
    heard = Heard(a=Topic(topic="t", value="$.v"))
    assert heard("t", payload) == []
    assert heard.rubbish.count == 0


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff\xfe",
        b"{",
        b'{"v":"warm"}',
        b'{"v":[1]}',
        b'{"v":{"a":1}}',
        b'{"v":1e999}',
        b'{"v":NaN}',
        b'{"v":"inf"}',
        b'{"v":"1_0"}',
        b"[" * 100_000,
        b"x" * 2_000_000,
        b'{"v":1' + b"0" * 400 + b"}",
    ],
)
def test_rubbish_is_counted_and_gives_nothing(payload):
    heard = Heard(a=Topic(topic="t", value="$.v"))
    assert heard("t", payload) == []
    assert heard.rubbish.count == 1


@pytest.mark.parametrize("time", ["yesterday", -5, 1e30, None, True, []])
def test_a_time_that_is_none_makes_the_message_rubbish(time):
    heard = Heard(a=Topic(topic="t", value="$.v", time="$.t"))
    assert heard("t", json.dumps({"v": 1, "t": time}).encode()) == []
    assert heard.rubbish.count == 1


def test_rubbish_is_logged_once_and_then_once_a_minute(clock, caplog):
    rubbish = Rubbish(clock, "t", "s")
    for _ in range(1000):
        rubbish.add("x" * 5000)
        clock.forward(0.1)
    assert len(caplog.records) == 2
    assert len(caplog.records[0].seen) == 200


@given(st.binary(max_size=300))
def test_no_message_raises(payload):
    heard = Heard(a=Topic(topic="t", value="$.v", time="$.t"), b=Topic(topic="t"))
    for _, value, _ in heard("t", payload):
        assert math.isfinite(value)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=10,
)


@given(json_values, st.sampled_from(["$", "$.a", "$[0]", "$[*]", "$.a[*].b", "$[*][*]"]))
def test_no_document_raises(document, path):
    list(find(document, steps_of(path)))
    heard = Heard(a=Topic(topic="t", value=path, time="$.t"))
    heard("t", json.dumps(document).encode())


def test_paths_read_names_indices_and_quoted_keys():
    document = {"a b": {"c.d": [10, 20, {"e": 30}]}, "x": 1}
    assert list(find(document, steps_of("$['a b'][\"c.d\"][2].e"))) == [30]
    assert list(find(document, steps_of("x"))) == [1]
    assert list(find(document, steps_of("$['a b']['c.d'][-2]"))) == [20]
    assert list(find(document, steps_of("$.x.y"))) == []


@pytest.mark.parametrize("path", ["$.", "$[", "$[a]", "$..a", "$.a[1", "$[?(@.a)]"])
def test_a_path_that_is_none_is_refused(path):
    with pytest.raises(SourceError, match="is no path like"):
        Heard(a=Topic(topic="t", value=path))


def test_switches_are_one_and_zero():
    assert (number(True), number(False), number("3")) == (1.0, 0.0, 3.0)
