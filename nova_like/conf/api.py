"""[api]: the HTTP front of all dialects."""

import ipaddress

from oslo_config import cfg, types


class Network(types.ConfigType):
    """An address or a network, as text. ValueError for anything else."""

    def __init__(self) -> None:
        super().__init__(type_name="network")

    def __call__(self, value: str) -> str:
        return str(ipaddress.ip_network(value))

    def _formatter(self, value: str) -> str:
        return value


GROUP = "api"
OPTIONS = [
    cfg.StrOpt("bind_host", default="127.0.0.1", help="Address to listen on."),
    cfg.PortOpt("bind_port", default=8774, help="Port of all dialects; 0 takes a free one."),
    cfg.StrOpt("ssl_cert_file", help="Certificate (PEM) of the API, then its chain: the port speaks TLS only."),
    cfg.StrOpt("ssl_key_file", help="Key of the certificate in PEM, without a passphrase."),
    cfg.IntOpt("workers", min=1, default=1, help="Worker processes on one shared accept socket."),
    cfg.URIOpt("public_url", help="URL under which clients reach this API; links and the catalogue are made from it."),
    cfg.StrOpt("paste_config", default="", help="api-paste.ini to mount the dialects by; empty: the shipped one."),
    cfg.StrOpt("policy_file", default="", help="oslo.policy overrides in YAML; empty: the defaults in code."),
    cfg.IntOpt("max_body_bytes", default=114688, help="Largest request body, image data apart."),
    cfg.IntOpt("max_requests", min=1, default=32, help="Requests in work at once in one worker."),
    cfg.IntOpt("max_transfers", min=1, default=32, help="Uploads and downloads of image data at once in one worker."),
    cfg.IntOpt("max_waiting", min=0, default=500, help="Requests that wait in one worker; one more is told 503."),
    cfg.FloatOpt("max_wait_seconds", min=0, default=5.0, help="How long a request waits to be taken up before 503."),
    cfg.IntOpt("max_connections", min=8, default=1000, help="Connections of one worker; the longest silent goes."),
    cfg.IntOpt("max_live_flows", min=0, default=20000, help="Unfinished work beyond which no more is taken; 0: any."),
    cfg.FloatOpt("rate_limit_per_second", min=0, default=0, help="Requests of a project on one worker; 0: no limit."),
    cfg.IntOpt("rate_limit_burst", min=1, default=200, help="Requests that a project may make at once before that."),
    cfg.IntOpt("failed_logins_per_minute", min=0, default=60, help="Of a user from one address on one worker; 0: any."),
    cfg.ListOpt(
        "trusted_proxies",
        item_type=Network(),
        default=[],
        help="Addresses and networks (10.0.0.0/8) whose X-Forwarded-For is believed when logins count.",
    ),
    cfg.IntOpt("max_limit", default=1000, help="Most items that one page of a list may hold."),
    cfg.StrOpt("region", default="RegionOne", help="Region name in the catalogue and in EC2's DescribeRegions."),
]


def register(conf: cfg.ConfigOpts) -> None:
    conf.register_opts(OPTIONS, group=GROUP)
