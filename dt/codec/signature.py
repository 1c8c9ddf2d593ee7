"""Ed25519 over the bytes of a record: whoever has the public key knows who wrote them.

Pure: bytes in, bytes out; who calls brings randomness and keeps the key. A private key is
kept as PEM (PKCS #8, unencrypted: the file's rights protect it), a public key travels as
base64 of its 32 bytes. Source: RFC 8032, RFC 8410.
"""

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from dt.errors import SignatureError

HEADER = "dt-sig"
"""Name of the header of a record, or of an HTTP request, that has the signature."""
SEED_BYTES = 32
_SIGNATURE_BYTES = 64
_KEY_BYTES = 32


def key_of(seed: bytes) -> bytes:
    """Return a new private key, as PEM.

    Args:
        seed: 32 random bytes of the operating system; the key is a function of them.

    Raises:
        SignatureError: There are not 32.
    """
    if len(seed) != SEED_BYTES:
        raise SignatureError(f"seed has {len(seed)} bytes: expected {SEED_BYTES}")
    return Ed25519PrivateKey.from_private_bytes(seed).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


class Signer:
    """Signs with one private key.

    Args:
        pem: As `key_of` gave it.

    Raises:
        SignatureError: It is no Ed25519 key.
    """

    def __init__(self, pem: bytes) -> None:
        try:
            key = serialization.load_pem_private_key(pem, password=None)
        except (ValueError, TypeError) as error:
            raise SignatureError(
                "private key cannot be read: expected PEM, not encrypted",
                hint="restore the key file from a backup, or enrol anew",
            ) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise SignatureError(
                f"private key is {type(key).__name__}: expected an Ed25519 key"
            )
        self._key = key

    @property
    def public(self) -> str:
        """The public key, 44 characters of base64."""
        return base64.b64encode(self._key.public_key().public_bytes_raw()).decode()

    def sign(self, data: bytes) -> bytes:
        """Return the value of the header: base64 of the 64 bytes of the signature."""
        return base64.b64encode(self._key.sign(data))


class Verifier:
    """Knows the bytes that the owner of one public key has signed.

    Args:
        public: As `Signer.public` gave it.

    Raises:
        SignatureError: It is no public key.
    """

    def __init__(self, public: str) -> None:
        raw = _raw(public.encode(), _KEY_BYTES, "public key")
        self._key = Ed25519PublicKey.from_public_bytes(raw)

    def verify(self, data: bytes, signature: bytes | None) -> None:
        """Return if the owner of the key has signed the data.

        Args:
            data: The bytes of the record, as they came.
            signature: Value of the header, base64 or 64 bare bytes; None: it had none.

        Raises:
            SignatureError: Somebody else did, or nobody, or the data were changed.
        """
        if signature is None:
            raise SignatureError(f"record is not signed: expected a header {HEADER}")
        if len(signature) != _SIGNATURE_BYTES:
            signature = _raw(signature, _SIGNATURE_BYTES, "signature")
        try:
            self._key.verify(signature, data)
        except InvalidSignature as error:
            raise SignatureError(
                "signature does not fit: expected that of the appliance's own key",
                hint="if its card was replaced, enrol the appliance anew",
            ) from error


def _raw(text: bytes, length: int, what: str) -> bytes:
    """Return what base64 stands for; nothing that was seen is repeated."""
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise SignatureError(f"{what} is no base64: expected {length} bytes") from error
    if len(raw) != length:
        raise SignatureError(f"{what} has {len(raw)} bytes: expected {length}")
    return raw
