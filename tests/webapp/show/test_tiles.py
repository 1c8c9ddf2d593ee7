"""What a tile says in each of the five states."""

import math

import pytest

from dt.store.records import Latest, SensorState
from dt.twin.description import SensorSpec, SignalSpec, TwinDescription
from dt.twin.quality import Quality, Reason, pack
from dt.twin.quantities import Seconds
from webapp.show.signals import signal_of, signals_of, title_of
from webapp.show.sparks import Spark
from webapp.show.tiles import State, reason_text, tile

NOW = 1_790_000_000_000
TWIN = TwinDescription(
    id="dt:A",
    name="A",
    signals={
        "air.temperature": SignalSpec(unit="Cel", limits=(18, 28)),
        "slow": SignalSpec(unit="lx", deadband=1.0, heartbeat=Seconds(60)),
        "own": SignalSpec(unit="lx", stale_after=Seconds(300)),
    },
    sensors={
        "climate": SensorSpec(driver="dht22", reads={"temperature": "air.temperature"})
    },
)
SIGNAL = signal_of(TWIN, "air.temperature")


def shown(value=22.44, code=0, age_s=1, sensor=None):
    latest = Latest(seq=1, epoch=1, observed_at=NOW - age_s * 1000, value=value, code=code)
    return tile(SIGNAL, latest, sensor, NOW, Spark())


def test_a_good_value_has_its_limits_and_age_and_no_badge():
    one = shown()
    assert (one.state, one.value, one.badge) == (State.GOOD, "22.4", "")
    assert (one.note, one.age) == ("18 – 28 °C", "1 s ago")


@pytest.mark.parametrize(("value", "word"), [(17.9, "low"), (28.1, "high")])
def test_a_value_outside_its_limits_is_still_good_and_says_so(value, word):
    one = shown(value)
    assert (one.state, one.badge, one.outside) == (State.GOOD, word, True)


def test_an_uncertain_value_is_shown_with_its_reason():
    one = shown(code=pack(Quality.UNCERTAIN, Reason.STUCK))
    assert (one.state, one.value, one.badge) == (State.UNCERTAIN, "22.4", "uncertain")
    assert one.note == "has not changed for long"


def test_a_bad_reading_is_a_dash_with_its_reason():
    one = shown(math.nan, pack(Quality.BAD, Reason.CHECKSUM))
    assert (one.state, one.value, one.note) == (State.BAD, "–", "arrived damaged")


def test_an_old_value_is_stale_with_its_age():
    one = shown(age_s=240)
    assert (one.state, one.value, one.badge) == (State.STALE, "22.4", "stale")
    assert one.age == "4 min ago"


def test_a_lost_sensor_outweighs_the_last_value():
    state = SensorState(
        twin="dt:A",
        sensor="climate",
        driver="dht22",
        condition="lost",
        since=NOW - 180_000,
        message="the line stays low",
    )
    one = shown(sensor=state)
    assert (one.state, one.value, one.note) == (State.BAD, "–", "the line stays low")
    assert (one.age, one.lost) == ("lost 3 min ago", True)


def test_without_a_reading_a_sentence_says_what_will_bring_it():
    waiting = SensorState(twin="dt:A", sensor="climate", driver="dht22")
    one = tile(SIGNAL, None, waiting, NOW, Spark())
    assert one.state is State.EMPTY
    assert one.note == "climate is read every 5 s; the first reading is on its way."
    answers = SensorState(twin="dt:A", sensor="climate", driver="dht22", reads=3)
    told = tile(SIGNAL, None, answers, NOW, Spark()).note
    assert told == "climate answers, but does not tell this value."
    assert "has not started climate" in tile(SIGNAL, None, None, NOW, Spark()).note
    pushed = tile(signal_of(TWIN, "own"), None, None, NOW, Spark())
    assert "POST /api/v1/readings" in pushed.note


def test_a_signal_is_stale_by_its_own_rule_or_by_what_is_expected():
    ages = {one.key: one.stale_ms for one in signals_of(TWIN)}
    assert ages == {"air.temperature": 15_000, "slow": 150_000, "own": 300_000}


def test_digits_are_those_of_the_sensor_unless_declared():
    assert SIGNAL.digits == 1
    declared = SignalSpec(unit="Cel", digits=3)
    twin = TwinDescription(id="dt:B", name="B", signals={"x": declared})
    assert signal_of(twin, "x").digits == 3


def test_every_reason_has_words():
    assert all(reason_text(reason) for reason in Reason if reason is not Reason.NONE)


def test_a_title_is_made_from_the_name_if_the_file_gives_none():
    assert title_of("air.dew_point") == "Air dew point"
