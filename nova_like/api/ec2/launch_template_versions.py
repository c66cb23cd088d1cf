"""CreateLaunchTemplateVersion and DescribeLaunchTemplateVersions, and the data of the version that a request names."""

import dataclasses
from typing import Any

from nova_like.api.ec2 import filters, ids, launch_template_data, launch_templates, once, paging, render
from nova_like.api.ec2.call import Call
from nova_like.api.ec2.launch_template_data import DEFAULT, LATEST
from nova_like.api.ec2.refused import Refused

Row = dict[str, Any]
View = dict[str, Any]
FIELDS: dict[str, filters.Field] = {
    "create-time": lambda view: render.timestamp(view["CreateTime"]),
    "is-default-version": lambda view: view["DefaultVersion"],
    "image-id": lambda view: view["LaunchTemplateData"].get("ImageId"),
    "instance-type": lambda view: view["LaunchTemplateData"].get("InstanceType"),
    "kernel-id": lambda view: view["LaunchTemplateData"].get("KernelId"),
    "ram-disk-id": lambda view: view["LaunchTemplateData"].get("RamDiskId"),
    "ebs-optimized": lambda view: view["LaunchTemplateData"].get("EbsOptimized"),
    "http-endpoint": lambda view: view["LaunchTemplateData"].get("MetadataOptions", {}).get("HttpEndpoint"),
    "http-tokens": lambda view: view["LaunchTemplateData"].get("MetadataOptions", {}).get("HttpTokens"),
}


def create(call: Call) -> View:
    """CreateLaunchTemplateVersion: SourceVersion's data with what the request says over them."""
    template, data = launch_templates.named(call, call.params), launch_template_data.kept(call)
    source = call.get("SourceVersion")
    base = launch_template_data.number(source, template) if source else None
    if base is not None:
        _find(call, template, base)
    with once.token(call):
        template, made = call.services.launch_templates.add_version(
            call.ctx, template["id"], data, call.get("VersionDescription"), base
        )
    return {"LaunchTemplateVersion": _view(template, made)}


def describe(call: Call) -> View:
    """DescribeLaunchTemplateVersions: of one template all or some; of all templates the latest or the default ones."""
    page = paging.page(call, least=1)
    passes = filters.predicate(call.get("Filters"), FIELDS)
    views = [_view(template, row) for template, row in _chosen(call) if _between(call, row)]
    shown, token = paging.cut(
        filter(passes, views), page, lambda each: f"{each['LaunchTemplateId']} {10**9 - each['VersionNumber']:010d}"
    )
    return {"LaunchTemplateVersions": shown, "NextToken": token}


def _chosen(call: Call) -> list[tuple[Row, Row]]:
    """(template, version) of each that is asked for."""
    wanted = call.get("Versions", [])
    if call.get("LaunchTemplateId") or call.get("LaunchTemplateName"):
        template = launch_templates.named(call, call.params)
        if not wanted:
            return [(template, row) for row in call.services.launch_templates.versions(call.ctx, [template["id"]])]
        numbers = dict.fromkeys(launch_template_data.number(text, template) for text in wanted)
        return [(template, _find(call, template, number)) for number in numbers]
    if not wanted or not set(wanted) <= {LATEST, DEFAULT}:
        raise Refused("MissingParameter", "Without a launch template only the versions $Latest and $Default are shown.")
    return _of_all(call, wanted)


def _of_all(call: Call, wanted: list[str]) -> list[tuple[Row, Row]]:
    templates = {row["id"]: row for row in call.services.launch_templates.list(call.ctx)}
    numbers = {key: {launch_template_data.number(text, row) for text in wanted} for key, row in templates.items()}
    return [
        (templates[row["template_id"]], row)
        for row in call.services.launch_templates.versions(call.ctx, list(templates))
        if row["version"] in numbers[row["template_id"]]
    ]


def _between(call: Call, row: Row) -> bool:
    for name in ("MinVersion", "MaxVersion"):
        text = call.get(name)
        if text and not (text.isascii() and text.isdecimal() and len(text) < 10):
            raise Refused("InvalidParameterValue", f"The launch template version {text[:40]} is invalid.")
    return int(call.get("MinVersion") or 1) <= row["version"] <= int(call.get("MaxVersion") or 10**9)


def _find(call: Call, template: Row, number: int) -> Row:
    for row in call.services.launch_templates.versions(call.ctx, [template["id"]]):
        if row["version"] == number:
            return row
    raise Refused("InvalidLaunchTemplateId.VersionNotFound", f"Could not find launch template version {number}.")


def _view(template: Row, row: Row) -> View:
    return {
        "LaunchTemplateId": ids.show("launch_template", template["id"]), "LaunchTemplateName": template["name"],
        "VersionNumber": row["version"], "VersionDescription": row["description"], "CreateTime": row["created_at"],
        "CreatedBy": launch_templates.author(row, template["project_id"]),
        "DefaultVersion": row["version"] == template["default_version"], "LaunchTemplateData": row["data"] or {},
    }  # fmt: skip


def applied(call: Call) -> Call:
    """A RunInstances that names a template with that template's version laid under it."""
    asked = call.get("LaunchTemplate")
    if not asked:
        return call
    template = launch_templates.named(call, asked)
    row = _find(call, template, launch_template_data.number(asked.get("Version"), template))
    return dataclasses.replace(call, params=launch_template_data.laid_under(call.params, row["data"] or {}))
