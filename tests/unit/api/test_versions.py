"""The root document: where each API is, for whoever asks without a token."""

from webob import Request

from nova_like.api.native import versions
from nova_like.api.native.all_routes import all_routes


def test_the_root_names_every_api():
    answer = Request.blank("/", base_url="http://cloud:8774").get_response(versions.factory({}))
    assert answer.status_int == 200
    found = {entry["service"]: entry["links"][0]["href"] for entry in answer.json["versions"]}
    assert found["compute"] == "http://cloud:8774/compute/v2.1/"
    assert set(found) == {"identity", "compute", "image", "network", "volume"}


def test_anything_else_is_unknown():
    answer = Request.blank("/nothing").get_response(versions.factory({}))
    assert answer.status_int == 404 and answer.json["error"]["code"] == 404


def test_the_tables_of_routes_can_be_gone_through():
    names = {(route.path, name) for _, route, name, _ in all_routes(("compute",))}
    assert ("/servers/{server_id}/action", "os-start") in names and ("/flavors", "") in names
