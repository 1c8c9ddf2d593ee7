"""What a user must have besides the password: a secret in a phone, codes on paper.

It lies in the user's own row, so that damage can never leave a password that is enough
by itself. Recovery codes are kept as SHA-256 and are each good for once.
"""

import secrets

import msgspec

from dt.clock import Clock
from dt.errors import ConflictError
from dt.store.database import Database, json_of
from dt.store.sessions import digest

COLUMNS = (
    " second_secret TEXT NOT NULL DEFAULT '', second_step INTEGER NOT NULL DEFAULT 0,"
    " recovery TEXT NOT NULL DEFAULT '[]'"
)
_RECOVERY = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_LENGTH = 12


class SecondFactor(msgspec.Struct, frozen=True, kw_only=True):
    """The second factor of one user.

    Attributes:
        secret: Base32; whoever has it can make the codes.
        step: The newest 30 s of which a code was used; older ones are worthless.
        recovery: Digests of the codes that are left, in hex.
    """

    secret: str
    step: int = 0
    recovery: tuple[str, ...] = ()


class SecondFactors:
    """The second factors of the table of users."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def of(self, user_id: int) -> SecondFactor | None:
        """Return a user's second factor, or None: the password is enough."""
        found = self._database.structs(
            SecondFactor,
            "SELECT second_secret AS secret, second_step AS step, recovery FROM user"
            " WHERE id=? AND second_secret<>''",
            user_id,
            json=("recovery",),
        )
        return found[0] if found else None

    def set_up(self, user_id: int, secret: str, step: int) -> tuple[str, ...]:
        """Ask for a second factor from now on; return the recovery codes, told once.

        Raises:
            ConflictError: The user has one already.
        """
        codes = tuple(_code() for _ in range(_RECOVERY))
        changed = self._database.run(
            "UPDATE user SET second_secret=?, second_step=?, recovery=?"
            " WHERE id=? AND second_secret=''",
            secret,
            step,
            json_of([_digest(code) for code in codes]),
            user_id,
        )
        if not changed:
            raise ConflictError(
                "this account has a second factor already", hint="remove that one first"
            )
        return codes

    def use_step(self, user_id: int, step: int) -> bool:
        """Note that a code was used; tell whether no one of that time was before."""
        return bool(
            self._database.run(
                "UPDATE user SET second_step=?1 WHERE id=?2 AND second_step<?1",
                step,
                user_id,
            )
        )

    def use_recovery(self, user_id: int, code: str) -> bool:
        """Take a recovery code away; tell whether it was there."""
        with self._database.transaction() as database:
            held = self.of(user_id)
            if held is None or _digest(code) not in held.recovery:
                return False
            left = [one for one in held.recovery if one != _digest(code)]
            database.run("UPDATE user SET recovery=? WHERE id=?", json_of(left), user_id)
        return True

    def remove(self, user_id: int) -> bool:
        """Let the password be enough again; tell whether there was a second factor."""
        return bool(
            self._database.run(
                "UPDATE user SET second_secret='', second_step=0, recovery='[]'"
                " WHERE id=? AND second_secret<>''",
                user_id,
            )
        )


def _code() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def _digest(code: str) -> str:
    plain = "".join(code.casefold().split()).replace("-", "")
    return digest(plain).hex()
