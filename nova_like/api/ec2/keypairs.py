"""DescribeKeyPairs, CreateKeyPair, ImportKeyPair and DeleteKeyPair."""

import re
from typing import Any

from nova_like.api.ec2 import filters, ids, tag_view
from nova_like.api.ec2.call import Call
from nova_like.api.ec2.refused import Refused, missing
from nova_like.model.errors import Invalid, NotFound

Row = dict[str, Any]
View = dict[str, Any]
_NAME = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?\Z")
FIELDS: dict[str, filters.Field] = {
    "key-name": lambda view: view["KeyName"],
    "key-pair-id": lambda view: view["KeyPairId"],
    "fingerprint": lambda view: view["KeyFingerprint"],
    "Tags": lambda view: view["Tags"],
}


def describe(call: Call) -> dict[str, Any]:
    """DescribeKeyPairs: all of the caller's, or those named. Raises Refused when one of these is not there."""
    passes = filters.predicate(call.get("Filters"), FIELDS)
    rows = _all(call)
    if call.get("KeyNames") or call.get("KeyPairIds"):
        wanted = _named(rows, call.get("KeyNames", [])) + _with_ids(rows, call.get("KeyPairIds", []))
        rows = list({row["id"]: row for row in wanted}.values())
    tags = call.services.tags.of(call.ctx, [row["id"] for row in rows])
    shown = [_view(row, tags.get(row["id"], {}), call.get("IncludePublicKey", False)) for row in rows]
    return {"KeyPairs": [view for view in shown if passes(view)]}


def _all(call: Call) -> list[Row]:
    """Certificates are no key pairs of EC2's."""
    return [row for row in call.services.keypairs.list(call.ctx) if row["kind"] == "ssh"]


def _named(rows: list[Row], names: list[str]) -> list[Row]:
    by_name = {row["name"]: row for row in rows}
    for name in names:
        if name not in by_name:
            raise Refused("InvalidKeyPair.NotFound", f"The key pair '{name[:255]}' does not exist")
    return [by_name[name] for name in names]


def _with_ids(rows: list[Row], wanted: list[str]) -> list[Row]:
    by_id = {ids.show("keypair", row["id"]): row for row in rows}
    for text in wanted:
        ids.span("keypair", text)
        if text not in by_id:
            raise Refused("InvalidKeyPair.NotFound", f"The key pair '{text}' does not exist")
    return [by_id[text] for text in wanted]


def find(call: Call, wanted: list[str]) -> list[Row]:
    """The rows that these ids name. Raises Refused when one is malformed or not there."""
    return _with_ids(_all(call), wanted)


def _view(row: Row, tags: dict[str, str], public: bool) -> View:
    view = {
        "KeyPairId": ids.show("keypair", row["id"]), "KeyName": row["name"], "KeyFingerprint": row["fingerprint"],
        "KeyType": _kind(row["public_key"]), "CreateTime": row["created_at"], "Tags": tag_view.tags(tags),
    }  # fmt: skip
    return {**view, "PublicKey": row["public_key"]} if public else view


def _kind(public_key: str) -> str:
    words = public_key.split()
    return "ed25519" if words and words[0] == "ssh-ed25519" else "rsa"


def create(call: Call) -> dict[str, Any]:
    """CreateKeyPair: the one time that the private key is shown."""
    name, tags = _name(call), _tags(call)
    if call.get("KeyFormat", "pem") != "pem":
        raise Refused("Unsupported", "The key format ppk is not supported.")
    row, private = call.services.keypairs.create(call.ctx, name, algorithm=call.get("KeyType", "rsa"))
    return {**_made(call, row, tags), "KeyMaterial": private}


def import_key(call: Call) -> dict[str, Any]:
    """ImportKeyPair: an OpenSSH public key."""
    name, tags = _name(call), _tags(call)
    if not call.params["PublicKeyMaterial"].strip():
        raise missing("PublicKeyMaterial")
    try:
        public = call.params["PublicKeyMaterial"].decode("ascii").strip()
        row = call.services.keypairs.import_key(call.ctx, name, public)
    except (UnicodeDecodeError, Invalid):
        raise Refused("InvalidKey.Format", "Key is not in valid OpenSSH public key format") from None
    return _made(call, row, tags)


def _made(call: Call, row: Row, tags: dict[str, str]) -> View:
    if tags:
        call.services.tags.create(call.ctx, [("keypair", row["id"])], tags)
    return {
        "KeyPairId": ids.show("keypair", row["id"]), "KeyName": row["name"], "KeyFingerprint": row["fingerprint"],
        "Tags": tag_view.tags(tags),
    }  # fmt: skip


def _name(call: Call) -> str:
    name = call.params["KeyName"]
    if not _NAME.match(name):
        raise Refused("InvalidParameterValue", "Key names are 1 to 255 ASCII characters without spaces at the ends.")
    return name


def _tags(call: Call) -> dict[str, str]:
    return tag_view.specified(call.get("TagSpecifications", []), "key-pair")


def delete(call: Call) -> dict[str, Any]:
    """DeleteKeyPair: one that is not there is no error."""
    name = call.get("KeyName")
    if name is None:
        wanted = call.get("KeyPairId")
        if wanted is None:
            raise missing("KeyName")
        ids.span("keypair", wanted)
        name = next((row["name"] for row in _all(call) if ids.show("keypair", row["id"]) == wanted), None)
    row = next((row for row in _all(call) if row["name"] == name), None)
    try:
        call.services.keypairs.delete(call.ctx, name or "")
    except NotFound:
        pass
    return {"Return": True, "KeyPairId": ids.show("keypair", row["id"]) if row else None}
