"""DescribeInstanceTypes: the flavors, by their names."""

from typing import Any

from nova_like.api.ec2 import filters, paging
from nova_like.api.ec2.call import Call
from nova_like.api.ec2.refused import Refused

Row = dict[str, Any]
FIELDS: dict[str, filters.Field] = {
    "instance-type": lambda view: view["InstanceType"],
    "vcpu-info.default-vcpus": lambda view: view["VCpuInfo"]["DefaultVCpus"],
    "memory-info.size-in-mib": lambda view: view["MemoryInfo"]["SizeInMiB"],
    "instance-storage-info.total-size-in-gb": lambda view: view["InstanceStorageInfo"]["TotalSizeInGB"],
    "instance-storage-supported": lambda view: view["InstanceStorageSupported"],
    "processor-info.supported-architecture": lambda view: view["ProcessorInfo"]["SupportedArchitectures"],
    "supported-virtualization-type": lambda view: view["SupportedVirtualizationTypes"],
    "supported-root-device-type": lambda view: view["SupportedRootDeviceTypes"],
    "supported-usage-class": lambda view: view["SupportedUsageClasses"],
    "bare-metal": lambda view: view["BareMetal"],
    "current-generation": lambda view: view["CurrentGeneration"],
    "free-tier-eligible": lambda view: view["FreeTierEligible"],
    "vcpu-info.default-cores": lambda view: view["VCpuInfo"]["DefaultCores"],
    "vcpu-info.default-threads-per-core": lambda view: view["VCpuInfo"]["DefaultThreadsPerCore"],
    "hibernation-supported": lambda view: view["HibernationSupported"],
    "burstable-performance-supported": lambda view: view["BurstablePerformanceSupported"],
    "dedicated-hosts-supported": lambda view: view["DedicatedHostsSupported"],
    "auto-recovery-supported": lambda view: view["AutoRecoverySupported"],
    "hypervisor": lambda view: view["Hypervisor"],
}


def describe(call: Call) -> dict[str, Any]:
    """All flavors that the caller may boot, or those named."""
    page = paging.page(call, "InstanceTypes")
    passes = filters.predicate(call.get("Filters"), FIELDS)
    views = {row["name"]: _view(row) for row in call.services.flavors.list(call.ctx)}
    wanted = call.get("InstanceTypes", ())
    lost = [name for name in wanted if name not in views]
    if lost:
        raise Refused(
            "InvalidInstanceType", f"The following supplied instance types do not exist: [{', '.join(lost)[:500]}]"
        )
    chosen = (views[name] for name in (wanted or views) if passes(views[name]))
    shown, token = paging.cut(chosen, page, lambda view: view["InstanceType"])
    return {"InstanceTypes": shown, "NextToken": token}


def _view(row: Row) -> dict[str, Any]:
    return {
        "InstanceType": row["name"], "CurrentGeneration": True, "FreeTierEligible": False, "BareMetal": False,
        "Hypervisor": "nitro", "SupportedUsageClasses": ["on-demand"],
        "SupportedRootDeviceTypes": ["ebs", "instance-store"],
        "SupportedVirtualizationTypes": ["hvm"], "ProcessorInfo": {"SupportedArchitectures": ["x86_64"]},
        "VCpuInfo": {"DefaultVCpus": row["vcpus"], "DefaultCores": row["vcpus"], "DefaultThreadsPerCore": 1},
        "MemoryInfo": {"SizeInMiB": row["ram_mib"]},
        "InstanceStorageSupported": row["disk_gib"] > 0,
        "InstanceStorageInfo": {"TotalSizeInGB": row["disk_gib"]},
        "HibernationSupported": False, "BurstablePerformanceSupported": False, "DedicatedHostsSupported": False,
        "AutoRecoverySupported": False,
    }  # fmt: skip
