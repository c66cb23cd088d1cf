"""From the API's names to columns: of a whole image, and of JSON patches (both media types). Pure."""

from typing import Any

from nova_like.api.common import schema
from nova_like.api.native.image import schemas
from nova_like.api.native.image.views import COLUMNS, READ_ONLY, RESERVED
from nova_like.model.errors import Conflict, Forbidden, Invalid

Row = dict[str, Any]
MOST_PROPERTIES = 128
_OPERATIONS = ("replace", "add", "remove")


def columns(body: Row) -> Row:
    """Columns of a new image. Raises Forbidden for what only the service sets."""
    for name in body:
        _writable(name)
    own = {column: body[name] for name, column in COLUMNS.items() if name in body}
    if own.get("owner_id", "") is None:
        del own["owner_id"]
    if "tags" in own:
        own["tags"] = list(dict.fromkeys(own["tags"]))
    properties = {name: value for name, value in body.items() if name not in COLUMNS}
    _check_count(properties)
    return {**own, "properties": properties}


def operation(item: Row) -> tuple[str, str, Any]:
    """(operation, attribute, value) of {"op", "path", "value"} or of the older {"replace": path, "value"}."""
    if "op" in item:
        kind, path = item["op"], item.get("path")
    else:
        kind = next((name for name in _OPERATIONS if name in item), None)
        path = item.get(str(kind))
    if kind not in _OPERATIONS:
        raise Invalid("Operations must be one of replace, add, remove.", "image", field="op")
    if isinstance(path, str) and path.startswith("/locations"):
        raise Forbidden("Where the data of an image are is the service's own.", "image")
    if not isinstance(path, str) or not path.startswith("/") or "/" in path[1:] or len(path) < 2:
        raise Invalid(f"Invalid JSON pointer for this resource: '{str(path)[:255]}'", "image", field="path")
    if kind != "remove" and "value" not in item:
        raise Invalid(f'Operation "{kind}" requires a member named "value".', "image", field="value")
    return kind, path[1:].replace("~1", "/").replace("~0", "~"), item.get("value")


def apply(row: Row, operations: list[tuple[str, str, Any]]) -> Row:
    """The columns that these operations change. Raises Invalid, Forbidden, Conflict (no such property)."""
    values: Row = {}
    properties = dict(row["properties"] or {})
    for kind, name, value in operations:
        _writable(name)
        if kind == "remove":
            _remove(properties, name)
            continue
        schema.validators(schemas.CHANGE).check({name: value})
        if name in COLUMNS:
            values[COLUMNS[name]] = value
        elif kind == "replace" and name not in properties:
            raise _absent(name)
        else:
            properties[name] = value
    _check_count(properties)
    if values.get("owner_id", "") is None:
        raise Invalid("An image needs an owner.", "image", field="owner")
    if "tags" in values:
        values["tags"] = list(dict.fromkeys(values["tags"]))
    return values if properties == (row["properties"] or {}) else {**values, "properties": properties}


def _remove(properties: Row, name: str) -> None:
    if name in COLUMNS:
        raise Forbidden(f"Property {name} may not be removed.", "image")
    if properties.pop(name, None) is None:
        raise _absent(name)


def _writable(name: str) -> None:
    if name in READ_ONLY:
        raise Forbidden(f"Attribute '{name}' is read-only.", "image")
    if name.startswith(RESERVED):
        raise Forbidden(f"Attribute '{name[:255]}' is reserved.", "image")


def _absent(name: str) -> Conflict:
    return Conflict(f"Property {name[:255]} does not exist.", "image", code="property")


def _check_count(properties: Row) -> None:
    if len(properties) > MOST_PROPERTIES:
        raise Invalid(f"An image may have {MOST_PROPERTIES} properties.", "image", field="properties")
