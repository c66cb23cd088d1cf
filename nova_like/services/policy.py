"""Who may do what: the rule tables of services/rules/ as oslo.policy rules, overridable by the operator's file.

Decides by persona (admin > manager > member > reader, already expanded in the context's roles) and project. Never looks
at rows: what a caller may see of them is services/scope.py's.
"""

import functools
import importlib
import logging
import pkgutil
from typing import Any

import yaml
from oslo_config import cfg
from oslo_policy import opts, policy

from nova_like.model.context import Context
from nova_like.model.errors import Forbidden
from nova_like.services import rules

PERSONAS = {
    "admin": "role:admin",
    "manager": "role:admin or (role:manager and project_id:%(project_id)s)",
    "member": "role:admin or (role:member and project_id:%(project_id)s)",
    "reader": "role:admin or (role:reader and project_id:%(project_id)s)",
    "observer": "role:admin or (role:reader and system_scope:all)",
    "operator": "role:admin and domain_id:None",
    "operator_observer": "(role:admin and domain_id:None) or (role:reader and system_scope:all)",
    "service": "role:admin or role:service",
    "validator": "role:admin or role:service or (role:reader and system_scope:all)",
    "domain_observer": "role:admin or (role:reader and system_scope:all) or (role:reader and domain_id:%(domain_id)s)",
    "domain_manager": "role:admin or (role:manager and domain_id:%(domain_id)s)",
    "role_observer": "role:admin or (role:reader and system_scope:all) or (role:manager and domain_id:%(domain_id)s)",
    "anyone": "@",
}
MOST = 4096  # decisions kept


def all_rules() -> dict[str, str]:
    """{rule name: persona} of every module in services/rules/. Raises ValueError for a rule defined twice."""
    merged: dict[str, str] = {}
    for module in pkgutil.iter_modules(rules.__path__):
        table = importlib.import_module(f"{rules.__name__}.{module.name}").RULES
        if twice := merged.keys() & table.keys():
            raise ValueError(f"policy rules defined twice: {sorted(twice)}")
        merged |= table
    if wrong := {name for name, persona in merged.items() if persona not in PERSONAS}:
        raise ValueError(f"policy rules of an unknown persona: {sorted(wrong)}")
    return merged


class Policy:
    """`conf` gives `[api] policy_file`; a file that names an unknown rule stops the start (ValueError)."""

    def __init__(self, conf: Any = None) -> None:
        path = conf.api.policy_file if conf is not None else ""
        self._enforcer = _of_file(path) if path else _shipped()
        self._decided: dict[tuple, bool] | None = None if path else {}

    def allows(self, ctx: Context, rule: str, project_id: str | None = None, domain_id: str | None = None) -> bool:
        """Whether `ctx` may do what `rule` names in `project_id`, to a thing of `domain_id` (those of its token unless
        given). KeyError: no such rule."""
        if self._decided is None:
            return self._decide(ctx, rule, project_id, domain_id)
        # the personas look at nothing but these: what was decided once holds
        own = bool(ctx.project_id) and (not project_id or project_id == ctx.project_id)
        within = bool(ctx.domain_id) and (not domain_id or domain_id == ctx.domain_id)
        key = (rule, ctx.roles, own, within, bool(ctx.domain_id), ctx.system)
        known = self._decided.get(key)
        if known is None:
            if len(self._decided) >= MOST:
                self._decided.clear()
            known = self._decided[key] = self._decide(ctx, rule, project_id, domain_id)
        return known

    def _decide(self, ctx: Context, rule: str, project_id: str | None, domain_id: str | None) -> bool:
        if rule not in self._enforcer.registered_rules:
            raise KeyError(f"no policy rule is called {rule!r}")
        target = {"project_id": project_id or ctx.project_id or "-", "user_id": ctx.user_id,
                  "domain_id": domain_id or ctx.domain_id or "-"}  # fmt: skip
        return bool(self._enforcer.enforce(rule, target, _credentials(ctx)))

    def check(self, ctx: Context, rule: str, project_id: str | None = None, domain_id: str | None = None) -> None:
        """Raises Forbidden unless `allows` says yes."""
        if not self.allows(ctx, rule, project_id, domain_id):
            raise Forbidden(f"Policy doesn't allow {rule} to be performed.", rule=rule)


@functools.cache
def _shipped() -> policy.Enforcer:
    """Of the rules as they are here: it never changes, so that one serves all of a process."""
    enforcer = _enforcer("", all_rules())
    checks = {rule.name: rule.check for rule in enforcer.registered_rules.values()}
    enforcer.set_rules(checks, use_conf=False)
    return enforcer


def _of_file(path: str) -> policy.Enforcer:
    """Looks at the file again when that has changed."""
    table = all_rules()
    enforcer = _enforcer(path, table)
    _refuse_unknown(path, table)  # before oslo.policy, which passes over what it does not know
    enforcer.load_rules(True)
    return enforcer


def _enforcer(path: str, table: dict[str, str]) -> policy.Enforcer:
    own = cfg.ConfigOpts()  # oslo.policy registers options of its own, which are no part of ours
    own([], default_config_files=[])
    opts._register(own)
    own.set_override("policy_dirs", [], "oslo_policy")
    logging.getLogger("oslo_policy").setLevel(logging.WARNING)
    made = policy.Enforcer(own, policy_file=path or None, use_conf=bool(path))
    made.register_defaults([policy.RuleDefault(name, PERSONAS[kind]) for name, kind in table.items()])
    return made


def _credentials(ctx: Context) -> dict[str, Any]:
    return {
        "user_id": ctx.user_id, "project_id": ctx.project_id or None, "domain_id": ctx.domain_id or None,
        "system_scope": "all" if ctx.system else None, "roles": list(ctx.roles), "is_admin": ctx.is_admin,
    }  # fmt: skip


def _refuse_unknown(path: str, table: dict[str, str]) -> None:
    with open(path, encoding="utf-8") as file:
        overrides = yaml.safe_load(file) or {}
    if not isinstance(overrides, dict):
        raise ValueError(f"{path} is not a table of rules")
    # rules without a colon are the operator's own aliases, used by the others
    if unknown := {name for name in overrides if ":" in name and name not in table}:
        raise ValueError(f"{path} names rules that do not exist: {', '.join(sorted(unknown))}")
