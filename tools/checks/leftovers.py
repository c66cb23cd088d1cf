"""What living daemons and the disk still hold of work that is over. For a cloud at rest; looks at /proc and names."""

import contextlib
from pathlib import Path

DESCRIPTORS = 250  # of one process: pools and all; a leak of one a request is seen within a short gate


def wrongs(pids: dict[str, list[int]], images: Path) -> list[str]:
    """Everything that is wrong, as sentences. `pids` by daemon kind; `images` is the image store."""
    found = [f"{path.name} is left in the image store" for path in sorted(images.glob(".*.part"))]
    for kind, each in pids.items():
        for pid in each:
            found += [f"{kind} {what}" for what in _of_process(Path(f"/proc/{pid}"))]
    return found


def _of_process(process: Path) -> list[str]:
    links = []
    try:
        state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        for path in (process / "fd").iterdir():
            with contextlib.suppress(OSError):  # closed meanwhile
                links.append(str(path.readlink()))
    except OSError:
        return []  # it has just ended, which others judge
    found = [f"holds the deleted file {link.removesuffix(' (deleted)')}" for link in links
             if link.startswith("/") and link.endswith(" (deleted)") and not link.startswith("/dev/")]  # fmt: skip
    if state == "Z":
        found.append("has left a zombie")
    return found + ([f"holds {len(links)} descriptors"] if len(links) > DESCRIPTORS else [])
