"""What is worth it travels compressed."""

import gzip

import numpy as np

NOW = 1_790_000_000_000
TEMPERATURE = "dt:PlantBox_001/air.temperature"
ZIP = {"Accept-Encoding": "gzip"}


def test_data_is_smaller_and_the_same(house):
    house.log(TEMPERATURE, np.sin(np.arange(1000)), start=NOW - 1_000_000)
    client = house.client("viewer")
    query = {"signal": TEMPERATURE}
    plain = client.get("/api/v1/readings", query_string=query)
    small = client.get("/api/v1/readings", query_string=query, headers=ZIP)
    assert small.headers["Content-Encoding"] == "gzip"
    assert small.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding, Cookie"
    assert len(small.data) < len(plain.data)
    assert gzip.decompress(small.data) == plain.data


def test_what_was_compressed_is_still_not_sent_twice(house):
    house.log(TEMPERATURE, np.sin(np.arange(1000)), start=NOW - 1_000_000)
    client = house.client("viewer")
    query = {"signal": TEMPERATURE}
    first = client.get("/api/v1/readings", query_string=query, headers=ZIP)
    again = ZIP | {"If-None-Match": first.headers["ETag"]}
    answer = client.get("/api/v1/readings", query_string=query, headers=again)
    assert (answer.status_code, answer.data) == (304, b"")


def test_files_are_compressed_alike_the_second_time(house):
    client = house.client()
    url = "/static/vendor/uplot/uPlot.iife.min.js"
    with client.get(url) as plain:
        body = plain.data
    for _ in range(2):
        with client.get(url, headers=ZIP) as small:
            assert small.headers["Content-Encoding"] == "gzip"
            assert gzip.decompress(small.data) == body
            assert int(small.headers["Content-Length"]) == len(small.data)


def test_pages_and_small_answers_stay_as_they_are(house):
    page = house.client("viewer", accept="text/html").get("/", headers=ZIP)
    assert "Content-Encoding" not in page.headers
    assert (
        "Content-Encoding"
        not in house.client("viewer").get("/api/v1/me", headers=ZIP).headers
    )
