"""S45: no text of anybody's reaches a shell, as a word of it or at all. And S44: what is kept is kept from others."""

import ast
import re
import stat

import pytest

from nova_like.model.errors import Fault, HostFailure
from nova_like.model.orders import Guest
from nova_like.network.drivers.linux.commands import Commands
from nova_like.virt.base import Base
from nova_like.virt.libvirt import qemu_img
from nova_like.virt.libvirt.disks import Disks
from nova_like.virt.libvirt.settings import Settings, files
from tools.checks import shells

NASTY = ["; touch x", "$(id)", "`id`", "a b", "-rf", "--help", "x\ny", "a'b", 'a"b', "../../etc/passwd", "*", "~root",
         "&& id", "| id", "> x", "\\", "é", "a,b=c", "%s", "{}", "#", "!"]  # fmt: skip


def test_S45_there_is_no_shell_anywhere():
    found = [wrong for path in shells.sources()
             for wrong in shells.wrongs(path.read_text(), str(path.relative_to(shells.ROOT)))]  # fmt: skip
    assert found == []
    assert len(list(shells.sources())) > 300  # it looked at something


BAD = [
    "import subprocess\nsubprocess.run('ls', shell=True)",
    "import subprocess\nsubprocess.run(['ls'], shell=flag)",
    "import subprocess\nsubprocess.Popen(f'ls {x}')",
    "import os\nos.system('ls')",
    "import os\nrun = os.popen",
    "from os import system",
    "import subprocess\nsubprocess.getoutput('ls')",
    "run(['sh', '-c', f'ls {x}'])",
    "run(['unshare', '-m', '/bin/sh', '-c', script])",
    "run(['ip', 'netns', 'exec', name, 'sh'])",
    "eval(text)",
    "import pickle\npickle.loads(data)",
    "import yaml\nyaml.load(data)",
    "import tempfile\ntempfile.mktemp()",
    "run(['qemu-img', 'info', path])",
]


@pytest.mark.parametrize("text", BAD)
def test_S45_the_check_sees_each(text):
    assert shells.wrongs(text, "tools/x.py")


def test_S45_a_constant_script_is_for_the_tools_only():
    text = "run(['sh', '-c', 'echo \"$1\"', 'sh', x])"
    assert shells.wrongs(text, "tools/x.py") == [] and len(shells.wrongs(text, "nova_like/x.py")) == 1


def test_S45_qemu_img_never_guesses():
    text = (shells.ROOT / "nova_like/virt/libvirt/qemu_img.py").read_text()
    assert shells.guessing(text) == []
    assert len(shells.guessing(text.replace('"-F", base.disk_format, ', ""))) == 1
    assert len(shells.guessing(text.replace('"-f", "qcow2", ', ""))) == text.count('"-f", "qcow2", ') == 3
    with pytest.raises(HostFailure):
        qemu_img.create_overlay("x", Base("/x", "vmdk", 1), 1, Settings("x"))


def test_S45_every_text_arrives_as_one_argument():
    assert Commands().run(["printf", "%s\\0", *NASTY]).split("\0")[:-1] == NASTY


@pytest.mark.parametrize("id", NASTY)
def test_S45_an_id_that_is_none_reaches_no_command(tmp_path, monkeypatch, id):
    ran = []
    monkeypatch.setattr(qemu_img, "_run", lambda *arguments: ran.append(arguments))
    with pytest.raises(Fault):
        Disks(Settings(tmp_path / "i")).prepare(Guest(id, "n", 1, 64, 1), None, None, "f")
    assert ran == []


def test_S45_names_of_guests_are_data(tmp_path):
    """A name is never part of a path or an argument."""
    for name in NASTY:
        guest = Guest("11111111-1111-4111-8111-111111111111", name, 1, 64, 1)
        settings = Settings(tmp_path / "i")
        Disks(settings).prepare(guest, None, None, "f")
        assert [path.name for path in (tmp_path / "i").iterdir()] == [guest.id]
        assert stat.S_IMODE(files(settings, guest.id).disk.stat().st_mode) == 0o600
        assert stat.S_IMODE(files(settings, guest.id).directory.stat().st_mode) == 0o700


def test_S44_no_daemon_makes_names_in_tmp():
    found = [f"{path}: {node.value}" for path in shells.sources() if path.is_relative_to(shells.ROOT / "nova_like")
             for node in ast.walk(ast.parse(path.read_text()))
             if isinstance(node, ast.Constant) and isinstance(node.value, str)
             and re.search(r"(^|\s)/(var/)?tmp(/|$)", node.value)]  # fmt: skip
    assert found == []


def test_S44_directories_that_are_made_say_their_mode():
    """The fakes' world is no secret, and the log's directory is the operator's."""
    made = []
    for path in (shells.ROOT / "nova_like").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("mkdir", "makedirs")
            ):
                modes = [keyword.value.value for keyword in node.keywords if keyword.arg == "mode"]
                if modes != [0o700]:
                    made.append(path.name)
    assert set(made) <= {"fakes.py"}
