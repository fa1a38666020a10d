"""The lease on a stack's record, as a run holds it: taken, renewed with what the apply did, and released.

A lease lasts 120 s of server time and is renewed every 40. How much of it is left is measured by a clock of this
machine, started before the request that wrote it, so it is never overrated; it also counts while the machine
sleeps. What worker threads report is gathered in memory and written with the next renewal or at the end: a
whole apply makes the same few requests whatever the number of changes, since ``pending`` stands in the
cluster before the first write and is all that a run that dies needs to leave.
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
"""How often it is tried to give back a lease that could not be seen to be taken; the seconds between tries, and those
after which none begins."""
MARGIN = 60.0
"""No write starts with less of the lease left: a request may take 30 s, and its effect longer."""
CONFIRMED = 5.0
"""Seconds for which nobody looks again whether the lease is still this run's, before something is deleted."""

Now = Callable[[], float | None]
"""Server time in seconds since the epoch, None where the server gives none."""
Identity = tuple[str, str, str]


def boot_clock() -> float:
    """Seconds since the machine started, sleep included where the system can count it."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class RecordLease:
    """The holder of one record's lease. Safe to use from several threads; ``with`` keeps the lease renewed, and
    sweeps away what no version of the record needs any more.

    ``now`` is server time. ``sleep`` returning early means that the run is to stop. ``place`` needs a client that
    the lease does not hold back: a renewal has to get through when no other write may.
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
        """Return once no other run can be writing. Raises Refused, naming holder and time, if one is.

        Where the server gives no time, whoever holds the lease is watched for 120 s.
        """
        if not self._waited:
            wait_until_free(
                self._place, self._record, self._now(), clock=self._clock, sleep=self._sleep, tell=self._tell
            )
            self._waited = True

    def take(self, pending: Iterable[Pending] = ()) -> Sequence[Body]:
        """Take the lease, and write the journal of this run in place of what was pending, in one move.

        Returns the cluster's configs, other stacks' records among them, as they were listed after that. Raises as
        ``wait_until_free`` does, which it does first, and Refused if another run wrote a version since the one that was
        read.
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
        """Release a lease that was taken, or may yet be by a request that arrives late, though that could not be seen.

        Nothing was written under it. A late request finds its number taken by this move, and changes nothing.
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
        """Note further changes that are intended; they are written down with the next move."""
        with self._state:
            self._pending |= {(intent.action, identity(intent.owned)): intent for intent in pending}

    def abandon(self) -> None:
        """Release a lease under which nothing is to be done after all. Where that fails, it runs out."""
        self._stop.set()
        with self._state:
            self._pending.clear()
            self._owned = {identity(owned): owned for owned in self._record.owned}
        with contextlib.suppress(ReconcilerError):
            self._move_or_lose(holding=False)

    def write_once(self) -> None:
        """Write what was noted in one move that takes no lease. Raises as ``take`` does, and what the API raised."""
        self.wait_until_free()
        moved = self._move(holding=False)
        if isinstance(moved, Overtaken):
            raise LeaseHeld(overtaken(self._place.stack, moved, self._place.at.cluster_id))
        sweep(self._place)

    def renew(self) -> None:
        """Another 120 s, with what was gathered meanwhile. Raises ReconcilerError if the lease was lost."""
        self._move_or_lose(holding=True)

    def release(self, applied: Applied | None = None) -> Record:
        """Write what was gathered and release the lease, in one move; ``applied`` is its line in the record's history.

        Raises ReconcilerError if the lease was lost or nothing could be written: the journal stays, and the
        next run goes on from it.
        """
        self._stop.set()
        self._applied = () if applied is None else (applied,)
        return self._move_or_lose(holding=False)

    def remaining(self) -> float:
        """Seconds of lease left; 0 when it is not held."""
        return 0.0 if self._lost else max(0.0, self._deadline - self._clock())

    def may_write(self) -> bool:
        """Whether a write may start now."""
        return self.remaining() >= MARGIN

    def ensure(self) -> None:
        """Return as soon as a write may start, waiting for a renewal that is late. Raises ReconcilerError."""
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
        """Return if the cluster shows that this run still has the lease: asked before deletes, which no run undoes.

        ``listed`` are the configs where they were just read. Else they are read here, unless the lease was seen a few
        seconds ago. Raises ReconcilerError where the lease is another's, or is not seen.
        """
        with self._confirming:
            if self._lost is not None:
                raise self._lost
            if listed is None and self._clock() - self._confirmed < CONFIRMED:
                return
            for pause in (0.0, *LIST_AGAIN):  # a platform's list can be behind its answers
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
        """Record a managed object, or its new state."""
        with self._state:
            if instead_of is not None:
                self._owned.pop(identity(instead_of), None)
            self._owned[identity(owned)] = owned

    def disown(self, owned: Owned) -> None:
        """Record that an object was deleted or is no longer managed."""
        with self._state:
            self._owned.pop(identity(owned), None)

    def settle(self, pending: Pending) -> None:
        """Note that an intended change is done, or known not to have been carried out."""
        with self._state:
            self._pending.pop((pending.action, identity(pending.owned)), None)

    def use(self, used: Used) -> None:
        """Note that an approved change was applied, so that its approval does not count for it again."""
        with self._state:
            self._used[used] = None

    def saw_tasks(self, *, seen: bool) -> None:
        """Note whether the cluster showed tasks: where a later run is shown none, that proves nothing."""
        with self._state:
            self._shows_tasks = self._shows_tasks or seen

    @property
    def listed(self) -> Sequence[Body]:
        """The configs by which the last move was seen to count; none once what is old was swept away."""
        return self._place.listed

    @property
    def record(self) -> Record:
        """The record with everything noted so far."""
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
            if holding and self._stop.is_set():  # a renewal that waited while the lease was released
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
        """What others see left, by the time in answers to the move: before it, it may have been long out of date."""
        server = self._now()
        return until - server if until and server is not None else LEASE


def identity(owned: Owned) -> Identity:
    """What identifies an owned object within a record."""
    return owned.kind, owned.name, owned.live_name
