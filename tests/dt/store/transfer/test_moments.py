"""Times as files write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dt.store.transfer import moments

NOON = 1_777_636_800_000
VIENNA = ZoneInfo("Europe/Vienna")
MOMENTS = st.lists(st.integers(0, 253_402_300_799_999), min_size=1, max_size=20)
LOCAL = st.datetimes(
    datetime(1971, 1, 1),  # noqa: DTZ001 - local times are meant
    datetime(2100, 1, 1),  # noqa: DTZ001
)


@given(MOMENTS)
def test_what_is_written_is_read_back(times):
    texts = moments.iso_texts(np.array(times, np.int64))
    assert moments.to_utc_ms(texts, VIENNA).tolist() == times


@given(st.lists(LOCAL, max_size=20))
def test_local_times_are_what_the_zone_says(local):
    texts = [f"{when:%Y-%m-%dT%H:%M:%S}" for when in local]
    expected = [
        int(when.replace(microsecond=0, tzinfo=VIENNA).astimezone(UTC).timestamp()) * 1000
        for when in local
    ]
    assert moments.to_utc_ms(texts, VIENNA).tolist() == expected


@pytest.mark.parametrize(
    "texts",
    [
        ["2026-05-01T12:00:00Z", "2026-05-01 12:00"],
        ["1777636800", "1777636800000"],
        ["1777636800.0", "2026-05-01T14:00:00+02:00"],
        ["2026-05-01T14:00:00+02:00", "2026-05-01T11:00:00-01:00"],
    ],
)
def test_kinds_may_be_mixed(texts):
    assert moments.to_utc_ms(texts, UTC).tolist() == [NOON] * 2


@pytest.mark.parametrize(
    "text", ["", "now", "NaT", "today", "2026-05", "-5", "1e999", "2026-13-01"]
)
def test_what_is_no_time_is_refused(text):
    for texts in ([text], ["2026-05-01T12:00:00Z", text], ["5", text]):
        with pytest.raises(ValueError, match="time is"):
            moments.to_utc_ms(texts, UTC)
