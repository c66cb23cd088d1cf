"""SSH keys: made, read, fingerprinted. Pure; keeps none."""

import base64
import binascii
import hashlib

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from nova_like.model.errors import Invalid

RSA_BITS = 2048
MAX_LENGTH = 16384


def generate(algorithm: str = "rsa") -> tuple[str, str]:
    """(private key as PEM, public key as an OpenSSH line) of a new `rsa` or `ed25519` key."""
    key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
    form = serialization.PrivateFormat.OpenSSH
    if algorithm == "rsa":
        key = rsa.generate_private_key(65537, RSA_BITS)
        form = serialization.PrivateFormat.TraditionalOpenSSL  # what the oldest clients can read
    else:
        key = ed25519.Ed25519PrivateKey.generate()
    private = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return private.decode(), public.decode()


def check_public(text: str) -> str:
    """The OpenSSH public key line, trimmed. Raises Invalid when it is not one."""
    line = text.strip()
    try:
        if len(line) > MAX_LENGTH or "\n" in line:
            raise ValueError
        if not line.startswith("sk-"):  # keys of hardware tokens: sshd reads them, the library does not
            serialization.load_ssh_public_key(line.encode())
        blob(line)
    except (ValueError, UnsupportedAlgorithm, binascii.Error, IndexError):
        reason = "Keypair data is invalid: failed to generate fingerprint"
        raise Invalid(reason, "keypair", field="public_key") from None
    return line


def blob(line: str) -> bytes:
    """The key's binary form: the second word of an OpenSSH line."""
    return base64.b64decode(line.split()[1], validate=True)


def md5_fingerprint(line: str) -> str:
    """`aa:bb:...`, MD5 of the binary form (RFC 4716): what OpenStack shows."""
    digest = hashlib.md5(blob(line), usedforsecurity=False).hexdigest()
    return ":".join(digest[i : i + 2] for i in range(0, 32, 2))
