"""JSON schemas of Identity's bodies: data only. Unlike other APIs', Identity ignores fields that it does not know."""

from typing import Any

NAME: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 255}
ID: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 255}


def loose(properties: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


DOMAIN = loose({"id": ID, "name": NAME})
PROJECT = loose({"id": ID, "name": NAME, "domain": DOMAIN})
PASSWORD = loose(
    {
        "user": loose(
            {"id": ID, "name": NAME, "domain": DOMAIN, "password": {"type": "string", "maxLength": 4096}}, ("password",)
        )
    },
    ("user",),
)
TOKEN = loose({"id": {"type": "string", "minLength": 1, "maxLength": 1024}}, ("id",))
CREDENTIAL = loose({"id": ID, "name": NAME, "user": loose({"id": ID, "name": NAME, "domain": DOMAIN}),
                    "secret": {"type": "string", "maxLength": 255}}, ("secret",))  # fmt: skip
METHODS = {"type": "array", "items": {"type": "string", "maxLength": 64}, "minItems": 1, "maxItems": 8}
SCOPE = {
    "anyOf": [
        {"const": "unscoped"},
        loose({"project": PROJECT, "domain": DOMAIN, "system": loose({"all": {"const": True}}, ("all",)),
               "unscoped": {"type": "object"}, "OS-TRUST:trust": loose({"id": ID}, ("id",))}),
    ]
}  # fmt: skip
AUTH = loose({
    "auth": loose({
        "identity": loose({"methods": METHODS, "password": PASSWORD, "token": TOKEN,
                           "application_credential": CREDENTIAL}, ("methods",)),
        "scope": SCOPE,
    }, ("identity",)),
}, ("auth",))  # fmt: skip

EC2_CREATE = loose({"tenant_id": ID}, ("tenant_id",))
_TEXT = {"type": ["string", "null"], "maxLength": 4096}
_SIGNED = loose({"access": ID, "signature": {"type": "string", "maxLength": 255}, "host": _TEXT, "verb": _TEXT,
                 "path": _TEXT, "body_hash": _TEXT, "params": {"type": "object"}, "headers": {"type": "object"}},
                ("access", "signature"))  # fmt: skip
EC2_TOKEN = {"anyOf": [loose({"ec2Credentials": _SIGNED}, ("ec2Credentials",)),
                       loose({"credentials": _SIGNED}, ("credentials",))]}  # fmt: skip
