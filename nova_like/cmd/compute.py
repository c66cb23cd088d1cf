"""nova-like-compute: the agent of a hypervisor host (or of many fake ones)."""

import sys

from nova_like import concurrency


def main(argv: list[str] | None = None) -> None:
    """Run until told to end."""
    concurrency.init("threading")
    from nova_like import conf as configuration
    from nova_like.cmd import agents
    from nova_like.compute import service
    from nova_like.rpc.contracts.compute import Compute
    from nova_like.rpc.transport import make_transport

    groups = (*agents.GROUPS, "compute", "libvirt")
    conf = configuration.load(sys.argv[1:] if argv is None else argv, "nova-like-compute", groups)
    transport = make_transport(conf, agent=True)
    made = service.make(conf, transport)
    agents.run(conf, transport, Compute, made.agent, made.handler, made.close, made.drain)


if __name__ == "__main__":
    main()
