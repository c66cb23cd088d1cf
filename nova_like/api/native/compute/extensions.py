"""Extensions: what this API has beyond the first one, by the names of the time before microversions. Data for the most
part; says nothing about what a microversion brings."""

from typing import Any

from nova_like.api.common.request import Request
from nova_like.model.errors import NotFound

Json = dict[str, Any]
UPDATED = "2014-12-03T00:00:00Z"
NAMESPACE = "http://docs.openstack.org/compute/ext/fake_xml"
# alias: (name, what it is for)
EXTENSIONS = {
    "NMN": ("Multinic", "Fixed addresses of servers."),
    "OS-DCF": ("DiskConfig", "Whether a disk is made to fit its flavor."),
    "OS-EXT-AZ": ("ExtendedAvailabilityZone", "The zone of a server."),
    "OS-EXT-IPS": ("ExtendedIps", "Kinds of addresses."),
    "OS-EXT-IPS-MAC": ("ExtendedIpsMac", "MAC addresses of servers."),
    "OS-EXT-SRV-ATTR": ("ExtendedServerAttributes", "Facts of servers for operators."),
    "OS-EXT-STS": ("ExtendedStatus", "States of servers in detail."),
    "OS-FLV-DISABLED": ("FlavorDisabled", "Flavors that cannot be used any more."),
    "OS-FLV-EXT-DATA": ("FlavorExtraData", "Ephemeral disks of flavors."),
    "OS-SCH-HNT": ("SchedulerHints", "Wishes about the host of a new server."),
    "OS-SRV-USG": ("ServerUsage", "When servers were launched and terminated."),
    "os-admin-actions": ("AdminActions", "Operators' actions on servers."),
    "os-aggregates": ("Aggregates", "Groups of hosts."),
    "os-attach-interfaces": ("AttachInterfaces", "Network cards of servers."),
    "os-availability-zone": ("AvailabilityZone", "Zones, and a zone for a new server."),
    "os-config-drive": ("ConfigDrive", "Metadata on a disk."),
    "os-console-output": ("ConsoleOutput", "What a server wrote on its console."),
    "os-consoles": ("Consoles", "Consoles of servers."),
    "os-deferred-delete": ("DeferredDelete", "Deletion at once, and taking it back."),
    "os-extended-quotas": ("ExtendedQuotas", "Quotas taken back, and below what is used."),
    "os-extended-volumes": ("ExtendedVolumes", "Volumes of servers."),
    "os-flavor-access": ("FlavorAccess", "Who may use a flavor."),
    "os-flavor-extra-specs": ("FlavorExtraSpecs", "Further properties of flavors."),
    "os-flavor-manage": ("FlavorManage", "Making and deleting flavors."),
    "os-flavor-rxtx": ("FlavorRxtx", "The network share of a flavor."),
    "os-hosts": ("Hosts", "Machines and what is on them."),
    "os-hypervisors": ("Hypervisors", "Hypervisors and what they have."),
    "os-instance-actions": ("InstanceActions", "What was done to a server."),
    "os-instance_usage_audit_log": ("OSInstanceUsageAuditLog", "Audits of usage."),
    "os-keypairs": ("Keypairs", "Keys for servers."),
    "os-lock-server": ("LockServer", "Locking servers."),
    "os-migrations": ("Migrations", "Movements of servers."),
    "os-multiple-create": ("MultipleCreate", "Several servers at once."),
    "os-networks": ("Networks", "Networks, for old clients."),
    "os-pause-server": ("PauseServer", "Pausing servers."),
    "os-quota-class-sets": ("QuotaClasses", "Limits for all projects."),
    "os-quota-sets": ("Quotas", "Limits of a project."),
    "os-remote-consoles": ("Consoles", "Addresses that open consoles of servers."),
    "os-console-auth-tokens": ("ConsoleAuthTokens", "What is known of such an address."),
    "os-rescue": ("Rescue", "Starting a server from another disk."),
    "os-security-groups": ("SecurityGroups", "Security groups of servers."),
    "os-server-diagnostics": ("ServerDiagnostics", "Measurements of a server."),
    "os-server-external-events": ("ServerExternalEvents", "News of servers from other services."),
    "os-server-groups": ("ServerGroups", "Servers that want to be together or apart."),
    "os-server-password": ("ServerPassword", "Passwords that guests wrote."),
    "os-server-start-stop": ("ServerStartStop", "Starting and stopping servers."),
    "os-services": ("Services", "The services of the cloud."),
    "os-simple-tenant-usage": ("SimpleTenantUsage", "What projects used."),
    "os-suspend-server": ("SuspendServer", "Suspending servers."),
    "os-tenant-networks": ("ProjectNetworks", "Networks of a project, for old clients."),
    "os-used-limits": ("UsedLimits", "What of the limits is used."),
    "os-user-data": ("UserData", "Data for the first boot."),
    "os-volumes": ("Volumes", "Volumes, for old clients."),
}


def _view(alias: str) -> Json:
    name, description = EXTENSIONS[alias]
    return {"alias": alias, "name": name, "description": description, "namespace": NAMESPACE, "updated": UPDATED,
            "links": []}  # fmt: skip


def index(req: Request) -> Json:
    return {"extensions": [_view(alias) for alias in EXTENSIONS]}


def show(req: Request, extension: str) -> Json:
    if extension not in EXTENSIONS:
        raise NotFound("extension", extension, f"There is no extension called {extension[:64]}.")
    return {"extension": _view(extension)}
