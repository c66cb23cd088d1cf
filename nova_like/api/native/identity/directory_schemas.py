"""JSON schemas of domains, projects, users, groups and roles: data only. Fields that they do not name are kept as they
are."""

from typing import Any

from nova_like.api.native.identity.schemas import loose

Json = dict[str, Any]

_NAME = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"\S"}
_SHORT = {**_NAME, "maxLength": 64}
_TEXT = {"type": ["string", "null"], "maxLength": 4000}
_ID = {"type": "string", "minLength": 1, "maxLength": 64}
_NO_ID = {"type": ["string", "null"], "minLength": 1, "maxLength": 64}
_YES = {"type": "boolean"}
_MAYBE = {"type": ["boolean", "null"]}
_IMMUTABLE = {"type": "object", "properties": {"immutable": _MAYBE}, "additionalProperties": False}
_TAG = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[^,/]+$"}
_TAGS = {"type": "array", "items": _TAG, "maxItems": 80, "uniqueItems": True}


def _pair(noun: str, fields: Json, first: Json, required: tuple[str, ...] = ("name",)) -> tuple[Json, Json]:
    """The bodies that make and that change a thing; `first` are fields of the former only."""
    return loose({noun: loose({**fields, **first}, required)}, (noun,)), loose({noun: loose(fields)}, (noun,))


DOMAIN_CREATE, DOMAIN_UPDATE = _pair(
    "domain", {"name": _SHORT, "description": _TEXT, "enabled": _YES, "tags": _TAGS, "options": _IMMUTABLE},
    {"explicit_domain_id": {**_ID, "maxLength": 36, "pattern": "^[0-9a-zA-Z_-]+$"}},
)  # fmt: skip
PROJECT_CREATE, PROJECT_UPDATE = _pair(
    "project",
    {"name": _SHORT, "description": _TEXT, "enabled": _YES, "tags": _TAGS, "options": _IMMUTABLE, "domain_id": _NO_ID,
     "parent_id": _NO_ID, "is_domain": _YES}, {},
)  # fmt: skip
_FLAGS = (
    "ignore_change_password_upon_first_use", "ignore_password_expiry", "ignore_lockout_failure_attempts",
    "ignore_user_inactivity", "lock_password", "multi_factor_auth_enabled",
)  # fmt: skip
_RULE = {"type": "array", "maxItems": 16, "items": {"type": "string", "maxLength": 64, "pattern": r"\S"}}
_RULES = {"type": ["array", "null"], "maxItems": 16, "items": _RULE}
_USER_OPTIONS = {
    "type": "object", "additionalProperties": False,
    "properties": {**dict.fromkeys(_FLAGS, _MAYBE), "multi_factor_auth_rules": _RULES},
}  # fmt: skip
_PASSWORD = {"type": "string", "maxLength": 4096}
USER_CREATE, USER_UPDATE = _pair(
    "user",
    {"name": _NAME, "description": _TEXT, "enabled": _YES, "email": {"type": ["string", "null"], "maxLength": 255},
     "password": {**_PASSWORD, "type": ["string", "null"]}, "default_project_id": _NO_ID, "domain_id": _NO_ID,
     "options": _USER_OPTIONS}, {},
)  # fmt: skip
USER_PASSWORD = loose({"user": loose({"password": {**_PASSWORD, "minLength": 1}, "original_password": _PASSWORD},
                                     ("password", "original_password"))}, ("user",))  # fmt: skip
GROUP_CREATE, GROUP_UPDATE = _pair("group", {"name": _SHORT, "description": _TEXT, "domain_id": _NO_ID}, {})
ROLE_CREATE, ROLE_UPDATE = _pair(
    "role", {"name": _NAME, "description": _TEXT, "domain_id": _NO_ID, "options": _IMMUTABLE}, {}
)
TAGS = loose({"tags": _TAGS}, ("tags",))
