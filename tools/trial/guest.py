"""Our own tiny Linux guest, made from Debian packages: cloud kernel, busybox, dropbear and an init script of ours, on
an MBR disk with one ext4 partition and extlinux. The result is cached by the hash of this recipe. Packages are only
unpacked, never installed; nothing is booted here."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tools.trial import packages
from tools.trial.processes import Failed, run

FILES = Path(__file__).with_name("guest_files")
DEFAULT_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nova-like"
DISK_MIB = 112
MIN_RAM_MIB = 96
_USERLAND = ("busybox", "dropbear-bin", "libtomcrypt1", "libtommath1")
# the order matters: insmod does not know what a module needs
_EARLY = [
    "drivers/virtio/virtio_ring",
    "drivers/virtio/virtio",
    "drivers/virtio/virtio_pci_modern_dev",
    "drivers/virtio/virtio_pci_legacy_dev",
    "drivers/virtio/virtio_pci",
    "drivers/block/virtio_blk",
    "drivers/scsi/scsi_common",
    "drivers/scsi/scsi_mod",
    "drivers/scsi/virtio_scsi",
    "drivers/ata/libata",
    "drivers/ata/ata_piix",
    "drivers/scsi/sd_mod",
]
_LATE = [
    "net/core/failover",
    "drivers/net/net_failover",
    "drivers/net/virtio_net",
    "drivers/acpi/button",
    "drivers/input/evdev",
    "drivers/cdrom/cdrom",
    "drivers/scsi/sr_mod",
    "fs/isofs/isofs",
    "drivers/char/hw_random/rng-core",
    "drivers/char/hw_random/virtio-rng",
    "fs/fat/fat",
    "fs/fat/vfat",
    "fs/nls/nls_cp437",
    "fs/nls/nls_ascii",
    "fs/nls/nls_utf8",
    "drivers/virtio/virtio_balloon",
]
_BOOT = """\
SERIAL 0 115200
DEFAULT linux
PROMPT 0
TIMEOUT 0
LABEL linux
  LINUX /boot/vmlinuz
  INITRD /boot/initrd.gz
  APPEND console=tty0 console=ttyS0,115200 panic=5 quiet mitigations=off tsc=reliable no_timer_check
"""
_ETC = {
    "passwd": "root:x:0:0:root:/root:/bin/sh\n",
    "group": "root:x:0:\n",
    "shadow": "root:*:19000:0:99999:7:::\n",
    "shells": "/bin/sh\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n",
    "hosts": "127.0.0.1 localhost\n",
    "profile": "export PATH=/usr/sbin:/usr/bin:/sbin:/bin PS1='guest# '\n",
    "os-release": 'ID=nova-like-guest\nNAME="trial cloud guest"\n',
}


def image(cache: Path | None = None) -> Path:
    """The guest's qcow2 file, built when the cache has none of this recipe (about 10 s and 27 MB of packages)."""
    home = (cache or DEFAULT_CACHE) / f"guest-{fingerprint()}"
    result = home / "guest.qcow2"
    if result.exists():
        return result
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not result.exists():
            with _workplace(home) as work:
                # renamed and never written again: a guest may hold the file open as its base
                _build(work).replace(result)
    return result


def fingerprint() -> str:
    """Hash of everything of ours that decides what the image holds."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for path in sorted(FILES.iterdir()):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


@contextlib.contextmanager
def _workplace(home: Path) -> Iterator[Path]:
    work = home / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _build(work: Path) -> Path:
    kernel, userland = work / "kernel", work / "userland"
    _unpack(work / "debs", kernel, userland)
    version = next((kernel / "lib" / "modules").iterdir()).name
    modules = kernel / "lib" / "modules" / version / "kernel"
    root = work / "root"
    _root_tree(root, userland)
    _modules(modules, _LATE, root / "lib" / "modules")
    (root / "boot" / "extlinux").mkdir(parents=True)
    (root / "boot" / "extlinux" / "extlinux.conf").write_text(_BOOT)
    (work / "loaded").mkdir()
    shutil.copy(kernel / "boot" / f"vmlinuz-{version}", work / "loaded" / "vmlinuz")
    _initramfs(work / "early", modules, work / "loaded" / "initrd.gz")
    return _disk(work, root)


def _unpack(debs: Path, kernel: Path, userland: Path) -> None:
    debs.mkdir()
    package = _kernel_package()
    run(["apt-get", "-q", "download", package, *_USERLAND], cwd=debs, limit_s=600)
    for deb in debs.glob("*.deb"):
        run(["dpkg", "-x", str(deb), str(kernel if deb.name.startswith("linux-image") else userland)])


def _kernel_package() -> str:
    """The package that Debian's name for "the newest cloud kernel" stands for today."""
    for refresh in (False, True):
        if refresh:
            packages.refresh()
        shown = subprocess.run(["apt-cache", "depends", "linux-image-cloud-amd64"], capture_output=True, text=True)
        found = re.search(r"Depends: (linux-image-\S+)", shown.stdout)
        if found:
            return found.group(1)
    raise Failed("apt knows no cloud kernel (linux-image-cloud-amd64)")


