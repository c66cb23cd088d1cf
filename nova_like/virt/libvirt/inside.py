"""What QEMU's agent in a guest does for us, where its image has one. What that says is the guest's word."""

from functools import partial
from typing import Any

import libvirt

from nova_like import logs
from nova_like.model.errors import Conflict
from nova_like.virt.libvirt.connection import Connection
from nova_like.virt.libvirt.lines import running

LOG = logs.get(__name__)
OPEN_SECONDS = 1.0  # who asked waits for five
ANSWER_SECONDS = 3
# there is no line to it, and nobody is at its other end
_NOBODY = (libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED, libvirt.VIR_ERR_AGENT_UNRESPONSIVE, libvirt.VIR_ERR_AGENT_UNSYNCED)


class Inside:
    """`virt.base.Inside`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def set_password(self, instance_id: str, user: str, password: str) -> None:
        action = partial(_set_password, instance_id=instance_id, user=user, password=password)
        self._connection.run("set a password", action, OPEN_SECONDS)


def _set_password(conn: Any, instance_id: str, user: str, password: str) -> None:
    domain = running(conn, instance_id)
    try:
        domain.agentSetResponseTimeout(ANSWER_SECONDS)
        domain.setUserPassword(user, password)
    except libvirt.libvirtError as error:
        if error.get_error_code() in _NOBODY:
            raise Conflict("no agent in the guest answers", "instance", code="no_agent", id=instance_id) from None
        if error.get_error_code() != libvirt.VIR_ERR_INTERNAL_ERROR:
            raise
        LOG.info("the agent in %s refused to set a password: %s", instance_id, error)
        raise Conflict("the agent in the guest refused it", "instance", code="refused", id=instance_id) from None
