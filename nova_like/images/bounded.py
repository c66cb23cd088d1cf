"""How qemu-img is called: bounded in memory and time, in an environment that says nothing."""

# A heap for each of its threads, and stacks as large as a shell's, would fill the address space that it may have
# before it did any work: which of its runs fail then is up to chance.
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "MALLOC_ARENA_MAX": "1"}
STACK_BYTES = 1 << 20


def qemu_img(memory_mib: int, seconds: int, *arguments: str, limits: tuple[str, ...] = ()) -> list[str]:
    """The command; `limits` are more words for prlimit."""
    bounds = [f"--as={memory_mib << 20}", f"--cpu={seconds}", f"--stack={STACK_BYTES}", *limits]
    return ["prlimit", *bounds, "--", "qemu-img", *arguments]
