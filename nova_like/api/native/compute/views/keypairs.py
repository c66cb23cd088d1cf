"""Key pairs as compute shows them."""

from nova_like.api.common.request import Request
from nova_like.api.native.compute.changes import CHANGES
from nova_like.api.native.compute.views.links import Json
from nova_like.api.native.compute.views.numbers import number
from nova_like.api.native.compute.views.times import micro_stamp


def _view(req: Request, row: Json, **more: object) -> Json:
    view = {"name": row["name"], "public_key": row["public_key"], "fingerprint": row["fingerprint"],
            "type": row["kind"], **more}  # fmt: skip
    return {"keypair": CHANGES.apply("keypair", view, req.microversion)}


def brief(req: Request, row: Json) -> Json:
    return _view(req, row)


def created(req: Request, row: Json, private_key: str | None = None) -> Json:
    return _view(req, row, user_id=row["user_id"], **({"private_key": private_key} if private_key else {}))


def detail(req: Request, row: Json) -> Json:
    return _view(
        req, row, user_id=row["user_id"], id=number(row["id"]), created_at=micro_stamp(row["created_at"]),
        deleted=False, deleted_at=None, updated_at=None,
    )  # fmt: skip
