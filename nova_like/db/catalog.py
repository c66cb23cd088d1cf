"""Rows of the service catalogue: services, regions, endpoints."""

from typing import Any

import sqlalchemy as sa

from nova_like.db.engine import Transaction
from nova_like.db.records import Records
from nova_like.db.schema.identity import endpoints, regions, services

Row = dict[str, Any]
SERVICES = Records(services, "type", "id")
REGIONS = Records(regions)
ENDPOINTS = Records(endpoints, "service_id", "region_id", "interface", "id")


def list_services(tx: Transaction) -> list[Row]:
    return tx.rows(sa.select(services).order_by(services.c.type))


def list_endpoints(tx: Transaction) -> list[Row]:
    """Enabled endpoints of enabled services, with `type` and `name` of the service."""
    joined = sa.join(endpoints, services, endpoints.c.service_id == services.c.id)
    statement = sa.select(endpoints, services.c.type, services.c.name).select_from(joined)
    statement = statement.where(endpoints.c.enabled, services.c.enabled)
    return tx.rows(statement.order_by(services.c.type, endpoints.c.region_id, endpoints.c.interface))


def delete_endpoints(tx: Transaction, service_id: str) -> None:
    tx.execute(sa.delete(endpoints).where(endpoints.c.service_id == service_id))


def insert_service(tx: Transaction, row: Row) -> None:
    tx.execute(sa.insert(services).values(**row))


def make_region(tx: Transaction, region_id: str) -> None:
    """Make a region that is not there yet."""
    if tx.scalar(sa.select(regions.c.id).where(regions.c.id == region_id)) is None:
        tx.execute(sa.insert(regions).values(id=region_id))


def set_endpoint(tx: Transaction, id: str, service_id: str, interface: str, region_id: str, url: str) -> None:
    """The one endpoint of a service for an interface in a region: made with `id`, or given the URL."""
    own = (endpoints.c.service_id == service_id, endpoints.c.interface == interface, endpoints.c.region_id == region_id)
    if tx.execute(sa.update(endpoints).where(*own).values(url=url)).rowcount == 0:
        values = {"id": id, "service_id": service_id, "interface": interface, "region_id": region_id, "url": url}
        tx.execute(sa.insert(endpoints).values(**values))
