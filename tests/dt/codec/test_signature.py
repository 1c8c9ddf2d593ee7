import base64

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import x25519
from hypothesis import given
from hypothesis import strategies as st

from dt.codec.signature import Signer, Verifier, key_of
from dt.errors import SignatureError

# RFC 8032, section 7.1, test 3
SEED = bytes.fromhex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7")
PUBLIC = bytes.fromhex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")
SIGNATURE = bytes.fromhex(
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
    "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
)
MESSAGE = bytes.fromhex("af82")


@pytest.fixture(scope="module")
def signer():
    return Signer(key_of(SEED))


@pytest.fixture(scope="module")
def verifier(signer):
    return Verifier(signer.public)


def test_keys_and_signatures_are_those_of_the_standard(signer, verifier):
    assert base64.b64decode(signer.public) == PUBLIC
    assert base64.b64decode(signer.sign(MESSAGE)) == SIGNATURE
    verifier.verify(MESSAGE, SIGNATURE)
    verifier.verify(MESSAGE, base64.b64encode(SIGNATURE))


@given(st.binary(min_size=1, max_size=200), st.data())
def test_one_changed_bit_is_noticed(signer, verifier, data, draw):
    signature = base64.b64decode(signer.sign(data))
    verifier.verify(data, signature)
    bit = draw.draw(st.integers(0, 8 * len(data) - 1))
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SignatureError, match="does not fit"):
        verifier.verify(bytes(changed), signature)
    bit = draw.draw(st.integers(0, 8 * len(signature) - 1))
    forged = bytearray(signature)
    forged[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SignatureError, match="does not fit"):
        verifier.verify(data, bytes(forged))


def test_the_signature_of_another_is_refused(verifier):
    other = Signer(key_of(bytes(32)))
    with pytest.raises(SignatureError, match="does not fit") as caught:
        verifier.verify(MESSAGE, other.sign(MESSAGE))
    assert caught.value.code == "codec.signature"
    assert "enrol" in caught.value.hint


@given(st.binary(max_size=100))
def test_any_bytes_as_a_signature_are_refused(verifier, signature):
    with pytest.raises(SignatureError):
        verifier.verify(MESSAGE, signature)


def test_a_record_without_a_signature_is_refused(verifier):
    with pytest.raises(SignatureError, match="not signed"):
        verifier.verify(MESSAGE, None)


@pytest.mark.parametrize("public", ["", "AAAA", "no base64!", "ä", "A" * 500])
def test_a_public_key_that_is_none_is_refused(public):
    with pytest.raises(SignatureError, match="public key"):
        Verifier(public)


def test_a_private_key_that_is_none_is_refused_without_being_told():
    other = x25519.X25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    for pem in (b"", b"secret words", key_of(SEED)[:60], other):
        with pytest.raises(SignatureError, match="private key") as caught:
            Signer(pem)
        assert "secret words" not in str(caught.value)
    with pytest.raises(SignatureError, match="seed has 31 bytes"):
        key_of(bytes(31))
