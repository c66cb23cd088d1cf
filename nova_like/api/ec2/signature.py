"""Signature version 4, in the Authorization header or presigned in the query: says whose key signed this request.

Computes from the decoded pairs that the parser sees, so nothing is acted on that was not signed. Keeps no secret.
"""

import datetime
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from nova_like import concurrency
from nova_like.api.ec2.query import Pairs
from nova_like.api.ec2.refused import Refused

ALGORITHM = "AWS4-HMAC-SHA256"
WINDOW_SECONDS = 900
LONGEST_SECONDS = 7 * 86400  # of a presigned request
SERVICES = ("ec2", "sts")
_HEADER = re.compile(
    r"AWS4-HMAC-SHA256 +Credential=(?P<credential>[^ ,]{1,256}) *, *SignedHeaders=(?P<headers>[a-z0-9;_-]{1,4096}) *, *"
    r"Signature=(?P<signature>[0-9a-f]{64})\Z"
)
_DATE = re.compile(r"[0-9]{8}T[0-9]{6}Z\Z")
_SIGNATURE = re.compile(r"[0-9a-f]{64}\Z")
_SCOPE_PART = re.compile(r"[A-Za-z0-9_.~-]{1,128}\Z")


@dataclass(frozen=True)
class Request:
    """What a signature covers. `headers` have lower-case names; `path` is decoded; `query` are the decoded pairs."""

    method: str
    path: str
    query: Pairs
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Claim:
    """What a request says of its signature, before any of it is believed."""

    access: str
    date: str
    region: str
    service: str
    timestamp: str
    signed: tuple[str, ...]
    signature: str
    expires: int | None = None

    @property
    def scope(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


def from_environ(environ: Mapping[str, Any], query: Pairs, body: bytes) -> Request:
    """The request of a WSGI environ."""
    headers = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
    for key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(key):
            headers[key.replace("_", "-").lower()] = environ[key]
    path = (environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")) or "/"
    return Request(environ["REQUEST_METHOD"], path, query, headers, body)


def verify(request: Request, secret_of: Callable[[str], str | None]) -> Claim:
    """The claim of a request whose signature holds; `secret_of` gives the secret of an access key, None if unknown.

    Raises Refused: AuthFailure (STS: InvalidClientTokenId), MissingAuthenticationToken, IncompleteSignature,
    RequestExpired, SignatureDoesNotMatch.
    """
    claim = _claim(request)
    _check_time(claim)
    _check_coverage(request, claim)
    secret = secret_of(claim.access)
    # an unknown key costs the same work and gets the same answer time as a wrong secret
    expected = sign(request, claim, secret if secret is not None else "unknown")
    if secret is None:
        raise unknown_key(claim.service)
    if not hmac.compare_digest(expected.encode(), claim.signature.encode()):
        raise mismatch()
    return claim


def _claim(request: Request) -> Claim:
    header = request.headers.get("authorization")
    presigned = any(name in ("X-Amz-Signature", "X-Amz-Algorithm") for name, _ in request.query)
    if header is not None and presigned:
        raise Refused("InvalidParameterCombination", "Signed both in a header and in the query.")
    if header is not None:
        return _header_claim(request, header)
    if presigned:
        return _query_claim(request)
    raise Refused("MissingAuthenticationToken", "Request is missing Authentication Token", 403)


def _header_claim(request: Request, header: str) -> Claim:
    match = _HEADER.match(header.strip())
    if match is None:
        raise incomplete("The Authorization header is not of the form of AWS4-HMAC-SHA256.")
    timestamp = request.headers.get("x-amz-date", "")
    signed = tuple(match["headers"].split(";"))
    return _made(match["credential"], timestamp, signed, match["signature"], None)


def _query_claim(request: Request) -> Claim:
    params = dict(request.query)
    if params.get("X-Amz-Algorithm") != ALGORITHM:
        raise incomplete(f"X-Amz-Algorithm must be {ALGORITHM}.")
    expires = params.get("X-Amz-Expires", "")
    if not re.fullmatch("[0-9]{1,6}", expires) or not 1 <= int(expires) <= LONGEST_SECONDS:
        raise incomplete(f"X-Amz-Expires must be from 1 to {LONGEST_SECONDS} seconds.")
    signed = tuple(params.get("X-Amz-SignedHeaders", "").split(";"))
    signature = params.get("X-Amz-Signature", "")
    return _made(params.get("X-Amz-Credential", ""), params.get("X-Amz-Date", ""), signed, signature, int(expires))


def _made(credential: str, timestamp: str, signed: tuple[str, ...], signature: str, expires: int | None) -> Claim:
    parts = credential.split("/")
    if len(parts) != 5 or parts[4] != "aws4_request" or not all(_SCOPE_PART.match(part) for part in parts):
        raise incomplete("The credential must be KEY/DATE/REGION/SERVICE/aws4_request.")
    if not _DATE.match(timestamp):
        raise incomplete("X-Amz-Date must be of the form 20261121T055523Z.")
    if not _SIGNATURE.match(signature):
        raise incomplete("The signature must be 64 hexadecimal digits.")
    access, date, region, service = parts[:4]
    if date != timestamp[:8] or service not in SERVICES:
        raise mismatch()
    return Claim(access, date, region, service, timestamp, signed, signature, expires)


def _check_time(claim: Claim) -> None:
    try:
        made = datetime.datetime.strptime(claim.timestamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
    except ValueError:
        raise incomplete("X-Amz-Date is not a time.") from None
    age = (concurrency.now() - made).total_seconds()
    if age < -WINDOW_SECONDS or age > (WINDOW_SECONDS if claim.expires is None else claim.expires):
        raise Refused("RequestExpired", "Request has expired.", 400)


def _check_coverage(request: Request, claim: Claim) -> None:
    """The host and every x-amz- header must be signed, each once and in order; and the body must be what was said."""
    signed = claim.signed
    if list(signed) != sorted(set(signed)) or "host" not in signed:
        raise incomplete("SignedHeaders must be sorted and hold host.")
    loose = [name for name in request.headers if name.startswith("x-amz-") and name not in signed]
    if loose or any(name not in request.headers for name in signed):
        raise mismatch()
    said = request.headers.get("x-amz-content-sha256")
    if said is not None and not hmac.compare_digest(said.encode(), hashlib.sha256(request.body).hexdigest().encode()):
        raise mismatch()


def sign(request: Request, claim: Claim, secret: str) -> str:
    """The signature that `secret` gives the request (64 hexadecimal digits)."""
    hashed = hashlib.sha256(canonical(request, claim).encode()).hexdigest()
    text = "\n".join((ALGORITHM, claim.timestamp, claim.scope, hashed))
    key = f"AWS4{secret}".encode()
    for part in (claim.date, claim.region, claim.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def canonical(request: Request, claim: Claim) -> str:
    """The canonical request (Amazon's Signature Version 4, task 1)."""
    query = sorted((_quote(name), _quote(value)) for name, value in request.query if name != "X-Amz-Signature")
    headers = [f"{name}:{' '.join(request.headers[name].split())}\n" for name in claim.signed]
    return "\n".join(
        (
            request.method,
            quote(request.path.encode("latin-1", "replace"), safe="/-_.~"),
            "&".join(f"{name}={value}" for name, value in query),
            "".join(headers),
            ";".join(claim.signed),
            hashlib.sha256(request.body).hexdigest(),
        )
    )


def _quote(text: str) -> str:
    return quote(text, safe="-_.~")


def unknown_key(service: str) -> Refused:
    """Nobody has this access key."""
    if service == "sts":
        return Refused("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
    return Refused("AuthFailure", "AWS was not able to validate the provided access credentials", 401)


def incomplete(why: str) -> Refused:
    """What says how the request is signed is not all there, or not of its form."""
    return Refused("IncompleteSignature", why)


def mismatch() -> Refused:
    """The request is not signed with the key's secret."""
    return Refused(
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. "
        "Check your AWS Secret Access Key and signing method.",
        403,
    )
