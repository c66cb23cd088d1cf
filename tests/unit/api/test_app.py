"""The application of an API: routing, body limits, schemas, faults, microversions, paging."""

import json

import pytest
from webob import Request as Plain

from nova_like.api.common import paging
from nova_like.api.common.app import App
from nova_like.api.common.errors import Errors
from nova_like.api.common.microversion import Change, Changes, Microversions, without
from nova_like.api.common.request import Request
from nova_like.api.common.routing import Action, Route, Table, all_entries
from nova_like.api.common.schema import obj
from nova_like.model.context import Context
from nova_like.model.errors import Conflict, NotFound, QuotaExceeded, Unavailable

THING = obj({"name": {"type": "string", "maxLength": 9}, "size": {"type": "integer"}}, ("name",))
NEWER = (("2.1", THING), ("2.5", obj({"label": {"type": "string"}}, ("label",))))


def body(status, fault):
    return {"fault": {"code": status, "message": fault.reason}}


def fail(error):
    def handler(req):
        raise error

    return handler


ROUTES = (
    Route("GET", "/things", lambda req: {"things": [], "q": req.flag("all"), "n": req.number("n")}),
    Route("POST", "/things", lambda req: {"thing": req.body_json}, 201, schema=THING),
    Route("GET", "/things/detail", lambda req: {"detail": True}),
    Route("GET", "/things/{thing_id}", lambda req, thing_id: {"id": thing_id}),
    Route("DELETE", "/things/{thing_id}", lambda req, thing_id: None, 204),
    Route("POST", "/things/{thing_id}/action", actions={
        "os-start": Action(lambda req, thing_id: None, {"type": "null"}),
        "late": Action(lambda req, thing_id: {"ok": req.body_json}, status=200, since="2.3"),
    }),
    Route("GET", "/old", lambda req: {}, until="2.2"),
    Route("GET", "/new", lambda req: {"v": list(req.microversion)}, since="2.3"),
    Route("PUT", "/versioned", lambda req: {}, schema=NEWER),
    Route("GET", "/conflict", fail(Conflict("busy"))),
    Route("GET", "/quota", fail(QuotaExceeded("full"))),
    Route("GET", "/missing", fail(NotFound("thing", "7"))),
    Route("GET", "/away", fail(Unavailable("later", retry_after=5))),
    Route("GET", "/open", lambda req: {}, open=True),
    Route("GET", "/bug", fail(KeyError("secret detail"))),
)  # fmt: skip
MICRO = Microversions("compute", "2.1", "2.9", "X-OpenStack-Nova-API-Version")
APP = App(ROUTES, Errors(body, {"QuotaExceeded": 403}), MICRO)


def call(path, method="GET", data=None, headers=None, app=APP, token=True):
    request = Plain.blank(path, method=method, headers=headers or {})
    if data is not None:
        request.body = data if isinstance(data, bytes) else json.dumps(data).encode()
        request.content_type = request.headers.get("Content-Type") or "application/json"
    if token:
        request.environ["nova_like.context"] = Context(user_id="u", project_id="p", roles=("member",))
    return request.get_response(app)


def test_paths_and_their_parameters():
    assert call("/things").json["things"] == []
    assert call("/things/detail").json == {"detail": True}
    assert call("/things/7/").json == {"id": "7"}
    assert call("/things/7", "DELETE").status_int == 204 and call("/things/7", "DELETE").body == b""


def test_unknown_path_and_wrong_method_have_the_dialects_form():
    assert call("/nothing").json["fault"]["code"] == 404
    wrong = call("/things/7", "PATCH")
    assert wrong.status_int == 405 and wrong.headers["Allow"] == "DELETE, GET"
    assert wrong.json["fault"]["code"] == 405


def test_head_is_get_without_a_body():
    answer = call("/things", "HEAD")
    assert answer.status_int == 200


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"{", 400), (b"\xff\xfe", 400), (b"", 400), (b"[" * 100000 + b"]" * 100000, 413), (b"[" * 40 + b"]" * 40, 400),
        (b"[" * 20000 + b"]" * 20000, 400), (b'{"name": "a\\u0000b"}', 400), (b'{"name": "\\ud800"}', 400),
        (b'{"name": 1}', 400), (b'{"name": "ok", "x": 1}', 400), (b"null", 400), (b"1e999", 400), (b"NaN", 400),
        (b'{"name": "' + b"x" * 200000 + b'"}', 413), (b'{"name": "ok"}', 201),
    ],
)  # fmt: skip
def test_bodies(data, status):
    assert call("/things", "POST", data).status_int == status


def test_a_schema_error_names_the_field():
    answer = call("/things", "POST", {"name": "n", "size": "big"})
    assert "field/attribute size" in answer.json["fault"]["message"]


def test_other_content_types_are_refused():
    assert call("/things", "POST", b"a=b", {"Content-Type": "application/x-www-form-urlencoded"}).status_int == 415


