"""Networks, subnets, ports, security groups over HTTP: two tenants, all personas, rules that must be exact."""

import pytest

from nova_like import concurrency
from nova_like.db import networks, ports, security_groups

V2 = "/network/v2.0"
UNKNOWN = "0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f"


def ask(cloud, method, path, user="alice", body=None, status=200):
    answer = cloud.call(method, f"{V2}{path}", user, body)
    assert answer.status_int == status, f"{method} {path}: {answer.status_int} {answer.text}"
    return answer.json if answer.body else None


def network(cloud, user="admin", cidr="10.9.0.0/24", **more):
    made = ask(cloud, "POST", "/networks", user, {"network": {"name": "net", **more}}, 201)["network"]
    body = {"subnet": {"network_id": made["id"], "cidr": cidr, "ip_version": 4}}
    return made["id"], ask(cloud, "POST", "/subnets", user, body, 201)["subnet"]


def port(cloud, network_id, project):
    """The id of a port as booting makes it, and its instance's."""

    def work(tx):
        here = networks.usable(tx, project, [network_id])[0]
        group = security_groups.ensure_default(tx, project)
        spec = ports.PortSpec(concurrency.new_id(), 0, here, group_ids=[group])
        return ports.create_many(tx, project, [spec])[0]

    return cloud.db.transact(work)


def default_group(cloud, user="alice"):
    groups = ask(cloud, "GET", "/security-groups", user)["security_groups"]
    return next(
        group
        for group in groups
        if group["name"] == "default"
        and group["project_id"] == cloud.ids[{"alice": "north", "bob": "south", "admin": "admin"}[user]]
    )


def rule(cloud, group, user="alice", status=201, **more):
    body = {"security_group_rule": {"security_group_id": group, "direction": "ingress", **more}}
    return ask(cloud, "POST", "/security-group-rules", user, body, status)


def test_versions_and_extensions(cloud):
    assert cloud.call("GET", "/network/").json["versions"][0]["id"] == "v2.0"
    aliases = {item["alias"] for item in ask(cloud, "GET", "/extensions")["extensions"]}
    assert "security-group" in aliases and "router" not in aliases
    assert ask(cloud, "GET", "/extensions/quotas")["extension"]["alias"] == "quotas"
    assert ask(cloud, "GET", "/extensions/router", status=404)["NeutronError"]["type"] == "ExtensionNotFound"
    assert cloud.call("GET", f"{V2}/networks").status_int == 401


def test_networks_of_operators(cloud):
    shared, subnet = network(cloud, shared=True, mtu=1400)
    own, _ = network(cloud, project_id=cloud.ids["north"])
    hidden, _ = network(cloud)
    seen = ask(cloud, "GET", "/networks")["networks"]
    assert [item["id"] for item in seen] == [shared, own]
    assert (seen[0]["mtu"], seen[0]["subnets"], seen[0]["shared"]) == (1400, [subnet["id"]], True)
    assert "provider:network_type" not in seen[0]
    assert len(ask(cloud, "GET", "/networks", "admin")["networks"]) == 3
    for path in (f"/networks/{hidden}", f"/networks/{UNKNOWN}", "/networks/x"):
        error = ask(cloud, "GET", path, status=404)["NeutronError"]
        assert error["type"] == "NetworkNotFound" and set(error) == {"type", "message", "detail"}
    ask(cloud, "POST", "/networks", "alice", {"network": {"name": "x"}}, 403)
    ask(cloud, "DELETE", f"/networks/{own}", "alice", status=403)
    changed = ask(cloud, "PUT", f"/networks/{own}", "admin", {"network": {"name": "new"}})["network"]
    assert changed["name"] == "new"
    ask(cloud, "DELETE", f"/networks/{own}", "admin", status=204)
    assert ask(cloud, "GET", "/subnets", "alice")["subnets"] == [subnet]


