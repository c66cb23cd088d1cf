"""Every route and action, asked by those who may only read and by those who may nothing: no token, or a dead one."""

import pytest

from nova_like.api.ec2 import operations
from tests.functional import sweep_examples as examples
from tests.functional.sweep_entries import ENTRIES, Entry, is_error
from tests.functional.sweep_world import World

CHANGES = [entry for entry in ENTRIES if entry.route.method != "GET" and not entry.route.open]
READS = [entry for entry in ENTRIES if entry.route.method == "GET" and not entry.route.open]
ONES_OWN = {"trust", "credential", "user", "keypair", "access"}  # what a user has for himself, not with his project
OF_THE_CALLER = {
    "/v3/credentials", "/v3/auth/tokens", "/v3/auth/projects", "/v3/auth/domains", "/v3/auth/system",
    "/v2.1/os-keypairs",
    "/v2.1/os-quota-sets/{project_id}/detail",
    "/v2.1/os-simple-tenant-usage/{project_id}",  # until now
}  # fmt: skip
MEMBERS = {
    "OS-TRUST", "credentials", "servers", "os-keypairs", "images", "security-groups", "security-group-rules", "volumes",
    "users", "auth", "os-server-groups", "os-security-groups", "os-security-group-rules", "os-volumes", "os-snapshots",
    "os-webhooks", "ports",
}  # fmt: skip
OPERATORS = {
    "os-force_delete",
    "os-resetState",
    "resetNetwork",
    "injectNetworkInfo",
    "migrate",
    "os-migrateLive",
    "evacuate",
}  # among them
BY_PASSWORD = {"identity POST /v3/users/{user_id}/password"}  # the body proves who asks
SPOOFED = {
    "X_Identity_Status": "Confirmed", "X_Roles": "admin", "X_User_Id": "u", "X_Project_Id": "p", "X_Is_Admin": "1",
    "X_Service_Token": "x", "X_Auth_Project_Id": "p",
}  # fmt: skip


@pytest.mark.parametrize("entry", CHANGES, ids=str)
def test_a_reader_changes_nothing(tenants: World, entry: Entry) -> None:
    for body in entry.bodies():
        answer = tenants.ask(entry, "ron", {**tenants.theirs.ids, "flavor": "1"}, body)
        assert answer.status_int in (403, 404) and is_error(entry.api, answer), answer.text
        assert not tenants.changed()


def is_operators(entry: Entry) -> bool:
    words = [word for word in entry.route.path.split("/")[2:] if word != "{project_id}"]
    return words[0] not in MEMBERS or bool(OPERATORS & {words[-1], entry.name})


@pytest.mark.parametrize("entry", [entry for entry in CHANGES if is_operators(entry)], ids=str)
def test_a_member_changes_nothing_that_is_the_operators(tenants: World, entry: Entry) -> None:
    for body in entry.bodies():
        answer = tenants.ask(entry, "alice", {**tenants.theirs.ids, "flavor": "1"}, body)
        assert answer.status_int == 403 and is_error(entry.api, answer), answer.text
        assert not tenants.changed()


@pytest.mark.parametrize("entry", READS, ids=str)
def test_a_reader_sees_what_a_member_sees(tenants: World, entry: Entry) -> None:
    ids = {**tenants.theirs.ids, "flavor": "1"}
    answer, members = tenants.ask(entry, "ron", ids), tenants.ask(entry, "alice", ids)
    if ONES_OWN & {examples.PATHS.get(parameter) for parameter in entry.route.parameters}:
        assert answer.status_int in (403, 404)
    elif entry.route.path not in OF_THE_CALLER:
        assert (answer.status_int, answer.text) == (members.status_int, members.text)
    assert not tenants.changed()


@pytest.mark.parametrize("entry", ENTRIES, ids=str)
def test_without_a_token_that_lives_there_is_only_what_is_open(tenants: World, entry: Entry) -> None:
    ids, body = tenants.theirs.ids, entry.bodies()[0]
    asked = {}
    for kind, token in {**tenants.dead, "none": None, "spoofed": None}.items():
        asked[kind] = tenants.ask(entry, token, ids, body, headers=SPOOFED if kind == "spoofed" else None)
        if entry.key in BY_PASSWORD:
            tenants.restore()
    for kind, answer in asked.items():
        assert (answer.status_int == 401) == (not entry.route.open), kind
        assert entry.route.open or is_error(entry.api, answer), kind
    assert not tenants.changed()


@pytest.mark.parametrize("entry", [entry for entry in CHANGES if not entry.in_project], ids=str)
def test_without_a_project_nobody_makes_things(tenants: World, entry: Entry) -> None:
    ids = {**tenants.theirs.ids, "image": tenants.public_image, "flavor": "1"}
    for body in entry.bodies():
        answer = tenants.ask(entry, tenants.cloud.token("alice", unscoped={}), ids, body)
        assert answer.status_int in (403, 404) or entry.api == "identity", answer.text
        answer = tenants.ask(entry, tenants.cloud.token("admin", system={"all": True}), ids, body)
        assert (answer.status_int < 500 or answer.status_int == 501) and not tenants.ownerless(), answer.text
        tenants.restore()


@pytest.mark.parametrize("action", sorted(operations.TABLE))
def test_ec2_wants_a_signature(tenants: World, action: str) -> None:
    mount = "/sts/" if operations.TABLE[action].service == "sts" else "/ec2/"
    for token in (None, "alice"):  # tokens are no good there
        body = f"Action={action}&Version=2016-11-15".encode()
        answer = tenants.cloud.call("POST", mount, token, body, Content_Type="application/x-www-form-urlencoded")
        assert answer.status_int in (400, 401, 403) and "<Code>" in answer.text, answer.text
        assert "Authentication" in answer.text or "Auth" in answer.text, answer.text
    assert not tenants.changed()
