"""nova-like-network: the agent of a host's datapath (or of many fake ones)."""

import sys

from nova_like import concurrency


def main(argv: list[str] | None = None) -> None:
    """Run until told to end."""
    concurrency.init("threading")
    from nova_like import conf as configuration
    from nova_like.cmd import agents
    from nova_like.network import service
    from nova_like.rpc.contracts.network import Network
    from nova_like.rpc.transport import make_transport

    conf = configuration.load(sys.argv[1:] if argv is None else argv, "nova-like-network", (*agents.GROUPS, "network"))
    transport = make_transport(conf, agent=True)
    made = service.make(conf, transport)
    made.start()
    concurrency.spawn(made.verify_loop, concurrency.Event(), name="verify")
    agents.run(conf, transport, Network, made.agent, made.handler, made.close)


if __name__ == "__main__":
    main()
