"""[identity]: tokens and passwords."""

from oslo_config import cfg

GROUP = "identity"
OPTIONS = [
    cfg.StrOpt("key_repository", default="/etc/nova-like/fernet-keys", help="Directory of Fernet keys, newest last."),
    cfg.IntOpt("token_ttl_seconds", default=3600, min=60, help="Life of a token."),
    cfg.IntOpt(
        "allow_expired_seconds",
        default=172800,
        min=0,
        help="How long after its end a service may still validate a token (a long request outlives it).",
    ),
    cfg.IntOpt("password_rounds", default=10, min=4, max=16, help="bcrypt cost of new passwords."),
    cfg.FloatOpt("cache_seconds", default=2.0, min=0, help="How long a validated token is taken on trust."),
]


def register(conf: cfg.ConfigOpts) -> None:
    conf.register_opts(OPTIONS, group=GROUP)
