"""Every kind of failure has Amazon's code; ids are Amazon's in messages."""

import uuid

import pytest

from nova_like.api.ec2 import errors, ids, refused
from nova_like.model import errors as model

ID = "0f0e0d0c-0b0a-4908-8706-050403020100"


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        (model.NotFound("instance", ID), "InvalidInstanceID.NotFound", 400),
        (model.NotFound("image", ID), "InvalidAMIID.NotFound", 400),
        (model.NotFound("keypair", "k"), "InvalidKeyPair.NotFound", 400),
        (model.NotFound("flavor", "m1"), "InvalidParameterValue", 400),
        (model.NotFound("unheard-of", "x"), "InvalidParameterValue", 400),
        (model.Conflict("x", "keypair", code="duplicate"), "InvalidKeyPair.Duplicate", 400),
        (model.Conflict("x", "instance", code="state"), "IncorrectInstanceState", 400),
        (model.Conflict("x", "instance", code="token"), "IdempotentParameterMismatch", 400),
        (model.Conflict("x", "network", code="ambiguous"), "VPCIdNotSpecified", 400),
        (model.Conflict("x", "volume", code="in_use"), "DependencyViolation", 400),
        (model.Invalid("x"), "InvalidParameterValue", 400),
        (model.Invalid("x", "image", code="not_found"), "InvalidAMIID.NotFound", 400),
        (model.Invalid("x", code="missing"), "MissingParameter", 400),
        (model.Invalid("x", "instance", code="malformed"), "InvalidInstanceID.Malformed", 400),
        (model.QuotaExceeded("x", resource="instances"), "InstanceLimitExceeded", 400),
        (model.QuotaExceeded("x", resource="cores"), "VcpuLimitExceeded", 400),
        (model.QuotaExceeded("x", resource="gigabytes"), "VolumeLimitExceeded", 400),
        (model.QuotaExceeded("x", resource="ports"), "ResourceLimitExceeded", 400),
        (model.Forbidden("x"), "UnauthorizedOperation", 403),
        (model.Unauthenticated("x"), "AuthFailure", 401),
        (model.RateLimited("x"), "RequestLimitExceeded", 503),
        (model.NoValidHost("x"), "InsufficientInstanceCapacity", 500),
        (model.Unavailable("x"), "Unavailable", 503),
        (model.HostFailure("secret path"), "InternalError", 500),
        (model.Fault("secret path"), "InternalError", 500),
        (refused.dry_run(), "DryRunOperation", 412),
    ],
)
def test_codes(fault: model.Fault, code: str, status: int) -> None:
    answer = errors.answer(fault)
    assert (answer[0], answer[2]) == (code, status)
    assert "secret" not in answer[1]


def test_every_kind_is_answered() -> None:
    for kind, cls in model.KINDS.items():
        fault = cls("noun", "id") if kind == "NotFound" else cls("why")
        code, message, status = errors.answer(fault)
        assert code and message and 400 <= status < 600


def test_messages_show_amazons_ids() -> None:
    assert "i-0f0e0d0c0b0a49088" in errors.answer(model.NotFound("instance", ID))[1]


def test_ids() -> None:
    low, high = ids.span("instance", ids.show("instance", ID))
    assert low <= ID <= high
    assert ids.span("instance", "i-0123abcd") == ids.NOWHERE
    assert ids.noun_of("ami-1") == "image" and ids.noun_of("x-1") is None and ids.noun_of("") is None


@pytest.mark.parametrize(
    "text", ["", "i-", "i-xyz", "ami-0f0e0d0c0b0a49088", "i-0F0E0D0C0B0A49088", "i-0123abcd\n", ID]
)
def test_malformed_ids(text: str) -> None:
    with pytest.raises(refused.Refused) as caught:
        ids.span("instance", text)
    assert caught.value.ec2_code == "InvalidInstanceID.Malformed"


def test_accounts_are_twelve_digits_and_stay() -> None:
    account = ids.account(ID)
    assert len(account) == 12 and account.isdigit()
    assert account == ids.account(ID) != ids.account(str(uuid.uuid4()))
