"""docs/operations.rst names every fault that doctor can say and every metric that a daemon can show, and no others."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/operations.rst").read_text(encoding="utf-8")


def _sources(folder: str) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "nova_like/cmd" / folder).glob("*.py"))


def _column(title: str) -> set[str]:
    """The first column of a page's table."""
    lines = PAGE.split(f"\n{title}\n")[1].splitlines()
    rules = [number for number, line in enumerate(lines) if line.startswith("====")]
    width = lines[rules[0]].index(" ")
    return {line[:width].strip().strip("`") for line in lines[rules[1] + 1 : rules[2]] if line[:width].strip()}


def test_every_fault_is_explained():
    said = set(re.findall(r'Finding\(\s*"([^"]+)"', _sources("manage/doctor")))
    assert len(said) > 30 and _column("What doctor's lines mean") == said


def test_every_metric_is_explained():
    made = re.findall(r'\b(counter|gauge|histogram)\(\s*"(\w+)"', _sources("metrics"))
    names = {f"nova_like_{name}" + ("_total" if kind == "counter" else "") for kind, name in made}
    assert len(names) >= 16 and _column("Metrics") == names
