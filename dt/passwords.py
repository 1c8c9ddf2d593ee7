"""Passwords: which are good enough, and how they are kept (argon2id).

Source: OWASP Password Storage Cheat Sheet (argon2id, 19 MiB, 2 passes, 1 lane), which
takes about 0.1 s on a Raspberry Pi 4.
"""

import unicodedata
from functools import cache
from typing import Any

from dt.errors import RequestError

SHORTEST = 10
LONGEST = 1000
_WORST = frozenset(
    """
    0123456789 1234567890 12345678910 1234567891 0987654321 9876543210 1111111111
    0000000000 123123123123 1q2w3e4r5t 1qaz2wsx3edc qwertyuiop qwerty12345 qwerty123456
    asdfghjkl1 password12 password123 password1234 password12345 passw0rd123
    administrator administrator1 adminadmin admin12345 admin123456 letmein123
    iloveyou123 welcome123 welcome1234 changeme123 changemenow raspberry1 raspberry123
    raspberrypi raspberrypi1 abcdefghij abc1234567 abcd123456 digitaltwin
    """.split()  # noqa: SIM905 - a list would take a page
)


def check(password: str, name: str = "") -> None:
    """Refuse a password that is easily guessed.

    Args:
        password: What the person chose.
        name: Of the user; the password may not be it, or repeat it.

    Raises:
        RequestError: With what was expected.
    """
    plain = _normal(password).casefold()
    own = _normal(name).strip().casefold()
    if not SHORTEST <= len(password) <= LONGEST:
        raise RequestError(
            f"password has {len(password)} characters: expected {SHORTEST} or more",
            hint="three or four words in a row are good",
        )
    if own and not plain.replace(own, "").strip("0123456789 .-_!"):
        raise RequestError("password is the user's name: expected something else")
    if plain in _WORST or len(set(plain)) < 4:
        raise RequestError(
            "password is among those that are tried first: expected a rarer one",
            hint="three or four words in a row are good",
        )


def hashed(password: str) -> str:
    """Return what may be stored of a password."""
    text: str = _hasher().hash(_normal(password))
    return text


def matches(password: str, password_hash: str) -> bool:
    """Tell whether it is the password; takes as long if it is not.

    An empty hash (no such user) is computed too, so that time tells nothing.
    """
    from argon2.exceptions import InvalidHashError, VerificationError  # noqa: PLC0415

    try:
        _hasher().verify(password_hash or _nobodys(), _normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return bool(password_hash)


def is_hash(text: str) -> bool:
    """Tell whether a text may be what `hashed` made."""
    return text.startswith("$argon2id$") and text.isascii()


def outdated(password_hash: str) -> bool:
    """Tell whether a hash should be made again, now that the password is known."""
    return bool(_hasher().check_needs_rehash(password_hash))


@cache
def _hasher() -> Any:
    from argon2 import PasswordHasher  # noqa: PLC0415 - only who signs people in needs it

    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@cache
def _nobodys() -> str:
    return hashed("nobody has this password")


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
