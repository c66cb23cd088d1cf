"""completion: the words of all commands, for a shell."""

import argparse
from typing import Any

from nova_like.cmd.manage.base import Plain


class Completion(Plain):
    """Print what lets a shell complete our words (it needs the package bash-completion): `nova-like-manage completion
    bash > /etc/bash_completion.d/nova-like-manage`."""

    own_format = True

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument("shell", choices=["bash"])
        return parser

    def work(self, args: Any) -> None:
        from cliff.complete import CompleteCommand

        CompleteCommand(self.app, argparse.Namespace()).take_action(
            argparse.Namespace(name="nova-like-manage", shell=args.shell)
        )
