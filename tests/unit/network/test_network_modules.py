"""An agent's process is lean: what it must not load is not loaded."""

import subprocess
import sys

import pytest

_PROGRAM = """
import sys
from nova_like import concurrency
concurrency.init("threading")
from nova_like import conf as configuration
from nova_like.cmd import agents
from nova_like.{kind} import service
from nova_like.rpc.transport import make_transport
conf = configuration.new((*agents.GROUPS, "{kind}", "compute", "libvirt"))
conf([], project="nova-like")
conf.set_override("state_path", sys.argv[1])
service.make(conf, make_transport(conf, agent=True))
heavy = ("sqlalchemy", "eventlet", "alembic", "pyroute2", "nova_like.db", "nova_like.services", "nova_like.flows")
print([name for name in heavy if name in sys.modules])
"""


@pytest.mark.parametrize("kind", ["network", "volume"])
def test_what_an_agent_does_not_load(kind: str, tmp_path: object) -> None:
    argv = [sys.executable, "-c", _PROGRAM.format(kind=kind), str(tmp_path)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
