"""Tokens: shown once, revoked for ever."""

import pytest

from dt.errors import ConflictError, NotFoundError, RequestError


def test_a_token_is_found_by_its_secret_only(appliance, clock):
    made, secret = appliance.tokens.add("plc", "operator", scopes=("readings:write",))
    found = appliance.tokens.find(secret)
    assert (found.name, found.role, found.scopes) == (
        "plc",
        "operator",
        ("readings:write",),
    )
    assert found.used_at == clock.now_ms()
    assert made.used_at is None
    assert appliance.tokens.find("dt_wrong") is None


def test_use_is_noted_once_a_minute(appliance, clock):
    _, secret = appliance.tokens.add("plc", "viewer")
    first = appliance.tokens.find(secret).used_at
    clock.step(30_000)
    assert appliance.tokens.find(secret).used_at == first
    clock.step(30_000)
    assert appliance.tokens.find(secret).used_at == first + 60_000


def test_an_expired_token_is_worthless(appliance, clock):
    _, secret = appliance.tokens.add("plc", "viewer", expires_at=clock.now_ms() + 1000)
    assert appliance.tokens.find(secret)
    clock.step(1000)
    assert appliance.tokens.find(secret) is None


def test_a_revoked_token_stays_revoked_and_its_name_is_free(appliance):
    made, secret = appliance.tokens.add("plc", "viewer")
    with pytest.raises(ConflictError, match="already"):
        appliance.tokens.add("plc", "viewer")
    revoked = appliance.tokens.revoke(made.id)
    assert appliance.tokens.revoke(made.id) == revoked
    assert appliance.tokens.find(secret) is None
    again, _ = appliance.tokens.add("plc", "admin")
    assert [each.id for each in appliance.tokens.all()] == [again.id, made.id]


def test_what_is_not_there_is_not_found(appliance):
    with pytest.raises(NotFoundError):
        appliance.tokens.revoke(7)
    with pytest.raises(RequestError):
        appliance.tokens.add("", "viewer")