@pytest.mark.parametrize(("change", "status"), [
    ({"cidr": "10.9.0.0"}, 400), ({"cidr": "10.9.0.0/31"}, 400), ({"cidr": "fe80::/64"}, 400), ({"cidr": "x"}, 400),
    ({"gateway_ip": "10.8.0.1"}, 400), ({"gateway_ip": "10.1.0.255"}, 400), ({"ip_version": 6}, 400),
    ({"allocation_pools": [{"start": "10.1.0.9", "end": "10.1.0.5"}]}, 400),
    ({"allocation_pools": [{"start": "10.1.0.1", "end": "10.1.0.5"}]}, 400),
    ({"dns_nameservers": ["8.8.8.8\nserver=1.2.3.4"]}, 400), ({"cidr": "10.9.0.128/25"}, 400),
    ({"network_id": UNKNOWN}, 404), ({"network_id": "x"}, 404), ({"extra": 1}, 400),
])  # fmt: skip
def test_what_a_subnet_may_not_be(cloud, change, status):
    where, _ = network(cloud)
    body = {"network_id": where, "cidr": "10.1.0.0/24", "ip_version": 4, **change}
    ask(cloud, "POST", "/subnets", "admin", {"subnet": body}, status)
    assert len(ask(cloud, "GET", "/subnets", "admin")["subnets"]) == 1


def test_a_subnet_with_all_its_facts(cloud):
    where, first = network(cloud)
    assert first["gateway_ip"] == "10.9.0.1"
    assert first["allocation_pools"] == [{"start": "10.9.0.2", "end": "10.9.0.254"}]
    body = {"network_id": where, "cidr": "10.1.0.7/24", "ip_version": 4, "gateway_ip": None, "enable_dhcp": False,
            "dns_nameservers": ["9.9.9.9"],
            "allocation_pools": [{"start": "10.1.0.10", "end": "10.1.0.20"}]}  # fmt: skip
    made = ask(cloud, "POST", "/subnets", "admin", {"subnet": body}, 201)["subnet"]
    assert (made["cidr"], made["gateway_ip"], made["enable_dhcp"]) == ("10.1.0.0/24", None, False)
    assert made["allocation_pools"] == [{"start": "10.1.0.10", "end": "10.1.0.20"}]
    ask(cloud, "DELETE", f"/subnets/{made['id']}", "admin", status=204)
    ask(cloud, "GET", f"/subnets/{made['id']}", "admin", status=404)


def test_ports_and_what_they_hold(cloud):
    where, subnet = network(cloud, shared=True)
    mine, theirs = (port(cloud, where, cloud.ids[name]) for name in ("north", "south"))
    (seen,) = ask(cloud, "GET", "/ports")["ports"]
    assert (seen["id"], seen["device_id"], seen["mac_address"]) == (mine["id"], mine["instance_id"], mine["mac"])
    assert seen["fixed_ips"] == [{"subnet_id": subnet["id"], "ip_address": mine["addresses"][0]["address"]}]
    assert seen["security_groups"] == [default_group(cloud)["id"]] and "binding:host_id" not in seen
    for query in (f"device_id={theirs['instance_id']}", f"id={theirs['id']}", f"network_id={UNKNOWN}"):
        assert ask(cloud, "GET", f"/ports?{query}")["ports"] == []
    address = seen["fixed_ips"][0]["ip_address"]
    for query in (f"device_id={mine['instance_id']}", f"fixed_ips=ip_address={address}", "status=DOWN&fields=id"):
        assert len(ask(cloud, "GET", f"/ports?{query}")["ports"]) == 1, query
    assert ask(cloud, "GET", "/ports?fields=id&fields=status")["ports"] == [{"id": mine["id"], "status": "DOWN"}]
    assert len(ask(cloud, "GET", "/ports", "admin")["ports"]) == 2
    named = ask(cloud, "PUT", f"/ports/{mine['id']}", body={"port": {"name": "n", "description": "d"}})["port"]
    assert (named["name"], named["description"], named["id"]) == ("n", "d", mine["id"])
    for groups, status in ((["default"], 400), ([UNKNOWN], 404), ("x", 400)):
        ask(cloud, "PUT", f"/ports/{mine['id']}", body={"port": {"security_groups": groups}}, status=status)
    for path in (f"/ports/{theirs['id']}", f"/ports/{UNKNOWN}"):
        assert ask(cloud, "GET", path, status=404)["NeutronError"]["type"] == "PortNotFound"
    assert ask(cloud, "DELETE", f"/networks/{where}", "admin", status=409)["NeutronError"]["type"] == "NetworkInUse"
    ask(cloud, "DELETE", f"/subnets/{subnet['id']}", "admin", status=409)
    ask(cloud, "DELETE", f"/security-groups/{default_group(cloud)['id']}", "admin", status=409)


