"""What the command line is to a shell and to programs: words that complete, and JSON from every command."""

import json
import subprocess

import pytest

from nova_like.cmd.manage.app import COMMANDS, Manage, things
from tests.unit.manage.manage_world import Operator

# bash-completion's own function, as far as the script needs it
ASK = """
_get_comp_words_by_ref() {{ words=("${{COMP_WORDS[@]}}"); cur=${{COMP_WORDS[COMP_CWORD]}}; prev=; }}
{script}
COMP_WORDS=({words}) COMP_CWORD={number}
_nova_like_manage
echo "${{COMPREPLY[@]}}"
"""


@pytest.fixture(scope="module")
def operator(tmp_path_factory):
    made = Operator(tmp_path_factory.mktemp("shell"))
    yield made
    made.db.dispose()


def test_the_words_of_every_command_complete(operator) -> None:
    status, script = operator.run("completion", "bash")
    assert status == 0

    def offered(*words: str) -> set[str]:
        text = ASK.format(script=script, words=" ".join(f"'{word}'" for word in words), number=len(words) - 1)
        return set(subprocess.run(["bash", "-c", text], capture_output=True, text=True, timeout=60).stdout.split())

    assert {"host", "flow", "doctor", "completion"} <= offered("nova-like-manage", "")
    assert offered("nova-like-manage", "host", "dr") == {"drain"}
    assert offered("nova-like-manage", "host", "list", "--ki") == {"--kind"}
    assert offered("nova-like-manage", "flavor", "create", "--vc") == {"--vcpus"}


@pytest.mark.parametrize("name", sorted({**COMMANDS, **things()}))
def test_every_command_can_print_json(name) -> None:
    app = Manage()
    command = app.command_manager.commands[name].load()(app, None)
    flags = {flag for action in command.get_parser(name)._actions for flag in action.option_strings}
    assert "-f" in flags or name == "completion"


def test_the_json_of_a_command_without_a_table(operator) -> None:
    assert operator.run("db", "sync")[0] == 0
    assert operator.table("audit") == {"status": 0, "lines": []}
    path = operator.state / "some.conf"
    path.write_text("[apis]\nx = 1\n")
    status, text = operator.run("config", "check", str(path), "-f", "json")
    assert status == 1 and json.loads(text) == {"status": 1, "lines": [f"{path}: unknown group [apis]"]}
