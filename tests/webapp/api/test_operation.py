"""What is refused is told: where, what was seen, what was expected."""

from typing import Annotated

import msgspec
import pytest

from webapp.api.operation import refused


class Inner(msgspec.Struct):
    name: Annotated[str, msgspec.Meta(max_length=4)] = ""
    password: Annotated[str, msgspec.Meta(min_length=10)] = ""


class Body(msgspec.Struct, forbid_unknown_fields=True):
    limit: Annotated[int, msgspec.Meta(ge=1)] = 1
    parts: list[Inner] = []
    by_name: dict[str, int] = {}
    api_token: int = 0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"limit": 0}, "limit: saw 0, expected int >= 1"),
        ({"limit": "x"}, 'limit: saw "x", expected int'),
        ({"limit": None}, "limit: saw null, expected int"),
        ({"limit": {"a": "hidden"}}, "limit: saw an object, expected int"),
        (
            {"parts": [{}, {"name": "x" * 99}]},
            f'parts[1].name: saw "{"x" * 58}…, expected str of length <= 4',
        ),
        ({"by_name": {"a": "z"}}, "by_name[...]: expected int, got str"),
        ({"colour": 1}, "body: object contains unknown field colour"),
        ([], "body: expected object, got array"),
        (
            {"parts": [{"password": "short"}]},
            "parts[0].password: expected str of length >= 10",
        ),
        ({"api_token": "dt_secret"}, "api_token: expected int, got str"),
    ],
)
def test_a_wrong_value_is_told_with_path_and_value_but_secrets_are_not(given, message):
    with pytest.raises(msgspec.ValidationError) as wrong:
        msgspec.convert(given, Body)
    assert refused(wrong.value, "body", given).message == message


def test_a_request_is_answered_with_the_value_seen(house):
    admin = house.client("admin")
    answer = admin.get("/api/v1/events?limit=0")
    assert answer.status_code == 422
    assert answer.json["message"].startswith('limit: saw "0", expected int >= 1')
    note = {"target": "dt:PlantBox_001", "at": -5, "text": "x"}
    answer = admin.post("/api/v1/notes", json=note)
    assert answer.json["message"].startswith("at: saw -5, expected int >= 0")
