"""The first facts of a cloud: domain, roles, admin, catalogue, flavors. Run again it changes only what differs."""

from dataclasses import dataclass, field
from typing import Any

from nova_like import concurrency
from nova_like.db import assignments, catalog, domains, flavors, projects, roles, users
from nova_like.db.engine import Database, Transaction
from nova_like.services import identity_keys, identity_passwords

DOMAIN = "default"
PERSONAS = ("admin", "manager", "member", "reader")  # each implies the next
SERVICE = "service"  # of programs that validate others' tokens
SERVICES = (
    ("identity", "keystone", "/identity/v3"), ("compute", "nova", "/compute/v2.1"), ("image", "glance", "/image"),
    ("network", "neutron", "/network"), ("volumev3", "cinderv3", "/volume/v3/$(project_id)s"),
    ("block-storage", "cinder", "/volume/v3/$(project_id)s"), ("ec2", "ec2", "/ec2"),
)  # fmt: skip
FLAVORS = (
    ("1", "m1.nano", 1, 96, 1), ("2", "m1.tiny", 1, 512, 1), ("3", "m1.small", 1, 2048, 20),
    ("4", "m1.medium", 2, 4096, 40), ("5", "m1.large", 4, 8192, 80),
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    """A user with a project of the same standing; `roles` are given on it."""

    user: str
    project: str
    password: str = field(repr=False)
    roles: tuple[str, ...] = ("member",)
    system: bool = False


def run(db: Database, conf: Any, people: list[Person], public_url: str, region: str) -> list[str]:
    """Make all that is missing; a line for each thing that was made or changed."""
    done = [f"fernet keys in {conf.identity.key_repository}"] if identity_keys.make_keys(
        conf.identity.key_repository
    ) else []  # fmt: skip
    db.transact(lambda tx: done.extend(_first_facts(tx, public_url.rstrip("/"), region)))
    for person in people:
        done += _person(db, person, conf.identity.password_rounds)
    return done


def _first_facts(tx: Transaction, public_url: str, region: str) -> list[str]:
    done = []
    if domains.get(tx, DOMAIN) is None:
        domains.ROWS.insert(tx, {"id": DOMAIN, "name": "Default", "description": "The default domain"})
        done.append("domain Default")
    return [*done, *_roles(tx), *_catalog(tx, public_url, region), *_flavors(tx)]


def _roles(tx: Transaction) -> list[str]:
    known = {row["name"]: row["id"] for row in roles.list_roles(tx)}
    made = [name for name in (*PERSONAS, SERVICE) if name not in known]
    for name in made:
        known[name] = concurrency.new_id()
        roles.insert(tx, {"id": known[name], "name": name})
    present = set(roles.implications(tx))
    for prior, implied in zip(PERSONAS, PERSONAS[1:], strict=False):
        if (known[prior], known[implied]) not in present:
            roles.imply(tx, known[prior], known[implied])
    return [f"role {name}" for name in made]


def _catalog(tx: Transaction, public_url: str, region: str) -> list[str]:
    catalog.make_region(tx, region)
    known = {row["type"]: row["id"] for row in catalog.list_services(tx)}
    present = {(row["type"], row["interface"], row["region_id"], row["url"]) for row in catalog.list_endpoints(tx)}
    done = []
    for kind, name, path in SERVICES:
        if kind not in known:
            known[kind] = concurrency.new_id()
            catalog.insert_service(tx, {"id": known[kind], "type": kind, "name": name})
        for interface in ("public", "internal", "admin"):
            if (kind, interface, region, public_url + path) not in present:
                catalog.set_endpoint(tx, concurrency.new_id(), known[kind], interface, region, public_url + path)
                done.append(f"endpoint {kind} {interface} {public_url}{path}")
    return done


def _flavors(tx: Transaction) -> list[str]:
    rows = flavors.list_flavors(tx, None)
    known = {row["id"] for row in rows} | {row["name"] for row in rows}
    made = [flavor for flavor in FLAVORS if flavor[0] not in known and flavor[1] not in known]
    for id, name, vcpus, ram_mib, disk_gib in made:
        flavors.insert(tx, {"id": id, "name": name, "vcpus": vcpus, "ram_mib": ram_mib, "disk_gib": disk_gib,
                            "ephemeral_gib": 0, "swap_mib": 0, "rxtx_factor": 1.0, "public": True, "disabled": False,
                            "description": None, "extra_specs": {}})  # fmt: skip
    return [f"flavor {flavor[1]}" for flavor in made]


def _person(db: Database, person: Person, rounds: int) -> list[str]:
    """The project, the user, his password and his roles. A changed password voids his tokens."""
    known = db.read(lambda tx: users.by_name(tx, person.user, DOMAIN))
    stored = known["password_hash"] if known else None
    fresh = None
    if not identity_passwords.matches(person.password, stored, rounds):
        fresh = identity_passwords.hashed(person.password, rounds)  # slow: outside the transaction
    return db.transact(lambda tx: _place(tx, person, fresh))


def _place(tx: Transaction, person: Person, password_hash: str | None) -> list[str]:
    done = []
    project = projects.by_name(tx, person.project, DOMAIN)
    project_id = project["id"] if project else concurrency.new_id()
    if project is None:
        projects.insert(tx, {"id": project_id, "name": person.project, "domain_id": DOMAIN, "parent_id": DOMAIN})
        done.append(f"project {person.project}")
    user = users.by_name(tx, person.user, DOMAIN)
    user_id = user["id"] if user else concurrency.new_id()
    if user is None:
        users.insert(tx, {"id": user_id, "name": person.user, "domain_id": DOMAIN, "default_project_id": project_id,
                          "password_hash": password_hash})  # fmt: skip
        done.append(f"user {person.user}")
    elif password_hash is not None:
        floor = int(concurrency.now().timestamp() * 1000)
        users.update(tx, user_id, password_hash=password_hash, token_floor=floor)
        done.append(f"password of {person.user}")
    _grant(tx, person, user_id, project_id)
    return done


def _grant(tx: Transaction, person: Person, user_id: str, project_id: str) -> None:
    known = {row["name"]: row["id"] for row in roles.list_roles(tx)}
    for name in person.roles:
        assignments.grant(tx, user_id, "project", project_id, known[name])
    if person.system:
        assignments.grant(tx, user_id, "system", assignments.SYSTEM, known["admin"])
