"""Every address, for everybody: the table of who may do what."""

import re

import pytest

from webapp.api.operation import MARK
from webapp.auth.policy import access_of

OPEN = {
    "/healthz",
    "/readyz",
    "/metrics",
    "/setup",
    "/sign-in",
    "/sign-in/second",
    "/static/<path:filename>",
}
ROLES = ("viewer", "operator", "admin")
SCOPES = ("read", "readings:write", "operate", "admin")


def calls(app):
    """Yield (method, rule, address, access) of every address."""
    for rule in app.url_map.iter_rules():
        address = re.sub(r"<int:\w+>", "1", rule.rule)
        address = re.sub(r"<end>", "jpg", address)
        address = re.sub(r"<(?:path:)?\w+>", "x", address)
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield method, rule.rule, address, access_of(app, rule.endpoint)


def test_what_needs_no_account_is_a_short_list(house):
    found = {rule for _, rule, _, access in calls(house.app) if access and not access.role}
    assert found == OPEN


def test_every_address_says_who_may_use_it(house):
    assert [rule for _, rule, _, access in calls(house.app) if access is None] == []


def test_nobody_gets_anything_but_the_short_list(house):
    client = house.client()
    for method, rule, address, _ in calls(house.app):
        if rule not in OPEN:
            answer = client.open(address, method=method)
            assert answer.status_code == 401, (method, rule)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_what_it_may_and_nothing_else(house, role):
    for method, rule, address, access in calls(house.app):
        if access.role is None:
            continue
        client = house.client(role)
        status = client.open(address, method=method, json=_body(method)).status_code
        may = ROLES.index(role) >= ROLES.index(access.role)
        assert (status != 403) == may, (method, rule, status)
        assert status < 500, (method, rule, status)


def test_a_token_gets_what_it_is_for_and_nothing_else(house):
    for scope in SCOPES:
        client = house.program("admin", scope)
        for method, rule, address, access in calls(house.app):
            if access.role is None:
                continue
            status = client.open(address, method=method, json=_body(method)).status_code
            may = access.tokens and access.scope == scope
            assert (status != 403) == may, (scope, method, rule, status)


def test_a_token_of_a_viewer_cannot_do_more_than_a_viewer(house):
    client = house.program("viewer")
    assert client.get("/api/v1/twins").status_code == 200
    assert client.post("/api/v1/readings", json=[]).status_code == 403
    assert client.get("/api/v1/users").status_code == 403


def test_an_address_without_a_mark_is_closed(own_house):
    house = own_house
    house.app.add_url_rule("/api/forgotten", view_func=lambda: "open")
    assert house.client("admin").get("/api/forgotten").status_code == 403


def test_every_address_of_the_api_is_declared(house):
    views = house.app.view_functions
    for rule in house.app.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            assert hasattr(views[rule.endpoint], MARK), rule.rule


def _body(method):
    return {"impossible": True} if method in {"POST", "PATCH", "PUT"} else None
