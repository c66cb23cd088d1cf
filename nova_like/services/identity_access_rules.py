"""Whether the access rules of an application credential permit a request. Pure, and never slow, whatever rules say."""

from typing import Any

# mount of an API -> the types of service by which rules may name it
SERVICES = {
    "identity": {"identity"}, "compute": {"compute"}, "image": {"image"}, "network": {"network"},
    "volume": {"volumev3", "block-storage", "block-store", "volume"}, "ec2": {"ec2"},
}  # fmt: skip
MANY = "**"


def permits(rules: list[dict[str, Any]], mount: str, method: str, path: str) -> bool:
    """`path` is what stands behind the mount. In a rule's path `*` and `{name}` are one segment, `**` any number."""
    names, segments = SERVICES.get(mount, set()), _split(path)
    return any(
        rule["service"] in names and rule["method"] == method and _matches(_split(rule["path"]), segments)
        for rule in rules
    )


def is_template(path: str) -> bool:
    """Whether rules may hold this path: wildcards are whole segments."""
    return path.startswith("/") and all(
        part == MANY or _is_one(part) or not set(part) & set("*{}") for part in _split(path)
    )


def _split(path: str) -> list[str]:
    return path.strip("/").split("/")


def _is_one(part: str) -> bool:
    return part == "*" or (part[:1] == "{" and part[-1:] == "}" and not set(part[1:-1]) & set("*{}"))


def _matches(template: list[str], segments: list[str]) -> bool:
    """All places of the template that may come next are followed at once: no going back."""
    places = {0}
    for segment in segments:
        after = set()
        for place in _with_empty(template, places):
            if place < len(template):
                part = template[place]
                if part == MANY:
                    after.add(place)
                elif _is_one(part) or part == segment:
                    after.add(place + 1)
        places = after
    return len(template) in _with_empty(template, places)


def _with_empty(template: list[str], places: set[int]) -> set[int]:
    """These places, and those behind a `**` that stands for nothing."""
    found = set()
    for place in places:
        found.add(place)
        while place < len(template) and template[place] == MANY:
            place += 1
            found.add(place)
    return found