def test_without_a_token_only_open_routes_answer():
    assert call("/things", "POST", b"{", token=False).status_int == 401
    assert call("/things/7", token=False).json["fault"]["code"] == 401
    assert call("/open", token=False).status_int == 200


def test_actions():
    assert call("/things/7/action", "POST", {"os-start": None}).status_int == 202
    assert call("/things/7/action", "POST", {"os-start": {}}).status_int == 400
    assert call("/things/7/action", "POST", {"os-jump": None}).status_int == 400
    assert call("/things/7/action", "POST", {"os-start": None, "late": 1}).status_int == 400
    assert call("/things/7/action", "POST", {"late": 1}).status_int == 404
    late = call("/things/7/action", "POST", {"late": 1}, {"OpenStack-API-Version": "compute 2.3"})
    assert late.json == {"ok": {"late": 1}}


def test_faults_become_statuses_and_bugs_tell_nothing():
    assert call("/conflict").status_int == 409
    assert call("/quota").status_int == 403
    assert call("/missing").json["fault"]["message"] == "Thing 7 could not be found."
    assert call("/away").headers["Retry-After"] == "5"
    bug = call("/bug")
    assert bug.status_int == 500 and "secret" not in bug.text


def test_microversions():
    assert call("/old").headers["X-OpenStack-Nova-API-Version"] == "2.1"
    assert call("/new").status_int == 404
    newest = call("/new", headers={"OpenStack-API-Version": "compute latest"})
    assert newest.json == {"v": [2, 9]} and newest.headers["OpenStack-API-Version"] == "compute 2.9"
    assert newest.headers["Vary"] == "OpenStack-API-Version, X-OpenStack-Nova-API-Version"
    assert call("/new", headers={"X-OpenStack-Nova-API-Version": "2.3"}).json == {"v": [2, 3]}
    assert call("/old", headers={"OpenStack-API-Version": "compute 2.3"}).status_int == 404
    assert call("/old", headers={"OpenStack-API-Version": "volume 3.3"}).status_int == 200
    assert call("/old", headers={"OpenStack-API-Version": "compute 2.10"}).status_int == 406
    assert call("/old", headers={"OpenStack-API-Version": "compute two"}).status_int == 400
    assert call("/versioned", "PUT", {"name": "x"}).status_int == 200
    assert call("/versioned", "PUT", {"label": "x"}, {"OpenStack-API-Version": "compute 2.5"}).status_int == 200
    assert call("/versioned", "PUT", {"name": "x"}, {"OpenStack-API-Version": "compute 2.5"}).status_int == 400


def test_view_changes_go_down_one_by_one():
    changes = Changes([
        Change("2.3", "thing", without("new")),
        Change("2.5", "thing", lambda view: {**view, "new": view["newer"]}),
        Change("2.5", "other", without("x")),
    ])  # fmt: skip
    assert changes.apply("thing", {"newer": 1, "new": 0}, (2, 5)) == {"newer": 1, "new": 0}
    assert changes.apply("thing", {"newer": 1}, (2, 4)) == {"newer": 1, "new": 1}
    assert changes.apply("thing", {"newer": 1}, (2, 1)) == {"newer": 1}


@pytest.mark.parametrize(
    "path", ["/things/%00", "/things/%ff%fe", "/things?all=maybe", "/things?n=x", "/things?n=-1", "/things?n=%00",
             "/things?n=" + "9" * 99],
)  # fmt: skip
def test_bad_text_in_urls_is_the_callers_fault(path):
    assert call(path).status_int in (400, 404)


def test_a_prefix_gives_its_variables_to_before():
    seen = []

    def before(req, route, variables):
        seen.append((route.path, variables.pop("project_id")))

    app = App(ROUTES, Errors(body), prefix="/v3/{project_id}", before=before)
    assert call("/v3/p1/things/7", app=app).json == {"id": "7"}
    assert seen == [("/things/{thing_id}", "p1")]


def test_pages():
    class Conf:
        class api:
            max_limit = 3
            public_url = "http://cloud/"

    def ask(query):
        request = Request.blank("/things" + query)
        request.environ["nova_like.conf"] = Conf
        return request, paging.page(request)

    request, page = ask("?limit=9&marker=m&x=1")
    assert page == paging.Page(3, "m")
    items = [{"id": "a"}, {"id": "b"}, {"id": "c"}]
    assert paging.links(request, "http://u", items, page) == [{"rel": "next", "href": "http://u?limit=9&x=1&marker=c"}]
    assert paging.links(request, "http://u", items[:2], page) == []
    assert request.base("compute") == "http://cloud/compute"


def test_tables_can_be_gone_through():
    names = [(route.path, name) for route, name, _ in all_entries(ROUTES)]
    assert ("/things/{thing_id}/action", "late") in names
    assert Table(ROUTES).find("/things/9")[0][0].parameters == ("thing_id",)
