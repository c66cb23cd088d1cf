"""Configuration files, secrets and directories of this machine."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from nova_like import concurrency
from nova_like.cmd.manage.doctor.finding import Finding, Skipped
from nova_like.cmd.manage.doctor.patient import Patient
from nova_like.model.errors import Fault
from nova_like.model.webhook_signing import SHORTEST_KEY

GIB = 1 << 30
LEAST_GIB, LEAST_SHARE = 2, 0.05  # of the image store that must be free
OLD_DAYS = 365
SECRETS = (("bus", "master_key_file"), ("bus", "agent_key_file"), ("bus", "ssl_key_file"))


def configuration(patient: Patient) -> Iterable[Finding]:
    from nova_like.cmd.manage.config import problems

    if not patient.files:
        raise Skipped("no --config-file was given")
    for path in patient.files:
        for line in problems(path):
            yield Finding("configuration", f"{path}: {line}", "correct the file; the sample has every option with its "
                          "meaning")  # fmt: skip


def settings(patient: Patient) -> Iterable[Finding]:
    """Options that parse, and yet leave a cloud open or lame."""
    conf = patient.conf
    if not conf.images.link_key:
        yield Finding("no key for image links", "[images] link_key is empty",
                      "set the same random text of 32 characters on all controllers")  # fmt: skip
    if 0 < len(conf.notifications.webhook_key) < SHORTEST_KEY:
        yield Finding("webhooks can be forged", f"[notifications] webhook_key has less than {SHORTEST_KEY} characters",
                      "set the same random text of 32 characters on all controllers; projects make their webhooks "
                      "anew, since their secrets are others then")  # fmt: skip
    if not patient.is_local and not conf.bus.master_key_file:
        yield Finding("reports are not signed", "[bus] master_key_file is not set: any agent may speak for any host",
                      "make a key file, give each agent its own by `nova-like-manage bus agent-key`")  # fmt: skip
    if conf.bus.ssl and not conf.bus.ssl_ca_file:
        yield Finding("broker not verified", "[bus] ssl is on without ssl_ca_file", "set ssl_ca_file: anybody may pose "
                      "as the broker otherwise")  # fmt: skip


def modes(patient: Patient) -> Iterable[Finding]:
    """Keys are their owner's alone; configuration files hold passwords, and may be read by their group."""
    keys = [getattr(getattr(patient.conf, group), name) for group, name in SECRETS]
    directory = Path(patient.conf.identity.key_repository)
    keys += [str(path) for path in sorted(directory.glob("[0-9]*"))] if directory.is_dir() else []
    for path, allowed in [*((key, 0o600) for key in keys if key), *((file, 0o640) for file in patient.files)]:
        mode = Path(path).stat().st_mode & 0o777 if Path(path).exists() else 0
        if mode & ~(allowed | 0o100):
            yield Finding("secret readable by others", f"{path} has mode {mode:04o}", f"chmod {allowed:04o} {path}")


def key_files(patient: Patient) -> Iterable[Finding]:
    """Files that are named and not there, or too short to be keys."""
    from nova_like.rpc.signing import read_key

    for group, name in SECRETS[:2]:
        path = getattr(getattr(patient.conf, group), name)
        try:
            if path:
                read_key(path)
        except (OSError, ValueError) as error:
            yield Finding(
                "key file",
                f"[{group}] {name}: {error}",
                "make it anew: the master key of 32 random letters, an agent's by `nova-like-manage bus agent-key`",
            )


def fernet_keys(patient: Patient) -> Iterable[Finding]:
    """There, not too old, and those that what the database holds was sealed with."""
    from nova_like.services.identity_keys import Keys

    directory = Path(patient.conf.identity.key_repository)
    keys = sorted((path for path in directory.glob("*") if path.name.isdigit()), key=lambda path: int(path.name))
    if not keys:
        yield Finding("no Fernet keys", f"{directory} holds none", "copy them from another controller, or run "
                      "`nova-like-manage bootstrap` for the first one")  # fmt: skip
        return
    days = (concurrency.now().timestamp() - keys[-1].stat().st_mtime) / 86400
    if days > OLD_DAYS:
        yield Finding("Fernet key old", f"{keys[-1]} was made {days:.0f} days ago", "put a new key beside it under the "
                      f"name {int(keys[-1].name) + 1}, on all controllers, then restart the APIs")  # fmt: skip
    foreign = patient.read(_foreign_secrets(Keys(str(directory))))
    if foreign:
        yield Finding("Fernet keys differ", f"{foreign} EC2 secrets in the database were not sealed with the keys in "
                      f"{directory}", "copy those of another controller: all must have the same")  # fmt: skip


def _foreign_secrets(keys: Any) -> Callable[[Any], int]:
    """How many of the last hundred sealed secrets these keys do not open."""
    import sqlalchemy as sa

    from nova_like.db.schema.identity import ec2_credentials as table

    def count(tx: Any) -> int:
        newest = sa.select(table.c.sealed_secret).order_by(table.c.created_at.desc()).limit(100)
        return sum(not _opens(keys, sealed) for sealed in tx.execute(newest).scalars())

    return count


def _opens(keys: Any, sealed: str) -> bool:
    try:
        keys.open(sealed)
    except Fault:
        return False
    return True


def image_store(patient: Patient) -> Iterable[Finding]:
    path = Path(patient.conf.images.path or f"{patient.conf.state_path}/images")
    if not path.is_dir():
        yield Finding("image store missing", f"{path} is no directory here", "mount or make it, owned by the user of "
                      "the API; or correct [images] path. Ignore this where no API runs")  # fmt: skip
        return
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        yield Finding("image store not writable", f"{path} may not be written by user {os.geteuid()}",
                      "chown it to the user of the API")  # fmt: skip
    usage = os.statvfs(path)
    free, size = usage.f_bavail * usage.f_frsize, usage.f_blocks * usage.f_frsize
    if free < LEAST_GIB * GIB or free < LEAST_SHARE * size:
        yield Finding("image store nearly full", f"{free / GIB:.1f} GiB of {size / GIB:.1f} are free in {path}",
                      "delete images, or make the file system larger; uploads will fail")  # fmt: skip
