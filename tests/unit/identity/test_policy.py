"""The policy: personas, the operator's overrides, and rules that do not exist."""

from types import SimpleNamespace

import pytest

from nova_like.model.context import Context
from nova_like.model.errors import Forbidden
from nova_like.services.policy import PERSONAS, Policy, all_rules
from nova_like.services.scope import NOBODY, owner

LADDER = {
    "admin": ("admin", "manager", "member", "reader"),
    "manager": ("manager", "member", "reader"),
    "member": ("member", "reader"),
    "reader": ("reader",),
    "nobody": (),
}


def caller(persona, project="p"):
    return Context(user_id="u", project_id=project, roles=LADDER[persona])


@pytest.mark.parametrize("persona", LADDER)
def test_every_rule_for_every_persona(persona):
    policy = Policy()
    for rule, least in all_rules().items():
        expected = least == "anyone" or persona == "admin" or least in LADDER[persona]
        assert policy.allows(caller(persona), rule) is expected, rule
        elsewhere = persona == "admin" or least == "anyone"
        assert policy.allows(caller(persona), rule, "another") is elsewhere, rule


SCOPED = {  # persona -> the (scope, role) that it lets in, besides admins
    "observer": {("system", "reader")},
    "domain_observer": {("system", "reader"), ("domain", "reader"), ("domain", "manager")},
    "domain_manager": {("domain", "manager")},
    "role_observer": {("system", "reader"), ("domain", "manager")},
    "operator": set(),
    "operator_observer": {("system", "reader")},
    "validator": {("system", "reader")},
}


@pytest.mark.parametrize("scope", ["system", "domain", "project"])
@pytest.mark.parametrize("role", ["admin", "manager", "member", "reader"])
def test_scopes_of_the_directory(scope, role):
    policy = Policy()
    ctx = Context(user_id="u", roles=LADDER[role], system=scope == "system", domain_id="d" * (scope == "domain"),
                  project_id="p" * (scope == "project"))  # fmt: skip
    for rule, least in all_rules().items():
        if least not in SCOPED:
            continue
        held = {(scope, role) for role in LADDER[role]}
        admin = role == "admin" and not (scope == "domain" and least.startswith("operator"))
        assert policy.allows(ctx, rule, domain_id="d") is (admin or bool(held & SCOPED[least])), rule
        elsewhere = admin or (scope == "system" and bool(held & SCOPED[least]))
        assert policy.allows(ctx, rule, domain_id="another") is elsewhere, rule
        assert policy.allows(ctx, rule, domain_id=NOBODY) is elsewhere, rule


def test_rules_are_named_by_api_noun_and_verb():
    rules = all_rules()
    assert len(rules) > 60 and set(rules.values()) <= PERSONAS.keys()
    assert not [name for name in rules if len(name.split(":")) != 3]


def test_a_role_without_a_project_is_worth_nothing():
    assert not Policy().allows(caller("member", ""), "compute:servers:list")


def test_check():
    policy = Policy()
    policy.check(caller("member"), "compute:servers:create")
    with pytest.raises(Forbidden):
        policy.check(caller("reader"), "compute:servers:create")
    with pytest.raises(KeyError):
        policy.check(caller("admin"), "compute:servers:fly")


def overridden(tmp_path, text):
    path = tmp_path / "policy.yaml"
    path.write_text(text)
    return Policy(SimpleNamespace(api=SimpleNamespace(policy_file=str(path))))


def test_the_operators_overrides(tmp_path):
    policy = overridden(tmp_path, '"support": "role:support"\n"compute:servers:create": "role:admin or rule:support"\n')
    assert not policy.allows(caller("member"), "compute:servers:create")
    assert policy.allows(Context(user_id="u", project_id="p", roles=("support",)), "compute:servers:create")
    assert policy.allows(caller("member"), "compute:servers:delete")


@pytest.mark.parametrize("text", ['"compute:servers:fly": "@"\n', "- a\n- list\n"])
def test_overrides_that_mean_nothing_stop_the_start(tmp_path, text):
    with pytest.raises(ValueError):
        overridden(tmp_path, text)


def test_a_file_that_is_not_there_stops_the_start(tmp_path):
    with pytest.raises(OSError):
        Policy(SimpleNamespace(api=SimpleNamespace(policy_file=str(tmp_path / "missing.yaml"))))


def test_whose_rows():
    assert owner(caller("member")) == "p" and owner(caller("member"), True) == "p"
    assert owner(caller("admin")) is None and owner(caller("admin"), False) == "p"
    assert owner(caller("reader", "")) == NOBODY
