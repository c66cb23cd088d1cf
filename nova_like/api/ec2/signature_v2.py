"""Signature version 2, in the query of a GET or the form of a POST: what clients older than version 4 send.

Computes from the decoded pairs that the parser sees, so nothing is acted on that was not signed. Keeps no secret.
"""

import base64
import datetime
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from nova_like import concurrency
from nova_like.api.ec2.query import Pairs
from nova_like.api.ec2.refused import Refused
from nova_like.api.ec2.signature import WINDOW_SECONDS, Claim, Request, incomplete, mismatch, unknown_key

METHODS = {"HmacSHA256": "sha256", "HmacSHA1": "sha1"}
MARKS = frozenset({"SignatureVersion", "SignatureMethod", "Signature"})
OWN = frozenset({"Timestamp", "Expires"})  # parameters of the signature that no action has
_SIGNATURE = re.compile(r"[A-Za-z0-9+/]{27,43}=\Z")
_PORT = re.compile(r":[0-9]{1,5}\Z")


@dataclass(frozen=True)
class _Asked:
    method: str
    hosts: tuple[str, ...]
    path: str
    pairs: Pairs


def is_meant(params: dict[str, str]) -> bool:
    """Whether a request says that it is signed in this way."""
    return not MARKS.isdisjoint(params)


def verify(request: Request, pairs: Pairs, service: str, secret_of: Callable[[str], str | None]) -> Claim:
    """The claim of a request whose signature holds; `pairs` are those of its query and its form. Raises Refused as
    signature.verify does."""
    if "authorization" in request.headers:
        raise Refused("InvalidParameterCombination", "Signed both in a header and in the query.")
    params = dict(pairs)
    access, signature = params.get("AWSAccessKeyId", ""), params.get("Signature", "")
    if params.get("SignatureVersion") != "2" or params.get("SignatureMethod") not in METHODS:
        raise incomplete("The signature must be of version 2, by HmacSHA256 or HmacSHA1.")
    if not 0 < len(access) <= 128 or not _SIGNATURE.match(signature):
        raise incomplete("AWSAccessKeyId and Signature are needed.")
    timestamp = _in_time(params)
    secret = secret_of(access)
    # an unknown key costs the same work and gets the same answer time as a wrong secret
    good = _holds(_asked(request, pairs), params["SignatureMethod"], secret if secret is not None else "-", signature)
    if secret is None:
        raise unknown_key(service)
    if not good:
        raise mismatch()
    return Claim(access, timestamp[:10], "", service, timestamp, (), signature)


def _in_time(params: dict[str, str]) -> str:
    """The time that the request names; one of the two must be there."""
    if ("Timestamp" in params) == ("Expires" in params):
        raise incomplete("Either Timestamp or Expires is needed.")
    text = params.get("Timestamp") or params.get("Expires") or ""
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise incomplete("The time must be of the form 2026-11-21T05:55:23Z.") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    age = (concurrency.now() - moment).total_seconds()
    late = age > 0 if "Expires" in params else abs(age) > WINDOW_SECONDS
    if late:
        raise Refused("RequestExpired", "Request has expired.", 400)
    return text


def _asked(request: Request, pairs: Pairs) -> _Asked:
    """Hosts: some clients sign the port, and some leave it out."""
    host = request.headers.get("host", "").lower()
    return _Asked(request.method, (host, _PORT.sub("", host)), request.path, pairs)


def _holds(asked: _Asked, method: str, secret: str, signature: str) -> bool:
    found = [
        hmac.compare_digest(_sign(asked, host, METHODS[method], secret).encode(), signature.encode())
        for host in asked.hosts
    ]
    return any(found)


def _sign(asked: _Asked, host: str, digest: str, secret: str) -> str:
    signed = sorted((name.encode(), value) for name, value in asked.pairs if name != "Signature")
    query = "&".join(f"{_quote(name)}={_quote(value)}" for name, value in signed)
    text = "\n".join((asked.method, host, quote(asked.path.encode("latin-1", "replace"), safe="/-_.~"), query))
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), digest)).decode()


def _quote(text: str | bytes) -> str:
    return quote(text, safe="-_.~")
