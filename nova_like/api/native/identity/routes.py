"""The routes of Identity v3, below /v3."""

from nova_like.api.common.routing import Route, mounted
from nova_like.api.native.identity import (
    application_credentials,
    directory_routes,
    ec2_credentials,
    kept_nouns,
    schemas,
    tokens,
    trusts,
)

_EC2 = "/users/{user_id}/credentials/OS-EC2"

ROUTES = (
    Route("POST", "/auth/tokens", tokens.create, 201, schema=schemas.AUTH, open=True),
    Route("GET", "/auth/tokens", tokens.show),
    Route("DELETE", "/auth/tokens", tokens.delete, 204),
    Route("GET", "/auth/catalog", tokens.catalog),
    Route("GET", "/auth/projects", tokens.projects),
    Route("GET", "/auth/domains", tokens.domains),
    Route("GET", "/auth/system", tokens.system),
    *directory_routes.ROUTES,
    Route("POST", _EC2, ec2_credentials.create, 201, schema=schemas.EC2_CREATE),
    Route("GET", _EC2, ec2_credentials.index),
    Route("GET", _EC2 + "/{access}", ec2_credentials.show),
    Route("DELETE", _EC2 + "/{access}", ec2_credentials.delete, 204),
    Route("POST", "/ec2tokens", ec2_credentials.token, schema=schemas.EC2_TOKEN),
    *kept_nouns.ROUTES,
    *application_credentials.ROUTES,
    *trusts.ROUTES,
)


def mounted_routes() -> tuple[Route, ...]:
    return mounted(ROUTES, "/v3")
