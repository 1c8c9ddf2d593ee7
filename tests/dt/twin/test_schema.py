"""The published schema of twin files says what the reader reads."""

from pathlib import Path

import pytest
from jsonschema_rs import Draft202012Validator

from dt.twin import reader, schema
from dt.twin.document import Reader

ROOT = Path(__file__).parents[3]
TWINS = sorted((ROOT / "twins").rglob("twin.yaml"))


def _plain(text):
    return Reader("x").parse(text).plain()


@pytest.fixture(scope="module")
def validator():
    made = schema.schema()
    return Draft202012Validator(made)


def test_the_published_schema_is_current():
    published = (ROOT / "docs" / "twin.schema.json").read_text(encoding="utf-8")
    assert published == schema.text(), "run: dt twin schema > docs/twin.schema.json"


@pytest.mark.parametrize("path", TWINS, ids=lambda p: p.parent.name)
def test_the_shipped_twins_follow_the_schema(path, validator):
    assert list(validator.iter_errors(_plain(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    "text",
    [
        "nmae: x",
        "signals: {a: {rnge: [1, 2]}}",
        "signals: {a: {range: [1]}}",
        "signals: {a: {stuck_after: soon}}",
        "signals: {a: {retain: {2min: 1d}}}",
        "sensors: {a: {pin: 3}}",
        "metadata: {status: runing}",
    ],
)
def test_schema_and_reader_refuse_the_same(text, validator):
    assert not validator.is_valid(_plain(text))
    assert reader.read_all([reader.Text(file="a/twin.yaml", text=text)]).broken


def test_the_options_of_drivers_may_stand_beside(validator):
    assert validator.is_valid(_plain("sensors: {a: {driver: mqtt, topic: x, qos: 1}}"))
