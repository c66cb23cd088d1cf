"""A server's diagnostics: what is known of it; what nobody measures is shown as unknown."""

from typing import Any

Json = dict[str, Any]
STATES = {"": "pending", "running": "running", "paused": "paused", "shutdown": "shutdown", "crashed": "crashed",
          "suspended": "suspended"}  # fmt: skip
_NIC = ("rx_octets", "rx_errors", "rx_drop", "rx_packets", "rx_rate", "tx_octets", "tx_errors", "tx_drop", "tx_packets",
        "tx_rate")  # fmt: skip
_DISK = ("read_bytes", "read_requests", "write_bytes", "write_requests", "errors_count")


def diagnostics(row: Json) -> Json:
    """The form of 2.48."""
    ports = row["ports"]
    return {
        "state": STATES.get(row["power"] or "", "pending"), "driver": "libvirt", "hypervisor": None,
        "hypervisor_os": None, "uptime": None, "config_drive": bool(row["config_drive"]),
        "num_cpus": row["vcpus"], "num_nics": len(ports), "num_disks": 1,
        "memory_details": {"maximum": row["ram_mib"], "used": None},
        "cpu_details": [{"id": index, "time": None, "utilisation": None} for index in range(row["vcpus"])],
        "nic_details": [{"mac_address": port["mac"], **dict.fromkeys(_NIC)} for port in ports],
        "disk_details": [dict.fromkeys(_DISK)],
    }  # fmt: skip


def old_diagnostics(row: Json) -> Json:
    """Before, as each hypervisor liked: memory in KiB."""
    return {"memory": row["ram_mib"] * 1024, "cpus": row["vcpus"], "nics": len(row["ports"])}
