"""The lease of a run on a stack's record: taken, renewed together with what the apply has done, and released.

A lease lasts 120 s of server time and is renewed every 40 s. The time left is measured by this machine's clock from
before the request that wrote the lease, so that it is never more than the true time. The clock also counts while the
machine sleeps. Results of worker threads are collected in memory and written with the next renewal or at the end, so
that the number of requests does not grow with the number of changes. If a run dies, its intended changes are in the
cluster all the same: ``pending`` is written before the first change.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from reconciler.errors import LeaseHeld, ReconcilerError
from reconciler.model import Applied, Body, Lease, Owned, Pending, Record, Used
from reconciler.record.codec import Head
from reconciler.record.holding import LEASE, RENEW_EVERY, RETRY_AFTER, overtaken
from reconciler.record.moves import LIST_AGAIN, Overtaken, RecordStore, advance, standing, sweep
from reconciler.record.taking import wait_until_free

GIVE_BACK_TRIES, GIVE_BACK_AGAIN, GIVE_BACK_UNTIL = 3, 0.5, 10.0
"""For releasing a lease after an error in taking it: tries, seconds between them, seconds after which none begins."""
MARGIN = 60.0
"""Seconds of the lease that must be left when a write starts: a request may take 30 s, and its effect longer."""
CONFIRMED = 5.0
"""Seconds for which a confirmed lease is not read again before a delete."""

Now = Callable[[], float | None]
"""Gives the server's time in seconds since the epoch, or None if it is unknown."""
Identity = tuple[str, str, str]


