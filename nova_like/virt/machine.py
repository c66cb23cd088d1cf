"""What the kernel says of the machine under a hypervisor, as every driver reports it."""


def booted_at() -> int:
    """When the machine started, in seconds since 1970; 0 where the kernel does not say."""
    with open("/proc/stat") as lines:
        for line in lines:
            if line.startswith("btime "):
                return int(line.split()[1])
    return 0
