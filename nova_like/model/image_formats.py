"""The disk formats of images: which are taken, and what a host makes of each. Pure data; looks into no image."""

# what a host's disks rest on, once it has the image: format -> raw or qcow2
ON_HOST = {
    "raw": "raw", "qcow2": "qcow2", "iso": "raw", "ami": "raw",
    "vmdk": "qcow2", "vhd": "qcow2", "vhdx": "qcow2", "vdi": "qcow2",
}  # fmt: skip
CONVERTED = {"vmdk": "vmdk", "vhd": "vpc", "vhdx": "vhdx", "vdi": "vdi"}  # -> QEMU's name of the format
PARTS = ("aki", "ari")  # kernels and ramdisks: kept and given out, never a disk
DISK_FORMATS = (*ON_HOST, *PARTS)
PLAIN = ("raw", "ami", *PARTS)  # bytes without a header of their own
CONTAINERS = ("bare", "ovf", "ami", *PARTS)
