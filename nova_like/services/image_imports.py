"""Imports: accepted in one transaction, worked at behind the request, and taken up again when their process died.

An import is a task's row and an image that it holds. Whoever works at it says so every ten seconds; when it is silent
any worker's sweep takes over and begins anew, three times at most. So it ends, whatever is killed.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from nova_like import concurrency, logs
from nova_like.db import image_holds as holds
from nova_like.db import image_tasks as tasks
from nova_like.db import images as rows
from nova_like.db.engine import Database, Transaction
from nova_like.model.context import Context
from nova_like.model.errors import Fault, Invalid, Unavailable
from nova_like.services.image_intake import Intake, filled
from nova_like.services.image_sources import Bytes
from nova_like.services.images import NOUN, hold

LOG = logs.get(__name__)
Row = dict[str, Any]
STORE = "default"  # the one store
FAILED, IMPORTING = "os_glance_failed_import", "os_glance_importing_to_stores"
MOST_ATTEMPTS = 3


def behind(size: int) -> Callable[[Callable[[], None]], Any]:
    """Runs calls behind the request, at most `size` at a time; its threads begin with the first call, not before."""
    pools: list[Any] = []

    def hand_over(call: Callable[[], None]) -> None:
        if not pools:
            pools.append(concurrency.pool(size, "imports"))
        pools[0].submit(call)

    return hand_over


class Source(Protocol):
    """Whether it `fills` the image: if not, the import has ended when it is accepted."""

    fills: bool

    def check(self, image: Row, method: Row) -> None: ...

    def open(self, image: Row, method: Row) -> Bytes: ...


class ImageImports:
    """`sources`: import method -> where its bytes come from. `hand_over(call)` has `call` run soon, elsewhere."""

    def __init__(
        self, db: Database, policy: Any, intake: Intake, sources: dict[str, Source],
        hand_over: Callable[[Callable[[], None]], Any],
    ) -> None:  # fmt: skip
        self._db, self._policy, self._intake, self._sources = db, policy, intake, sources
        self._hand_over = hand_over

    @property
    def methods(self) -> list[str]:
        return list(self._sources)

    def start(self, ctx: Context, image_id: str, request: Row) -> None:
        """Promise an import: `request` is {"method": {"name", ...}}. Raises NotFound, Forbidden, Conflict, Invalid."""
        self._policy.check(ctx, "image:images:import")
        source = self._sources.get(request["method"]["name"])
        if source is None:
            raise Invalid(f"Import method {request['method']['name'][:64]!r} is not offered.", NOUN, field="method")
        hold_id = concurrency.new_id()

        def work(tx: Transaction) -> None:
            image = hold(tx, ctx, image_id)
            source.check(image, request["method"])
            tasks.insert(tx, {"id": concurrency.new_id(), "image_id": image_id, "owner_id": image["owner_id"],
                              "user_id": ctx.user_id, "request_id": ctx.request_id, "request": request})  # fmt: skip
            if not source.fills:
                rows.update(tx, image_id, properties=_told(image, "", ""))
                tasks.end(tx, image_id, "success")
                return
            rows.update(tx, image_id, status="importing", upload_id=hold_id, properties=_told(image, "", STORE))
            tx.after(lambda: self._hand_over(partial(self._work, image_id, hold_id)))

        self._db.transact(work)

    def resume(self) -> int:
        """Take up imports whose process is gone; how many."""
        taken = 0
        for image_id in self._db.read(holds.dead_imports):
            hold_id = concurrency.new_id()
            if self._db.transact(partial(holds.take_over, image_id=image_id, upload_id=hold_id)):
                LOG.info("import of image %s is taken up again", image_id)
                self._hand_over(partial(self._work, image_id, hold_id))
                taken += 1
        return taken

    def _work(self, image_id: str, hold_id: str) -> None:
        """One attempt, from its start. Ends in a task that has ended, unless the database is away."""
        try:
            self._attempt(image_id, hold_id)
        except Unavailable as fault:
            LOG.warning("import of image %s waits: %s", image_id, fault.reason)
        except Exception:
            LOG.exception("import of image %s", image_id)

    def _attempt(self, image_id: str, hold_id: str) -> None:
        begun = self._db.transact(lambda tx: _begin(tx, image_id, hold_id))
        if begun is None:
            return
        image, task, attempt = begun
        try:
            if attempt > MOST_ATTEMPTS:
                raise Invalid("Each attempt was cut short.", NOUN, code="attempts")
            self._fill(image, task, hold_id)
        except Fault as fault:
            self._fail(image_id, hold_id, fault.reason)
        except Exception:
            LOG.exception("import of image %s failed", image_id)
            self._fail(image_id, hold_id, "The import failed by a fault of the service.")

    def _fill(self, image: Row, task: Row, hold_id: str) -> None:
        method = task["request"]["method"]
        source = self._sources[method["name"]].open(image, method)
        findings = self._intake.receive({**image, **source.columns}, hold_id, source.chunks)

        def work(tx: Transaction) -> bool:
            now = rows.hold(tx, image["id"])
            values = {**filled(findings), **source.columns} | (
                {"properties": _told(now, "", "") | source.properties} if now else {}
            )
            if done := holds.change(tx, image["id"], hold_id, values):
                tasks.end(tx, image["id"], "success")
            return done

        done = self._db.transact(work)
        gone = not done and self._db.read(lambda tx: rows.get(tx, image["id"])) is None
        if gone:
            self._intake.store.delete(image["id"])
        if done or gone:
            self._intake.staging.delete(image["id"])

    def _fail(self, image_id: str, hold_id: str, why: str) -> None:
        """The image is queued again with nothing kept, unless somebody else holds it by now."""

        def work(tx: Transaction) -> bool:
            image = rows.hold(tx, image_id)
            if failed := bool(image and holds.change(tx, image_id, hold_id, _failed(image))):
                tasks.end(tx, image_id, "failure", why)
            return failed

        if self._db.transact(work):
            self._intake.staging.delete(image_id)


def _begin(tx: Transaction, image_id: str, hold_id: str) -> tuple[Row, Row, int] | None:
    """The image, its task and which attempt this is; None when there is nothing to be done by this hold."""
    if not holds.change(tx, image_id, hold_id):
        return None
    task, image = tasks.live_of(tx, image_id), rows.get(tx, image_id)
    if task is None or image is None:
        holds.give_up(tx, image_id, hold_id)
        return None
    return image, task, tasks.begin(tx, task["id"])


def _told(image: Row, failed: str, importing: str) -> Row:
    return {**(image["properties"] or {}), FAILED: failed, IMPORTING: importing}


def _failed(image: Row) -> Row:
    return {"status": "queued", "upload_id": None, "properties": _told(image, STORE, "")}
