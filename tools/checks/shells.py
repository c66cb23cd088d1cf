"""Looks for what hands text to an interpreter: shells, and loaders that run what they load. Runs
none of it."""

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHELLS = {"sh", "bash", "dash", "/bin/sh", "/bin/bash"}
BANNED = {
    "os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "pty.spawn", "eval", "exec",
    "asyncio.create_subprocess_shell", "pickle.load", "pickle.loads", "marshal.loads", "shelve.open", "yaml.load",
    "yaml.unsafe_load", "yaml.full_load", "tempfile.mktemp",
}  # fmt: skip
RUNNERS = {"subprocess.run", "subprocess.Popen", "subprocess.call", "subprocess.check_call", "subprocess.check_output"}
# what is pickled there is a poison that others must not load; and a script for a shell is printed, none is run
EXCUSED = {("tools/gates/poisons.py", "os.system"), ("nova_like/cmd/manage/completion.py", "shell=")}


def sources() -> Iterator[Path]:
    """Every Python file of the product and the tools, those without a suffix included."""
    for folder in ("nova_like", "tools", "bin"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and (path.suffix == ".py" or (not path.suffix and _is_python(path))):
                yield path


def _is_python(path: Path) -> bool:
    with path.open("rb") as file:
        first = file.readline()
    return first.startswith(b"#!") and b"python" in first


def wrongs(text: str, name: str) -> list[str]:
    """What is wrong with one source, as `name:line: what`."""
    tree = ast.parse(text)
    constants = {target.id for node in tree.body if isinstance(node, ast.Assign) and _is_text(node.value)
                 for target in node.targets if isinstance(target, ast.Name)}  # fmt: skip
    found = []
    for node in ast.walk(tree):
        for what in (*_named(node), *_called(node), *_listed(node, constants, name)):
            if (name, what) not in EXCUSED:
                found.append(f"{name}:{getattr(node, 'lineno', 0)}: {what}")
    return found


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return f"{_name(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""


def _named(node: ast.AST) -> Iterator[str]:
    """Functions that must not even be named, called or not."""
    if isinstance(node, ast.Attribute) and _name(node) in BANNED:
        yield _name(node)
    if isinstance(node, ast.ImportFrom):
        yield from (f"{node.module}.{a.name}" for a in node.names if f"{node.module}.{a.name}" in BANNED)


def _called(node: ast.AST) -> Iterator[str]:
    if not isinstance(node, ast.Call):
        return
    if isinstance(node.func, ast.Name) and node.func.id in BANNED:
        yield node.func.id
    for keyword in node.keywords:
        if keyword.arg == "shell" and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is False):
            yield "shell="
    if _name(node.func) in RUNNERS and node.args and isinstance(node.args[0], ast.JoinedStr | ast.Constant):
        yield "a command that is one text"


def _listed(node: ast.AST, constants: set[str], name: str) -> Iterator[str]:
    """Commands written as lists: a shell only in the tools and only with a script that is constant; qemu-img only with
    the format of what it reads or makes."""
    if not isinstance(node, ast.List | ast.Tuple):
        return
    words = [node.value if isinstance(node, ast.Constant) else None for node in node.elts]
    for number, word in enumerate(words[:-1]):
        if word in SHELLS and words[number + 1] == "-c":
            script = node.elts[number + 2] if len(node.elts) > number + 2 else None
            fixed = script is not None and (
                _is_text(script) or (isinstance(script, ast.Name) and script.id in constants)
            )
            if name.startswith("nova_like/") or not fixed:
                yield "a shell"
        if word == "exec" and any(other in SHELLS for other in words[number:]):
            yield "a shell in a namespace"
    if "qemu-img" in words and len(words) > 1 and not _names_its_formats(node, words):
        yield "qemu-img without -f"


def _names_its_formats(node: ast.List | ast.Tuple, words: Sequence[object]) -> bool:
    if any(isinstance(element, ast.Starred) for element in node.elts):
        return True  # the arguments are elsewhere: `guessing` judges them
    return "-f" in words or "--version" in words


def guessing(text: str) -> list[str]:
    """Calls of qemu_img.py's `_run` that leave a format to be guessed."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and _name(node.func) == "_run":
            words = [argument.value if isinstance(argument, ast.Constant) else None for argument in node.args]
            if "-f" not in words or ("-b" in words and "-F" not in words) or "--" not in words:
                found.append(f"{node.lineno}: {words}")
    return found
