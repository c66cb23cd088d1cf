"""Projects, users, flavors, images, quotas by the operator's command line: the API's validation, ids or names, JSON."""

import pytest

from tests.unit.manage.manage_world import Operator


@pytest.fixture
def operator(tmp_path):
    made = Operator(tmp_path)
    assert made.run("db", "sync")[0] == 0
    assert made.bootstrap()[0] == 0
    yield made
    made.db.dispose()


def _refused(operator: Operator, *words: str) -> str:
    status, said = operator.run(*words)
    assert status == 1 and said.startswith("nova-like-manage: "), (status, said)
    return said


def test_a_project_from_its_making_to_its_end(operator) -> None:
    made = operator.table("project", "create", "blue", "--description", "sky")
    assert (made["name"], made["description"], made["enabled"], made["domain_id"]) == ("blue", "sky", True, "default")
    assert operator.table("project", "show", "blue") == operator.table("project", "show", made["id"])
    assert operator.table("project", "set", "blue", "--disable")["enabled"] is False
    assert {row["name"] for row in operator.table("project", "list")} >= {"admin", "blue"}
    assert "Nothing was changed" in _refused(operator, "project", "set", "blue")
    assert operator.run("project", "delete", "blue") == (0, "")
    assert "There is no project blue" in _refused(operator, "project", "show", "blue")


def test_what_the_api_refuses_is_refused(operator) -> None:
    operator.table("project", "create", "blue")
    assert "blue" in _refused(operator, "project", "create", "blue")
    assert _refused(operator, "project", "create", "b" * 300)
    assert "vcpus" in _refused(operator, "flavor", "create", "x", "--vcpus", "0", "--ram", "1", "--disk", "1")
    assert "disk_format" in _refused(operator, "image", "create", "x", "--disk-format", "floppy")


def test_a_flavor(operator) -> None:
    made = operator.table("flavor", "create", "big", "--id", "77", "--vcpus", "8", "--ram", "4096", "--disk", "10",
                          "--private")  # fmt: skip
    assert (made["id"], made["vcpus"], made["os-flavor-access:is_public"]) == ("77", 8, False)
    assert "big" in {row["name"] for row in operator.table("flavor", "list")}
    assert operator.table("flavor", "set", "big", "--description", "for few")["description"] == "for few"
    assert operator.run("flavor", "delete", "77") == (0, "")
    assert "big" not in {row["name"] for row in operator.table("flavor", "list")}


def test_an_image_with_its_data(operator, tmp_path) -> None:
    (tmp_path / "disk.raw").write_bytes(bytes(65536))
    made = operator.table("image", "create", "zero", "--disk-format", "raw", "--file", str(tmp_path / "disk.raw"),
                          "--visibility", "public")  # fmt: skip
    assert (made["status"], made["size"], made["visibility"]) == ("active", 65536, "public")
    assert operator.table("image", "set", "zero", "--min-ram", "64", "--protected")["min_ram"] == 64
    assert "protected" in _refused(operator, "image", "delete", "zero")
    assert operator.table("image", "set", "zero", "--unprotected")["protected"] is False
    assert operator.run("image", "delete", "zero") == (0, "")
    assert operator.table("image", "list") == []
    assert "nowhere" in _refused(operator, "image", "create", "none", "--file", str(tmp_path / "nowhere"))
    assert operator.table("image", "list") == []


def test_quotas(operator) -> None:
    operator.table("project", "create", "blue")
    assert operator.run("quota", "set", "blue", "instances=3", "cores=-1") == (0, "")
    shown = {row["resource"]: (row["limit"], row["used"]) for row in operator.table("quota", "show", "blue")}
    assert (shown["instances"], shown["cores"], shown["ram"]) == ((3, 0), (-1, 0), (51200, 0))
    assert "NAME=NUMBER" in _refused(operator, "quota", "set", "blue", "instances=many")
    assert "There is no project red" in _refused(operator, "quota", "show", "red")


def test_a_list_goes_on_over_all_pages(operator) -> None:
    operator.config.write_text(operator.config.read_text().replace("[api]", "[api]\nmax_limit = 2"))
    assert len(operator.table("flavor", "list")) == 5


def test_names_that_are_not_unique_want_an_id(operator) -> None:
    for _ in range(2):
        operator.table("image", "create", "twin")
    assert "There are 2 images" in _refused(operator, "image", "show", "twin")
    for row in operator.table("image", "list"):
        assert operator.table("image", "show", row["id"])["name"] == "twin"


def test_the_shell_completes_every_command(operator) -> None:
    status, said = operator.run("complete")
    assert status == 0
    for word in ("project", "flavor", "host", "remove", "quota"):
        assert word in said
