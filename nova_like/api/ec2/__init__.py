"""The dialect of Amazon EC2 (Query API 2016-11-15) and the one action of STS that every client begins with."""

from typing import Any


def factory(global_conf: dict[str, str], **local_conf: str) -> Any:
    """The paste application, for `/ec2` and `/sts` alike."""
    from nova_like.api.ec2 import app, operations

    operations.load()
    return app.App()