def boot_clock() -> float:
    """Seconds of a monotonic clock; on Linux it also counts while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class RecordLease:
    """Holds the lease of one record, and writes that record. Threads share it. Inside ``with`` a thread renews the
    lease and deletes configs that no version of the record needs any more.

    ``holder`` is the run's name, for people. If ``sleep`` returns early, the run was interrupted. The client of
    ``place`` must not ask this lease for a permit: a renewal must be possible when no other write is.
    """

    def __init__(
        self,
        place: RecordStore,
        record: Record,
        *,
        holder: str,
        now: Now,
        clock: Callable[[], float] = boot_clock,
        sleep: Callable[[float], None] = time.sleep,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._place, self._record = place, record
        self._holder, self._now, self._clock, self._sleep = holder, now, clock, sleep
        self._tell = tell
        self._owned = {identity(owned): owned for owned in record.owned}
        self._pending = {(intent.action, identity(intent.owned)): intent for intent in record.pending}
        self._used = dict.fromkeys(record.used)
        self._moving, self._confirming = threading.Lock(), threading.Lock()
        self._state = threading.Condition()
        self._nonce, self._deadline, self._confirmed = "", 0.0, float("-inf")
        self._shows_tasks = record.shows_tasks
        self._lost: ReconcilerError | None = None
        self._applied: tuple[Applied, ...] = ()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._waited = False

    def wait_until_free(self) -> None:
        """Return when no other run can hold the lease. If the server's time is unknown, watch it for 120 s.

        Raises LeaseHeld, with the holder, if another run holds it, Refused if interrupted, and what the API raises.
        """
        if not self._waited:
            wait_until_free(
                self._place, self._record, self._now(), clock=self._clock, sleep=self._sleep, tell=self._tell
            )
            self._waited = True

    def take(self, pending: Iterable[Pending] = ()) -> Sequence[Body]:
        """Take the lease and write ``pending`` in place of the record's pending changes, in one move.

        It calls ``wait_until_free`` first. Returns the configs of the cluster, with other stacks' records, as listed
        after the move. Raises as ``wait_until_free`` does, LeaseHeld if another run has written the record since it was
        read, and what the API raises.
        """
        self.wait_until_free()
        self._pending = {(intent.action, identity(intent.owned)): intent for intent in pending}
        self._nonce = self._place.chance()
        try:
            moved = self._move(holding=True)
        except ReconcilerError:
            self._give_back()
            raise
        if isinstance(moved, Overtaken):
            raise LeaseHeld(overtaken(self._place.stack, moved, self._place.at.cluster_id))
        return self._place.listed

    def _give_back(self) -> None:
        """Release the lease after an error in taking it: the request may have been carried out, or may be later.

        Nothing was written under the lease. After this move a late request cannot take it: its number is used.
        """
        self._pending.clear()
        end = self._clock() + GIVE_BACK_UNTIL
        for _ in range(GIVE_BACK_TRIES):
            with contextlib.suppress(ReconcilerError):
                _, top = standing(self._place.api.configs(self._place.at), self._place.stack)
                if self._place.doubtful or (top is not None and top.nonce in self._place.nonces):
                    self._move(holding=False)
                return
            if self._clock() >= end:
                return
            self._sleep(GIVE_BACK_AGAIN)

    def intend(self, pending: Iterable[Pending]) -> None:
        """Add intended changes to the record; they are written with the next move."""
        with self._state:
            self._pending |= {(intent.action, identity(intent.owned)): intent for intent in pending}

    def abandon(self) -> None:
        """Release the lease, with the objects recorded as before and nothing pending. If that fails, it expires."""
        self._stop.set()
        with self._state:
            self._pending.clear()
            self._owned = {identity(owned): owned for owned in self._record.owned}
        with contextlib.suppress(ReconcilerError):
            self._move_or_lose(holding=False)

    def write_once(self) -> None:
        """Write the record in one move without taking the lease. Raises as ``take`` does."""
        self.wait_until_free()
        moved = self._move(holding=False)
        if isinstance(moved, Overtaken):
            raise LeaseHeld(overtaken(self._place.stack, moved, self._place.at.cluster_id))
        sweep(self._place)

    def renew(self) -> None:
        """Renew the lease for 120 s, and write the record. Raises ReconcilerError if that fails or it was lost."""
        self._move_or_lose(holding=True)

    def release(self, applied: Applied | None = None) -> Record:
        """Write the record, with ``applied`` in its history, and release the lease, in one move. Returns the record.

        Raises ReconcilerError if the lease was lost or the record could not be written: its pending changes stay, and
        the next run continues from them.
        """
        self._stop.set()
        self._applied = () if applied is None else (applied,)
        return self._move_or_lose(holding=False)

    def remaining(self) -> float:
        """Seconds left of the lease; 0 if it is not held."""
        return 0.0 if self._lost else max(0.0, self._deadline - self._clock())

    def may_write(self) -> bool:
        """Whether a write may start now."""
        return self.remaining() >= MARGIN

    def ensure(self) -> None:
        """Wait until a write may start. Raises ReconcilerError if the lease was lost or has expired."""
        with self._state:
            while not self.may_write():
                if self._lost is not None:
                    raise self._lost
                if self.remaining() == 0:
                    raise ReconcilerError(
                        "the lease expired and could not be renewed; nothing more was written"
                    )
                self._state.wait(1.0)

    def confirm(self, listed: Sequence[Body] | None = None) -> None:
        """Check in the cluster that this run still holds the lease. Used before deletes, which cannot be undone.

        ``listed`` are the configs, if they were just read. Otherwise they are read here, unless the lease was confirmed
        less than 5 s ago. Raises ReconcilerError if another run holds the lease or it is not in the list.
        """
        with self._confirming:
            if self._lost is not None:
                raise self._lost
            if listed is None and self._clock() - self._confirmed < CONFIRMED:
                return
            for pause in (0.0, *LIST_AGAIN):  # a list can lack what was just created
                if pause:
                    self._place.sleep(pause)
                began = self._clock()
                configs = self._place.api.configs(self._place.at) if listed is None else listed
                number, head = standing(configs, self._place.stack)
                if head is not None and head.nonce in self._place.nonces:
                    self._confirmed = began
                    return
                if number >= self._record.number:
                    raise self._lose(head)
                listed = None
        raise ReconcilerError(
            f"the lease on stack {self._place.stack} is no longer in the cluster: the writes that need it were not made"
        )

    def own(self, owned: Owned, *, instead_of: Owned | None = None) -> None:
        """Record a managed object or its new state. ``instead_of`` is the entry that it takes the place of."""
        with self._state:
            if instead_of is not None:
                self._owned.pop(identity(instead_of), None)
            self._owned[identity(owned)] = owned

    def disown(self, owned: Owned) -> None:
        """Record that an object was deleted or is no longer managed."""
        with self._state:
            self._owned.pop(identity(owned), None)

    def settle(self, pending: Pending) -> None:
        """Remove an intended change from ``pending``: it was made, or is known not to have been made."""
        with self._state:
            self._pending.pop((pending.action, identity(pending.owned)), None)

    def use(self, used: Used) -> None:
        """Record that an approved change was applied: its approval is not valid for it a second time."""
        with self._state:
            self._used[used] = None

    def saw_tasks(self, *, seen: bool) -> None:
        """Record whether this cluster shows tasks. If a later run sees none there, it does not take that as a
        result."""
        with self._state:
            self._shows_tasks = self._shows_tasks or seen

    @property
    def listed(self) -> Sequence[Body]:
        """The configs as listed after the last move; empty after the next ``sweep``."""
        return self._place.listed

    @property
    def record(self) -> Record:
        """The record with everything that was recorded so far."""
        with self._state:
            return replace(
                self._record,
                owned=tuple(self._owned.values()),
                pending=tuple(self._pending.values()),
                applies=(*self._record.applies, *self._applied),
                used=tuple(self._used),
                shows_tasks=self._shows_tasks,
            )

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _keep(self) -> None:
        pause = RENEW_EVERY
        sweep(self._place)
        while not self._stop.wait(pause) and self._lost is None:
            try:
                self.renew()
                sweep(self._place)
                pause = RENEW_EVERY
            except ReconcilerError:
                pause = RETRY_AFTER

    def _move_or_lose(self, *, holding: bool) -> Record:
        if self._lost is not None:
            raise self._lost
        moved = self._move(holding=holding)
        if isinstance(moved, Record):
            return moved
        raise self._lose(moved.head)

    def _lose(self, head: Head | None) -> ReconcilerError:
        taker = head.lease.holder if head and head.lease else "another run, or unlocked"
        with self._state:
            self._lost = ReconcilerError(
                f"the lease on stack {self._place.stack} was lost to {taker}: nothing more was written, and what was "
                "done since the last renewal is not recorded"
            )
            self._state.notify_all()
            return self._lost

    def _move(self, *, holding: bool) -> Record | Overtaken:
        with self._moving:
            if holding and self._stop.is_set():  # the lease was released while this renewal waited
                return self._record
            started, server = self._clock(), self._now()
            until = 0.0 if server is None else server + LEASE
            lease = Lease(self._holder, self._nonce, until) if holding else None
            moved = advance(self._place, replace(self.record, lease=lease))
            if isinstance(moved, Record):
                with self._state:
                    self._record = replace(self._record, number=moved.number, lease=lease)
                    self._deadline = (
                        min(started + LEASE, self._clock() + self._left(until)) if holding else 0.0
                    )
                    self._state.notify_all()
            return moved

    def _left(self, until: float) -> float:
        """Seconds left of the lease by the server's time now, which the answers to the move have updated."""
        server = self._now()
        return until - server if until and server is not None else LEASE


def identity(owned: Owned) -> Identity:
    """Kind, name and live name: they identify a managed object within a record."""
    return owned.kind, owned.name, owned.live_name
