"""Which passwords are good enough, and how they are kept."""

import pytest

from dt import passwords
from dt.errors import RequestError


@pytest.mark.parametrize(
    ("password", "name"),
    [
        ("short", "ann"),
        ("123456789", "ann"),
        ("Password1234", "ann"),
        ("aaaaaaaaaaaa", "ann"),
        ("Annabella-2026", "annabella"),
        ("x" * 1001, "ann"),
    ],
)
def test_a_password_that_is_guessed_soon_is_refused(password, name):
    with pytest.raises(RequestError, match="password"):
        passwords.check(password, name)


@pytest.mark.parametrize("password", ["correct horse battery", "grün-17-Topf-Blatt"])
def test_a_good_password_is_taken(password):
    passwords.check(password, "ann")


def test_only_the_password_matches_its_hash():
    kept = passwords.hashed("correct horse battery")
    assert kept.startswith("$argon2id$")
    assert passwords.matches("correct horse battery", kept)
    assert not passwords.matches("correct horse batterY", kept)
    assert not passwords.matches("nobody has this password", "")
    assert not passwords.matches("x", "not a hash")
    assert not passwords.outdated(kept)


def test_a_password_matches_however_its_letters_are_composed():
    kept = passwords.hashed("gr\u00fcner Topf am Fenster")
    assert passwords.matches("gru\u0308ner Topf am Fenster", kept)
