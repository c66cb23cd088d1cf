"""Logging by oslo.log: one event a line, with the request id and the resource id of the thread that logs.

Never handles secrets: what must not be logged is `repr=False` where it is declared.
"""

import logging
from typing import Any

_LINE = "%(asctime)s.%(msecs)03d %(process)d %(levelname)s %(name)s [%(request_id)s %(resource)s] %(message)s"


class _Marks(logging.Filter):
    """Puts the thread's request id and resource id on every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = getattr(_here, "request_id", "-")
        record.resource = getattr(_here, "resource", "-")
        return True


def _storage() -> Any:
    from nova_like import concurrency

    return concurrency.local()


_here = _storage()


def mark(request_id: str = "-", resource: str = "-") -> None:
    """What the following lines of this thread are about."""
    _here.request_id, _here.resource = request_id or "-", resource or "-"


def register(conf: Any) -> None:
    """Declare oslo.log's options on `conf`, before it is called."""
    from oslo_log import log

    log.register_options(conf)
    conf.set_default(
        "default_log_levels", ["amqp=WARN", "oslo.messaging=WARN", "oslo_messaging=WARN", "stevedore=WARN"]
    )
    conf.set_default("logging_default_format_string", _LINE)
    conf.set_default("logging_context_format_string", _LINE)


def setup(conf: Any, program: str) -> None:
    from oslo_log import log

    log.setup(conf, program)
    for handler in logging.getLogger().handlers:
        handler.addFilter(_Marks())


def get(name: str) -> logging.Logger:
    """The logger of a module: `LOG = logs.get(__name__)`."""
    return logging.getLogger(name)


def silent(name: str) -> logging.Logger:
    """For a library that would log secrets (the tokens of a request line): nothing of it is ever written."""
    logger = logging.getLogger(name)
    logger.disabled = True
    return logger
