"""Two tenants, each with one of everything, behind the whole HTTP front: whom the sweeps over all routes ask as. Test
code; holds no assertion."""

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cryptography.fernet import Fernet
from webob import Response

from nova_like import concurrency
from nova_like.db import console_tokens, image_tasks
from nova_like.model import sshkeys
from nova_like.model.context import SYSTEM
from nova_like.services import identity_tokens
from nova_like.services.identity_keys import Keys
from nova_like.services.identity_memory import Memory
from tests.functional import sweep_examples as examples
from tests.functional.compute_world import Console, Daemons, add_host
from tests.functional.conftest import Cloud
from tests.functional.sweep_entries import NEWEST, Entry, Ids, filled, versions

MEMORY_SECONDS = 3600.0


@dataclass
class Tenant:
    user: str
    ids: Ids = field(default_factory=dict)


class World:
    """`theirs` is alice's project north (ron reads it), `own` is bob's project south."""

    def __init__(self, folder: Path) -> None:
        self.cloud = Cloud(folder, compute=Console())
        # most of what an answer costs is to look its token up; for as long as nothing changes, once is enough
        self._tokens = self.cloud.services.identity._known = Memory(MEMORY_SECONDS)
        add_host(self.cloud.db)
        self.cloud.services.image_cache._hand_over = lambda call: None  # nothing changes behind a request
        self.folder, self._file = folder, str(folder / "cloud.sqlite")
        self._operators_facts()
        self.theirs, self.own = self._tenant("alice", "north"), self._tenant("bob", "south")
        self.own.ids["flavor"], self.theirs.ids["flavor"] = "1", self._private_flavor()
        self.dead = self._dead_tokens()
        self.scoped = {persona: self._scoped(persona) for persona in examples.SCOPED}
        Daemons(self.cloud.db).settle()
        for tenant in (self.theirs, self.own):
            self._attached(tenant)
        Daemons(self.cloud.db).settle()
        self._watch = sqlite3.connect(self._file, isolation_level=None, check_same_thread=False)
        self._watch.execute("PRAGMA synchronous=OFF")
        self._saved = sqlite3.connect(":memory:", check_same_thread=False)
        self._watch.backup(self._saved)
        self._seen, self._rows, self._files = self.version(), self._all_rows(), self._all_files()

    def close(self) -> None:
        self._watch.close()
        self._saved.close()
        self.cloud.db.dispose()

    # -- what there is

    def _operators_facts(self) -> None:
        newest = NEWEST["compute"]
        service = self._get("/compute/v2.1/os-services", "admin", **newest)["services"][0]["id"]
        host = self._get("/compute/v2.1/os-hypervisors", "admin", **newest)["hypervisors"][0]["id"]
        self._get("/network/v2.0/security-groups", "admin")  # his project's default group is made when it is looked for
        image = self._post("/image/v2/images", "admin", {"visibility": "public", "disk_format": "raw",
                                                          "container_format": "bare"})  # fmt: skip
        self._fill(image, "admin", b"public" * 512)
        self.public_image = image["id"]
        self._catalogue()
        named = [{"name": "d"}]
        self._post("/image/v2/metadefs/namespaces", "admin", {
            "namespace": "space", "visibility": "public", "objects": named, "tags": named,
            "resource_type_associations": named, "properties": {"d": {"type": "string"}}})  # fmt: skip
        self._post("/compute/v2.1/flavors/1/os-extra_specs", "admin", {"extra_specs": {"k": "v"}})
        aggregate = self._post("/compute/v2.1/os-aggregates", "admin", {"aggregate": {"name": "rack"}})["aggregate"]
        self._post(f"/compute/v2.1/os-aggregates/{aggregate['id']}/action", "admin", {"add_host": {"host": "h1"}})
        self.spare, implied = (self._post("/identity/v3/roles", "admin", {"role": {"name": name}})["role"]["id"]
                               for name in ("spare", "implied"))  # fmt: skip
        self._good(self.cloud.call("PUT", f"/identity/v3/roles/{self.spare}/implies/{implied}", "admin"))
        self.plain = {**examples.PLAIN_PATHS, "role_id": self.spare, "prior_role_id": self.spare,
                      "implied_role_id": implied,
                      "service_id": service, "hypervisor_id": host,
                      "aggregate_id": str(aggregate["id"])}  # fmt: skip

    def _catalogue(self) -> None:
        """A service with an endpoint that nothing stands on, under ids that the examples can name."""
        identity = self.cloud.services.identity
        identity.services.create(SYSTEM, {"id": "dns", "type": "dns"})
        identity.regions.create(SYSTEM, {"id": "Spare"})
        identity.endpoints.create(SYSTEM, {"id": "dns-public", "service_id": "dns", "interface": "public",
                                           "url": "http://dns.example"})  # fmt: skip
        zones = {"service_id": "dns", "resource_name": "zones"}
        identity.registered_limits.create(SYSTEM, {"id": "zones", **zones, "default_limit": 1})
        identity.registered_limits.create(SYSTEM, {"id": "spare", **zones, "resource_name": "x", "default_limit": 1})
        identity.policies.create(SYSTEM, {"id": "policy", "type": "t", "blob": "b"})
        identity.endpoint_groups.create(SYSTEM, {"id": "group", "name": "g", "filters": {}})

    def _dead_tokens(self) -> dict[str, str]:
        """Tokens of alice that open nothing: kind -> token."""
        keys = Keys(self.cloud.conf.identity.key_repository)
        good = self.theirs.ids["token"]
        claims = identity_tokens.read(keys, good)
        revoked = self.cloud.login("alice").headers["X-Subject-Token"]
        self._good(self.cloud.call("DELETE", "/identity/v3/auth/tokens", revoked, X_Subject_Token=revoked))
        return {
            "garbage": "x" * 40, "tampered": good[:-9] + ("A" if good[-9] != "A" else "B") + good[-8:],
            "forged": Fernet(Fernet.generate_key()).encrypt(keys.open(good)).decode().rstrip("="), "revoked": revoked,
            "expired": identity_tokens.write(keys, replace(claims, expires_at=claims.issued_at - 1)),
        }  # fmt: skip

    def _scoped(self, persona: str) -> str:
        """A token for the system, for a domain (the tenants' or another), or for a project with the role of services:
        `scope_role`."""
        scope, role = persona.split("_")
        domain = "default"
        if scope == "stranger":
            made = self._post("/identity/v3/domains", "admin", {"domain": {"name": persona}})
            domain = made["domain"]["id"]
        user = {"name": persona, "password": "p", "domain_id": domain}
        id = self._post("/identity/v3/users", "admin", {"user": user})["user"]["id"]
        known = {row["name"]: row["id"] for row in self._get("/identity/v3/roles", "admin")["roles"]}
        project = self.cloud.ids["project:admin"]
        place, aim = {"system": ("system", {"system": {"all": True}}),
                      "project": (f"projects/{project}", {"project": {"id": project}}),
                      }.get(scope, (f"domains/{domain}", {"domain": {"id": domain}}))  # fmt: skip
        self._good(self.cloud.call("PUT", f"/identity/v3/{place}/users/{id}/roles/{known[role]}", "admin"))
        who = {"methods": ["password"], "password": {"user": {"id": id, "password": "p"}}}
        login = {"auth": {"identity": who, "scope": aim}}
        return str(self.cloud.call("POST", "/identity/v3/auth/tokens", json=login).headers["X-Subject-Token"])

    def _private_flavor(self) -> str:
        """The operators' own; as good as another tenant's."""
        body = {"name": "hidden", "ram": 64, "vcpus": 1, "disk": 1, "os-flavor-access:is_public": False}
        made = self._post("/compute/v2.1/flavors", "admin", {"flavor": body})["flavor"]
        self._post(f"/compute/v2.1/flavors/{made['id']}/os-extra_specs", "admin", {"extra_specs": {"k": "v"}})
        return str(made["id"])

    def _tenant(self, user: str, project: str) -> Tenant:
        tenant = Tenant(user, {
            "user": self.cloud.ids[user], "project": self.cloud.ids[project], "password": f"{user}-password",
            "public_key": sshkeys.generate("ed25519")[1], "token": self.cloud.token(user),
        })  # fmt: skip
        self._good(self.cloud.call("PUT", f"/identity/v3/projects/{self.cloud.ids[project]}/tags/t", "admin"))
        group = self._post("/identity/v3/groups", "admin", {"group": {"name": f"{project}-people"}})["group"]["id"]
        tenant.ids["user_group"] = group
        self._good(self.cloud.call("PUT", f"/identity/v3/groups/{group}/users/{self.cloud.ids[user]}", "admin"))
        self._spare_roles(tenant)
        self._network(tenant)
        self._network_nouns(tenant, project)
        self._user_nouns(tenant, project)
        self._server(tenant, project)
        return tenant

    def _spare_roles(self, tenant: Tenant) -> None:
        """A role that is good for nothing, given to the tenant's user and group wherever it lets nobody in."""
        for place in (f"projects/{tenant.ids['project']}", "domains/default", "system"):
            for actor in (f"users/{tenant.ids['user']}", f"groups/{tenant.ids['user_group']}"):
                path = f"{place}/{actor}/roles/{self.spare}"
                self._good(self.cloud.call("PUT", f"/identity/v3/{path}", "admin"))
                if place.startswith("projects"):
                    inherited = f"/identity/v3/OS-INHERIT/{path}/inherited_to_projects"
                    self._good(self.cloud.call("PUT", inherited, "admin"))

    def _network(self, tenant: Tenant) -> None:
        made = self._post("/network/v2.0/networks", "admin",
                          {"network": {"name": "net", "project_id": tenant.ids["project"]}})["network"]  # fmt: skip
        body = {"network_id": made["id"], "cidr": f"10.{tenant.user == 'bob':d}.0.0/24", "ip_version": 4,
                "project_id": tenant.ids["project"]}  # fmt: skip
        subnet = self._post("/network/v2.0/subnets", "admin", {"subnet": body})["subnet"]
        tenant.ids |= {"network": made["id"], "subnet": subnet["id"]}

    def _network_nouns(self, tenant: Tenant, project: str) -> None:
        group = self._post("/network/v2.0/security-groups", tenant.user,
                           {"security_group": {"name": f"{project}-group"}})["security_group"]  # fmt: skip
        rule = self._post("/network/v2.0/security-group-rules", tenant.user, {"security_group_rule": {
            "security_group_id": group["id"], "direction": "ingress", "protocol": "tcp",
            "remote_group_id": group["id"]}})["security_group_rule"]  # fmt: skip
        tenant.ids |= {"group": group["id"], "group_name": group["name"], "rule": rule["id"]}

    def _user_nouns(self, tenant: Tenant, project: str) -> None:
        user, name = tenant.user, f"{project}-key"
        self._post("/compute/v2.1/os-keypairs", user,
                   {"keypair": {"name": name, "public_key": tenant.ids["public_key"]}})  # fmt: skip
        key = self._post(f"/identity/v3/users/{tenant.ids['user']}/credentials/OS-EC2", user,
                         {"tenant_id": tenant.ids["project"]})["credential"]  # fmt: skip
        secret = self._post("/identity/v3/credentials", user, {"credential": {"type": "t", "blob": "b"}})["credential"]
        path = f"/identity/v3/users/{tenant.ids['user']}/application_credentials"
        rule = {"service": "compute", "method": "GET", "path": f"/{project}"}
        first, robot = (self._post(path, user, {"application_credential": {"name": name, "access_rules": rules}})
                        for name, rules in (("first", [rule]), ("robot", [])))  # fmt: skip
        self._good(self.cloud.call("DELETE", f"{path}/{first['application_credential']['id']}", user))
        trust = {"trustor_user_id": tenant.ids["user"], "trustee_user_id": self.cloud.ids["admin"],
                 "project_id": tenant.ids["project"], "impersonation": True,
                 "roles": [{"name": "member"}, {"id": self.spare}]}  # fmt: skip
        limit = {"service_id": "dns", "resource_name": "zones", "resource_limit": 1,
                 "project_id": tenant.ids["project"]}  # fmt: skip
        tenant.ids["limit"] = self._post("/identity/v3/limits", "admin", {"limits": [limit]})["limits"][0]["id"]
        tenant.ids["trust"] = self._post("/identity/v3/OS-TRUST/trusts", user, {"trust": trust})["trust"]["id"]
        tenant.ids |= {"credential": secret["id"], "robot": robot["application_credential"]["id"],
                       "access_rule": first["application_credential"]["access_rules"][0]["id"]}  # fmt: skip
        image = self._post("/image/v2/images", user, {"name": f"{project}-image", "disk_format": "raw",
                                                      "container_format": "bare", "tags": ["t"]})  # fmt: skip
        self._fill(image, user, project.encode() * 512)
        self._good(self.cloud.call("PUT", f"/image/v2/cache/{image['id']}", "admin"))
        member, task = f"{image['id'][:-4]}beef", concurrency.new_id()
        self.cloud.db.transact(lambda tx: image_tasks.insert(tx, {
            "id": task, "image_id": image["id"], "owner_id": tenant.ids["project"], "status": "failure",
            "request": {"method": {"name": "web-download"}}}))  # fmt: skip
        self._post(f"/image/v2/images/{image['id']}/members", user, {"member": member})
        volume = self._post("/volume/v3/volumes", user, {"volume": {"size": 1, "metadata": {"k": "v"}}})["volume"]
        attached = self._post("/volume/v3/volumes", user, {"volume": {"size": 1}})["volume"]
        checksum = self._get(f"/image/v2/images/{image['id']}", user)["checksum"]
        tenant.ids |= {"keypair": name, "access": key["access"], "image": image["id"], "volume": volume["id"],
                       "attached": attached["id"],
                       "checksum": checksum, "member": member, "task": task}  # fmt: skip

    def _fill(self, image: Any, user: str, data: bytes) -> None:
        path = f"/image/v2/images/{image['id']}/file"
        self._good(self.cloud.call("PUT", path, user, data, Content_Type="application/octet-stream"))

    def _server(self, tenant: Tenant, project: str) -> None:
        group = self._post(
            "/compute/v2.1/os-server-groups",
            tenant.user,
            {"server_group": {"name": f"{project}-servers", "policy": "anti-affinity"}},
            **NEWEST["compute"],
        )
        tenant.ids["server_group"] = group["server_group"]["id"]
        hook = self._post("/compute/v2.1/os-webhooks", tenant.user, {"webhook": {"url": "https://example.com/"}})
        tenant.ids["webhook"] = hook["webhook"]["id"]
        body = {"name": f"{project}-server", "imageRef": tenant.ids["image"], "flavorRef": "1", "tags": ["t"],
                "networks": [{"uuid": tenant.ids["network"]}], "metadata": {"k": "v"}}  # fmt: skip
        made = self._post(
            "/compute/v2.1/servers",
            tenant.user,
            {"server": body, "os:scheduler_hints": {"group": tenant.ids["server_group"]}},
            **NEWEST["compute"],
        )["server"]
        path = f"/compute/v2.1/servers/{made['id']}"
        card = self._get(f"{path}/os-interface", tenant.user)["interfaceAttachments"][0]
        action = self._get(f"{path}/os-instance-actions", tenant.user)["instanceActions"][0]
        reservation = self._get(path, "admin", **NEWEST["compute"])["server"]["OS-EXT-SRV-ATTR:reservation_id"]
        address = card["fixed_ips"][0]["ip_address"]
        console = {"instance_id": made["id"], "kind": "vnc", "host": "h1"}
        self.cloud.db.transact(lambda tx: console_tokens.insert(tx, f"{project}-console", MEMORY_SECONDS, {
            **console, "project_id": tenant.ids["project"], "user_id": tenant.ids["user"]}))  # fmt: skip
        tenant.ids |= {"server": made["id"], "console": f"{project}-console", "port": card["port_id"],
                       "mac": card["mac_addr"], "address": address,
                       "fixed_ip": f"ip_address={address}", "request": action["request_id"],
                       "reservation": reservation}  # fmt: skip

    def _attached(self, tenant: Tenant) -> None:
        """A volume that the tenant's server has, whose volume is another."""
        path = f"/compute/v2.1/servers/{tenant.ids['server']}/os-volume_attachments"
        self._post(path, tenant.user, {"volumeAttachment": {"volumeId": tenant.ids["attached"]}})

    def _post(self, path: str, user: str, body: Any, **headers: str) -> Any:
        return self._good(self.cloud.call("POST", path, user, body, **headers))

    def _get(self, path: str, user: str, **headers: str) -> Any:
        return self._good(self.cloud.call("GET", path, user, **headers))

    def _good(self, answer: Any) -> Any:
        if answer.status_int >= 300:
            raise AssertionError(f"{answer.request.path}: {answer.status_int} {answer.text}")
        return answer.json if answer.body else None

    # -- asking

    def ask(
        self, entry: Entry, user: str | None, ids: Ids, body: Any = None, query: str = "",
        environ: Any = None, headers: Any = None, **paths: str,
    ) -> Response:  # fmt: skip
        """The answer to a request to this route, with `ids` for the placeholders; `paths` are values of path
        parameters that are not those of `ids`."""
        values = {name: self.value(name, ids) for name in entry.route.parameters} | paths
        path = f"/{entry.api}" + re.sub(r"{(\w+)}", lambda match: quote(values[match[1]], safe=""), entry.route.path)
        headers = {**versions(entry), **filled(examples.HEADERS.get(entry.key, {}), ids), **(headers or {})}
        if body is not None and entry.route.media[0] != "application/json":
            headers = {"Content-Type": entry.route.media[0], **headers}
        data = filled(body, ids) if entry.reads_body else b"data" if entry.route.raw else None
        return self.cloud.call(entry.route.method, path + query, user, data, environ,
                               **{name.replace("-", "_"): value for name, value in headers.items()})  # fmt: skip

    def value(self, parameter: str, ids: Ids) -> str:
        """Of a path parameter; KeyError for one without an example."""
        return ids[examples.PATHS[parameter]] if parameter in examples.PATHS else self.plain[parameter]

    # -- whether anything changed

    def changed(self) -> list[str]:
        """What is other than it was at first: rows of all tables, and files."""
        if self.version() == self._seen:
            return []
        now, files = self._all_rows(), self._all_files()
        rows = [f"{table}: {set(now[table]) ^ set(rows)}" for table, rows in self._rows.items() if now[table] != rows]
        return [*rows, *(str(path) for path in files.keys() ^ self._files.keys())]

    def ownerless(self) -> list[str]:
        """Tables with rows of no project. A key pair is its user's; a role may be of no domain."""
        found = []
        for table in self._rows.keys() - {"keypairs"}:
            names = {row[1] for row in self._watch.execute(f'PRAGMA table_info("{table}")')}
            for column in names & {"project_id", "owner_id"}:
                if self._watch.execute(f'SELECT 1 FROM "{table}" WHERE {column} IN ("", "-")').fetchone():  # noqa: S608
                    found.append(table)
        return found

    def restore(self) -> None:
        """Put database and files back to what they were at first."""
        if self.version() == self._seen:
            return
        self._saved.backup(self._watch)
        self._tokens.forget()
        for path in self._all_files().keys() - self._files.keys():
            path.unlink()
        for path, data in self._files.items():
            if not path.exists():
                path.write_bytes(data)
        self._seen = self.version()

    def version(self) -> Any:
        """Another whenever a transaction was committed elsewhere or a file came or went: cheap to ask."""
        return self._watch.execute("PRAGMA data_version").fetchone(), sorted(self._paths())

    def _paths(self) -> Iterator[Path]:
        for folder, _, names in os.walk(self.folder):
            yield from (Path(folder, name) for name in names if "sqlite" not in name)

    def _all_files(self) -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in self._paths()}

    def _all_rows(self) -> dict[str, list[str]]:
        with closing(self._watch.execute("SELECT name FROM sqlite_master WHERE type = 'table'")) as names:
            tables = [name for (name,) in names if not name.startswith("sqlite_")]
        return {name: sorted(map(repr, self._watch.execute(f'SELECT * FROM "{name}"'))) for name in tables}  # noqa: S608
