"""Secrets and signatures of webhooks. Format: https://www.standardwebhooks.com (`whsec_` secrets, `v1` signatures)."""

import base64
import hashlib
import hmac

PREFIX = "whsec_"
SHORTEST_KEY = 32  # characters; a shorter one could be guessed from a delivery


def secret(key: str, webhook_id: str) -> str:
    """What the owner of a webhook checks its deliveries with: made from our key, so that it is kept nowhere."""
    made = hmac.new(key.encode(), b"webhook:" + webhook_id.encode(), hashlib.sha256).digest()
    return PREFIX + base64.b64encode(made).decode()


def headers(secret: str, message_id: str, seconds: int, body: bytes) -> dict[str, str]:
    """What proves that a delivery of `body` at `seconds` since 1970 is ours."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = hmac.new(key, f"{message_id}.{seconds}.".encode() + body, hashlib.sha256).digest()
    return {"webhook-id": message_id, "webhook-timestamp": str(seconds),
            "webhook-signature": f"v1,{base64.b64encode(signed).decode()}"}  # fmt: skip
