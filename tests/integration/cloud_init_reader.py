"""Debian's cloud-init as a library, run by the system's Python inside a guest's namespace: reads one source and prints
what it made of it, as JSON. A program: SOURCE DIRECTORY PRODUCT."""

import json
import sys
from pathlib import Path

from cloudinit import distros, dmi, helpers
from cloudinit.sources import DataSourceConfigDrive, DataSourceEc2, DataSourceOpenStack

DMI = {"system-product-name": sys.argv[3], "chassis-asset-tag": "", "system-manufacturer": "nova_like"}


def source(name: str, directory: Path):
    """A data source as cloud-init makes it, its files below `directory`; a drive's are in cloud/seed/config_drive."""
    paths = helpers.Paths({"cloud_dir": str(directory / "cloud"), "run_dir": str(directory / "run")})
    patience = {"max_wait": 60, "timeout": 20}
    config = {"datasource_list": [name], "datasource": {"Ec2": {"strict_id": False, **patience}, "OpenStack": patience}}
    distro = distros.fetch("debian")("debian", config, paths)
    kinds = {"Ec2": DataSourceEc2.DataSourceEc2, "OpenStack": DataSourceOpenStack.DataSourceOpenStack,
             "ConfigDrive": DataSourceConfigDrive.DataSourceConfigDrive}  # fmt: skip
    return kinds[name](config, distro, paths)


def read(name: str, directory: Path) -> dict:
    """What `cloud-init query` would know."""
    made = source(name, directory)
    if not made.get_data():
        raise SystemExit(f"{name} found nothing")
    raw = made.userdata_raw
    return {
        "instance": made.get_instance_id(), "host": made.get_hostname().hostname, "keys": made.get_public_ssh_keys(),
        "user_data": raw.decode() if isinstance(raw, bytes) else raw, "network": made.network_config,
        "files": getattr(made, "files", None),
    }  # fmt: skip


def main() -> None:
    dmi.read_dmi_data = DMI.get  # the machine's own would be looked at otherwise
    print(json.dumps(read(sys.argv[1], Path(sys.argv[2])), default=str))


main()
