"""What is sealed for one is read by nobody else, and a key that is none seals nothing."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from nova_like.model import sealing

SECRET = "pässword " * 3


def _pem(key: object) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()  # type: ignore[attr-defined]


def test_only_the_owner_reads_it() -> None:
    key = sealing.new_key()
    sealed = sealing.seal(sealing.public(key), SECRET)
    assert sealing.unseal(key, sealed) == SECRET and sealed != sealing.seal(sealing.public(key), SECRET)
    assert len(sealing.unseal(key, sealing.seal(sealing.public(key), "x" * sealing.MOST_BYTES))) == sealing.MOST_BYTES
    with pytest.raises(ValueError):
        sealing.seal(sealing.public(key), "x" * (sealing.MOST_BYTES + 1))
    for sealed_otherwise in (sealing.seal(sealing.public(sealing.new_key()), SECRET), "not base64!", "", "AAAA"):
        with pytest.raises(ValueError):
            sealing.unseal(key, sealed_otherwise)


@pytest.mark.parametrize("pem", [
    "", "no key", _pem(ec.generate_private_key(ec.SECP256R1())),
    _pem(rsa.generate_private_key(public_exponent=65537, key_size=1024)),
], ids=["empty", "text", "another kind", "short"])  # fmt: skip
def test_what_is_no_such_key_seals_nothing(pem: str) -> None:
    with pytest.raises(ValueError):
        sealing.seal(pem, SECRET)
