"""Server groups as compute shows them."""

from nova_like.api.common.request import Request
from nova_like.api.native.compute.changes import CHANGES
from nova_like.api.native.compute.views.links import Json


def detail(req: Request, row: Json) -> Json:
    view = {
        "id": row["id"], "name": row["name"], "project_id": row["project_id"], "user_id": row["user_id"],
        "policy": row["policy"], "rules": rules(row), "members": row["members"],
    }  # fmt: skip
    return CHANGES.apply("server_group", view, req.microversion)


def rules(row: Json) -> Json:
    return {"max_server_per_host": row["most_per_host"]} if row["most_per_host"] is not None else {}
