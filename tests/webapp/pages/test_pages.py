"""Every page is whole for every role, in every state, without scripts and in German."""

import html
import re

import numpy as np
import pytest

from dt.store.records import SensorState
from dt.store.twins import Twin

PLANT = "dt:PlantBox_001"
TEMPERATURE = f"{PLANT}/air.temperature"
PAGES = (
    "/",
    "/charts",
    f"/charts?s={TEMPERATURE}&s={PLANT}/soil.moisture&range=7d",
    "/twins",
    f"/twins/{PLANT}",
    f"/signals/{TEMPERATURE}",
    f"/signals/{PLANT}/air.vpd?range=1y",
    "/health",
    "/more",
    "/settings/",
    "/settings/keeping",
    "/settings/twins",
    "/settings/about",
)
FOR_OPERATORS = (f"/calibrate/{TEMPERATURE}",)
FOR_ADMINS = ("/settings/people/", "/settings/tokens/", "/settings/notifications")


def look(house, path, role="admin", **headers):
    client = house.client(role, accept="text/html", **headers)
    return client.get(path)


def words(answer):
    """Return what a person reads."""
    text = re.sub(r'data-\w+="[^"]*"', "", answer.get_data(as_text=True))
    text = re.sub(r"<script.*?</script>|<[^>]+>", " ", text, flags=re.S)
    return re.sub(r"\s+", " ", html.unescape(text))


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("filled", [True, False])
def test_every_page_is_whole_with_readings_and_without(house, language, filled):
    if filled:
        house.log(TEMPERATURE, [21.0, np.nan, 22.5], start=house.clock.ms - 4000)
    for path in (*PAGES, *FOR_OPERATORS, *FOR_ADMINS):
        answer = look(house, path, accept_language=language)
        assert answer.status_code == 200, path
        text = words(answer)
        assert not re.search(r"\b(None|nan|NaN|inf|undefined)\b", text), path
        assert not re.search(r"\d{4}-\d\d-\d\dT\d\d:\d\d", text), path
        assert f'lang="{language}"' in answer.get_data(as_text=True)


@pytest.mark.parametrize("path", [*PAGES, *FOR_OPERATORS, *FOR_ADMINS])
def test_nobody_sees_a_page_without_signing_in(house, path):
    answer = look(house, path, role="")
    assert answer.status_code == 302
    assert "/sign-in" in answer.headers["Location"]


def test_a_viewer_is_refused_in_words_what_is_not_for_viewers(house):
    for path in (*FOR_OPERATORS, *FOR_ADMINS):
        answer = look(house, path, role="viewer")
        assert answer.status_code == 403
        assert "You may not do this" in words(answer)


def test_a_page_holds_no_inline_script_or_style(house):
    for path in (*PAGES, *FOR_OPERATORS, *FOR_ADMINS, "/nothing"):
        text = look(house, path).get_data(as_text=True)
        assert not re.search(r"\sstyle=|\son[a-z]+=\"|<style", text), path
        for script in re.findall(r"<script[^>]*>", text):
            assert "src=" in script or "nonce=" in script


def test_a_page_that_does_not_exist_says_so_in_style(house):
    answer = look(house, "/nothing-here")
    assert answer.status_code == 404
    assert "This does not exist" in words(answer)
    assert look(house, f"/signals/{PLANT}/nothing").status_code == 404
    assert look(house, "/twins/dt:Nothing_001").status_code == 404


def test_a_tile_says_value_unit_limits_and_age(house):
    house.log(TEMPERATURE, [22.44], start=house.clock.ms - 3000)
    text = words(look(house, "/"))
    assert "Air temperature" in text
    assert re.search(r"22\.4 °C.* 3 s ago", text)
    german = words(look(house, "/", accept_language="de"))
    assert re.search(r"22,4 °C.* vor 3 s", german)


def test_a_lost_sensor_is_told_with_reason_since_when_and_next_try(house):
    twin = house.context.twins()[PLANT]
    from msgspec.structs import replace

    from dt.twin.description import SensorSpec

    reads = {"temperature": "air.temperature"}
    twin = replace(twin, sensors={"climate": SensorSpec(driver="dht22", reads=reads)})
    file = Twin(file="plant/twin.yaml", id=PLANT, description=twin)
    house.context.appliance.twins.replace([file])
    house.clock.advance(5)
    now = house.clock.ms
    house.context.log.set_sensor(
        SensorState(
            twin=PLANT,
            sensor="climate",
            driver="dht22",
            condition="lost",
            since=now - 120_000,
            message="the line stays low",
            next_try=now + 60_000,
        )
    )
    text = words(look(house, "/"))
    assert "Sensor climate is lost the line stays low · since" in text
    assert "next try" in text
    assert "lost 2 min ago" in text
    assert "the line stays low" in words(look(house, "/health"))
    assert "1 sensor lost" in words(look(house, "/twins"))


def test_a_broken_twin_file_is_shown_with_line_and_what_was_expected(house):
    good = house.context.twin_files()
    error = "x/twin.yaml:7: signals.a.unit: saw 'Celsius', expected a UCUM unit"
    broken = Twin(file="x/twin.yaml", error=f"{error} (did you mean Cel?)")
    house.context.appliance.twins.replace([*good, broken])
    house.clock.advance(5)
    assert "A twin file is broken" in words(look(house, "/"))
    text = words(look(house, "/broken-twin?file=x/twin.yaml"))
    assert "1 problem" in text
    assert re.search(r"7 signals\.a\.unit 'Celsius' a UCUM unit did you mean Cel\?", text)
    assert look(house, "/broken-twin?file=plant/twin.yaml").status_code == 404


def test_an_appliance_without_twins_offers_the_next_step(house):
    house.context.appliance.twins.replace([])
    house.clock.advance(5)
    for path, hint in (("/", "dt doctor"), ("/charts", "See how"), ("/twins", "See how")):
        assert hint in words(look(house, path))


def test_dates_and_ranges_in_the_address_choose_what_is_shown(house):
    start, end = house.clock.ms - 7_200_000, house.clock.ms - 3_600_000
    text = look(house, f"/charts?s={TEMPERATURE}&from={start}&to={end}").text
    assert f"from={start}&amp;to={end}&amp;format=csv" in text
    fallback = look(house, f"/charts?s={TEMPERATURE}&range=rubbish&from=x&to=y")
    assert fallback.status_code == 200


def test_a_note_is_in_the_list_and_in_the_chart(house):
    at = house.clock.ms - 60_000
    house.context.appliance.notes.add(PLANT, at, "turned <the> lamp", "anna")
    answer = look(house, f"/charts?s={TEMPERATURE}&range=1h")
    assert "turned <the> lamp anna" in words(answer)
    assert "turned <the>" not in answer.text
    assert "Note by anna" in words(look(house, "/"))
