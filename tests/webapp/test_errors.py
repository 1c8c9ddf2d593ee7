"""Whatever goes wrong, a program gets one shape and a person gets a page."""

import msgspec
import pytest

from webapp.auth.policy import Access, marked
from webapp.errors import Problem


def problem(answer):
    assert answer.mimetype == "application/json", answer.data[:200]
    return msgspec.json.decode(answer.data, type=Problem)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "request.not_found"),
        ("DELETE", "/api/v1/twins", 405, "request.method"),
        ("GET", "/api/v1/twins/dt:Nobody", 404, "request.not_found"),
        ("GET", "/api/v1/readings", 422, "request.invalid"),
        ("GET", "/api/v1/readings?signal=x&singal=y", 422, "request.invalid"),
        ("GET", "/api/v1/signals/dt:Nobody/x", 404, "request.not_found"),
        ("GET", "/api/v1/notes/99999999999999999999", 404, "request.not_found"),
        ("GET", "/nothing/at/all", 404, "request.not_found"),
    ],
)
def test_errors_have_one_shape(house, method, path, status, code):
    answer = house.client("admin").open(path, method=method)
    told = problem(answer)
    assert (answer.status_code, told.status, told.code) == (status, status, code)
    assert told.message
    assert told.message[0].islower()
    assert not told.message.endswith(".")


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"{", "application/json", 400, "request.malformed"),
        (b"[" * 1000, "application/json", 422, "request.invalid"),
        (b"\xff\xfe", "application/json", 400, "request.malformed"),
        (b"{}", "application/json", 422, "request.invalid"),
        (b"{}", "text/plain", 415, "request.media_type"),
        (b'"' + b"x" * 3_000_000 + b'"', "application/json", 413, "request.too_large"),
    ],
    ids=["cut", "nested", "not text", "empty", "not json", "large"],
)
def test_a_bad_body_is_refused_in_the_same_shape(house, body, kind, status, code):
    answer = house.client("admin").post("/api/v1/notes", data=body, content_type=kind)
    assert (answer.status_code, problem(answer).code) == (status, code)


def test_a_body_nested_without_end_is_refused(house):
    body = b'{"v": 1, "other": ' + b"[" * 200_000
    client = house.client("admin")
    answer = client.post("/api/v1/readings", data=body, content_type="application/json")
    assert (answer.status_code, problem(answer).code) == (400, "request.malformed")


def test_a_misspelt_key_is_told_the_right_one(house):
    told = problem(house.client("viewer").get("/api/v1/readings?signal=a&form=-1h"))
    assert told.hint == "did you mean from?"


def test_nobody_signed_in_is_told_how(house):
    answer = house.client().get("/api/v1/twins")
    assert (answer.status_code, problem(answer).code) == (401, "auth.required")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_person_who_is_not_signed_in_is_led_to_sign_in_and_back(house):
    client = house.client(accept="text/html")
    answer = client.get("/twins?range=1h")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/sign-in?next=/twins?range%3D1h"


def test_a_person_gets_a_page_for_what_does_not_exist(house):
    answer = house.client("viewer", accept="text/html").get("/nothing")
    assert answer.status_code == 404
    assert answer.mimetype == "text/html"


def test_a_fault_of_ours_tells_nothing_of_our_insides(own_house, caplog):
    house = own_house
    house.app.add_url_rule("/api/broken", view_func=_broken)
    answer = house.client("viewer").get("/api/broken")
    assert (answer.status_code, problem(answer).code) == (500, "dt.error")
    assert b"secret" not in answer.data
    assert "secret" in caplog.text


def _broken():
    raise ValueError("a secret of ours")


marked(Access())(_broken)
