"""The numbers that stood for UUIDs in old versions."""


def number(id: str) -> int:
    """The number that stood for a UUID in old versions: its first 48 bits, which JSON carries exactly."""
    return int(id.replace("-", "")[:12], 16)
