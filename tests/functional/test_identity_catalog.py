"""Services, regions and endpoints: made, changed and deleted, and the catalogue of tokens that follows them."""

import pytest

ROOT = "/identity/v3"


def ask(cloud, method, path, json=None, user="admin"):
    return cloud.call(method, ROOT + path, user, json)


def service(cloud, kind="dns", **more):
    return ask(cloud, "POST", "/services", {"service": {"type": kind, **more}}).json["service"]


def endpoint(cloud, service, **more):
    body = {"service_id": service, "interface": "public", "url": "https://dns.example/", "region": "RegionOne"}
    return ask(cloud, "POST", "/endpoints", {"endpoint": body | more})


def catalog(cloud, user="alice"):
    token = cloud.login(user).json["token"]
    return {entry["type"]: entry for entry in token["catalog"]}


def test_a_service_from_first_to_last(cloud):
    made = service(cloud, name="designate", description="names")
    assert made.items() >= {"type": "dns", "name": "designate", "description": "names", "enabled": True}.items()
    assert made["links"]["self"].endswith(f"/v3/services/{made['id']}")
    assert service(cloud, "plain")["name"] == ""
    changed = ask(cloud, "PATCH", f"/services/{made['id']}", {"service": {"description": "d", "unheard": 1}})
    assert changed.json["service"] == {**made, "description": "d"}
    listed = ask(cloud, "GET", "/services?type=dns").json["services"]
    assert listed == [changed.json["service"]]
    assert ask(cloud, "DELETE", f"/services/{made['id']}").status_int == 204
    gone = ask(cloud, "GET", f"/services/{made['id']}")
    assert gone.status_int == 404 and gone.json["error"]["title"] == "Not Found"


def test_the_catalogue_is_made_of_the_rows(cloud):
    dns = service(cloud)
    made = endpoint(cloud, dns["id"], url="https://dns.example/v1/%(tenant_id)s").json["endpoint"]
    shown = catalog(cloud)["dns"]["endpoints"]
    assert [(end["id"], end["url"]) for end in shown] == [
        (made["id"], f"https://dns.example/v1/{cloud.ids['north']}")
    ]  # fmt: skip
    ask(cloud, "PATCH", f"/endpoints/{made['id']}", {"endpoint": {"url": "https://elsewhere.example"}})
    assert catalog(cloud)["dns"]["endpoints"][0]["url"] == "https://elsewhere.example"
    ask(cloud, "PATCH", f"/endpoints/{made['id']}", {"endpoint": {"enabled": False}})
    assert "dns" not in catalog(cloud)
    ask(cloud, "PATCH", f"/endpoints/{made['id']}", {"endpoint": {"enabled": True}})
    ask(cloud, "PATCH", f"/services/{dns['id']}", {"service": {"enabled": False}})
    assert "dns" not in catalog(cloud)
    assert ask(cloud, "DELETE", f"/services/{dns['id']}").status_int == 204
    assert ask(cloud, "GET", f"/endpoints/{made['id']}").status_int == 404


def test_endpoints_are_found_by_what_they_are(cloud):
    dns = service(cloud)["id"]
    one = endpoint(cloud, dns, region="Far").json["endpoint"]
    two = endpoint(cloud, dns, interface="internal").json["endpoint"]
    assert one["region"] == one["region_id"] == "Far"
    assert ask(cloud, "GET", "/regions/Far").json["region"]["parent_region_id"] is None  # made on the way
    for query, found in (
        (f"service_id={dns}", [one, two]), (f"service_id={dns}&interface=internal", [two]), ("region_id=Far", [one]),
        ("interface=none", []),
    ):  # fmt: skip
        assert ask(cloud, "GET", f"/endpoints?{query}").json["endpoints"] == found, query
    nowhere = endpoint(cloud, dns, region=None).json["endpoint"]
    assert nowhere["region_id"] is None


@pytest.mark.parametrize(
    "wrong",
    [{"interface": "sideways"}, {"enabled": "True"}, {"url": "nothing"}, {"service_id": "unknown"}, {"url": ""},
     {"region": None, "region_id": "unknown"}],
)  # fmt: skip
def test_endpoints_that_are_none(cloud, wrong):
    dns = service(cloud)["id"]
    assert endpoint(cloud, dns, **wrong).status_int == 400
    made = endpoint(cloud, dns).json["endpoint"]
    assert ask(cloud, "PATCH", f"/endpoints/{made['id']}", {"endpoint": wrong}).status_int == 400
    assert ask(cloud, "GET", f"/endpoints/{made['id']}").json["endpoint"] == made


def region(cloud, **body):
    return ask(cloud, "POST", "/regions", {"region": body})


def test_regions_stand_in_one_another(cloud):
    top = region(cloud, description="all of it").json["region"]
    below = region(cloud, id="below", parent_region_id=top["id"]).json["region"]
    assert below["parent_region_id"] == top["id"] and below["description"] == ""
    found = ask(cloud, "GET", f"/regions?parent_region_id={top['id']}", user="ron").json["regions"]
    assert found == [below]
    assert region(cloud, id="below").status_int == 409
    assert region(cloud, parent_region_id="unknown").status_int == 400
    circle = ask(cloud, "PATCH", f"/regions/{top['id']}", {"region": {"parent_region_id": "below"}})
    assert circle.status_int == 400
    assert ask(cloud, "DELETE", f"/regions/{top['id']}").status_int == 403
    assert ask(cloud, "DELETE", "/regions/below").status_int == 204
    assert ask(cloud, "DELETE", f"/regions/{top['id']}").status_int == 204
    assert ask(cloud, "DELETE", "/regions/RegionOne").status_int == 403  # endpoints stand there


def test_a_region_under_a_chosen_id(cloud):
    made = ask(cloud, "PUT", "/regions/mine", {"region": {"description": "d"}})
    assert made.status_int == 201 and made.json["region"]["id"] == "mine"
    assert ask(cloud, "PUT", "/regions/mine", {"region": {}}).status_int == 409
    other = ask(cloud, "PATCH", "/regions/mine", {"region": {"id": "yours"}})
    assert other.status_int == 400


def test_only_operators_see_and_change(cloud):
    assert ask(cloud, "GET", "/services", user="alice").status_int == 403
    assert ask(cloud, "GET", "/endpoints", user="alice").status_int == 403
    assert ask(cloud, "POST", "/regions", {"region": {}}, user="alice").status_int == 403
    role = cloud.ids["role:reader"]
    from nova_like.db import assignments

    cloud.db.transact(lambda tx: assignments.grant(tx, cloud.ids["ron"], "system", "all", role))
    token = cloud.login("ron", scope={"system": {"all": True}}).headers["X-Subject-Token"]
    assert ask(cloud, "GET", "/services", user=token).status_int == 200  # a reader of the system
    assert ask(cloud, "POST", "/services", {"service": {"type": "x"}}, user=token).status_int == 403
