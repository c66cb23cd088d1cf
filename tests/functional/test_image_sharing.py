"""Images that are shared: who sees them when, who answers, who may not; and what lists say of time."""

import pytest

from tests.functional.test_images import UNKNOWN, active, listed, make, patch, show


def members(cloud, image, user="alice", method="GET", member="", body=None):
    return cloud.call(method, f"/image/v2/images/{image}/members{member and '/' + member}", user, body)


def offered(cloud):
    """An image of alice's that is offered to bob's project; its id and that project's."""
    image, south = active(cloud), cloud.ids["south"]
    assert members(cloud, image, method="POST", body={"member": south}).status_int == 200
    return image, south


def test_an_image_offered_and_accepted(cloud):
    image, south = active(cloud), cloud.ids["south"]
    assert show(cloud, image, "bob").status_int == 404
    made = members(cloud, image, method="POST", body={"member": south}).json
    assert {key: made[key] for key in ("image_id", "member_id", "status")} == {
        "image_id": image, "member_id": south, "status": "pending"}  # fmt: skip
    assert set(made) == {"image_id", "member_id", "status", "created_at", "updated_at", "schema"}
    assert show(cloud, image, "bob").status_int == 200 and listed(cloud, user="bob") == []
    assert listed(cloud, "?visibility=shared&member_status=pending", "bob") == [image]
    assert listed(cloud, "?member_status=all", "bob") == [image]
    answer = members(cloud, image, "bob", "PUT", south, {"status": "accepted"})
    assert answer.status_int == 200 and answer.json["status"] == "accepted"
    assert listed(cloud, user="bob") == listed(cloud, "?visibility=shared", "bob") == [image]
    assert members(cloud, image, "bob", "PUT", south, {"status": "rejected"}).json["status"] == "rejected"
    assert listed(cloud, user="bob") == [] and listed(cloud, "?member_status=rejected", "bob") == [image]
    assert members(cloud, image, method="DELETE", member=south).status_int == 204
    assert members(cloud, image, method="DELETE", member=south).status_int == 404
    assert show(cloud, image, "bob").status_int == 404


def test_who_may_do_what_with_members(cloud):
    image, south = offered(cloud)
    assert members(cloud, image, "alice", "PUT", south, {"status": "accepted"}).status_int == 403
    assert members(cloud, image, "bob", "PUT", south, {"status": "perhaps"}).status_int == 400
    assert members(cloud, image, "bob", "POST", body={"member": UNKNOWN}).status_int == 403
    assert members(cloud, image, "bob", "DELETE", south).status_int == 403
    assert patch(cloud, image, [{"op": "replace", "path": "/name", "value": "x"}], "bob").status_int == 403
    assert members(cloud, image, "ron", "POST", body={"member": UNKNOWN}).status_int == 403
    assert members(cloud, image, method="POST", body={"member": south}).status_int == 409
    assert members(cloud, image, method="POST", body={"member": ""}).status_int == 400
    assert members(cloud, image, member=south).json["status"] == "pending"


def test_a_member_sees_itself_only_and_strangers_nothing(cloud):
    image, south = offered(cloud)
    assert members(cloud, image, method="POST", body={"member": UNKNOWN}).status_int == 200
    assert [one["member_id"] for one in members(cloud, image).json["members"]] == [south, UNKNOWN]
    assert [one["member_id"] for one in members(cloud, image, "bob").json["members"]] == [south]
    assert members(cloud, image, "bob", member=UNKNOWN).status_int == 404
    private = make(cloud, visibility="private")
    assert members(cloud, private, "bob").status_int == 404
    assert members(cloud, private, method="POST", body={"member": south}).status_int == 403


def test_what_is_not_shared_any_more_is_not_seen(cloud):
    image, south = offered(cloud)
    members(cloud, image, "bob", "PUT", south, {"status": "accepted"})
    assert patch(cloud, image, [{"op": "replace", "path": "/visibility", "value": "private"}]).status_int == 200
    assert show(cloud, image, "bob").status_int == 404 and listed(cloud, user="bob") == []
    assert cloud.call("DELETE", f"/image/v2/images/{image}", "alice").status_int == 204
    assert members(cloud, image).status_int == 404


def test_an_image_has_so_many_members_at_most(cloud, monkeypatch):
    monkeypatch.setattr("nova_like.services.image_members.MOST", 1)
    image, _ = offered(cloud)
    assert members(cloud, image, method="POST", body={"member": UNKNOWN}).status_int == 413


def test_lists_by_time(cloud):
    image = make(cloud)
    when = show(cloud, image).json["created_at"]
    for query, there in (("", True), ("eq:", True), ("gte:", True), ("lte:", True), ("gt:", False), ("lt:", False),
                         ("neq:", False)):  # fmt: skip
        assert (listed(cloud, f"?created_at={query}{when}") == [image]) is there, query
    assert listed(cloud, "?updated_at=gt:2020-01-01T00:00:00Z") == [image]


@pytest.mark.parametrize("query", ["created_at=gt:soon", "updated_at=5", "member_status=perhaps"])
def test_filters_that_say_nothing(cloud, query):
    assert cloud.call("GET", f"/image/v2/images?{query}", "alice").status_int == 400


@pytest.mark.parametrize("name", ["image", "images", "member", "members", "task", "tasks"])
def test_schemas(cloud, name):
    answer = cloud.call("GET", f"/image/v2/schemas/{name}")
    assert answer.status_int == 200 and answer.json["name"] == name and answer.json["properties"]
    assert cloud.call("GET", f"/image/v2/schemas/{name}x").status_int == 404
