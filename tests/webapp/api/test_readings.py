"""Readings out: whole ranges in few points, and the newest."""

import numpy as np
import pytest

from dt.twin.readings import Series
from webapp.api.readings import gaps_of

NOW = 1_790_000_000_000
TEMPERATURE = "dt:PlantBox_001/air.temperature"
MOISTURE = "dt:PlantBox_001/soil.moisture"
NAN = float("nan")


def get(house, **query):
    return house.client("viewer").get("/api/v1/readings", query_string=query)


def test_readings_come_as_columns_with_their_unit(house):
    house.log(TEMPERATURE, [20.0, 20.5, 21.0], start=NOW - 3000)
    answer = get(house, signal=TEMPERATURE, **{"from": "-1h"}).json
    assert (answer["from"], answer["to"]) == (NOW - 3_600_000, NOW)
    assert answer["series"] == [
        {
            "signal": TEMPERATURE,
            "unit": "Cel",
            "bucket_ms": 0,
            "t": [NOW - 3000, NOW - 2000, NOW - 1000],
            "mean": [20.0, 20.5, 21.0],
            "min": [20.0, 20.5, 21.0],
            "max": [20.0, 20.5, 21.0],
            "n": [1, 1, 1],
            "gaps": [],
        }
    ]


def test_several_signals_come_in_the_order_asked_each_once(house):
    answer = get(house, signal=[MOISTURE, TEMPERATURE, MOISTURE]).json
    assert [one["signal"] for one in answer["series"]] == [MOISTURE, TEMPERATURE]


def test_never_more_points_than_asked_for(house):
    house.log(TEMPERATURE, np.sin(np.arange(5000)), start=NOW - 5_000_000)
    series = get(house, signal=TEMPERATURE, points=100, **{"from": "-2h"}).json["series"][0]
    assert 20 <= len(series["t"]) <= 100
    assert series["bucket_ms"] > 0
    assert sum(series["n"]) == 5000


def test_a_bad_reading_is_null_and_a_gap(house):
    house.log(TEMPERATURE, [20.0, NAN, 21.0], start=NOW - 3000)
    series = get(house, signal=TEMPERATURE).json["series"][0]
    assert series["mean"] == [20.0, None, 21.0]
    assert series["gaps"] == [[NOW - 3000, NOW - 1000]]


@pytest.mark.parametrize(
    "times",
    [
        {"from": NOW - 10_000, "to": NOW},
        {"from": "2026-09-21T14:13:10Z", "to": "2026-09-21T16:13:20+02:00"},
        {"from": "-10s", "to": "now"},
    ],
    ids=["ms", "iso", "relative"],
)
def test_times_are_understood_in_three_ways(house, times):
    answer = get(house, signal=TEMPERATURE, **times).json
    assert answer["to"] - answer["from"] == 10_000


@pytest.mark.parametrize(
    "wrong",
    [
        {"from": "yesterday"},
        {"from": "-1h", "to": "-2h"},
        {"points": 0},
        {"points": 1501},
        {"points": "many"},
        {"from": "9" * 40},
    ],
)
def test_what_cannot_be_is_refused(house, wrong):
    answer = get(house, signal=TEMPERATURE, **wrong)
    assert (answer.status_code, answer.json["code"]) == (422, "request.invalid")


def test_an_unknown_signal_is_not_found(house):
    assert get(house, signal="dt:PlantBox_001/x").json["code"] == "request.not_found"


def test_a_range_that_is_over_may_be_kept_and_is_not_sent_twice(house):
    house.log(TEMPERATURE, [20.0], start=NOW - 7_000_000)
    client = house.client("viewer")
    query = {"signal": TEMPERATURE, "from": NOW - 7_200_000, "to": NOW - 3_600_000}
    first = client.get("/api/v1/readings", query_string=query)
    assert first.headers["Cache-Control"] == "private, max-age=60"
    etag = {"If-None-Match": first.headers["ETag"]}
    again = client.get("/api/v1/readings", query_string=query, headers=etag)
    assert (again.status_code, again.data) == (304, b"")


def test_the_newest_reading_is_told_with_its_quality(house):
    house.log(TEMPERATURE, [20.0, NAN], start=NOW - 2000)
    answer = house.client("viewer").get("/api/v1/readings/latest").json
    assert answer == [
        {
            "observed_at": NOW - 1000,
            "value": None,
            "quality": "bad",
            "reason": "",
            "score": 1.0,
            "epoch": house.context.log.epoch,
            "seq": 2,
            "signal": TEMPERATURE,
            "unit": "Cel",
        }
    ]


def series(t, mean, bucket_ms=0):
    t, mean = np.array(t, np.int64), np.array(mean, np.float64)
    n = (~np.isnan(mean)).astype(np.int64)
    return Series(
        signal="a", unit="1", bucket_ms=bucket_ms, t=t, mean=mean, min=mean, max=mean, n=n
    )


@pytest.mark.parametrize(
    ("t", "mean", "until", "gaps"),
    [
        ([], [], 10_000, []),
        ([0, 1000, 2000], [1, 1, 1], 3000, []),
        ([0, 1000, 2000, 9000], [1, 1, 1, 1], 9500, [(2000, 9000)]),
        ([0, 1000, 2000], [1, 1, 1], 60_000, [(2000, 60_000)]),
        ([0, 1000, 2000, 3000], [1, NAN, NAN, 1], 3500, [(0, 3000)]),
        ([0, 1000, 2000], [1, 1, NAN], 3000, [(1000, 3000)]),
        ([0, 1000], [NAN, NAN], 3000, []),
        ([0, 3_600_000, 7_200_000], [1, 1, 1], 8_000_000, []),
    ],
)
def test_a_gap_is_a_pause_longer_than_usual_or_readings_that_are_bad(t, mean, until, gaps):
    assert gaps_of(series(t, mean), until) == gaps


def test_a_gap_between_buckets_begins_where_the_last_bucket_ends():
    found = gaps_of(series([0, 60_000, 600_000], [1, 1, 1], 60_000), 660_000)
    assert found == []  # two of three pauses are as usual as that
    found = gaps_of(series([0, 60_000, 120_000, 600_000], [1, 1, 1, 1], 60_000), 660_000)
    assert found == [(180_000, 600_000)]
