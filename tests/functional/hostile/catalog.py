"""S1 to S11, S16 to S30, S41 and S42 of the hostile inputs: for each the checks, and the guards without which each
check must find something. What is not here has its reason beside it. Data only."""

import dataclasses
import functools
import time
import types
from collections.abc import Callable
from typing import Any

from nova_like.api.common import app, body, paging, rates, request_id, routing, schema
from nova_like.api.common.request import Request
from nova_like.api.ec2 import app as ec2
from nova_like.api.ec2 import operations, query, signature
from nova_like.db import images, instances, quotas, revocations
from nova_like.services import (
    booting,
    identity,
    identity_ec2,
    identity_login,
    identity_memory,
    identity_passwords,
    scope,
)
from nova_like.services.identity_keys import Keys
from nova_like.services.policy import Policy
from nova_like.services.security_groups import SecurityGroups
from nova_like.services.tags import Tags
from tests.functional.hostile import bodies, limits, policy, rebuilding, signing, talk, tokens
from tests.functional.hostile import ec2 as ec2_things
from tests.functional.hostile.guards import Guard, both, configured, replaced, swapped
from tests.functional.hostile.image_catalog import IMAGE_TRIES
from tests.functional.sweep_world import World


@dataclasses.dataclass(frozen=True)
class Try:
    """`check(world)` names what is wrong, and finds nothing; without any one of `guards` it finds something."""

    number: str
    check: Callable[[World], list[str]]
    guards: tuple[Guard, ...] = ()

    def __str__(self) -> str:
        return f"{self.number}-{self.check.__name__.removeprefix('check_')}"


def _nothing(*args: Any, **more: Any) -> None:
    return None


def _yes(*args: Any, **more: Any) -> bool:
    return True


def _no(*args: Any, **more: Any) -> bool:
    return False


def _every_limit(request: Any, minimum: int = 0) -> Any:
    return paging.Page(request.number("limit", 10**9, minimum) or 10**9, None)


def _for_ever(memory: Any, key: str, find: Callable[[], Any]) -> Any:
    known = memory.__dict__.setdefault("_for_ever", {})
    if key not in known:
        known[key] = find()
    return known[key]


def _of_everybody(tx: Any, query: Any, project_id: Any, *args: Any, **more: Any) -> Any:
    return _LIST(tx, query, None, *args, **more)


def _quick(password: str, stored: str | None, rounds: int) -> bool:
    """The real one, but for those whom nobody knows."""
    return stored is not None and _MATCHES(password, stored, rounds)


def _one_by_one(tags: Any, ctx: Any, ids: list[str]) -> Any:
    return {key: value for one in ids for key, value in _TAGS_OF(tags, ctx, [one]).items()}


class _Talkative(app.Unexpected):
    def __init__(self, reason: str) -> None:
        import sys

        super().__init__(repr(sys.exc_info()[1]))


def _any_service(params: dict[str, str], claim: Any) -> Any:
    return operations.find(params["Action"])


def _in_clear(keys: Any, data: bytes) -> str:
    """Secrets as they are; tokens are sealed still."""
    return data.decode() if data.isalnum() else _SEAL(keys, data)


def _in_clear_too(keys: Any, text: str) -> bytes:
    return text.encode() if text.isalnum() and len(text) < 64 else _OPEN(keys, text)


_MATCHES, _TAGS_OF, _FIND = identity_passwords.matches, Tags.of, routing.Table.find
_SEAL, _OPEN, _LIST = Keys.seal, Keys.open, instances.list_instances
_LAX_HMAC = types.SimpleNamespace(compare_digest=_yes, digest=signature.hmac.digest)


def _any(tx: Any, project_id: str | None, image_id: str) -> Any:
    """Whoever owns it."""
    return images.get(tx, image_id)


