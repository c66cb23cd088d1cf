"""The catalogue of metadata: namespaces and what stands in them; operators write, everybody reads what is public."""

import pytest

ROOT = "/image/v2/metadefs/namespaces"


def ask(cloud, method, path="", body=None, user="admin"):
    return cloud.call(method, f"{ROOT}{path and '/' + path}", user, body)


def good(cloud, method, path="", body=None, user="admin"):
    answer = ask(cloud, method, path, body, user)
    assert answer.status_int < 300, answer.text
    return answer.json if answer.body else None


def names(cloud, user="admin", query=""):
    return [one["namespace"] for one in cloud.call("GET", ROOT + query, user).json["namespaces"]]


def test_a_namespace_with_all_that_may_stand_in_it(cloud):
    made = good(cloud, "POST", body={
        "namespace": "OS::Machine", "visibility": "public", "protected": True, "display_name": "Machines",
        "resource_type_associations": [{"name": "OS::Glance::Image", "prefix": "hw_"}],
        "properties": {"cores": {"title": "Cores", "type": "integer"}},
        "objects": [{"name": "CPU", "properties": {"a": {"type": "string"}}}], "tags": [{"name": "fast"}]})  # fmt: skip
    assert made["owner"] == cloud.ids["project:admin"] and made["protected"] is True
    assert made["self"] == "/v2/metadefs/namespaces/OS::Machine"
    seen = good(cloud, "GET", "OS::Machine", user="alice")
    assert seen == made
    assert seen["properties"] == {"cores": {"title": "Cores", "type": "integer"}}
    assert [one["name"] for one in seen["objects"]] == ["CPU"] and [one["name"] for one in seen["tags"]] == ["fast"]
    assert seen["resource_type_associations"][0]["prefix"] == "hw_"
    assert ask(cloud, "DELETE", "OS::Machine").status_int == 403
    assert good(cloud, "PUT", "OS::Machine", {"namespace": "OS::Machine", "protected": False})["protected"] is False
    assert ask(cloud, "DELETE", "OS::Machine").status_int == 204
    assert ask(cloud, "GET", "OS::Machine").status_int == 404
    again = good(cloud, "POST", body={"namespace": "OS::Machine"})
    assert "properties" not in again and again["resource_type_associations"] == []


def test_who_sees_and_who_writes(cloud):
    good(cloud, "POST", body={"namespace": "mine"})
    good(cloud, "POST", body={"namespace": "ours", "visibility": "public"})
    assert names(cloud) == ["mine", "ours"] and names(cloud, "alice") == ["ours"]
    assert names(cloud, query="?visibility=private") == ["mine"]
    assert names(cloud, query="?limit=1&marker=mine") == ["ours"]
    assert ask(cloud, "GET", "mine", user="alice").status_int == 404
    for method, path, body in (("POST", "", {"namespace": "n"}), ("DELETE", "ours", None),
                               ("POST", "ours/tags/t", None)):  # fmt: skip
        assert ask(cloud, method, path, body, "amanda").status_int == 403
    assert ask(cloud, "POST", body={"namespace": "ours"}).status_int == 409
    assert ask(cloud, "PUT", "mine", {"namespace": "ours"}).status_int == 409
    assert good(cloud, "PUT", "mine", {"namespace": "theirs"})["namespace"] == "theirs"
    assert ask(cloud, "GET", "mine").status_int == 404


@pytest.mark.parametrize("kind", ["objects", "properties", "tags"])
def test_definitions_come_change_and_go(cloud, kind):
    good(cloud, "POST", body={"namespace": "n", "visibility": "public"})
    path = f"n/{kind}"
    more = {} if kind == "tags" else {"description": "d"}
    for name in ("a", "b"):
        if kind == "tags":
            good(cloud, "POST", f"{path}/{name}")
        else:
            assert good(cloud, "POST", path, {"name": name, **more})["description"] == "d"
    assert sorted(one if kind == "properties" else one["name"] for one in good(cloud, "GET", path)[kind]) == ["a", "b"]
    again = ("POST", f"{path}/a", None) if kind == "tags" else ("POST", path, {"name": "a"})
    assert ask(cloud, *again).status_int == 409
    assert ask(cloud, "PUT", f"{path}/a", {"name": "b"}).status_int == 409
    assert good(cloud, "PUT", f"{path}/a", {"name": "c"})["name"] == "c"
    assert good(cloud, "GET", f"{path}/c", user="alice")["name"] == "c"
    assert ask(cloud, "GET", f"{path}/a").status_int == 404
    assert ask(cloud, "PUT", f"{path}/a", {"name": "a"}).status_int == 404
    assert ask(cloud, "DELETE", f"{path}/c").status_int == 204
    assert ask(cloud, "DELETE", f"{path}/c").status_int == 404
    assert ask(cloud, "DELETE", path).status_int == 204
    assert not good(cloud, "GET", path)[kind]


def test_many_tags_at_once_take_the_place_of_all(cloud):
    good(cloud, "POST", body={"namespace": "n", "tags": [{"name": "old"}]})
    made = good(cloud, "POST", "n/tags", {"tags": [{"name": "x"}, {"name": "y"}]})
    assert [one["name"] for one in made["tags"]] == ["x", "y"] == [one["name"] for one in good(
        cloud, "GET", "n/tags")["tags"]]  # fmt: skip
    assert ask(cloud, "POST", f"n/tags/{'t' * 81}").status_int == 400


def test_resource_types(cloud):
    known = [one["name"] for one in cloud.call("GET", "/image/v2/metadefs/resource_types", "alice").json[
        "resource_types"]]  # fmt: skip
    assert "OS::Glance::Image" in known
    good(cloud, "POST", body={"namespace": "n"})
    assert good(cloud, "POST", "n/resource_types", {"name": known[0], "prefix": "p_"})["prefix"] == "p_"
    listed = good(cloud, "GET", "n/resource_types")["resource_type_associations"]
    assert [one["name"] for one in listed] == [known[0]]
    assert ask(cloud, "DELETE", f"n/resource_types/{known[0]}").status_int == 204
    assert good(cloud, "GET", "n/resource_types")["resource_type_associations"] == []


@pytest.mark.parametrize(("path", "name"), [
    ("namespace", "namespace"), ("namespaces", "namespaces"), ("object", "object"), ("objects", "objects"),
    ("property", "property"), ("properties", "properties"), ("tag", "tag"), ("tags", "tags"),
    ("resource_type", "resource_type_association"), ("resource_types", "resource_type_associations")])  # fmt: skip
def test_schemas(cloud, path, name):
    shown = cloud.call("GET", f"/image/v2/schemas/metadefs/{path}").json
    assert shown["name"] == name and shown["properties"]
    assert cloud.call("GET", f"/image/v2/schemas/metadefs/{path}x").status_int == 404
