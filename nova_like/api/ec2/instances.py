"""DescribeInstances and DescribeInstanceStatus, and the look-up of instances by Amazon's ids for the other actions."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from nova_like import concurrency
from nova_like.api.ec2 import filters, ids, instance_filters, instance_state, instance_view, paging, placement_groups
from nova_like.api.ec2.call import Call
from nova_like.api.ec2.refused import Refused
from nova_like.model.commands import InstanceQuery
from nova_like.model.errors import Invalid, NotFound

Row = dict[str, Any]
View = dict[str, Any]
Shown = tuple[Row, View]
BATCH = 1000
SPANS = 200  # of one statement


def describe(call: Call) -> dict[str, Any]:
    """DescribeInstances: `Reservations`, and the token of the next page when this one is full."""
    shown, token = _page(call, call.get("InstanceIds"), instance_filters.FIELDS)
    return {"Reservations": instance_view.reservations(shown), "NextToken": token}


def describe_status(call: Call) -> dict[str, Any]:
    """DescribeInstanceStatus: only running instances, unless all are asked for."""
    everything = call.get("IncludeAllInstances", False)
    state = None if everything else instance_state.RUNNING
    shown, token = _page(call, call.get("InstanceIds"), instance_filters.STATUS_FIELDS, state)
    return {"InstanceStatuses": [_status(view) for _, view in shown], "NextToken": token}


def _status(view: View) -> View:
    running = view["State"]["Name"] == instance_state.RUNNING
    details = [{"Name": "reachability", "Status": "passed"}] if running else []
    summary = {"Status": instance_filters.health(view), "Details": details}
    return {
        "InstanceId": view["InstanceId"], "AvailabilityZone": view["Placement"]["AvailabilityZone"],
        "InstanceState": view["State"], "InstanceStatus": summary, "SystemStatus": summary, "Events": [],
    }  # fmt: skip


def _page(
    call: Call, wanted: list[str] | None, fields: Mapping[str, filters.Field], state: str | None = None
) -> tuple[list[Shown], str | None]:
    page = paging.page(call, "InstanceIds")
    passes = filters.predicate(call.get("Filters"), fields)
    if wanted:
        rows = iter([find(call, wanted)])
    else:
        rows = _batches(call, page.after, BATCH if call.get("Filters") or state else page.limit + 1)
    shown: list[Shown] = []
    for pair in (pair for batch in rows for pair in _views(call, batch)):
        facts = {
            **pair[1], "ReservationId": ids.show("reservation", pair[0]["reservation_id"]),
            "OwnerId": ids.account(pair[0]["project_id"]),
        }  # fmt: skip
        if not passes(facts) or (state and pair[1]["State"]["Name"] != state):
            continue
        if len(shown) == page.limit:
            return shown, paging.token(shown[-1][0]["id"])
        shown.append(pair)
    return shown, None


def _batches(call: Call, after: str | None, size: int) -> Iterator[list[Row]]:
    query = InstanceQuery(deleted_since=_visible(), marker=after, limit=size)
    while True:
        try:
            rows = call.services.instances.list(call.ctx, query)
        except (NotFound, Invalid, LookupError):
            raise paging.invalid_token() from None
        yield rows
        if len(rows) < size:
            return
        query = dataclasses.replace(query, marker=rows[-1]["id"])


def _visible() -> float:
    return concurrency.now().timestamp() - instance_state.VISIBLE_SECONDS


def _views(call: Call, rows: list[Row]) -> list[Shown]:
    tags = call.services.tags.of(call.ctx, [row["id"] for row in rows])
    groups = placement_groups.names(call, rows)
    return [
        (row, instance_view.instance(row, tags.get(row["id"], {}), groups.get(row.get("group_id") or "", "")))
        for row in rows
    ]


def views(call: Call, rows: list[Row]) -> list[View]:
    """Views of rows, with their tags."""
    return [view for _, view in _views(call, rows)]


def find(call: Call, wanted: list[str]) -> list[Row]:
    """The rows that these ids name, once each and in their order. Raises Refused for the first malformed one, or for
    all that do not exist."""
    spans = {text: ids.span("instance", text) for text in wanted}
    by_id = {ids.show("instance", row["id"]): row for row in _in_spans(call, list(spans.values()))}
    lost = [text for text in spans if text not in by_id]
    if len(lost) == 1:
        raise Refused("InvalidInstanceID.NotFound", f"The instance ID '{lost[0]}' does not exist")
    if lost:
        raise Refused("InvalidInstanceID.NotFound", f"The instance IDs '{', '.join(lost)}' do not exist")
    return [by_id[text] for text in spans]


def _in_spans(call: Call, spans: list[ids.Range]) -> Iterator[Row]:
    for start in range(0, len(spans), SPANS):
        query = InstanceQuery(id_ranges=spans[start : start + SPANS], deleted_since=_visible())
        yield from call.services.instances.list(call.ctx, query)
