"""nova-like-manage: the operator's command line. One module a noun; `main` is the entry."""

from nova_like.cmd.manage.app import main

__all__ = ["main"]