TRIES = (
    Try("S16", policy.check_others_things, (swapped(scope.owner, _nothing),)),
    Try("S16", policy.check_no_list_shows_others_things, (swapped(scope.owner, _nothing),)),
    Try("S17", policy.check_who_may_do_what, (replaced(Policy, "allows", _yes), replaced(Policy, "allows", _no))),
    Try("S16", ec2_things.check_ec2_others_things, (replaced(instances, "list_instances", _of_everybody),)),
    Try("S17", ec2_things.check_ec2_readers, (replaced(Policy, "allows", _yes),)),
    Try("S18", bodies.check_bodies, (replaced(body, "_check", _nothing), replaced(body, "_check_names", _nothing))),
    Try("S18", bodies.check_sizes, (configured("api", "max_body_bytes", 10**9),)),
    Try("S18", bodies.check_headers_end, (replaced(bodies, "HEADER_SECONDS", [600.0]),)),
    Try("S18", bodies.check_headers_are_bounded),  # the bounds are the servers' own
    Try("S19", bodies.check_xml_is_no_body, (replaced(query, "FORM", "text/xml"),
                                             replaced(Request, "content_type", ""))),
    Try("S20", signing.check_the_good_one_is_served, (replaced(signature, "sign", lambda *args: "0" * 64),)),
    Try("S20", signing.check_altered, (replaced(signature, "hmac", _LAX_HMAC),)),
    Try("S20", signing.check_times, (replaced(signature, "_check_time", _nothing),)),
    Try("S20", signing.check_coverage, (replaced(signature, "_check_coverage", _nothing),)),
    Try("S20", signing.check_forms, (replaced(ec2, "_operation", _any_service),)),
    Try("S21", policy.check_access_keys_are_ones_own, (replaced(identity_ec2.Ec2Credentials, "_own", _nothing),)),
    Try("S22", tokens.check_tokens_end, (swapped(identity_login.usable, _yes), replaced(revocations, "is_revoked", _no),
                                         replaced(identity_memory.Memory, "get", _for_ever))),
    Try("S22", tokens.check_tokens_expire, (replaced(identity, "_now", time.time),)),
    Try("S22", tokens.check_forgeries, (replaced(revocations, "is_revoked", _no),)),
    Try("S22", tokens.check_identity_headers, (replaced(request_id, "FORGED", ("HTTP_NONE",)),)),
    Try("S23", tokens.check_logins_are_alike, (swapped(identity_passwords.matches, _quick),)),
    Try("S23", tokens.check_guessing_ends, (replaced(rates.Rates, "login", _nothing),)),
    Try("S24", talk.check_log_lines, (replaced(request_id, "_plain", str),)),
    Try("S25", limits.check_pages, (replaced(paging, "page", _every_limit),)),
    Try("S25", limits.check_patterns),  # there is no regular expression that could be let in
    Try("S25", limits.check_statements, (replaced(Tags, "of", _one_by_one),)),
    Try("S25", limits.check_large_bodies_of_ids, (replaced(schema.Validators, "check", _nothing),)),
    Try("S26", limits.check_unknown_paths, (replaced(routing.Table, "find", functools.cache(_FIND)),)),
    Try("S27", limits.check_quota_is_exact, (replaced(quotas, "check", _nothing),)),
    Try("S27", limits.check_floods, (replaced(SecurityGroups, "_check_quota", _nothing),)),
    Try("S28", rebuilding.check_rebuilds, (swapped(booting.check_fit, _nothing), swapped(images.get_bootable, _any))),
    Try("S29", talk.check_links, (configured("api", "public_url", None),)),
    Try("S30", talk.check_error_bodies, (replaced(app, "Unexpected", _Talkative),)),
    Try("S41", talk.check_secrets, (both(replaced(Keys, "seal", _in_clear), replaced(Keys, "open", _in_clear_too)),)),
    Try("S42", bodies.check_only_json_is_read, (replaced(Request, "content_type", ""),)),
    *(Try(number, check, guards) for number, check, guards in IMAGE_TRIES),
)  # fmt: skip
ELSEWHERE: dict[str, str] = {}  # number -> where its test is
EXPECTED = {f"S{number}" for number in (*range(1, 12), *range(16, 31), 41, 42)}
