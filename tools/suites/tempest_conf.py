"""tempest.conf from a cloud's facts. What this project has not built is denied only where tempest asks for that with an
option of its own; every other test is left to fail."""

from __future__ import annotations

from pathlib import Path

from tools.suites import web
from tools.suites.facts import REMOTE, Facts

Sections = dict[str, dict[str, object]]
# ListUserImagesTest fills images of the first six with random bytes, which is a lie for all that have a header
PLAIN_FIRST = "raw,ami,aki,ari,raw,ami,qcow2,vmdk,vdi,vhd,vhdx,iso"

# tempest's flag: the action by which a server is asked for it. True as soon as our routes have it.
BY_ACTION = {
    "change_password": "changePassword",
    "cold_migration": "migrate",
    "console_output": "os-getConsoleOutput",
    "interface_attach": "addFixedIp",
    "pause": "pause",
    "rescue": "rescue",
    "resize": "resize",
    "shelve": "shelve",
    "snapshot": "createImage",
    "suspend": "suspend",
}
# Nova's names of what our filter of company does
FILTERS = "ServerGroupAntiAffinityFilter,ServerGroupAffinityFilter,SameHostFilter,DifferentHostFilter"
CONSOLES = ("vnc_console", "serial_console")  # where the cloud has a proxy


def text(facts: Facts, home: Path) -> str:
    """The file; tempest's own files go below `home`."""
    lines = []
    for group, values in sections(facts, home).items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in values.items()), ""]
    return "\n".join(lines)


def sections(facts: Facts, home: Path) -> Sections:
    """By group and name."""
    return {
        "DEFAULT": {"log_dir": home / "logs", "log_file": "tempest.log", "debug": True},
        "oslo_concurrency": {"lock_path": home / "locks"},
        **_identity(facts),
        **_compute(facts),
        **_others(facts),
    }


def _identity(facts: Facts) -> Sections:
    locks = int(facts.option("identity", "lockout_failure_attempts"))
    history = int(facts.option("identity", "unique_last_password_count"))
    return {
        "auth": {
            "use_dynamic_credentials": True,
            "create_isolated_networks": False,  # tenants have no networks of their own yet
            "tempest_roles": "member",
            "admin_username": "admin",
            "admin_password": facts.password,
            "admin_project_name": "admin",
            "admin_domain_name": "Default",
        },
        "identity": {
            "uri_v3": f"{facts.url}/identity/v3",
            "region": facts.region,
            "auth_version": "v3",
            "v3_endpoint_type": "public",
            "user_lockout_failure_attempts": locks or 2,
            "user_lockout_duration": facts.option("identity", "lockout_seconds", "1800"),
            "user_unique_last_password_count": history,
        },
        "identity-feature-enabled": {"trust": True, "security_compliance": bool(locks and history),
                                     "federation": False, "external_idp": False},
        "enforce_scope": {"keystone": True},  # what a token may depends on its scope
    }  # fmt: skip


def _compute(facts: Facts) -> Sections:
    actions = server_actions()
    flags: dict[str, object] = {flag: action in actions for flag, action in BY_ACTION.items()}
    flags |= dict.fromkeys(CONSOLES, bool(facts.option("console", "public_url", ""))) | {"spice_console": False}
    return {
        "compute": {
            "image_ref": facts.images[0],
            "image_ref_alt": facts.images[1],
            "flavor_ref": facts.flavors[0],
            "flavor_ref_alt": facts.flavors[1],
            "fixed_network_name": facts.network,
            "min_compute_nodes": facts.hosts,
            "min_microversion": "2.1",
            "max_microversion": "latest",
            "build_interval": 1,
            "build_timeout": 120,
            "hypervisor_type": "fake" if facts.fake else "QEMU",
        },
        "compute-feature-enabled": {
            **flags,
            "live_migration": False,  # its action is there, and says so
            "scheduler_enabled_filters": FILTERS,
            "attach_encrypted_volume": False,
            "personality": True,
        },
        "validation": {"run_validation": False, "connect_method": "fixed", "network_for_ssh": facts.network},
    }


def _others(facts: Facts) -> Sections:
    return {
        "image": {"region": facts.region, "disk_formats": PLAIN_FIRST, "container_formats": "bare,ovf,ami,aki,ari",
                  "alternate_image_endpoint": REMOTE,
                  "image_caching_enabled": bool(facts.option("images", "cache_path", "")),
                  "build_interval": 1, "build_timeout": 120,
                  "http_image": web.url(facts.web_port, "disk.raw"),
                  "http_qcow2_image": web.url(facts.web_port, "disk.qcow2")},
        # formats are enforced, but the tests that this would skip send nothing that lies (PLAIN_FIRST)
        "image-feature-enabled": {"image_format_enforcement": False},
        "network": {"region": facts.region, "project_networks_reachable": False, "build_interval": 1},
        "network-feature-enabled": {"floating_ips": False, "api_extensions": "security-group,quotas", "ipv6": False},
        "volume": {"region": facts.region, "build_interval": 1, "build_timeout": 120},
        "volume-feature-enabled": {"backup": False, "snapshot": False, "clone": False},
        "service_available": {"cinder": True, "neutron": True, "glance": True, "nova": True, "swift": False,
                              "horizon": False},
    }  # fmt: skip


def server_actions() -> set[str]:
    """The names that POST /servers/{id}/action knows in this checkout."""
    from nova_like.api.native.compute.routes import ROUTES

    return {name for route in ROUTES if route.path == "/servers/{server_id}/action" for name in route.actions or ()}
