"""Create-, Describe-, Modify- and DeleteLaunchTemplate, and the look-up of templates by Amazon's ids and by name."""

import re
from typing import Any

from nova_like.api.ec2 import filters, ids, launch_template_data, once, paging, render, tag_view
from nova_like.api.ec2.call import Call
from nova_like.api.ec2.refused import Refused, missing
from nova_like.model.errors import Conflict

Row = dict[str, Any]
View = dict[str, Any]
_NAME = re.compile(r"[A-Za-z0-9()./_-]{3,128}\Z")
FIELDS: dict[str, filters.Field] = {
    "launch-template-name": lambda view: view["LaunchTemplateName"],
    "create-time": lambda view: render.timestamp(view["CreateTime"]),
    "Tags": lambda view: view["Tags"],
}


def create(call: Call) -> View:
    """CreateLaunchTemplate: its version 1; with a client token once."""
    name, data = call.params["LaunchTemplateName"], launch_template_data.kept(call)
    if not _NAME.match(name):
        raise Refused("InvalidLaunchTemplateName.MalformedException", "Names are 3 to 128 letters, digits, ()./_-")
    tags = tag_view.specified(call.get("TagSpecifications", []), "launch-template")
    try:
        with once.token(call):
            row = call.services.launch_templates.create(call.ctx, name, data, call.get("VersionDescription"), tags)
    except Conflict as error:
        if error.facts.get("code") != "duplicate":
            raise
        text = "Launch template name already in use."
        raise Refused("InvalidLaunchTemplateName.AlreadyExistsException", text) from None
    return {"LaunchTemplate": view(row, tags)}


def describe(call: Call) -> View:
    """DescribeLaunchTemplates: all of the caller's project, or those named."""
    page = paging.page(call, "LaunchTemplateIds", least=1)
    passes = filters.predicate(call.get("Filters"), FIELDS)
    known = call.services.launch_templates.list(call.ctx)
    wanted, names = call.get("LaunchTemplateIds", []), call.get("LaunchTemplateNames", [])
    rows = {row["id"]: row for row in _chosen(known, wanted, names)} if wanted or names else {
        row["id"]: row for row in known}  # fmt: skip
    tags = call.services.tags.of(call.ctx, list(rows))
    views = (view(row, tags.get(row["id"], {})) for row in rows.values())
    shown, token = paging.cut(filter(passes, views), page, lambda each: each["LaunchTemplateId"])
    return {"LaunchTemplates": shown, "NextToken": token}


def modify(call: Call) -> View:
    """ModifyLaunchTemplate: another default version."""
    row = named(call, call.params)
    number = launch_template_data.number(call.get("DefaultVersion"), row)
    return {"LaunchTemplate": _changed(call, call.services.launch_templates.set_default(call.ctx, row["id"], number))}


def delete(call: Call) -> View:
    """DeleteLaunchTemplate: with all its versions."""
    row = named(call, call.params)
    shown = _changed(call, row)
    call.services.launch_templates.delete(call.ctx, row["id"])
    return {"LaunchTemplate": shown}


def _changed(call: Call, row: Row) -> View:
    return view(row, call.services.tags.of(call.ctx, [row["id"]]).get(row["id"], {}))


def named(call: Call, by: dict[str, Any]) -> Row:
    """The row that LaunchTemplateId or LaunchTemplateName names. Raises Refused unless exactly one does."""
    wanted, name = by.get("LaunchTemplateId"), by.get("LaunchTemplateName")
    if wanted and name:
        raise Refused("InvalidParameterCombination", "Name a launch template by its id or its name, not by both.")
    if not wanted and not name:
        raise missing("LaunchTemplateId")
    known = call.services.launch_templates.list(call.ctx)
    return _chosen(known, [wanted] if wanted else [], [name] if name else [])[0]


def find(call: Call, wanted: list[str]) -> list[Row]:
    """The rows that these ids name. Raises Refused when one is malformed or not there."""
    return _chosen(call.services.launch_templates.list(call.ctx), wanted, [])


def _chosen(known: list[Row], wanted: list[str], names: list[str]) -> list[Row]:
    by_id = {ids.show("launch_template", row["id"]): row for row in known}
    by_name = {row["name"]: row for row in known}
    for text in wanted:
        ids.span("launch_template", text)
        if text not in by_id:
            raise Refused("InvalidLaunchTemplateId.NotFound", f"The specified launch template, {text}, does not exist.")
    for text in names:
        if text not in by_name:
            raise Refused("InvalidLaunchTemplateName.NotFoundException", "At least one of the launch templates "
                          "specified in the request does not exist.")  # fmt: skip
    return [*(by_id[text] for text in wanted), *(by_name[text] for text in names)]


def view(row: Row, tags: dict[str, str]) -> View:
    """One LaunchTemplate."""
    return {
        "LaunchTemplateId": ids.show("launch_template", row["id"]), "LaunchTemplateName": row["name"],
        "CreateTime": row["created_at"], "CreatedBy": author(row, row["project_id"]), "Tags": tag_view.tags(tags),
        "DefaultVersionNumber": row["default_version"], "LatestVersionNumber": row["latest_version"],
    }  # fmt: skip


def author(row: Row, project_id: str) -> str:
    """The name of whoever made it."""
    return f"arn:aws:iam::{ids.account(project_id)}:user/{row['user_id']}"
