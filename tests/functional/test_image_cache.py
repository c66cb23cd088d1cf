"""What an API host keeps of images beside the store: queued, given out, forgotten; and never another image's data."""

import pytest

from nova_like import concurrency
from nova_like.images.kept import KeptImages
from tests.functional.test_images import RAW, UNKNOWN, active, make

SECONDS = 60.0
CACHE = "/image/v2/cache"


def call(cloud, method="GET", path="", user="admin", **headers):
    return cloud.call(method, CACHE + (path and f"/{path}"), user, **headers)


def listed(cloud):
    shown = call(cloud).json
    return [one["image_id"] for one in shown["cached_images"]], shown["queued_images"]


def cached(cloud, image):
    """What the list says of an image, once it is kept."""
    assert call(cloud, "PUT", image).status_int == 202
    deadline = concurrency.monotonic() + SECONDS
    while listed(cloud) != ([image], []):
        assert concurrency.monotonic() < deadline, call(cloud).text
        concurrency.sleep(0.01)
    return call(cloud).json["cached_images"][0]


def data(cloud, image):
    return cloud.call("GET", f"/image/v2/images/{image}/file", "alice").body


def files(cloud):
    folder = cloud.services.image_cache._kept._path
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_queued_kept_and_given_out(cloud):
    image = active(cloud)
    kept = cached(cloud, image)
    assert kept["size"] == len(RAW) and kept["hits"] == 0
    cloud.services.images._store.delete(image)  # so that there is nothing but the copy
    assert data(cloud, image) == RAW
    part = cloud.call("GET", f"/image/v2/images/{image}/file", "alice", Range="bytes=5-9")
    assert part.status_int == 206 and part.body == RAW[5:10]
    assert call(cloud).json["cached_images"][0]["hits"] == 2
    assert call(cloud, "DELETE", image).status_int == 204
    assert call(cloud, "DELETE", image).status_int == 404
    assert listed(cloud) == ([], []) and files(cloud) == []


def test_what_cannot_be_kept(cloud):
    image = active(cloud)
    assert call(cloud, "PUT", UNKNOWN).status_int == call(cloud, "PUT", "x").status_int == 404
    assert call(cloud, "PUT", make(cloud)).status_int == 400
    for method, path in (("GET", ""), ("PUT", image), ("DELETE", image), ("DELETE", "")):
        assert call(cloud, method, path, "amanda").status_int == 403
    cloud.services.image_cache._kept = None
    assert call(cloud).status_int == call(cloud, "PUT", image).status_int == 404


@pytest.mark.parametrize(("target", "left"), [("cache", 1), ("queue", 2), ("", 0), ("other", 3)])
def test_cleared(cloud, target, left):
    one, two = active(cloud), active(cloud)
    cached(cloud, one)
    cloud.services.image_cache._hand_over = lambda call: None
    assert call(cloud, "PUT", two).status_int == 202
    answer = call(cloud, "DELETE", x_image_cache_clear_target=target)
    assert answer.status_int == (400 if target == "other" else 204)
    assert listed(cloud) == ([one] if left & 2 else [], [two] if left & 1 else [])


def test_what_died_half_way_is_swept(cloud):
    one, two = active(cloud), active(cloud)
    cached(cloud, one)
    calls = []
    cloud.services.image_cache._hand_over = calls.append
    call(cloud, "PUT", two)
    assert cloud.call("DELETE", f"/image/v2/images/{one}", "alice").status_int == 204
    calls.clear()  # its process died
    assert cloud.services.image_cache.sweep() == 2
    for work in calls:
        work()
    assert listed(cloud) == ([two], []) and data(cloud, two) == RAW
    assert cloud.services.image_cache.sweep() == 0


def test_another_image_of_the_same_id_is_not_given_this_ones_data(cloud, tmp_path):
    image = active(cloud)
    cached(cloud, image)
    cloud.call("DELETE", f"/image/v2/images/{image}", "alice")
    again = active(cloud, id=image, data=RAW[::-1])
    assert again == image and data(cloud, image) == RAW[::-1]
    assert KeptImages(tmp_path / "none").images() == []
