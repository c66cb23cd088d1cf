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
    cfg.StrOpt("password_regex", default="", help="What a whole new password must match; empty: anything."),
    cfg.StrOpt("password_regex_description", default="", help="The same in words, for whose password is refused."),
    cfg.IntOpt("password_expires_days", default=0, min=0, help="Life of a password; 0: for ever."),
    cfg.IntOpt("minimum_password_age_days", default=0, min=0, help="How long a user may not change a new password."),
    cfg.IntOpt(
        "unique_last_password_count",
        default=0,
        min=0,
        max=100,
        help="How many of his last passwords a user may not take again.",
    ),
    cfg.BoolOpt(
        "change_password_upon_first_use",
        default=False,
        help="Whether a password that somebody else set must be changed before it opens anything.",
    ),
    cfg.IntOpt("lockout_failure_attempts", default=0, min=0, help="Wrong passwords that lock a user out; 0: none do."),
    cfg.IntOpt("lockout_seconds", default=1800, min=1, help="How long he is locked out then."),
    cfg.FloatOpt("cache_seconds", default=2.0, min=0, help="How long a validated token is taken on trust."),
]


def register(conf: cfg.ConfigOpts) -> None:
    conf.register_opts(OPTIONS, group=GROUP)
