"""Writes a new version of a record, if no other run did: create version N+1 after reading N, then list the configs.

Config names are unique and configs cannot be changed, so creating ``reconciler.<stack>.<N+1>`` is a
compare-and-swap: of two runs that read N, only one can create it. The write succeeded if N+1 is then the highest
version and has this write's nonce. The answer to the creation does not decide: it may be lost.

It does not decide whether a lease has expired (see ``lease``), and deletes nothing that a version may still need.
"""

import contextlib
import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.api.client import ClusterRef
from reconciler.errors import NotFound, ReconcilerError, Rejected, Unauthorized
from reconciler.model import Body, Record
from reconciler.record.codec import Head, decode_head, encode, encode_head, pack, raise_if_unreadable
from reconciler.record.names import head, parse, part
from reconciler.record.reading import concealed_lease, heads

ATTEMPTS = 3
LIST_AGAIN = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Seconds to wait between lists until they show what was created."""
_DEFINITE = (Rejected, Unauthorized, NotFound)


class Configs(Protocol):
    """The part of the API client that is needed here (API: Configs): a ``Writer`` without a permit."""

    def configs(self, at: ClusterRef, /) -> Sequence[Body]:
        """All configs of the cluster, with their data."""
        ...

    def create_config(self, at: ClusterRef, body: Body, /) -> Body:
        """Create a config; ``body`` is ``{"name", "data"}``."""
        ...

    def delete_config(self, at: ClusterRef, config_id: str, /) -> None:
        """Delete by id."""
        ...


class RecordStore(Struct):
    """Where one stack's record is kept, and what this run has written there.

    ``chance`` gives ten random hex digits; ``sleep`` takes seconds; ``conceal`` masks hidden values in the names of
    other lease holders. ``nonces`` are those of this run's versions. ``body``, ``packed`` and ``parts`` are of the last
    body that it wrote (see ``Head``). ``listed`` are the configs as listed after the last write. ``doubtful``: a
    request whose answer was lost may still create a version.
    """

    api: Configs
    at: ClusterRef
    stack: str
    chance: Callable[[], str] = lambda: os.urandom(5).hex()
    sleep: Callable[[float], object] = time.sleep
    conceal: Callable[[str], str] = str
    nonces: set[str] = field(default_factory=set)
    body: Body | None = None
    packed: str = ""
    parts: tuple[str, ...] = ()
    listed: Sequence[Body] = ()
    doubtful: bool = False


class Overtaken(NamedTuple):
    """Another run wrote a newer version of the record: its number and its head, None if that cannot be read."""

    number: int
    head: Head | None


def advance(place: RecordStore, record: Record) -> Record | Overtaken:
    """Write ``record`` as the version after ``record.number``, and return it with its new number, or
    ``Overtaken`` if another run has written a newer version.

    If an earlier write of this run, whose answer was lost, is carried out late, the next version follows that one.
    Raises what the API raised if nothing was written, and ReconcilerError if the API returns other data than was sent.
    """
    fresh = _write_parts(place, record)
    failure: ReconcilerError | None = None
    for _ in range(ATTEMPTS):
        name, nonce, sent = _head(place, record)
        failure = None
        try:
            place.api.create_config(place.at, {"name": name, "data": sent})
        except ReconcilerError as error:
            failure = error
            place.doubtful = place.doubtful or not isinstance(error, _DEFINITE)
        configs = place.api.configs(place.at) if failure else _listed(place, {name, *fresh})
        number, top = standing(configs, place.stack)
        if top is not None and number == record.number + 1 and top.nonce == nonce:
            _check_returned(place, configs, {name: sent, **fresh})
            place.listed, place.doubtful = configs, False
            return replace(record, number=number)
        if top is not None and top.nonce in place.nonces:
            record = replace(record, number=number)
        elif number != record.number:
            if failure is None and top is None and number == record.number + 1:
                _check_returned(place, configs, {name: sent})
            return Overtaken(number, top and concealed_head(place, top))
        elif isinstance(failure, _DEFINITE):
            raise failure
    raise failure or ReconcilerError(
        "the platform accepted a config but does not list it: nothing can be recorded"
    )


def _listed(place: RecordStore, made: Collection[str]) -> Sequence[Body]:
    """The configs of the cluster, listed again for some seconds until they have all names of ``made``."""
    configs = place.api.configs(place.at)
    for pause in LIST_AGAIN:
        if {config.get("name") for config in configs}.issuperset(made):
            break
        place.sleep(pause)
        configs = place.api.configs(place.at)
    return configs


def standing(configs: Sequence[Body], stack: str) -> tuple[int, Head | None]:
    """The number of the newest version, 0 if there is none, and its head, None if it cannot be read."""
    numbers = heads(configs, stack)
    if not numbers:
        return 0, None
    try:
        return numbers[0], decode_head(_data_of(configs, head(stack, numbers[0])))
    except ReconcilerError:
        return numbers[0], None


def concealed_head(place: RecordStore, found: Head) -> Head:
    """Another run's head, with hidden values masked in the name of the lease holder."""
    return found._replace(lease=concealed_lease(found.lease, place.conceal))


