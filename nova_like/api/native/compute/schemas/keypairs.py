"""Bodies of key pairs."""

from typing import Any

from nova_like.api.common.schema import obj, wrapped

Json = dict[str, Any]
_NAME: Json = {"type": "string", "minLength": 1, "maxLength": 255, "format": "name",
               "pattern": r"^[a-zA-Z0-9 _.:@+-]+\Z"}  # fmt: skip
_KEYPAIR: Json = {"name": _NAME, "public_key": {"type": "string"}}
_22 = {**_KEYPAIR, "type": {"enum": ["ssh", "x509"]}}
CREATE = (
    ("2.1", wrapped("keypair", obj(_KEYPAIR, ("name",)))),
    ("2.2", wrapped("keypair", obj(_22, ("name",)))),
    ("2.10", wrapped("keypair", obj({**_22, "user_id": {"type": "string", "maxLength": 255}}, ("name",)))),
)
