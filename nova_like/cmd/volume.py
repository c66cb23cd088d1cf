"""nova-like-volume: the agent of a storage back end (or of many fake ones)."""

import sys

from nova_like import concurrency

GROUPS = ("volume", "compute", "libvirt")  # of the latter two: how images are fetched and converted


def main(argv: list[str] | None = None) -> None:
    """Run until told to end."""
    concurrency.init("threading")
    from nova_like import conf as configuration
    from nova_like.cmd import agents
    from nova_like.rpc.contracts.volume import Volume
    from nova_like.rpc.transport import make_transport
    from nova_like.volume import service

    conf = configuration.load(sys.argv[1:] if argv is None else argv, "nova-like-volume", (*agents.GROUPS, *GROUPS))
    transport = make_transport(conf, agent=True)
    made = service.make(conf, transport)
    made.start()
    agents.run(conf, transport, Volume, made.agent, made.handler, made.close, made.drain)


if __name__ == "__main__":
    main()