def test_lists_have_order_pages_and_filters(cloud):
    for name in ("b", "a", "c"):
        ask(cloud, "POST", "/security-groups", "alice", {"security_group": {"name": name}}, 201)
    names = [g["name"] for g in ask(cloud, "GET", "/security-groups?sort_key=name&sort_dir=desc")["security_groups"]]
    assert names == ["default", "c", "b", "a"]
    page = ask(cloud, "GET", "/security-groups?sort_key=name&sort_dir=asc&limit=3")
    assert [g["name"] for g in page["security_groups"]] == ["a", "b", "c"]
    (link,) = page["security_groups_links"]
    rest = ask(cloud, "GET", link["href"].partition("/v2.0")[2])
    assert [g["name"] for g in rest["security_groups"]] == ["default"] and "security_groups_links" not in rest
    assert len(ask(cloud, "GET", "/security-groups?name=a&name=b")["security_groups"]) == 2
    for wrong in ("limit=-1", "marker=none", "sort_key=name&sort_dir=up", "sort_key=security_group_rules&sort_dir=asc"):
        ask(cloud, "GET", f"/security-groups?{wrong}", status=400)


def test_the_default_group(cloud):
    group = default_group(cloud)
    shapes = [(r["direction"], r["ethertype"], r["remote_group_id"]) for r in group["security_group_rules"]]
    assert sorted(shapes, key=str) == sorted([
        ("egress", "IPv4", None), ("egress", "IPv6", None), ("ingress", "IPv4", group["id"]),
        ("ingress", "IPv6", group["id"]),
    ], key=str)  # fmt: skip
    assert len(ask(cloud, "GET", "/security-group-rules")["security_group_rules"]) == 4
    ask(cloud, "POST", "/security-groups", "alice", {"security_group": {"name": "default"}}, 409)
    ask(cloud, "DELETE", f"/security-groups/{group['id']}", "alice", status=409)
    ask(cloud, "PUT", f"/security-groups/{group['id']}", "alice", {"security_group": {"name": "x"}}, 409)


def test_groups_and_rules_come_and_go(cloud):
    made = ask(cloud, "POST", "/security-groups", "alice", {"security_group": {"name": "web"}}, 201)["security_group"]
    assert len(made["security_group_rules"]) == 2
    one = rule(cloud, made["id"], protocol="TCP", port_range_min="80", port_range_max=80, remote_ip_prefix="10.1.2.3/8")
    assert one["security_group_rule"]["remote_ip_prefix"] == "10.1.2.3/8"
    assert one["security_group_rule"]["normalized_cidr"] == "10.0.0.0/8"
    same = {"protocol": "tcp", "port_range_min": 80, "port_range_max": 80, "remote_ip_prefix": "10.255.0.0/8"}
    rule(cloud, made["id"], status=409, **same)
    assert one["security_group_rule"]["protocol"] == "tcp"
    named = rule(cloud, default_group(cloud)["id"], remote_group_id=made["id"])["security_group_rule"]
    error = ask(cloud, "DELETE", f"/security-groups/{made['id']}", status=409)["NeutronError"]
    assert error["type"] == "SecurityGroupInUse"
    ask(cloud, "DELETE", f"/security-group-rules/{named['id']}", status=204)
    ask(cloud, "DELETE", f"/security-groups/{made['id']}", status=204)
    ask(cloud, "GET", f"/security-group-rules/{one['security_group_rule']['id']}", status=404)


