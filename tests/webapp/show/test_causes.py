"""What the rest of the product says is translated at the border, by code."""

from pathlib import Path

import pytest

from dt.store.records import SensorState
from webapp.show import causes

ROOT = Path(__file__).parents[3]
GERMAN = {"Accept-Language": "de"}
MESSAGE = "no I2C device acknowledges address 0x44"


@pytest.fixture
def lost(house):
    """A sensor that does not answer."""
    house.context.log.set_sensor(
        SensorState(
            twin="dt:PlantBox_001",
            sensor="climate",
            driver="sht31",
            condition="quarantined",
            since=house.clock.now_ms() - 60_000,
            code="hardware.absent",
            message=MESSAGE,
        )
    )
    return house.client("viewer", accept="text/html")


def test_a_sensors_trouble_is_told_in_the_readers_language(lost):
    english = lost.get("/health").text
    german = lost.get("/health", headers=GERMAN).text
    assert MESSAGE in english
    assert "unter seiner Adresse antwortet nichts" in german
    assert MESSAGE not in german
    assert "unter seiner Adresse antwortet nichts" in lost.get("/", headers=GERMAN).text


def test_a_code_that_is_not_known_keeps_its_message(house):
    with house.app.test_request_context(headers=GERMAN):
        assert causes.cause("third.party", "the goat ate it") == "the goat ate it"
        assert causes.cause("", "") == ""
        assert (
            causes.cause("store.full", "")
            == "auf dem Datenträger oder im Budget ist kein Platz"
        )


def test_a_wrong_password_is_told_in_german(house):
    browser = house.client(accept="text/html")
    page = browser.get("/sign-in", headers=GERMAN).text
    proof = page.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"name": "viewer", "password": "wrong", "csrf_token": proof}
    answer = browser.post("/sign-in", data=form, headers=GERMAN)
    assert "Name oder Passwort ist falsch" in answer.text


@pytest.mark.parametrize("text", sorted(causes.constants()))
def test_each_constant_text_is_one_that_the_product_says(text):
    sources = [*(ROOT / "dt").rglob("*.py"), *(ROOT / "webapp").rglob("*.py")]
    assert any(
        f'"{text}"' in path.read_text(encoding="utf-8")
        for path in sources
        if path.name != "causes.py"
    )
