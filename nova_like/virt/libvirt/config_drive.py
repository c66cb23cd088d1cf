"""The config drive: an ISO 9660 image labelled config-2. Writes what it is given; makes no metadata of its own."""

import io
from pathlib import Path

import pycdlib

from nova_like.model.errors import HostFailure

LABEL = "config-2"


def write(target: Path, tree: dict[str, bytes]) -> None:
    """An image of these files; keys are relative paths (`openstack/latest/meta_data.json`). Readable by us only.

    Raises HostFailure for names that such an image cannot hold (64 characters at the most).
    """
    image = pycdlib.PyCdlib()
    image.new(interchange_level=4, joliet=3, rock_ridge="1.09", vol_ident=LABEL)
    try:
        made: set[str] = set()
        for path, data in sorted(tree.items()):
            _add(image, made, path, data)
        target.touch(mode=0o600)
        with target.open("r+b") as file:
            image.write_fp(file)
    except pycdlib.pycdlibexception.PyCdlibInvalidInput as error:
        raise HostFailure(f"the config drive cannot be made: {error}", "disk", retry=False) from None
    finally:
        image.close()


def _add(image: pycdlib.PyCdlib, made: set[str], path: str, data: bytes) -> None:
    parts = path.split("/")
    for depth in range(1, len(parts)):
        directory = "/" + "/".join(parts[:depth])
        if directory not in made:
            image.add_directory(directory, rr_name=parts[depth - 1], joliet_path=directory)
            made.add(directory)
    image.add_fp(io.BytesIO(data), len(data), f"/{path}", rr_name=parts[-1], joliet_path=f"/{path}")
