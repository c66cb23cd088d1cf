"""Bodies of what changes the network cards of a server."""

from nova_like.api.common.schema import obj

ADD_ADDRESS = obj({"networkId": {"type": "string", "minLength": 1, "maxLength": 36}}, ("networkId",))
REMOVE_ADDRESS = obj({"address": {"type": "string", "minLength": 1, "maxLength": 64}}, ("address",))
