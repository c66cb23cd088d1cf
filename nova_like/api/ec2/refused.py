"""What only this dialect can refuse, with Amazon's own codes. Below `api/` nobody knows these."""

from nova_like.model import errors


class Refused(errors.Invalid):
    """A refusal with Amazon's code and HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.ec2_code = code
        self.status = status


def dry_run() -> Refused:
    """The answer to DryRun when the request would have been carried out."""
    return Refused("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)


def unknown(path: str) -> Refused:
    """A parameter that the action does not have."""
    return Refused("UnknownParameter", f"The parameter {path[:200]} is not recognized")


def missing(path: str) -> Refused:
    """The parameter is needed and not there."""
    return Refused("MissingParameter", f"The request must contain the parameter {path}")


def invalid(path: str, value: str, why: str = "") -> Refused:
    """The parameter is there with a value that it cannot have."""
    return Refused("InvalidParameterValue", f"Value ({value[:200]}) for parameter {path} is invalid. {why}".rstrip())
