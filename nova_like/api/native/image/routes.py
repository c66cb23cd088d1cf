"""The image API on one page. Paths stand under /v2; the links given to hosts stand beside it and need no token."""

from nova_like.api.common.routing import Route
from nova_like.api.native.image import cache, data, documents, images, imports, members, metadefs, schemas

IMAGE = "/images/{image_id}"
PATCH_MEDIA = ("application/openstack-images-v2.1-json-patch", "application/openstack-images-v2.0-json-patch")
ROUTES = (
    Route("GET", "/images", images.index),
    Route("POST", "/images", images.create, 201, schema=schemas.CREATE),
    Route("GET", IMAGE, images.show),
    Route("PATCH", IMAGE, images.patch, schema=schemas.PATCH, media=PATCH_MEDIA),
    Route("DELETE", IMAGE, images.delete, 204),
    Route("PUT", f"{IMAGE}/file", data.upload, 204, raw=True),
    Route("GET", f"{IMAGE}/file", data.download),
    Route("PUT", f"{IMAGE}/stage", data.stage, 204, raw=True),
    Route("POST", f"{IMAGE}/import", imports.start, 202, schema=schemas.IMPORT),
    Route("GET", f"{IMAGE}/tasks", imports.of_image),
    Route("PUT", f"{IMAGE}/tags/{{tag}}", images.tag, 204),
    Route("DELETE", f"{IMAGE}/tags/{{tag}}", images.untag, 204),
    Route("POST", f"{IMAGE}/actions/deactivate", images.deactivate, 204),
    Route("POST", f"{IMAGE}/actions/reactivate", images.reactivate, 204),
    Route("GET", f"{IMAGE}/members", members.index),
    Route("POST", f"{IMAGE}/members", members.create, schema=schemas.MEMBER),
    Route("GET", f"{IMAGE}/members/{{member_id}}", members.show),
    Route("PUT", f"{IMAGE}/members/{{member_id}}", members.update, schema=schemas.ANSWER),
    Route("DELETE", f"{IMAGE}/members/{{member_id}}", members.delete, 204),
    Route("GET", "/schemas/{schema}", documents.show, open=True),
    Route("GET", "/schemas/metadefs/{metadef}", documents.metadef, open=True),
    Route("GET", "/info/import", imports.methods, open=True),
    Route("GET", "/info/stores", imports.stores),
    Route("DELETE", "/stores/{store_id}/{image_id}", imports.forget, 204),
    Route("GET", "/cache", cache.index),
    Route("DELETE", "/cache", cache.clear, 204),
    Route("PUT", "/cache/{image_id}", cache.queue, 202),
    Route("DELETE", "/cache/{image_id}", cache.delete, 204),
    Route("GET", "/tasks", imports.index),
    Route("POST", "/tasks", imports.create, 201),
    Route("GET", "/tasks/{task_id}", imports.show),
    *metadefs.ROUTES,
)
LINKS = (
    Route("GET", "/link/{image_id}", data.by_link, open=True),
    Route("PUT", "/link/{image_id}", data.fill_by_link, 204, open=True, raw=True),
)
