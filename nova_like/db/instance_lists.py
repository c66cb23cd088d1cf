"""Lists of instances: what a query asks for as conditions, order and page. Changes nothing."""

from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.flows import LIVE
from nova_like.db.schema.compute import instances, tags
from nova_like.db.schema.flows import flows
from nova_like.db.schema.networks import addresses, ports
from nova_like.model import states
from nova_like.model.commands import Doing, InstanceQuery

Row = dict[str, Any]
HEAVY = {"user_data", "files", "public_key", "password"}
LIGHT = [column for column in instances.c if column.name not in HEAVY]
# field of the query -> column that is to be equal; several: one of them
EXACT = {
    "host": "host", "image_id": "image_id", "key_name": "key_name", "reservation_id": "reservation_id",
    "user_id": "user_id", "zone": "zone", "hostname": "hostname", "launch_index": "launch_index",
    "config_drive": "config_drive", "group_id": "group_id",
}  # fmt: skip
SEVERAL = {"ids": "id", "states": "state", "powers": "power"}
# field of the query -> column that holds it somewhere
PATTERNS = {"name": "name", "description": "description"}
MOMENTS = ("created_at", "launched_at", "terminated_at")
PLAIN = frozenset(" -_@:/,~#%&=<>!\"';`")  # besides letters and digits: signs that mean only themselves in a pattern


def list_instances(tx: Transaction, query: InstanceQuery, project_id: str | None) -> list[Row]:
    """A page of rows, newest first unless `query.sort` says otherwise; without user data. Raises LookupError for an
    unknown marker."""
    statement = sa.select(*LIGHT, (instances.c.user_data.is_not(None)).label("has_user_data"))
    for condition in _conditions(query, project_id):
        statement = statement.where(condition)
    order = _order(query)
    if query.marker is not None:
        statement = statement.where(_beyond(tx, query.marker, order, project_id))
    statement = statement.order_by(*(column.asc() if way == "asc" else column.desc() for column, way in order))
    return tx.rows(statement.limit(query.limit))


def _conditions(query: InstanceQuery, project_id: str | None) -> list[Any]:
    table = instances.c
    asked = {column: getattr(query, field) for field, column in EXACT.items()} | {"project_id": project_id}
    found = [table[column] == value for column, value in asked.items() if value is not None]
    found += [table[column].in_(values) for field, column in SEVERAL.items()
              if (values := getattr(query, field)) is not None]  # fmt: skip
    found += [like(table[column], text) for field, column in PATTERNS.items() if (text := getattr(query, field))]
    found += [table[name].between(second, second + 0.999999) for name in MOMENTS
              if (second := getattr(query, name)) is not None]  # fmt: skip
    if query.id_ranges is not None:
        found.append(sa.or_(sa.false(), *(table.id.between(low, high) for low, high in query.id_ranges)))
    if query.reservation_range is not None:
        found.append(table.reservation_id.between(*query.reservation_range))
    if query.flavor_id is not None:
        found.append(table.flavor["id"].as_string() == query.flavor_id)
    return [*found, *_nets(query), *_tags(query), *_locks(query), *_doings(query), *_lifetime(query)]


def like(column: Any, pattern: str) -> Any:
    """Whether a column matches a regular expression somewhere; one that is plain text is looked for as text."""
    if all(sign.isalnum() or sign in PLAIN for sign in pattern):
        return column.contains(pattern, autoescape=True)
    return column.regexp_match(pattern)


def _nets(query: InstanceQuery) -> list[Any]:
    """A dot in a part of an address is a dot; any other sign makes it a pattern."""
    found = []
    for part, version in ((query.address, 4), (query.address6, 6)):
        if part:
            here = addresses.c.address
            text = here.contains(part, autoescape=True) if not set(part) & set("*?+[]()|^$\\{}") else like(here, part)
            joined = ports.join(addresses, addresses.c.port_id == ports.c.id)
            six = here.contains(":") if version == 6 else ~here.contains(":")
            held = sa.select(ports.c.instance_id).select_from(joined).where(text, six, ~addresses.c.leaving)
            found.append(instances.c.id.in_(held))
    return found