def _root_tree(root: Path, userland: Path) -> None:
    for name in [
        "bin",
        "sbin",
        "etc",
        "proc",
        "sys",
        "dev",
        "tmp",
        "run",
        "mnt",
        "root/.ssh",
        "usr/share/udhcpc",
        "usr/bin",
        "lib64",
        "var/log",
        "var/lib",
    ]:
        (root / name).mkdir(parents=True)
    (root / "var" / "run").symlink_to("/run")
    busybox = userland / "bin" / "busybox"
    _install(busybox, root / "bin" / "busybox")
    for applet in run([str(busybox), "--list"]).split():
        if applet != "busybox":
            (root / "bin" / applet).symlink_to("/bin/busybox")
    for name in ("guest-init", "lsblk", "sudo"):
        _install(FILES / name, root / ("sbin" if name == "guest-init" else "usr/bin") / name)
    for name in ("poweroff", "reboot", "halt"):
        _install(FILES / "power", root / "sbin" / name)
    _install(FILES / "udhcpc-script", root / "usr/share/udhcpc/default.script")
    for name, text in _ETC.items():
        (root / "etc" / name).write_text(text)
    _dropbear(root, userland)


def _dropbear(root: Path, userland: Path) -> None:
    _install(userland / "usr/sbin/dropbear", root / "sbin/dropbear")
    libraries = root / "lib/x86_64-linux-gnu"
    libraries.mkdir(parents=True)
    private = userland / "usr/lib/x86_64-linux-gnu"
    for library in private.glob("lib*.so*"):
        shutil.copy(library, libraries / library.name)
    environment = {**os.environ, "LD_LIBRARY_PATH": str(private)}
    for program in (userland / "usr/sbin/dropbear", userland / "bin/busybox"):
        for path in re.findall(r"=> (/\S+)", run(["ldd", str(program)], env=environment)):
            if not (libraries / Path(path).name).exists():
                shutil.copy(path, libraries / Path(path).name)
    shutil.copy("/lib/x86_64-linux-gnu/libnss_files.so.2", libraries)
    shutil.copy("/lib64/ld-linux-x86-64.so.2", root / "lib64")


def _modules(source: Path, wanted: list[str], target: Path) -> None:
    """Copy those that the kernel has as modules, with a list in the order of loading."""
    target.mkdir(parents=True)
    there = [name for name in wanted if (source / f"{name}.ko").exists()]
    for name in there:
        shutil.copy(source / f"{name}.ko", target)
    (target / "order").write_text("\n".join(Path(name).name for name in there) + "\n")


def _initramfs(early: Path, modules: Path, result: Path) -> None:
    for name in ("bin", "proc", "sys", "dev", "root"):
        (early / name).mkdir(parents=True)
    _install(Path("/bin/busybox"), early / "bin" / "busybox")  # the static one: no libraries needed this early
    _install(FILES / "early-init", early / "init")
    _modules(modules, _EARLY, early / "modules")
    run(["sh", "-c", 'find . | cpio -o -H newc --quiet -R 0:0 | gzip -9 > "$1"', "sh", str(result)], cwd=early)


def _disk(work: Path, root: Path) -> Path:
    partition, raw, result = work / "part.raw", work / "disk.raw", work / "guest.qcow2"
    _sparse(partition, DISK_MIB - 1)
    options = ["-O", "^64bit,^metadata_csum", "-L", "cloudimg", "-J", "size=4", "-d", str(root)]
    run(["mke2fs", "-q", "-F", "-t", "ext4", *options, str(partition)])
    _boot_loader(work, partition)
    _sparse(raw, DISK_MIB)
    run(["dd", f"if={partition}", f"of={raw}", "bs=1M", "seek=1", "conv=notrunc,sparse", "status=none"])
    _master_boot_record(raw)
    run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", "-c", str(raw), str(result)])
    return result


_BOOT_LOADER = """\
mount -o loop "$1" mnt && cp --sparse=never loaded/* mnt/boot/ && extlinux --install mnt/boot/extlinux && umount mnt
"""


def _boot_loader(work: Path, partition: Path) -> None:
    # in a mount namespace that ends with the command: a failure can leave neither mount nor loop device behind
    (work / "mnt").mkdir()
    # what extlinux loads is copied here and not by mke2fs, which leaves out blocks of zeros: extlinux cannot read holes
    run(["unshare", "-m", "--propagation", "private", "sh", "-c", _BOOT_LOADER, "sh", str(partition)], cwd=work)


def _master_boot_record(raw: Path) -> None:
    sectors = DISK_MIB * 2048
    entry = struct.pack("<B3sB3sII", 0x80, b"\xfe\xff\xff", 0x83, b"\xfe\xff\xff", 2048, sectors - 2048)
    code = Path("/usr/lib/syslinux/mbr/mbr.bin").read_bytes()[:440]
    with raw.open("r+b") as disk:
        disk.write(code.ljust(440, b"\0") + b"NVLK\0\0" + entry)
        disk.seek(510)
        disk.write(b"\x55\xaa")


def _sparse(path: Path, mib: int) -> None:
    with path.open("wb") as out:
        out.truncate(mib << 20)


def _install(source: Path, target: Path) -> None:
    # tools such as poweroff replace a busybox link of that name
    target.unlink(missing_ok=True)
    shutil.copy(source, target)
    target.chmod(0o755)
