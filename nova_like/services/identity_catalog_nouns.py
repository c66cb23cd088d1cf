"""What the catalogue is made of: which services, regions and endpoints may stand beside each other, and what goes with
what. How tokens show it is identity_catalog's."""

from typing import Any

from nova_like.db import catalog
from nova_like.db.engine import Transaction
from nova_like.model.errors import Forbidden, Invalid
from nova_like.services.identity_kept import Noun

Row = dict[str, Any]
DEEPEST = 32  # regions one in another


def _settle_service(tx: Transaction, row: Row) -> None:
    row.setdefault("name", "")


def _with_its_endpoints(tx: Transaction, row: Row) -> None:
    catalog.delete_endpoints(tx, row["id"])


def _settle_region(tx: Transaction, row: Row) -> None:
    """Its parent exists and is not below it."""
    above, depth = row.get("parent_region_id"), 0
    while above is not None:
        parent = catalog.REGIONS.get(tx, above)
        depth += 1
        if parent is None:
            raise Invalid(f"Could not find region: {above[:64]}.", field="parent_region_id")
        if above == row["id"] or depth > DEEPEST:
            raise Invalid(f"The specified parent region {row['parent_region_id'][:64]} would create a circular region "
                          "hierarchy.", field="parent_region_id")  # fmt: skip
        above = parent["parent_region_id"]


def _is_region_empty(tx: Transaction, row: Row) -> None:
    if catalog.REGIONS.list(tx, parent_region_id=row["id"]) or catalog.ENDPOINTS.list(tx, region_id=row["id"]):
        raise Forbidden(f"Unable to delete region {row['id'][:64]} because it or its child regions have associated "
                        "endpoints.", code="in_use")  # fmt: skip


def _settle_endpoint(tx: Transaction, row: Row) -> None:
    """Its service exists, and its region; a region named by `region` is made."""
    if catalog.SERVICES.get(tx, row["service_id"]) is None:
        raise Invalid(f"Could not find service: {row['service_id'][:64]}.", field="service_id")
    if (name := row.pop("region", None)) is not None:
        catalog.make_region(tx, name)
        row["region_id"] = name
    row["region_id"] = row.get("region_id") or ""
    if row["region_id"] and catalog.REGIONS.get(tx, row["region_id"]) is None:
        raise Invalid(f"Could not find region: {row['region_id'][:64]}.", field="region_id")


SERVICE = Noun("service", "services", catalog.SERVICES, _settle_service, _with_its_endpoints)
REGION = Noun("region", "regions", catalog.REGIONS, _settle_region, _is_region_empty)
ENDPOINT = Noun("endpoint", "endpoints", catalog.ENDPOINTS, _settle_endpoint)
