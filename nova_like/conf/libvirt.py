"""[libvirt]: the hypervisor interface to QEMU."""

from oslo_config import cfg

GROUP = "libvirt"
OPTIONS = [
    cfg.StrOpt("uri", default="qemu:///system", help="Which libvirt."),
    cfg.StrOpt("virt_type", choices=["qemu", "kvm"], default="qemu",
               help="kvm only where a guest has really booted under it; never detected."),
    cfg.StrOpt("machine", default="pc", help="QEMU machine type."),
    cfg.StrOpt("cpu_mode", choices=["none", "host-model", "host-passthrough", "maximum"], default="none",
               help="CPU shown to guests; none is QEMU's default."),
    cfg.StrOpt("emulator", default="/usr/bin/qemu-system-x86_64", help="QEMU program."),
    cfg.IntOpt("tb_cache_mib", default=32, min=0, help="Translation cache of a guest under qemu; 0: its default."),
    cfg.StrOpt("disk_cache", choices=["auto", "none", "writeback", "writethrough"], default="auto",
               help="Cache mode of disks; auto is none where the file system can do O_DIRECT, else writeback."),
    cfg.BoolOpt("vnc", default=True, help="Give guests a VNC display; it listens nowhere, see [console]."),
    cfg.IntOpt("qemu_img_seconds", default=120, min=1, help="Time limit (wall and CPU) of one qemu-img."),
    cfg.IntOpt("qemu_img_memory_mib", default=1024, min=64, help="Address space of one qemu-img."),
    cfg.IntOpt("convert_seconds", default=1800, min=1,
               help="Time limit (wall and CPU) of making a disk of an image in vmdk, vhd, vhdx or vdi."),
]  # fmt: skip


def register(conf: cfg.ConfigOpts) -> None:
    conf.register_opts(OPTIONS, group=GROUP)
