"""What an upgrade of botocore changes in the shapes of our actions is seen here before a client sees it."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import botocore

from nova_like.api.ec2 import operations
from nova_like.api.ec2.shapes import Shape

RECORD = Path(__file__).with_name("shapes.json")


def described(shape: Shape | None, above: tuple[int, ...] = ()) -> object:
    """A shape as plain JSON; one that holds itself ends where it does."""
    if shape is None or id(shape) in above:
        return None
    inside = (*above, id(shape))
    members = [[m.name, m.query, m.xml, m.required, described(m.shape, inside)] for m in shape.members]
    enum = sorted(shape.enum) if shape.enum else None
    return [shape.kind, shape.flat, shape.item_xml, enum, members, described(shape.item, inside)]


def digests() -> dict[str, str]:
    """A digest of each action's shapes."""
    found = {}
    for name, operation in operations.load().items():
        text = json.dumps([described(operation.input), described(operation.output), operation.wrapper])
        found[name] = hashlib.sha256(text.encode()).hexdigest()[:16]
    return {"botocore": botocore.__version__, **dict(sorted(found.items()))}


def test_the_shapes_are_those_that_were_looked_at() -> None:
    """Look at what changed, then write the record anew: `python -m tests.unit.ec2.test_shapes`."""
    assert digests() == json.loads(RECORD.read_text())


def test_only_the_data_of_botocore_is_used() -> None:
    code = (
        "import sys; from nova_like.api.ec2 import operations; operations.load();"
        "assert not [name for name in sys.modules if name.split('.')[0] in ('botocore', 'boto3', 'xml', 'sqlalchemy')]"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


if __name__ == "__main__":
    RECORD.write_text(json.dumps(digests(), indent=1) + "\n")
