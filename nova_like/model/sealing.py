"""Secrets that others carry to one process: sealed with a key which it made and which ends with it (RSA-OAEP, SHA-256).

cryptography is loaded when it is used, not before: agents hardly ever need it.
"""

import base64
import binascii
from typing import Any

BITS = 3072
MOST_BITS = 4096  # of a key that is brought here: a larger one would only cost time
MOST_BYTES = BITS // 8 - 66  # that RSA-OAEP takes


def new_key() -> Any:
    """A private key; takes some tenths of a second."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(public_exponent=65537, key_size=BITS)


def public(key: Any) -> str:
    """The other half, which seals, in PEM."""
    from cryptography.hazmat.primitives import serialization

    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return str(key.public_key().public_bytes(serialization.Encoding.PEM, form).decode())


def seal(pem: str, secret: str) -> str:
    """What only the private key's owner can read. Raises ValueError for what is no such public key, or for a secret of
    more than MOST_BYTES."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    try:
        key = serialization.load_pem_public_key(pem.encode())
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from None
    if not isinstance(key, rsa.RSAPublicKey) or not BITS <= key.key_size <= MOST_BITS:
        raise ValueError("not a key to seal with")
    return base64.b64encode(key.encrypt(secret.encode(), _padding())).decode()


def unseal(key: Any, sealed: str) -> str:
    """Raises ValueError for what was not sealed for this key."""
    try:
        return str(key.decrypt(base64.b64decode(sealed, validate=True), _padding()).decode())
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def _padding() -> Any:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    return padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