@pytest.mark.parametrize("again", [
    {"protocol": 6}, {"protocol": "tcp", "remote_ip_prefix": "0.0.0.0/0"}, {"protocol": "6", "description": "other"},
])  # fmt: skip
def test_the_same_rule_twice_is_a_conflict(cloud, again):
    group = default_group(cloud)["id"]
    rule(cloud, group, protocol="tcp", port_range_min=22, port_range_max=22)
    answer = rule(cloud, group, port_range_min=22, port_range_max=22, status=409, **again)
    assert answer["NeutronError"]["type"] == "SecurityGroupRuleExists"


@pytest.mark.parametrize("wrong", [
    {"protocol": "tcp", "port_range_min": 80, "port_range_max": 79}, {"protocol": "tcp", "port_range_max": 6},
    {"protocol": "tcp", "port_range_min": -16, "port_range_max": 80},
    {"protocol": "tcp", "port_range_min": 80, "port_range_max": 65536},
    {"protocol": 256}, {"protocol": -2}, {"protocol": "bad"}, {"protocol": "٦"},
    {"port_range_min": 1, "port_range_max": 2}, {"protocol": "gre", "port_range_min": 1, "port_range_max": 2},
    {"protocol": "47", "port_range_min": 1, "port_range_max": 2},
    {"protocol": "icmp", "port_range_min": 256}, {"protocol": "icmp", "port_range_min": 1, "port_range_max": 256},
    {"protocol": "icmp", "port_range_max": 6}, {"protocol": "icmp", "port_range_min": -1, "port_range_max": 25},
    {"protocol": "ipv6-icmp"}, {"protocol": 58}, {"remote_ip_prefix": "::/0"}, {"remote_ip_prefix": "10.0.0.0/33"},
    {"remote_ip_prefix": "192.168.1./24"}, {"remote_ip_prefix": "256"}, {"ethertype": "IPv5"}, {"direction": "both"},
    {"ethertype": "IPv6", "remote_ip_prefix": "10.0.0.0/8"}, {"protocol": "tcp", "port_range_min": "x"},
    {"remote_ip_prefix": "10.0.0.0/8", "remote_group_id": UNKNOWN}, {"unknown": 1}, {"protocol": 6.5},
])  # fmt: skip
def test_a_rule_is_exact_or_refused(cloud, wrong):
    answer = rule(cloud, default_group(cloud)["id"], status=400, **wrong)
    assert set(answer["NeutronError"]) == {"type", "message", "detail"}
    assert len(ask(cloud, "GET", "/security-group-rules")["security_group_rules"]) == 4


@pytest.mark.parametrize(("wish", "stored"), [
    ({"protocol": "any"}, (None, None, None)), ({"protocol": 0, "remote_ip_prefix": "1.2.3.4"}, (None, None, None)),
    ({"protocol": "icmp", "port_range_min": 8, "port_range_max": 0}, ("icmp", 8, 0)),
    ({"protocol": 1, "ethertype": "IPv6"}, ("ipv6-icmp", None, None)), ({"protocol": 254}, ("254", None, None)),
    ({"protocol": "icmpv6", "ethertype": "IPv6"}, ("ipv6-icmp", None, None)),
    ({"protocol": "udp", "port_range_min": 0, "port_range_max": 65535}, ("udp", 0, 65535)),
])  # fmt: skip
def test_rules_in_their_one_form(cloud, wish, stored):
    made = rule(cloud, default_group(cloud)["id"], **wish)["security_group_rule"]
    assert (made["protocol"], made["port_range_min"], made["port_range_max"]) == stored
    if "remote_ip_prefix" in wish:
        assert made["remote_ip_prefix"] == "1.2.3.4/32"


def test_quotas_hold(cloud):
    cloud.services.quotas.defaults.update(security_groups=2, security_group_rules=7)
    group = default_group(cloud)["id"]
    ask(cloud, "POST", "/security-groups", "alice", {"security_group": {"name": "one"}}, 201)
    error = ask(cloud, "POST", "/security-groups", "alice", {"security_group": {"name": "two"}}, 409)["NeutronError"]
    assert error["type"] == "OverQuota"
    rule(cloud, group, protocol="tcp")
    rule(cloud, group, protocol="udp", status=409)
    mine = ask(cloud, "GET", f"/quotas/{cloud.ids['north']}/details.json")["quota"]
    assert mine["security_group"] == {"limit": 2, "used": 2, "reserved": 0}
    assert ask(cloud, "GET", f"/quotas/{cloud.ids['north']}/details")["quota"] == mine
    assert ask(cloud, "GET", f"/quotas/{cloud.ids['north']}")["quota"]["security_group_rule"] == 7
    ask(cloud, "GET", f"/quotas/{cloud.ids['south']}", status=403)


