"""Whether flows put down that they begin and end: what `[notifications]` says."""

from typing import Any

from nova_like.db import notices
from nova_like.flows.start import Notify, nobody


def notify_of(conf: Any) -> Notify:
    """What a starter is given."""
    return notices.write if conf.notifications.bus or conf.notifications.webhook_key else nobody
