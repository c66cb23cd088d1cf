"""Checks the AWS signature version 4 of a request that another service describes (POST /v3/ec2tokens). The EC2 dialect
checks the requests that it serves itself."""

import datetime
import hashlib
import hmac
from typing import Any
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA256"
WINDOW_SECONDS = 900


def is_good(signed: dict[str, Any], secret: str, now: float) -> bool:
    """Whether `signed` (verb, host, path, params, headers, body_hash, signature) was signed by `secret` within the last
    15 minutes. False for anything malformed, and for older signature versions."""
    try:
        wanted, at = _signature(signed, secret)
    except (KeyError, ValueError, AttributeError, TypeError):
        return False
    same = hmac.compare_digest(wanted.encode(), str(signed["signature"]).encode())
    return same and abs(now - at) <= WINDOW_SECONDS


def _signature(signed: dict[str, Any], secret: str) -> tuple[str, float]:
    """(the signature that it should have, when it says that it was made)."""
    params = {str(key): str(value) for key, value in (signed.get("params") or {}).items()}
    headers = {key.lower(): str(value) for key, value in (signed.get("headers") or {}).items()}
    claim = _claim(params, headers)
    _, day, region, service, end = claim["Credential"].split("/")
    date = params.get("X-Amz-Date") or headers["x-amz-date"]
    if not date.startswith(day):
        raise ValueError("two dates")
    names = claim["SignedHeaders"].split(";")
    query = "&".join(f"{_quoted(key)}={_quoted(value)}" for key, value in sorted(params.items())
                     if key != "X-Amz-Signature")  # fmt: skip
    canonical = "\n".join((
        signed["verb"], quote(signed.get("path") or "/", safe="/-_.~"), query,
        "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in names), ";".join(names),
        signed.get("body_hash") or hashlib.sha256(b"").hexdigest(),
    ))  # fmt: skip
    scope = "/".join((day, region, service, end))
    text = "\n".join((ALGORITHM, date, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = b"AWS4" + secret.encode()
    for part in (day, region, service, end, text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    moment = datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
    return key.hex(), moment.timestamp()


def _claim(params: dict[str, str], headers: dict[str, str]) -> dict[str, str]:
    """Credential and SignedHeaders, out of the query or the Authorization header."""
    if "X-Amz-Credential" in params:
        return {"Credential": params["X-Amz-Credential"], "SignedHeaders": params["X-Amz-SignedHeaders"]}
    kind, _, rest = headers["authorization"].partition(" ")
    if kind != ALGORITHM:
        raise ValueError("another algorithm")
    parts = (part.strip().partition("=") for part in rest.split(","))
    return {name: value for name, _, value in parts}


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")
