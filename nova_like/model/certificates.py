"""X.509 certificates as key pairs, with which users log in to guests that know no SSH keys: made, read, fingerprinted.
Pure; keeps none."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from nova_like.model.errors import Invalid
from nova_like.model.key_kinds import BEGIN_CERTIFICATE, is_certificate

RSA_BITS = 2048
MAX_LENGTH = 16384
VALID = datetime.timedelta(days=3650)
_PRINCIPAL = ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")  # the name that Windows maps a certificate to an account by


def generate(user_id: str, now: datetime.datetime) -> tuple[str, str]:
    """(private key, certificate signed with it), both PEM, with which `user_id` may log in from now on."""
    key = rsa.generate_private_key(65537, RSA_BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, user_id[:64])])
    principal = f"{user_id[:64]}@localhost".encode()
    # DER of a UTF8String: tag, length, bytes
    other = x509.OtherName(_PRINCIPAL, bytes((12, len(principal))) + principal)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + VALID)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([other]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode(), made.public_bytes(serialization.Encoding.PEM).decode()


def check(text: str) -> str:
    """The certificate, trimmed. Raises Invalid when it is not one PEM certificate."""
    _read(text)
    return text.strip()


def fingerprint(text: str) -> str:
    """`aa:bb:...`, SHA-1 of the certificate: what OpenStack shows."""
    return _read(text).fingerprint(hashes.SHA1()).hex(":")  # noqa: S303 - shown, not trusted


def _read(text: str) -> x509.Certificate:
    try:
        if len(text) > MAX_LENGTH or text.count(BEGIN_CERTIFICATE) != 1 or not is_certificate(text):
            raise ValueError
        return x509.load_pem_x509_certificate(text.encode())
    except ValueError:
        reason = "Keypair data is invalid: failed to generate X509 fingerprint"
        raise Invalid(reason, "keypair", field="public_key") from None
