"""DescribeRegions and DescribeAvailabilityZones: the one region that we are, and its zones."""

from typing import Any

from nova_like.api.ec2 import filters
from nova_like.api.ec2.call import Call
from nova_like.api.ec2.refused import Refused, invalid

REGION_FIELDS: dict[str, filters.Field] = {
    "region-name": lambda view: view["RegionName"],
    "endpoint": lambda view: view["Endpoint"],
    "opt-in-status": lambda view: view["OptInStatus"],
}
ZONE_FIELDS: dict[str, filters.Field] = {
    "zone-name": lambda view: view["ZoneName"],
    "zone-id": lambda view: view["ZoneId"],
    "region-name": lambda view: view["RegionName"],
    "state": lambda view: view["State"],
    "group-name": lambda view: view["GroupName"],
    "zone-type": lambda view: view["ZoneType"],
    "opt-in-status": lambda view: view["OptInStatus"],
    "group-long-name": lambda view: view["GroupName"],
    "parent-zone-id": lambda view: None,
    "parent-zone-name": lambda view: None,
    "message": lambda view: None,
}
_ALWAYS = "opt-in-not-required"


def describe(call: Call) -> dict[str, Any]:
    """DescribeRegions: ours. Its endpoint is written without the scheme, as Amazon's are."""
    passes = filters.predicate(call.get("Filters"), REGION_FIELDS)
    name = call.conf.api.region
    for wanted in call.get("RegionNames", ()):
        if wanted != name:
            raise invalid("RegionName", wanted)
    call.services.policy.check(call.ctx, "ec2:regions:list")
    region = {"RegionName": name, "Endpoint": call.base.partition("://")[2], "OptInStatus": _ALWAYS}
    return {"Regions": [region] if passes(region) else []}


def describe_zones(call: Call) -> dict[str, Any]:
    """DescribeAvailabilityZones: those that compute hosts are in."""
    passes = filters.predicate(call.get("Filters"), ZONE_FIELDS)
    views = {zone.name: _zone(call, zone) for zone in call.services.hosts.zones(call.ctx)}
    wanted = [*call.get("ZoneNames", ()), *call.get("ZoneIds", ())]
    for name in wanted:
        if name not in views:
            raise Refused("InvalidParameterValue", f"Invalid availability zone: [{name[:100]}]")
    return {"AvailabilityZones": [views[name] for name in wanted or views if passes(views[name])]}


def _zone(call: Call, zone: Any) -> dict[str, Any]:
    region = call.conf.api.region
    return {
        "ZoneName": zone.name, "ZoneId": zone.name, "State": "available" if zone.available else "unavailable",
        "RegionName": region, "GroupName": region, "NetworkBorderGroup": region, "ZoneType": "availability-zone",
        "OptInStatus": _ALWAYS, "Messages": [],
    }  # fmt: skip
