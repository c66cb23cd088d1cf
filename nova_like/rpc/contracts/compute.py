"""What a compute agent can be asked for."""

from nova_like.model.orders import Guest, Order, Power, Upload
from nova_like.rpc.contract import Contract, call, cast


class Compute(Contract):
    topic = "compute"

    @cast
    def spawn(self, order: Order, guest: Guest) -> None:
        """Make the guest exist and run; facts: power."""

    @cast
    def destroy(self, order: Order, guest: Guest) -> None:
        """Make the guest, its disks and files gone."""

    @cast
    def start(self, order: Order, guest: Guest) -> None:
        """Make a defined guest run; facts: power."""

    @cast
    def stop(self, order: Order, power: Power) -> None:
        """Make it not run; facts: power."""

    @cast
    def reboot(self, order: Order, power: Power) -> None:
        """Run it anew, once for each (flow, generation); facts: power."""

    @cast
    def pause(self, order: Order, power: Power) -> None:
        """Make a running guest stand still; facts: power."""

    @cast
    def unpause(self, order: Order, power: Power) -> None:
        """Let a paused guest go on; facts: power."""

    @cast
    def suspend(self, order: Order, power: Power) -> None:
        """Save its memory and end it, `start` goes on from there; facts: power."""

    @cast
    def rescue(self, order: Order, guest: Guest) -> None:
        """Run it from a disk of its `rescue` image, its own beside it, once a (flow, generation); facts: power."""

    @cast
    def unrescue(self, order: Order, guest: Guest) -> None:
        """Run it from its own disk again, once for each (flow, generation); facts: power."""

    @cast
    def rebuild(self, order: Order, guest: Guest) -> None:
        """Run it from a new disk of its image, once for each (flow, generation); facts: power."""

    @cast
    def copy_disk(self, order: Order, guest: Guest) -> None:
        """Keep a copy of its root disk, as it is at one moment, for this flow; facts: size_bytes, sha256."""

    @cast
    def send_copy(self, order: Order, upload: Upload) -> None:
        """Give this flow's copy to the image API, which may have it already."""

    @cast
    def drop_copy(self, order: Order, guest: Guest) -> None:
        """Make the copies of its disk gone."""

    @cast
    def resize(self, order: Order, guest: Guest, running: bool) -> None:
        """Make it what `guest` says, its old disk kept, and run it if it is to; facts: power."""

    @cast
    def revert_resize(self, order: Order, guest: Guest, running: bool) -> None:
        """Make it what it was, its old disk its own again; facts: power."""

    @cast
    def confirm_resize(self, order: Order, power: Power) -> None:
        """Give up what was kept of it; facts: power."""

    @cast
    def attach(self, order: Order, guest: Guest) -> None:
        """Make its volumes those that `guest` names, of which one may be new; facts: none."""

    @cast
    def detach(self, order: Order, guest: Guest) -> None:
        """The same, with one fewer; facts: none."""

    @cast
    def park(self, order: Order, power: Power) -> None:
        """Have nothing of it but its files."""

    @cast
    def unpark(self, order: Order, guest: Guest, running: bool) -> None:
        """Make it what `guest` says out of the files that are here, and run it if it is to; facts: power."""

    @call(5)
    def open_console(  # type: ignore[empty-body]
        self, host: str, instance_id: str, kind: str, url: str, ticket: str
    ) -> bool:
        """Open a running guest's console (`vnc` or `serial`) and bring it to the proxy at `url` (ws or wss), which
        knows it by the ticket. The proxy waits for it."""

    @call(5)
    def console_output(self, host: str, instance_id: str, max_bytes: int) -> str:  # type: ignore[empty-body]
        """The last `max_bytes` of the console log, undecodable bytes replaced."""

    @call(5)
    def screenshot(self, host: str, instance_id: str, wake: bool) -> str:  # type: ignore[empty-body]
        """What the display of a running guest shows, as PNG in base64; `wake` presses a key first."""

    @call(5)
    def password_key(self, host: str) -> str:  # type: ignore[empty-body]
        """The public key (PEM) with which passwords for a host's guests are sealed; another one after a restart."""

    @call(5)
    def set_password(self, host: str, instance_id: str, user: str, sealed: str) -> bool:  # type: ignore[empty-body]
        """Have the agent in a running guest give a user of it a password, sealed (base64) with `password_key`."""
