"""Readings as files."""

import pytest

NOW = 1_790_000_000_000
TEMPERATURE = "dt:PlantBox_001/air.temperature"
URL = "/api/v1/readings/export"


def test_a_csv_file_holds_every_reading_in_the_range(house):
    house.log(TEMPERATURE, [20.0, 21.0, float("nan")], start=NOW - 3000)
    query = {"signal": TEMPERATURE, "from": NOW - 2500, "to": "now"}
    answer = house.client("viewer").get(URL, query_string=query)
    assert answer.mimetype == "text/csv"
    name = f"plantbox-1-{NOW - 2500}-{NOW}.csv"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    head, first, second = answer.text.splitlines()
    assert head == "time,signal,value,unit,quality,reason,score,clock"
    assert first.split(",")[1:5] == [TEMPERATURE, "21.0", "Cel", "good"]
    assert second.split(",")[1:5] == [TEMPERATURE, "", "Cel", "bad"]


@pytest.mark.parametrize(
    ("form", "begins"), [("jsonl", b"{"), ("senml", b"["), ("parquet", b"PAR1")]
)
def test_other_formats_too(house, form, begins):
    house.log(TEMPERATURE, [20.0])
    answer = house.client("viewer").get(URL, query_string={"format": form})
    assert answer.data.startswith(begins)


def test_patterns_choose_signals_and_unknown_ones_are_told(house):
    client = house.client("viewer")
    answer = client.get(URL, query_string={"signal": "dt:PlantBox_001/*"})
    assert answer.status_code == 200
    assert client.get(URL, query_string={"signal": "dt:None/*"}).status_code == 404
    assert client.get(URL, query_string={"format": "xls"}).status_code == 422
