"""Sessions: only the secret opens one, and it ends when it should."""

import pytest


@pytest.fixture
def ann(appliance):
    return appliance.users.add_first("Ann", "hash")


def test_only_the_secret_opens_a_session(appliance, ann, clock):
    secret = appliance.sessions.start(ann.id, 3600, "Firefox")
    found = appliance.sessions.find(secret)
    assert (found.user_id, found.agent) == (ann.id, "Firefox")
    assert found.expires_at == clock.now_ms() + 3_600_000
    assert appliance.sessions.find(secret[:-1]) is None


def test_the_file_does_not_hold_the_secret(appliance, ann, config):
    secret = appliance.sessions.start(ann.id, 3600)
    for file in config.data_dir.iterdir():
        assert secret.encode() not in file.read_bytes()


def test_a_session_expires(appliance, ann, clock):
    secret = appliance.sessions.start(ann.id, 3600)
    clock.step(3_600_000)
    assert appliance.sessions.find(secret) is None
    assert appliance.sessions.sweep() == 1
    assert appliance.sessions.sweep() == 0


def test_it_is_noted_once_a_minute_that_a_session_lives(appliance, ann, clock):
    secret = appliance.sessions.start(ann.id, 3600)
    first = clock.now_ms()
    clock.step(59_999)
    assert appliance.sessions.find(secret).seen_at == first
    clock.step(1)
    assert appliance.sessions.find(secret).seen_at == clock.now_ms()


def test_a_user_ends_all_sessions_but_this_one(appliance, ann):
    secrets = [appliance.sessions.start(ann.id, 3600) for _ in range(3)]
    mine = appliance.sessions.find(secrets[1])
    assert appliance.sessions.end_all(ann.id, but=mine.id) == 2
    assert appliance.sessions.of(ann.id) == [mine]
    assert appliance.sessions.end_all(ann.id) == 1


def test_nobody_ends_the_session_of_another(appliance, ann):
    bob = appliance.users.add("Bob", "viewer", "hash")
    session = appliance.sessions.find(appliance.sessions.start(ann.id, 3600))
    assert not appliance.sessions.end(session.id, bob.id)
    assert appliance.sessions.end(session.id, ann.id)


def test_sessions_go_with_their_user(appliance, ann):
    bob = appliance.users.add("Bob", "viewer", "hash")
    secret = appliance.sessions.start(bob.id, 3600)
    appliance.users.remove(bob.id)
    assert appliance.sessions.find(secret) is None
