"""GetCallerIdentity of STS: who the access key belongs to. Every client asks this first."""

from typing import Any

from nova_like.api.ec2 import ids
from nova_like.api.ec2.call import Call


def identity(call: Call) -> dict[str, Any]:
    """User id, the account that stands for the project, and an ARN made of both."""
    account = ids.account(call.ctx.project_id)
    name = call.ctx.user_name or call.ctx.user_id
    return {"UserId": call.ctx.user_id, "Account": account, "Arn": f"arn:aws:iam::{account}:user/{name}"}
