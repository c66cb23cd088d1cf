"""Amazon's ids: which prefix each noun bears, and the account number that stands for a project."""

import hashlib
import re

from nova_like.api.ec2.refused import Refused
from nova_like.model import ids as model_ids
from nova_like.model.errors import Invalid

PREFIXES = {
    "instance": "i", "server": "i", "image": "ami", "reservation": "r", "keypair": "key", "security_group": "sg",
    "subnet": "subnet", "network": "vpc", "port": "eni", "volume": "vol", "snapshot": "snap",
    "launch_template": "lt", "placement_group": "pg",
}  # fmt: skip
_CODES = {"instance": "InvalidInstanceID", "image": "InvalidAMIID", "keypair": "InvalidKeyPair",
          "security_group": "InvalidGroupId", "subnet": "InvalidSubnetID", "volume": "InvalidParameterValue",
          "network": "InvalidVpcID", "port": "InvalidNetworkInterfaceID",
          "snapshot": "InvalidSnapshotID", "launch_template": "InvalidLaunchTemplateId",
          "placement_group": "InvalidPlacementGroupId"}  # fmt: skip
Range = tuple[str, str]
NOWHERE = ("", "")  # holds no id
_OTHER = re.compile(r"[0-9a-f]{1,16}\Z")  # Amazon's ids before 2016, and what is made up: never ours


def show(noun: str, id: str) -> str:
    """The id of a resource as this dialect shows it."""
    return model_ids.to_ec2(PREFIXES[noun], id)


def shown(noun: str, id: str) -> str:
    """`show` of what may not be an id of ours (then it is shown as it came)."""
    return show(noun, id) if noun in PREFIXES and model_ids.is_uuid(id) else id


def span(noun: str, text: str) -> Range:
    """The range of UUIDs that the id `text` stands for. Raises Refused with the noun's `.Malformed` code."""
    if text.startswith(PREFIXES[noun] + "-") and _OTHER.match(text.partition("-")[2]):
        return NOWHERE
    try:
        return model_ids.ec2_range(PREFIXES[noun], text)
    except Invalid:
        raise malformed(noun, text) from None


def malformed(noun: str, text: str) -> Refused:
    """The refusal of an id that is not of its noun's form."""
    code = _CODES[noun]
    code = code if code == "InvalidParameterValue" else f"{code}.Malformed"
    return Refused(code, f'Invalid id: "{text[:100]}" (expecting "{PREFIXES[noun]}-...")')


def noun_of(text: str) -> str | None:
    """The noun that an id's prefix names, for lists of ids of any noun (tags)."""
    prefix = text.partition("-")[0]
    return next((noun for noun, mine in PREFIXES.items() if mine == prefix and noun != "server"), None)


def account(project_id: str) -> str:
    """The twelve digits that stand for a project: owner ids, and the Account of GetCallerIdentity."""
    return f"{int(hashlib.sha256(project_id.encode()).hexdigest(), 16) % 10**12:012d}"
