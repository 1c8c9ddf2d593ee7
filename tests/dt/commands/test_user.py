"""dt user and dt token: accounts without a browser."""

import pytest
from click.testing import CliRunner

from dt import passwords
from dt.cli import Settings
from dt.commands.token import token
from dt.commands.user import user
from dt.config import Config
from dt.errors import ConflictError, NotFoundError, RequestError
from dt.store.appliance import Appliance

GOOD = "correct horse battery"


@pytest.fixture
def call(tmp_path):
    def run(command, *words, said=None):
        result = CliRunner().invoke(
            command, words, obj=Settings(None, tmp_path), input=said
        )
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result

    return run


@pytest.fixture
def appliance(tmp_path):
    opened = Appliance.open(Config(data=str(tmp_path)))
    yield opened
    opened.close()


def test_a_user_is_added_listed_changed_and_removed(call, appliance):
    call(user, "add", "Ann", "--role", "admin", "--password-file", "-", said=f"{GOOD}\n")
    call(user, "add", "Bob", "--password-file", "-", said=f"{GOOD}\n")
    assert passwords.matches(GOOD, appliance.users.named("ann").password_hash)
    call(user, "role", "bob", "operator")
    call(user, "password", "bob", "--password-file", "-", said="another good one\n")
    assert passwords.matches("another good one", appliance.users.named("bob").password_hash)
    listed = call(user, "list").stdout.splitlines()
    assert [line.split()[:2] for line in listed] == [["Ann", "admin"], ["Bob", "operator"]]
    call(user, "remove", "BOB")
    assert appliance.users.count() == 1


def test_every_change_is_in_the_audit_without_a_password(call, appliance):
    call(user, "add", "Ann", "--role", "admin", "--password-file", "-", said=f"{GOOD}\n")
    call(token, "add", "plc")
    call(token, "remove", "plc")
    entries = appliance.audit.newest()
    assert [each.action for each in entries] == ["token.revoke", "token.add", "user.add"]
    assert {each.who for each in entries} == {"command line"}
    assert "argon2" not in repr(entries)


def test_a_bad_password_adds_nobody(call, appliance, tmp_path):
    file = tmp_path / "password"
    file.write_text("short\n")
    with pytest.raises(RequestError, match="10 or more"):
        call(user, "add", "Ann", "--password-file", str(file))
    with pytest.raises(RequestError, match="cannot read the password"):
        call(user, "add", "Ann", "--password-file", str(tmp_path / "none"))
    assert appliance.users.count() == 0
    assert appliance.audit.newest() == []


def test_an_unknown_user_is_told_with_those_that_are_known(call):
    call(user, "add", "Ann", "--role", "admin", "--password-file", "-", said=f"{GOOD}\n")
    with pytest.raises(NotFoundError, match="'Eve': known are 'Ann'"):
        call(user, "remove", "Eve")
    with pytest.raises(ConflictError, match="last admin"):
        call(user, "remove", "Ann")


def test_a_token_shows_its_secret_once_and_alone_on_stdout(call, appliance):
    secret = call(
        token, "add", "plc", "--role", "operator", "--expires", "30d"
    ).stdout.strip()
    found = appliance.tokens.find(secret)
    assert (found.name, found.role) == ("plc", "operator")
    listed = call(token, "list").stdout
    assert "plc" in listed
    assert "until" in listed
    assert secret not in listed
    call(token, "remove", "plc")
    assert appliance.tokens.find(secret) is None
    assert "revoked" in call(token, "list").stdout


def test_a_span_that_is_none_makes_no_token(call, appliance):
    with pytest.raises(RequestError, match="--expires is 'soon'"):
        call(token, "add", "plc", "--expires", "soon")
    with pytest.raises(NotFoundError, match="no token 'plc'"):
        call(token, "remove", "plc")
    assert appliance.tokens.all() == []