def sweep(place: RecordStore) -> None:
    """Delete the record's configs that no version needs any more: all but the newest two readable heads and their
    parts.

    It uses the configs as listed after the last write, so it need not run at once. Parts for a version above the
    highest head stay: another run may be about to create that head. Raises nothing: a config that cannot be deleted is
    left to the next sweep.
    """
    configs, place.listed = place.listed, ()
    numbers = heads(configs, place.stack)
    needed: set[str] = set()
    kept = 0
    for number in numbers:
        name = head(place.stack, number)
        try:
            parts = decode_head(_data_of(configs, name)).parts
        except ReconcilerError:
            continue
        needed |= {name, *parts}
        kept += 1
        if kept == 2:
            break
    for config in configs:
        parsed = parse(str(config.get("name")))
        if (
            parsed
            and parsed.stack == place.stack
            and parsed.number <= numbers[0]
            and config["name"] not in needed
        ):
            _delete(place, config)


def _delete(place: RecordStore, config: Body) -> None:
    with contextlib.suppress(ReconcilerError):
        place.api.delete_config(place.at, str(config["id"]))


def _write_parts(place: RecordStore, record: Record) -> Mapping[str, str]:
    """Write the body's parts and return them by name; none if the body fits into the head or has not changed."""
    body = encode(record)
    if body == place.body:
        return {}
    raise_if_unreadable(body)
    pieces = pack(body)
    parts: dict[str, str] = {}
    if len(pieces) > 1:
        chance = place.chance()
        for index, data in enumerate(pieces):
            name = part(place.stack, record.number + 1, chance, index)
            _create_part(place, name, data)
            parts[name] = data
    place.body, place.packed, place.parts = body, "" if parts else "".join(pieces), tuple(parts)
    return parts


def _create_part(place: RecordStore, name: str, data: str) -> None:
    for left in reversed(range(ATTEMPTS)):
        try:
            place.api.create_config(place.at, {"name": name, "data": data})
        except ReconcilerError as error:
            if _data_of(place.api.configs(place.at), name) == data:
                return
            if left == 0 or isinstance(error, _DEFINITE):
                raise
        else:
            return


def _head(place: RecordStore, record: Record) -> tuple[str, str, str]:
    """The name, the nonce and the data of a new version's head."""
    nonce = place.chance()
    place.nonces.add(nonce)
    body = None if place.packed or place.parts else place.body
    new = Head(place.stack, record.number + 1, nonce, record.lease, body, place.packed, place.parts)
    return head(new.stack, new.number), nonce, encode_head(new)


def _check_returned(place: RecordStore, configs: Sequence[Body], sent: Mapping[str, str]) -> None:
    """Raises ReconcilerError if the configs just created do not have the data that was sent; it deletes them first."""
    if all(_data_of(configs, name) == data for name, data in sent.items()):
        return
    for config in configs:
        if config.get("name") in sent:
            _delete(place, config)
    place.body = None
    raise ReconcilerError(
        "the platform does not return the data of a config as it was sent, so no record can be kept in it and "
        "nothing else was written"
    )


def _data_of(configs: Sequence[Body], name: str) -> str:
    for config in configs:
        if config.get("name") == name:
            data = config.get("data")
            return data if isinstance(data, str) else ""
    return ""
