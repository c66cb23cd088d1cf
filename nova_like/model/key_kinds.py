"""Which kind of public key a text is, told without reading it. Imports nothing: schedulers ask it."""

BEGIN_CERTIFICATE = "-----BEGIN CERTIFICATE-----"


def is_certificate(text: str) -> bool:
    """Whether it is an X.509 certificate and no SSH key."""
    return text.lstrip().startswith(BEGIN_CERTIFICATE)
