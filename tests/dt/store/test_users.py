"""Users: unique names, roles, and always one admin."""

import pytest

from dt.errors import ConflictError, NotFoundError, RequestError
from dt.store.users import Role


def test_the_first_user_is_an_admin_and_there_is_only_one_first(appliance):
    ann = appliance.users.add_first("Ann", "hash")
    assert ann.role == Role.ADMIN
    with pytest.raises(ConflictError, match="first account"):
        appliance.users.add_first("Bob", "hash")


def test_names_differ_by_more_than_capitals(appliance):
    appliance.users.add("Änne", "viewer", "hash")
    assert appliance.users.named(" äNNE ").name == "Änne"
    with pytest.raises(ConflictError, match="already"):
        appliance.users.add("ÄNNE", "viewer", "hash")


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "a\nb", "a\u202eb"])
def test_an_impossible_name_is_refused(appliance, name):
    with pytest.raises(RequestError, match="name of a user"):
        appliance.users.add(name, "viewer", "hash")


def test_an_unknown_role_is_refused(appliance):
    with pytest.raises(RequestError, match="viewer, operator, admin"):
        appliance.users.add("Ann", "root", "hash")


def test_the_last_admin_stays(appliance):
    ann = appliance.users.add_first("Ann", "hash")
    appliance.users.add("Bob", "operator", "hash")
    for attempt in (
        lambda: appliance.users.remove(ann.id),
        lambda: appliance.users.set_disabled(ann.id, disabled=True),
        lambda: appliance.users.set_role(ann.id, "viewer"),
    ):
        with pytest.raises(ConflictError, match="last admin"):
            attempt()
    assert appliance.users.get(ann.id) == ann


def test_a_second_admin_may_replace_the_first(appliance):
    ann = appliance.users.add_first("Ann", "hash")
    bob = appliance.users.add("Bob", "admin", "hash")
    appliance.users.remove(ann.id)
    assert appliance.users.all() == [bob]
    with pytest.raises(NotFoundError):
        appliance.users.get(ann.id)


def test_a_new_password_ends_the_sessions(appliance, clock):
    ann = appliance.users.add_first("Ann", "hash")
    secret = appliance.sessions.start(ann.id, 3600)
    clock.step(5000)
    after = appliance.users.set_password(ann.id, "other")
    assert after.password_hash == "other"
    assert after.password_at == clock.now_ms()
    assert appliance.sessions.find(secret) is None


def test_preferences_change_only_where_given(appliance):
    ann = appliance.users.add_first("Ann", "hash")
    appliance.users.set_preferences(ann.id, locale="de")
    after = appliance.users.set_preferences(ann.id, theme="dark")
    assert (after.locale, after.theme, after.timezone) == ("de", "dark", "")


def test_a_role_allows_what_the_lesser_ones_may():
    assert Role.ADMIN.allows(Role.VIEWER)
    assert Role.OPERATOR.allows(Role.OPERATOR)
    assert not Role.VIEWER.allows(Role.OPERATOR)
