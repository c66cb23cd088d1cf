"""os-instance_usage_audit_log: which hosts wrote an audit of their servers. None ever does: notifications of usage are
made when something happens, and no host has to be asked."""

import datetime
from typing import Any

from nova_like import concurrency
from nova_like.api.common.request import Request
from nova_like.model.errors import Invalid

Json = dict[str, Any]


def index(req: Request) -> Json:
    return {"instance_usage_audit_logs": _log(req, concurrency.now())}


def show(req: Request, before: str) -> Json:
    """The audit period that was over before a time like `2026-11-21 10:00:00`."""
    try:
        moment = datetime.datetime.fromisoformat(before)
    except ValueError:
        raise Invalid(f"Invalid timestamp for date {before[:64]}", field="before") from None
    return {"instance_usage_audit_log": _log(req, moment)}


def _log(req: Request, moment: datetime.datetime) -> Json:
    """Of the last whole month before."""
    names = [row["name"] for row in req.services.hosts.list(req.ctx, "compute")]
    end = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    begin = (end - datetime.timedelta(days=1)).replace(day=1) if end.year > 1 else end
    return {
        "hosts_not_run": names, "log": {}, "num_hosts": len(names), "num_hosts_done": 0,
        "num_hosts_not_run": len(names), "num_hosts_running": 0, "total_errors": 0, "total_instances": 0,
        "overall_status": f"0 of {len(names)} hosts done. 0 errors.",
        "period_beginning": str(begin), "period_ending": str(end),
    }  # fmt: skip