def _tags(query: InstanceQuery) -> list[Any]:
    def has(tag: str) -> Any:
        return sa.exists().where(tags.c.resource_id == instances.c.id, tags.c.key == tag, tags.c.value == "",
                                 tags.c.project_id == instances.c.project_id)  # fmt: skip

    found = [has(tag) for tag in query.tags_all]
    if query.tags_any:
        found.append(sa.or_(*map(has, query.tags_any)))
    if query.tags_not_all:
        found.append(sa.not_(sa.and_(*map(has, query.tags_not_all))))
    return [*found, *(~has(tag) for tag in query.tags_not_any)]


def _locks(query: InstanceQuery) -> list[Any]:
    table, found = instances.c, []
    if query.locked is not None:
        found.append(table.locked_by != "" if query.locked else table.locked_by == "")
    if query.locked_by is not None:
        found.append(table.locked_by == query.locked_by)
    return found


def _doings(query: InstanceQuery) -> list[Any]:
    if query.doing is None:
        return []
    return [sa.or_(sa.false(), *(_does(one) for one in query.doing))]


def _does(doing: Doing) -> Any:
    """Whether an instance has a live flow of a kind, at one of some steps, with these arguments."""
    if doing.kind == "delete":
        return instances.c.wanted == "deleted"
    parts = [flows.c.resource_id == instances.c.id, flows.c.kind == doing.kind, flows.c.state.in_(LIVE)]
    if doing.steps:
        parts.append(flows.c.step_name.in_(doing.steps))
    if doing.soft is not None:
        soft = sa.func.coalesce(flows.c.args["soft"].as_boolean(), sa.true())
        parts.append(soft if doing.soft else ~soft)
    return sa.exists().where(*parts)


def _lifetime(query: InstanceQuery) -> list[Any]:
    table = instances.c
    found: list[Any] = []
    if query.changes_since is not None:
        found.append(table.updated_at >= query.changes_since)
    if query.changes_before is not None:
        found.append(table.updated_at <= query.changes_before)
    if query.deleted:
        found.append(table.state.in_((states.DELETED, *([states.SOFT_DELETED] if query.soft_deleted else []))))
    elif query.deleted_since is not None:
        found.append(sa.or_(table.state != states.DELETED, table.deleted_at >= query.deleted_since))
    elif query.changes_since is None and query.changes_before is None:
        found += [table.state != states.DELETED, *([] if query.soft_deleted else [table.state != states.SOFT_DELETED])]
    return found


def _order(query: InstanceQuery) -> list[tuple[Any, str]]:
    asked = query.sort or [("created_at", "desc")]
    order = [(sa.func.coalesce(instances.c[name], _LEAST[type(instances.c[name].type)]).label(name)
              if instances.c[name].nullable else instances.c[name], way) for name, way in asked]  # fmt: skip
    return order + [(instances.c.id, asked[-1][1])] if all(name != "id" for name, _ in asked) else order


_LEAST: dict[Any, Any] = {sa.String: "", sa.Double: 0.0, sa.BigInteger: 0}  # what stands for nothing, so that it sorts


def _beyond(tx: Transaction, marker: str, order: list[tuple[Any, str]], project_id: str | None) -> Any:
    """Rows after the marker in this order. Raises LookupError when the project has no such row."""
    mine = [] if project_id is None else [instances.c.project_id == project_id]
    last = tx.row(sa.select(*(column for column, _ in order)).where(instances.c.id == marker, *mine))
    if last is None:
        raise LookupError(marker)
    terms = []
    for index, (column, way) in enumerate(order):
        value, bare = last[column.name], _bare(column)
        same = [_bare(earlier) == last[earlier.name] for earlier, _ in order[:index]]
        terms.append(sa.and_(*same, bare > value if way == "asc" else bare < value))
    return sa.or_(*terms)


def _bare(column: Any) -> Any:
    """Without its label, which only the list of columns may bear."""
    return column.element if isinstance(column, sa.Label) else column
