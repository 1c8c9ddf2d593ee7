"""The description of the API is whole, and true."""

import re
from pathlib import Path

import msgspec
import pytest

from webapp.api import openapi


@pytest.fixture
def document(house):
    return house.client("viewer").get("/openapi.json").json


def test_every_address_of_the_api_is_described(house, document):
    for rule in house.app.url_map.iter_rules():
        if not rule.rule.startswith("/api/"):
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            entry = document["paths"][path][method.lower()]
            assert entry["summary"]
            assert entry["description"]
            parts = re.findall(r"\{(\w+)\}", path)
            found = [one["name"] for one in entry["parameters"] if one["in"] == "path"]
            assert found == parts


def test_every_reference_leads_somewhere(document):
    text = msgspec.json.encode(document).decode()
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert names
    assert names <= set(document["components"]["schemas"])


def test_operation_ids_are_unique(document):
    ids = [
        one["operationId"] for path in document["paths"].values() for one in path.values()
    ]
    assert len(ids) == len(set(ids))


def test_every_error_has_the_one_shape(document):
    shapes = {
        answer["content"]["application/json"]["schema"]["$ref"]
        for path in document["paths"].values()
        for entry in path.values()
        for status, answer in entry["responses"].items()
        if status in {"401", "404", "422", "500"}
    }
    assert len(shapes) == 1
    shape = document["components"]["schemas"][shapes.pop().rpartition("/")[2]]
    assert set(shape["properties"]) == {"status", "code", "message", "hint"}


def test_it_is_version_3_1_and_says_who_may(document):
    assert document["openapi"] == "3.1.0"
    entry = document["paths"]["/api/v1/users"]["post"]
    assert (entry["x-role"], entry["x-scope"]) == ("admin", "admin")
    assert document["paths"]["/healthz"]["get"]["security"] == []


def test_every_address_stands_in_the_documentation(house):
    text = (Path(__file__).parents[3] / "docs" / "http.md").read_text(encoding="utf-8")
    for rule, operation, _ in openapi.declared(house.app):
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)
        assert f"`{operation.method} {path}`" in text, path


def test_every_page_stands_in_the_documentation(house):
    text = (Path(__file__).parents[3] / "docs" / "http.md").read_text(encoding="utf-8")
    for rule in house.app.url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        assert f"{path}`" in text, path


def test_the_page_shows_it_with_files_of_ours_only(house):
    page = house.client("viewer", accept="text/html").get("/docs").text
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert sources
    assert all(source.startswith("/") and source[1] != "/" for source in sources)
    assert 'data-description="/openapi.json"' in page
