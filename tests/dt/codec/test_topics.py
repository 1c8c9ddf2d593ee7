import re

from dt.codec import topics
from dt.codec.checked import LONGEST
from dt.codec.topics import BY_NAME, FLEET, OPTIONAL, Key


def test_topics_are_those_of_the_contract():
    names = {topic.name: (str(topic.key), topic.compacted) for topic in FLEET}
    assert names == {
        "dt.readings.processed.v1": ("appliance", False),
        "dt.readings.raw.v1": ("appliance", False),
        "dt.events.v1": ("appliance", False),
        "dt.twins.v1": ("twin", True),
        "dt.commands.v1": ("appliance", False),
        "dt.config.v1": ("appliance", True),
        "dt.acks.v1": ("appliance", False),
        "dt.health.v1": ("appliance", True),
        "dt.deadletter.v1": ("", False),
    }
    assert {topic.name for topic in OPTIONAL} == {"meter-readings", "energy-processed"}
    assert len(BY_NAME) == len(FLEET) + len(OPTIONAL)


def test_the_brokers_time_counts_everywhere_and_a_batch_fits():
    for topic in BY_NAME.values():
        config = topic.config
        assert config["message.timestamp.type"] == "LogAppendTime"
        assert int(config["max.message.bytes"]) > LONGEST
        assert topic.partitions >= 1
        assert topic.compacted == ("retention.ms" not in config)
        assert config["cleanup.policy"] == ("compact" if topic.compacted else "delete")


def test_a_refused_record_of_any_topic_fits_among_the_dead_letters():
    rest = [topic.largest for topic in BY_NAME.values() if topic is not topics.DEADLETTER]
    assert topics.DEADLETTER.largest > max(rest)


def test_single_readings_have_a_topic_for_each_kind():
    raw, processed = topics.fan_out("humidity", raw=True), topics.fan_out("humidity")
    assert (raw.name, processed.name) == (
        "dt.sensors.raw.humidity",
        "dt.sensors.processed.humidity",
    )
    for kind in topics.FAN_OUT_KINDS:
        assert re.fullmatch(r"[a-zA-Z0-9._-]{1,249}", topics.fan_out(kind).name)
        assert topics.fan_out(kind).key is Key.APPLIANCE
