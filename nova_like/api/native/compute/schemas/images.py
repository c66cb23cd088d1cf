"""Bodies of the actions that make images of a server."""

from typing import Any

from nova_like.api.common.schema import obj
from nova_like.api.native.compute.schemas.texts import METADATA, NAME

Json = dict[str, Any]
CREATE: Json = obj({"name": NAME, "metadata": METADATA}, ("name",))
