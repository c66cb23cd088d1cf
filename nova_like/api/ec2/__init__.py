"""The dialect of Amazon EC2 (Query API 2016-11-15) and the one action of STS that every client begins with."""

from typing import Any


def factory(global_conf: dict[str, str], **local_conf: str) -> Any:
    """The paste application; `service = sts` in its section gives errors in STS's form."""
    from nova_like.api.ec2 import app, operations

    operations.load()
    return app.App(local_conf.get("service", "ec2"))