def test_operators_set_quotas(cloud):
    path = f"/quotas/{cloud.ids['north']}"
    default_group(cloud)
    changed = ask(cloud, "PUT", path, "admin", {"quota": {"security_group": 1, "network": -1}})["quota"]
    assert (changed["security_group"], changed["security_group_rule"], changed["network"]) == (1, 100, -1)
    assert ask(cloud, "GET", path)["quota"]["security_group"] == 1
    assert ask(cloud, "GET", f"{path}/default")["quota"]["security_group"] == 10
    ask(cloud, "POST", "/security-groups", "alice", {"security_group": {"name": "one"}}, 409)
    ask(cloud, "PUT", path, "admin", {"quota": {"security_group": 0, "check_limit": True}}, 400)
    assert ask(cloud, "PUT", path, "admin", {"quota": {"security_group": 0}})["quota"]["security_group"] == 0
    for wrong in ({}, {"security_group": "x"}, {"network": 5}, {"security_group_rule": -2}):
        ask(cloud, "PUT", path, "admin", {"quota": wrong}, 400)
    ask(cloud, "DELETE", path, "admin", None, 204)
    assert ask(cloud, "GET", path)["quota"]["security_group"] == 10
    ask(cloud, "PUT", path, "alice", {"quota": {"security_group": 99}}, 403)
    ask(cloud, "DELETE", path, "alice", None, 403)


def test_tenants_cannot_touch_each_others_groups(cloud):
    theirs, mine = default_group(cloud, "bob"), default_group(cloud)
    their_rule = theirs["security_group_rules"][0]["id"]
    body = {"security_group": {"name": "x"}}
    for known, unknown, method, change in (
        (f"/security-groups/{theirs['id']}", f"/security-groups/{UNKNOWN}", "GET", None),
        (f"/security-groups/{theirs['id']}", f"/security-groups/{UNKNOWN}", "PUT", body),
        (f"/security-groups/{theirs['id']}", f"/security-groups/{UNKNOWN}", "DELETE", None),
        (f"/security-group-rules/{their_rule}", f"/security-group-rules/{UNKNOWN}", "GET", None),
        (f"/security-group-rules/{their_rule}", f"/security-group-rules/{UNKNOWN}", "DELETE", None),
    ):
        answers = [ask(cloud, method, path, "alice", change, 404) for path in (known, unknown)]
        texts = [str(a).replace(theirs["id"], "ID").replace(their_rule, "ID").replace(UNKNOWN, "ID") for a in answers]
        assert texts[0] == texts[1]
    for group in (theirs["id"], UNKNOWN, "no-uuid"):
        rule(cloud, group, status=404)
        rule(cloud, mine["id"], remote_group_id=group, status=404)
    ask(cloud, "POST", "/security-groups", "alice",
        {"security_group": {"name": "x", "project_id": cloud.ids["south"]}}, 403)  # fmt: skip
    assert default_group(cloud, "bob") == theirs


def test_a_reader_changes_nothing(cloud):
    group = default_group(cloud)
    rule_id = group["security_group_rules"][0]["id"]
    for method, path, body in (
        ("POST", "/security-groups", {"security_group": {"name": "x"}}),
        ("PUT", f"/security-groups/{group['id']}", {"security_group": {"description": "x"}}),
        ("DELETE", f"/security-groups/{group['id']}", None), ("DELETE", f"/security-group-rules/{rule_id}", None),
        ("POST", "/security-group-rules",
         {"security_group_rule": {"security_group_id": group["id"], "direction": "ingress"}}),
    ):  # fmt: skip
        answer = ask(cloud, method, path, "ron", body, 403)
        assert answer["NeutronError"]["type"] == "PolicyNotAuthorized"
    assert default_group(cloud) == group
