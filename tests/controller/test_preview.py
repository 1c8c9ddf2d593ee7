"""When routines will be due, for an editor."""

from dt import plugins
from dt.twin.description import TwinDescription

NOW = 1_790_000_000_000
DAY = 86_400_000


def slots(routine, days=2, zone="UTC", at=(None, None)):
    twin = TwinDescription(id="dt:Box", name="Box", routines=(routine,))
    upcoming = plugins.load("dt.previews", "routines")
    return upcoming(twin, routine["id"], (zone, *at), (NOW, NOW + days * DAY))


def test_the_slots_of_the_coming_days_are_in_the_zone_of_the_appliance():
    found = slots({"id": "a", "at": ["06:00", "18:00"]}, zone="Asia/Tokyo")
    assert len(found) == 4
    assert {at // 3_600_000 % 24 for at in found} == {21, 9}


def test_the_sun_is_where_the_appliance_is():
    north = slots({"id": "a", "sun": "sunrise"}, at=(60.2, 24.9))
    west = slots({"id": "a", "sun": "sunrise"}, at=(60.2, 9.9))
    assert 59 <= (west[0] - north[0]) / 60_000 <= 61


def test_at_most_500_are_told():
    often = {
        "id": "a",
        "at": [f"{hour:02}:{half}" for hour in range(24) for half in (10, 40)],
    }
    assert len(slots(often, days=30)) == 500


def test_what_has_no_slots_has_none():
    assert slots({"id": "a", "every": "10min"}) == []
    assert slots({"id": "a", "at": "06:00", "enabled": False}) == []
    assert slots({"id": "a", "at": "25:00"}) == []
    assert slots({"id": "a", "sun": "sunrise"}) == []
